// SPDX-License-Identifier: Apache-2.0
// A stage of a chain is a number.
// expect: bespoke: one side of | is no stage

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto rows = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{});
#ifdef CORRECT
  const auto spec = rows | train::linear_svm{};
#else
  const auto spec = rows | 42;
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  const auto all = triage(tickets);
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  const float score = again(tickets[0]).score();
  return again(tickets[0]).label() == queue && score > 0 && all.size() == 1 ? 0 : 1;
}
