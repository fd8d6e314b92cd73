// SPDX-License-Identifier: Apache-2.0
// A field given a function that does not say which record it reads.
// expect: bespoke: field needs a member, field(

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto length = field("length", [](const Ticket& t) { return static_cast<float>(t.body.size()); });
#else
  const auto length = field("length", [](const auto& t) { return static_cast<float>(t.body.size()); });
#endif
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{}, length | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const std::string queue(triage(tickets[0]).label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == queue ? 0 : 1;
}
