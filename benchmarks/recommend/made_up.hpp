// SPDX-License-Identifier: Apache-2.0
#pragma once
// Made-up interactions of MovieLens-1M's shape: 1,000,209 pairs of 6,040 users and 3,706 items, as unevenly spread, of users who
// prefer some of 20 kinds of items. The same on every machine.

#include <bespoke/core/interactions.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bespoke::made_up_interactions {

inline constexpr std::size_t users = 6040, items = 3706, pairs = 1000209, kinds = 20;

inline double normal(random_numbers& random) {
  return std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(6.283185307179586 * random.unit());
}

// How many items each user has: half of the users fewer than 96, none fewer than 20; `pairs` in all.
inline std::vector<std::size_t> history_lengths(random_numbers& random) {
  std::vector<std::size_t> lengths;
  std::size_t all = 0;
  for (std::size_t u = 0; u < users; ++u) {
    lengths.push_back(static_cast<std::size_t>(std::clamp(96 * std::exp(1.05 * normal(random)), 20.0, 2300.0)));
    all += lengths.back();
  }
  for (std::size_t u = 0; all != pairs; u = (u + 1) % users)
    if (all < pairs) ++lengths[u], ++all;
    else if (lengths[u] > 20) --lengths[u], --all;
  return lengths;
}

// Items are drawn without replacement, by their popularity, which differs a hundredfold, and eight times as likely where
// they are of one of the three kinds that the user prefers.
inline interaction_matrix made_up() {
  random_numbers random(1);
  std::vector<double> popularity(items);
  for (double& p : popularity) p = std::exp(1.4 * normal(random));
  const auto lengths = history_lengths(random);
  interaction_collector all({}, false);
  std::vector<std::pair<double, std::uint32_t>> keys(items);
  for (std::uint32_t u = 0; u < users; ++u) {
    const std::size_t liked[] = {random.below(kinds), random.below(kinds), random.below(kinds)};
    for (std::uint32_t i = 0; i < items; ++i) {
      const double weight = popularity[i] * (std::count(liked, liked + 3, i % kinds) != 0 ? 8 : 1);
      keys[i] = {-std::log(1 - random.unit()) / weight, i};
    }
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(lengths[u]), keys.end());
    for (std::size_t h = 0; h < lengths[u]; ++h) all.add(u, keys[h].second, 1, 0);
  }
  return std::move(all).finish(users, items);
}

}  // namespace bespoke::made_up_interactions
