// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the cases share: a host's records, and a chain of the length that hosts have.

#include <bespoke/core/save.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke;

struct Ticket {
  std::string body{};
  float amount{};
  std::string country{};
  std::string queue{};
};

struct Invoice {
  std::string body{};
  float total{};
  std::string queue{};
};

inline std::vector<Ticket> some_tickets() { return {{"card was swallowed", 20, "FR", "cards"}}; }
inline std::vector<Invoice> some_invoices() { return {{"one chair", 20, "furniture"}}; }
