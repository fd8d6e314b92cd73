// SPDX-License-Identifier: Apache-2.0
// A selection among learners for what is no row.
// expect: bespoke: select needs features that end in rows

#include "desk.hpp"

#include <bespoke/train/select.hpp>

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto features = field("body", &Ticket::body) | features::tfidf{};
#else
  const auto features = field("body", &Ticket::body);
#endif
  const auto chosen = select(features, tickets, &Ticket::queue, {.folds = 5});
  const auto triage = fit(chosen.best, tickets, &Ticket::queue);
  return triage(tickets[0]).label() == "cards" && chosen.evidence.size() == 13 ? 0 : 1;
}
