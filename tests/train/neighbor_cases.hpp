// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of neighbours of items and of users share.

#include <bespoke/train/similarity.hpp>

#include <nlohmann/json.hpp>

#include <string>

#include "history_models.hpp"

namespace bespoke_test {

using train::similarity;

inline similarity similarity_named(const std::string& name) {
  if (name == "cosine") return similarity::cosine;
  return name == "pearson" ? similarity::pearson : similarity::adjusted_cosine;
}

template <class Spec>
Spec spec_of(const nlohmann::json& c) {
  return {.k = c["k"],
          .similarity = similarity_named(c["similarity"]),
          .shrinkage = c["shrinkage"],
          .by_value = c["by_value"],
          .predicted = c["predicted"]};
}

inline double nothing(const sparse_row&, std::size_t) { return 0; }

/// b(u, i), written out.
struct baseline {
  const interaction_matrix& seen;
  double operator()(const sparse_row& history, std::size_t item) const {
    double mean = 0, sum = 0;
    for (const float v : seen.by_user.values()) mean += static_cast<double>(v) / static_cast<double>(seen.size());
    const auto of = [&](std::size_t i) {
      double all = 0;
      for_each_value(seen.by_item[i], [&](std::size_t, float v) { all += static_cast<double>(v) - mean; });
      return mean + all / (static_cast<double>(seen.by_item[i].size()) + 10);
    };
    for_each_value(history, [&](std::size_t i, float v) { sum += static_cast<double>(v) - of(i); });
    return of(item) + sum / (static_cast<double>(history.size()) + 15);
  }
};

}  // namespace bespoke_test
