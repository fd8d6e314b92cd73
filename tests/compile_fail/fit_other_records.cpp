// SPDX-License-Identifier: Apache-2.0
// Records of another type than the chain reads.
// expect: bespoke: this chain reads fields of another record than these records

#include "desk.hpp"

int main() {
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
#ifdef CORRECT
  const auto tickets = some_tickets();
#else
  const auto tickets = some_invoices();
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(Ticket{}).label() == queue ? 0 : 1;
}
