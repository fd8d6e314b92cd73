// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of BPR and WARP share: interactions with tastes to be found, and the comparison with their oracles.

#include <bespoke/train/pairwise_model.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "history_models.hpp"
#include "oracle.hpp"

namespace bespoke_test {

template <class Spec>
auto learned(const Spec& spec, const interaction_matrix& seen) {
  return bespoke_test::model_from(spec, seen);
}

/// Users of four tastes, who mostly choose of their own quarter of the items; in it and elsewhere some items are more popular.
inline interaction_matrix tastes(std::size_t users, std::size_t items, std::uint64_t seed) {
  random_numbers random(seed);
  triples some;
  for (std::uint32_t u = 0; u < users; ++u)
    for (std::uint32_t i = 0; i < items; ++i) {
      const double popularity = 1 / (1 + 0.1 * static_cast<double>(i / 4));
      if (random.unit() < (u % 4 == i % 4 ? 0.6 : 0.08) * popularity) some.emplace_back(u, i, 1.0f);
    }
  return matrix_from(some, users, items);
}

/// The largest difference from an oracle's case of what was learned from it: rows, biases, the fold-in and its parts.
inline double difference(const train::pairwise_model& model, const nlohmann::json& c) {
  double furthest = 0;
  const auto compare = [&](float ours, const nlohmann::json& expected) {
    furthest = std::max(furthest, std::fabs(static_cast<double>(ours) - expected.get<double>()));
  };
  const auto& all = model.factors();
  const std::size_t d = all.width(), items = model.items();
  for (std::size_t n = 0; n < c["shown"].size(); ++n)
    for (std::size_t k = 0; k < d; ++k) compare(all.users()[c["shown"][n]][k], c["users_factors"][n * d + k]);
  const std::size_t every = std::max<std::size_t>(1, items / 9);
  for (std::size_t i = 0; i < items; i += every)
    for (std::size_t k = 0; k < d; ++k) compare(all.items().value(i, k), c["items_factors"][i / every * d + k]);
  for (std::size_t i = 0; i < items; ++i) compare(all.items().bias(i), c["biases"][i]);
  std::vector<std::uint32_t> columns;
  std::vector<float> values, folded(d);
  for (const auto& one : c["history"]) columns.push_back(one[0]), values.push_back(one[1]);
  const sparse_row history{columns, values, items};
  model.fold_in(history, folded, scratch::local());
  for (std::size_t k = 0; k < d; ++k) compare(folded[k], c["folded"][k]);
  const auto found = parts(model, {.history = history}, c["asked"]);
  for (std::size_t h = 0; h < found.size(); ++h) compare(found[h], c["parts"][h]);
  return furthest;
}

inline interaction_matrix interactions_of(const nlohmann::json& c) {
  triples some;
  for (const auto& one : c["interactions"]) some.emplace_back(one[0], one[1], one[2]);
  return matrix_from(some, c["users"], c["items"]);
}

}  // namespace bespoke_test
