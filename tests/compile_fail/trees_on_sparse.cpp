// SPDX-License-Identifier: Apache-2.0
// Trees behind the sparse rows of one_hot, without features::dense.
// expect: bespoke: the stage right of | takes dense rows and is given sparse ones

#include <bespoke/features/dense.hpp>
#include <bespoke/train/random_forest.hpp>

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
  const auto rows = fuse(field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{});
#ifdef CORRECT
  const auto spec = rows | features::dense{} | train::random_forest{};
#else
  const auto spec = rows | train::random_forest{};
#endif
  const auto triage = fit(spec, tickets, &Ticket::queue);
  save(triage, "triage.safetensors");
  return triage(tickets[0]).label() == "cards" ? 0 : 1;
}
