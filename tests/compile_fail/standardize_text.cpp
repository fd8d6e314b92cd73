// SPDX-License-Identifier: Apache-2.0
// A stage for numbers behind a text.
// expect: bespoke: the stage right of | cannot take what the left side gives

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto country = field("country", &Ticket::country) | features::one_hot{};
#else
  const auto country = field("country", &Ticket::country) | features::standardize{};
#endif
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{},
                         field("amount", &Ticket::amount) | features::standardize{}, country) |
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
