// SPDX-License-Identifier: Apache-2.0
// A chain loaded with a target of another struct.
// expect: bespoke: the target given to load is no member or function of the record that this chain reads

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
  save(triage, "triage.safetensors");
#ifdef CORRECT
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
#else
  const auto again = load(spec, "triage.safetensors", &Invoice::queue);
#endif
  const std::string queue(again(tickets[0]).label());
  return queue == "cards" ? 0 : 1;
}
