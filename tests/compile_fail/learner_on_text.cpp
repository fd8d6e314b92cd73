// SPDX-License-Identifier: Apache-2.0
// A learner straight behind a text, and nothing else.
// expect: bespoke: the stage right of | cannot take what the left side gives

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto spec = field("body", &Ticket::body) | features::tfidf{} | train::linear_svm{};
#else
  const auto spec = field("body", &Ticket::body) | train::linear_svm{};
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
