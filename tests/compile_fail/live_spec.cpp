// SPDX-License-Identifier: Apache-2.0
// A spec put into service.
// expect: bespoke: live takes what fit returned, and this is a spec

#include "desk.hpp"

#include <bespoke/infer/live.hpp>

int main() {
  const auto tickets = some_tickets();
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
#ifdef CORRECT
  infer::live desk{triage};
#else
  infer::live desk{spec};
#endif
  const auto answer = desk(tickets[0]);
  const std::string queue(answer.label());
  desk.publish(triage);
  save(triage, "triage.safetensors");
  desk.publish(load(spec, "triage.safetensors", &Ticket::queue));
  return desk(tickets[0]).label() == queue && desk.rollback() ? 0 : 1;
}
