// SPDX-License-Identifier: Apache-2.0
// A stage of the host's own behind a field of another type.
// expect: bespoke: the stage right of | cannot take what the left side gives

#include "desk.hpp"

struct doubled {
  struct fitted {
    static constexpr std::string_view kind = "doubled/1";
    using output_type = float;
    float operator()(float x) const { return 2 * x; }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<float>&, const blocks<Y>&, const context&) const {
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto number = field("amount", &Ticket::amount) | doubled{};
#else
  const auto number = field("country", &Ticket::country) | doubled{};
#endif
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{}, number) | train::linear_svm{};
  const auto triage = fit(spec, tickets, &Ticket::queue);
  const auto answer = triage(Ticket{.body = "card was swallowed"});
  const std::string queue(answer.label());
  const auto all = triage(tickets);
  save(triage, "triage.safetensors");
  const auto again = load(spec, "triage.safetensors", &Ticket::queue);
  const float score = again(tickets[0]).score();
  return again(tickets[0]).label() == queue && score > 0 && all.size() == 1 ? 0 : 1;
}
