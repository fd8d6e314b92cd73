// SPDX-License-Identifier: Apache-2.0
// The records are a file's name.
// expect: bespoke: the second argument of fit is neither records in memory (a vector or span) nor a flow

#include "desk.hpp"

int main() {
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
#ifdef CORRECT
  const auto tickets = some_tickets();
#else
  const auto* tickets = "tickets.csv";
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const std::string queue(triage(Ticket{.body = "card was swallowed"}).label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(Ticket{}).label() == queue ? 0 : 1;
}
