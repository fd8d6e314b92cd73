// SPDX-License-Identifier: Apache-2.0
// A flow continued by something that is no stage for records.
// expect: bespoke: what stands right of | after a flow is no stage for its records

#include "desk.hpp"

struct Source {
  int left = 3;
  bool next(Ticket& out) { return out.body = "card was swallowed", left-- > 0; }
};
struct drop_none {
  void operator()(std::vector<Ticket>&) {}
  void reset() {}
};

int main() {
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
#ifdef CORRECT
  const auto tickets = flow(Source{}) | drop_none{};
#else
  const auto tickets = flow(Source{}) | features::tfidf{};
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const std::string queue(triage(Ticket{.body = "card was swallowed"}).label());
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  return again(Ticket{}).label() == queue ? 0 : 1;
}
