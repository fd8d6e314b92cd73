// SPDX-License-Identifier: Apache-2.0
// A search over features that no learner follows.
// expect: bespoke: this chain ends in nothing that can be judged

#include "desk.hpp"

#include <bespoke/train/search.hpp>

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto spec = field("body", &Ticket::body) | features::tfidf{} | train::linear_svm{};
#else
  const auto spec = field("body", &Ticket::body) | features::tfidf{};
#endif
  const auto found = grid_search(spec, tickets, &Ticket::queue, {.folds = 5}, axis<&features::tfidf::min_df>({1, 2}));
  const auto triage = fit(found.best, tickets, &Ticket::queue);
  return triage(tickets[0]).label() == "cards" && found.evidence.size() == 2 ? 0 : 1;
}
