// SPDX-License-Identifier: Apache-2.0
// Numbers are counted as if they were votes.
// expect: bespoke: the numbers of regressions cannot be counted: use voting::soft{}

#include <bespoke/train/ridge.hpp>
#include <bespoke/train/vote.hpp>

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto body = field("body", &Ticket::body) | features::tfidf{};
  const auto country = field("country", &Ticket::country) | features::one_hot{};
#ifdef CORRECT
  const auto spec = vote(voting::soft{}, body | train::ridge{}, country | train::ridge{});
#else
  const auto spec = vote(voting::hard{}, body | train::ridge{}, country | train::ridge{});
#endif
  const auto cost = fit(spec, tickets, &Ticket::amount);
  const float answer = cost(Ticket{.body = "card was swallowed"});
  for (const auto& why : cost.reasons(tickets[0], 3))
    if (why.contribution > 1) return 1;
  save(cost, "cost.safetensors");
  const auto again = load(spec, "cost.safetensors", &Ticket::amount);
  return again(tickets[0]) == answer ? 0 : 1;
}
