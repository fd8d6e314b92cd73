// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/ranking.hpp>

#include <algorithm>
#include <cmath>

namespace bespoke {

namespace {

template <class Gain>
std::vector<double> gains(std::span<const std::size_t> ranks, std::size_t k, Gain gain) {
  std::vector<double> out;
  out.reserve(ranks.size());
  for (const std::size_t rank : ranks) out.push_back(rank < k ? gain(static_cast<double>(rank)) : 0.0);
  return out;
}

}  // namespace

std::size_t rank_among(float score, std::span<const float> others) noexcept {
  if (std::isnan(score)) return others.size();
  return static_cast<std::size_t>(
      std::count_if(others.begin(), others.end(), [score](float other) { return other >= score; }));
}

std::vector<double> hit_values(std::span<const std::size_t> ranks, std::size_t k) {
  return gains(ranks, k, [](double) { return 1.0; });
}

std::vector<double> ndcg_values(std::span<const std::size_t> ranks, std::size_t k) {
  return gains(ranks, k, [](double rank) { return 1.0 / std::log2(rank + 2.0); });
}

}  // namespace bespoke
