// SPDX-License-Identifier: Apache-2.0
// A learner fitted without a target.
// expect: bespoke: this chain ends in a learner, which needs a target

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
#ifdef CORRECT
  const auto triage = fit(spec, tickets, &Ticket::queue);
#else
  const auto triage = fit(spec, tickets);
#endif
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == queue ? 0 : 1;
}
