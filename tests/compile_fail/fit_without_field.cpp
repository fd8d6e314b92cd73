// SPDX-License-Identifier: Apache-2.0
// A chain that begins with features, fitted to records.
// expect: bespoke: this chain cannot take these records: begin it with field

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto spec = field("body", &Ticket::body) | features::tfidf{} | train::linear_svm{};
#else
  const auto spec = features::tfidf{} | train::linear_svm{};
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  const auto all = triage(tickets);
  save(triage, "triage.safetensors");
  const float score = triage(tickets[0]).score();
  return triage(tickets[0]).label() == queue && score > 0 && all.size() == 1 ? 0 : 1;
}
