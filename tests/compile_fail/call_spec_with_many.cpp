// SPDX-License-Identifier: Apache-2.0
// A spec asked for many answers.
// expect: bespoke: this is a spec and has learned nothing

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
#ifdef CORRECT
  const auto function = fit(spec, tickets, &Ticket::queue);
#else
  const auto& function = spec;
#endif
  const auto answers = function(std::span<const Ticket>(tickets), 2);
  std::string all;
  for (const auto& one : answers) all += std::string(one.label());
  const auto triage = fit(spec, tickets, &Ticket::queue);
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == all && answers[0].score() > 0 ? 0 : 1;
}
