// SPDX-License-Identifier: Apache-2.0
// fuse without a branch.
// expect: bespoke: fuse needs at least one branch

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto rows = fuse(field("body", &Ticket::body) | features::tfidf{});
#else
  const auto rows = fuse();
#endif
  const auto spec = rows | train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  const auto all = triage(tickets);
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  const float score = again(tickets[0]).score();
  return again(tickets[0]).label() == queue && score > 0 && all.size() == 1 ? 0 : 1;
}
