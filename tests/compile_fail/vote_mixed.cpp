// SPDX-License-Identifier: Apache-2.0
// A vote of a classifier and a regression.
// expect: bespoke: this vote has classifiers and regressions as members

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
  const auto spec = vote(voting::soft{}, body | train::ridge{}, country | train::linear_svm{});
#endif
  const auto cost = fit(spec, tickets, &Ticket::amount);
  const float answer = cost(Ticket{.body = "card was swallowed"});
  for (const auto& why : cost.reasons(tickets[0], 3))
    if (why.contribution > 1) return 1;
  save(cost, "cost.safetensors");
  const auto again = load(spec, "cost.safetensors", &Ticket::amount);
  return again(tickets[0]) == answer ? 0 : 1;
}
