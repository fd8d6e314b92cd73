// SPDX-License-Identifier: Apache-2.0
// A target of a type that the learner has no labels of.
// expect: bespoke: a stage cannot learn from what it is given

#include "desk.hpp"

struct Verdict {
  std::string text{};
};

int main() {
  const auto tickets = some_tickets();
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
#ifdef CORRECT
  const auto target = [](const Ticket& t) { return t.queue; };
#else
  const auto target = [](const Ticket& t) { return Verdict{t.queue}; };
#endif
  const auto triage = fit(spec, tickets, target);
  const std::string queue(triage(tickets[0]).label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(tickets[0]).label() == queue ? 0 : 1;
}
