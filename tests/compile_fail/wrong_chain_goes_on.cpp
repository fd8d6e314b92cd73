// SPDX-License-Identifier: Apache-2.0
// A wrong chain used in all ways that a right one can be.
// expect: bespoke: the stage right of | cannot take what the left side gives

#include "desk.hpp"

#include <bespoke/infer/live.hpp>

using triage_model = model<Ticket, decision<std::string>>;
std::string answer_of(const triage_model& m, const Ticket& t) { return std::string(m(t).label()); }

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto words = field("body", &Ticket::body) | features::tfidf{};
#else
  const auto words = field("body", &Ticket::body) | features::standardize{};
#endif
  const auto spec = fuse(words, field("amount", &Ticket::amount) | features::standardize{}) | train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue, {.threads = 2, .seed = 7});
  const std::string_view queue = triage(tickets[0]).label();
  if (triage(tickets[0]).score() > 0.5f && queue == "cards") return 2;
  for (const auto& reason : triage.reasons(tickets[0], 3))
    if (reason.contribution > 0 && reason.name == "body: card") return 3;
  for (const auto& answer : triage(tickets))
    if (answer.label() != queue) return 4;
  save(triage, "triage.safetensors", {.metrics = {{"accuracy", 0.9}}});
  const auto again = load<std::string>(spec, "triage.safetensors");
  infer::live desk{again};
  desk.publish(triage);
  infer::live<Ticket, decision<std::string>> named{triage};
  const auto maybe = try_fit(spec, tickets, &Ticket::queue);
  return answer_of(triage, tickets[0]) == named(tickets[0]).label() && desk.ask(tickets[0]).version > 0 && maybe ? 0
                                                                                                                 : 1;
}
