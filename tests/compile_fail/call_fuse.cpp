// SPDX-License-Identifier: Apache-2.0
// Fused features asked for an answer: there is no learner.
// expect: bespoke: fuse makes rows and has learned nothing: add a learner

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto rows = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{});
  const auto spec = rows | train::linear_svm{};
#ifdef CORRECT
  const auto function = fit(spec, tickets, &Ticket::queue);
#else
  const auto& function = rows;
#endif
  const auto early = function(tickets[0]);
  const std::string guess(early.label());
  const auto triage = fit(spec, tickets, &Ticket::queue);
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == guess ? 0 : 1;
}
