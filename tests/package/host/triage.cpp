// SPDX-License-Identifier: Apache-2.0
#include "triage.hpp"

#include <bespoke/bespoke.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <vector>

using namespace bespoke;

Triage learn_triage() {
  std::vector<Ticket> tickets;
  for (int i = 0; i < 40; ++i) {
    const float amount = static_cast<float>(i % 10);
    tickets.push_back({amount, "DE", "cards"});
    tickets.push_back({amount + 100, "FR", "payments"});
  }
  const auto spec = fuse(field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  save(fit(spec, tickets, &Ticket::queue), "triage.safetensors");
  return load(spec, "triage.safetensors", &Ticket::queue);
}
