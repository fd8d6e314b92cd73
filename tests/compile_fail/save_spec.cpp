// SPDX-License-Identifier: Apache-2.0
// A spec is saved.
// expect: bespoke: save takes what fit returned

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
#ifdef CORRECT
  save(triage, "triage.safetensors");
#else
  save(spec, "triage.safetensors");
#endif
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == "cards" ? 0 : 1;
}
