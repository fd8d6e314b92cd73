// SPDX-License-Identifier: Apache-2.0
// A selection where there is one learner only.
// expect: bespoke: select_among needs a chain that ends in train::any_of

#include "desk.hpp"

#include <bespoke/train/select.hpp>

int main() {
  const auto tickets = some_tickets();
  const auto words = field("body", &Ticket::body) | features::tfidf{};
#ifdef CORRECT
  const auto spec = words | train::any_of(train::linear_svm{}, train::logistic{});
#else
  const auto spec = words | train::linear_svm{};
#endif
  const auto chosen = select_among(spec, tickets, &Ticket::queue, {}, axis<&train::linear_svm::c>({0.1f, 1}));
  const auto triage = fit(chosen.best, tickets, &Ticket::queue);
  return triage(tickets[0]).label() == "cards" && chosen.evidence.size() == 3 ? 0 : 1;
}
