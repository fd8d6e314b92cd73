// SPDX-License-Identifier: Apache-2.0
// A classifier loaded without saying what its label is.
// expect: bespoke: this chain ends in a learner, so load needs the label

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
  const auto again = load<std::string>(spec, "triage.safetensors");
#else
  const auto again = load(spec, "triage.safetensors");
#endif
  const auto answer = again(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  return answer.score() > 0 && queue == "cards" ? 0 : 1;
}
