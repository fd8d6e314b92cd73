// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/ranking.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

namespace bespoke {

namespace {

double discount(std::size_t rank) { return 1.0 / std::log2(static_cast<double>(rank) + 2.0); }

template <class Gain>
std::vector<double> gains(std::span<const std::size_t> ranks, std::size_t k, Gain gain) {
  std::vector<double> out;
  out.reserve(ranks.size());
  for (const std::size_t rank : ranks) out.push_back(rank < k ? gain(rank) : 0.0);
  return out;
}

/// Scores as numbers in the same order, 0 for a NaN; -0 equals 0.
std::uint32_t ordered(float score) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);
  const std::uint32_t number = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return std::isnan(score) ? 0 : number;
}

}  // namespace

std::size_t rank_among(float score, std::span<const float> others) noexcept {
  const std::uint32_t own = ordered(score);
  return static_cast<std::size_t>(
      std::count_if(others.begin(), others.end(), [own](float other) { return ordered(other) >= own; }));
}

std::vector<double> hit_values(std::span<const std::size_t> ranks, std::size_t k) {
  return gains(ranks, k, [](std::size_t) { return 1.0; });
}

std::vector<double> ndcg_values(std::span<const std::size_t> ranks, std::size_t k) { return gains(ranks, k, discount); }

rank_counter::rank_counter(std::span<const float> chosen, scratch& s)
    : chosen_(s.take<std::uint32_t>(chosen.size())),
      before_(s.take<std::size_t>(chosen.size() + 1)),
      ranks_(s.take<std::size_t>(chosen.size())) {
  std::transform(chosen.begin(), chosen.end(), chosen_.begin(), ordered);
  std::sort(chosen_.begin(), chosen_.end(), std::greater<>());
  std::fill(before_.begin(), before_.end(), std::size_t{0});
}

void rank_counter::add(std::span<const float> others) noexcept {
  const std::size_t n = chosen_.size();
  std::size_t wins = 0;  // of chosen over others, ties once and others twice
  for (const float other : others) {
    const std::uint32_t own = ordered(other);
    const auto above = std::partition_point(chosen_.begin(), chosen_.end(), [own](std::uint32_t c) { return c > own; });
    const auto higher = static_cast<std::size_t>(above - chosen_.begin());
    ++before_[higher];
    wins += 2 * higher;
    for (std::size_t i = higher; i < n && chosen_[i] == own; ++i) ++wins;
  }
  doubled_wins_ += static_cast<double>(wins);
  others_ += others.size();
}

std::span<const std::size_t> rank_counter::ranks() noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    sum += before_[i];
    ranks_[i] = sum + i;
  }
  return ranks_;
}

double rank_counter::auc() const noexcept {
  if (chosen_.empty() || others_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return doubled_wins_ / 2 / static_cast<double>(chosen_.size()) / static_cast<double>(others_);
}

list_quality::list_quality(std::span<const std::size_t> ranks, std::size_t k) {
  if (ranks.empty() || k == 0) return;
  double gain = 0, ideal = 0;
  std::size_t found = 0;
  for (; found < ranks.size() && ranks[found] < k; ++found) {
    const std::size_t rank = ranks[found];
    gain += discount(rank);
    average_precision += static_cast<double>(found + 1) / static_cast<double>(rank + 1);
  }
  const std::size_t possible = std::min(k, ranks.size());
  for (std::size_t i = 0; i < possible; ++i) ideal += discount(i);
  hit = found != 0 ? 1 : 0;
  precision = static_cast<double>(found) / static_cast<double>(k);
  recall = static_cast<double>(found) / static_cast<double>(ranks.size());
  ndcg = gain / ideal;
  average_precision /= static_cast<double>(possible);
  if (found != 0) reciprocal_rank = 1 / static_cast<double>(ranks[0] + 1);
}

double gini(std::span<const double> shares) {
  std::vector<double> sorted(shares.begin(), shares.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double sum = 0, weighted = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    weighted += (2 * static_cast<double>(i) + 1 - n) * sorted[i];
  }
  return sum > 0 ? weighted / (n * sum) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace bespoke
