// SPDX-License-Identifier: Apache-2.0
// An axis of a stage that the chain does not have.
// expect: bespoke: an axis is of a stage that this chain does not have

#include "desk.hpp"

#include <bespoke/train/search.hpp>

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto spec =
      fuse(field("body", &Ticket::body) | features::tfidf{}, field("country", &Ticket::country) | features::one_hot{}) |
      train::linear_svm{};
#else
  const auto spec = field("country", &Ticket::country) | features::one_hot{} | train::linear_svm{};
#endif
  const auto found = grid_search(spec, tickets, &Ticket::queue, {.folds = 5}, axis<&features::tfidf::min_df>({1, 2}));
  const auto triage = fit(found.best, tickets, &Ticket::queue);
  return triage(tickets[0]).label() == "cards" && found.evidence.size() == 2 ? 0 : 1;
}
