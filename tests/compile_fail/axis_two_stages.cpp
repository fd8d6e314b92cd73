// SPDX-License-Identifier: Apache-2.0
// An axis that could mean either of two stages.
// expect: bespoke: several stages of this chain have the setting of an axis: say which by field

#include "desk.hpp"

#include <bespoke/train/search.hpp>

int main() {
  const auto tickets = some_tickets();
  const auto spec =
      fuse(field("body", &Ticket::body) | features::tfidf{}, field("country", &Ticket::country) | features::tfidf{}) |
      train::linear_svm{};
#ifdef CORRECT
  const auto rare = axis<&features::tfidf::min_df>({1, 2}, "body");
#else
  const auto rare = axis<&features::tfidf::min_df>({1, 2});
#endif
  const auto found = grid_search(spec, tickets, &Ticket::queue, {.folds = 5}, rare);
  const auto triage = fit(found.best, tickets, &Ticket::queue);
  return triage(tickets[0]).label() == "cards" && found.evidence.size() == 2 ? 0 : 1;
}
