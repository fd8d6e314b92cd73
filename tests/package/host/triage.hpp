// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rest of a product sees: its own record, and a function.

#include <bespoke/core/decision.hpp>
#include <bespoke/core/model.hpp>
#include <string>

struct Ticket {
  float amount{};
  std::string country{};
  std::string queue{};
};

using Triage = bespoke::model<Ticket, bespoke::decision<std::string>>;

Triage learn_triage();
