// SPDX-License-Identifier: Apache-2.0
// A member of a vote ends in features.
// expect: bespoke: a member of vote is no learner

#include <bespoke/train/calibrated.hpp>
#include <bespoke/train/stack.hpp>
#include <bespoke/train/vote.hpp>

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto body = field("body", &Ticket::body) | features::tfidf{};
  const auto country = field("country", &Ticket::country) | features::one_hot{};
#ifdef CORRECT
  const auto spec = vote(voting::hard{}, body | train::linear_svm{}, country | train::linear_svm{});
#else
  const auto spec = vote(voting::hard{}, body | train::linear_svm{}, country);
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == queue ? 0 : 1;
}
