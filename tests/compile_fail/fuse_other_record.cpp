// SPDX-License-Identifier: Apache-2.0
// One branch of three reads another struct.
// expect: bespoke: the branches of fuse read fields of different records

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto amount = field("amount", &Ticket::amount) | features::standardize{};
#else
  const auto amount = field("total", &Invoice::total) | features::standardize{};
#endif
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}}, amount,
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  const auto all = triage(tickets);
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  const float score = again(tickets[0]).score();
  return again(tickets[0]).label() == queue && score > 0 && all.size() == 1 ? 0 : 1;
}
