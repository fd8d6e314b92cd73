// SPDX-License-Identifier: Apache-2.0
#include "ranking_lists.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bespoke::detail {

namespace {

double share_shown(std::span<const std::uint32_t> times_shown) {
  const auto never = std::count(times_shown.begin(), times_shown.end(), 0u);
  return 1 - static_cast<double>(never) / static_cast<double>(times_shown.size());
}

/// Gini's coefficient of whole numbers, by how many items have each: without sorting, for it is found for every draw.
double gini_of(std::span<const std::uint32_t> times_shown, std::vector<std::uint32_t>& items_with) {
  const std::uint32_t most = *std::max_element(times_shown.begin(), times_shown.end());
  if (most == 0) return std::numeric_limits<double>::quiet_NaN();
  items_with.assign(std::size_t{most} + 1, 0);
  for (const std::uint32_t n : times_shown) ++items_with[n];
  const auto all = static_cast<double>(times_shown.size());
  double before = 0, sum = 0, weighted = 0;
  for (std::size_t n = 0; n < items_with.size(); ++n) {
    const double items = items_with[n], value = static_cast<double>(n) * items;
    sum += value;
    weighted += value * (2 * before + items - all);
    before += items;
  }
  return weighted / (all * sum);
}

}  // namespace

std::span<const std::uint32_t> shown_lists::first(std::size_t user, std::size_t k) const noexcept {
  return {shown_.data() + user * longest_, std::min(k, lengths_[user])};
}

/// The interval of the draws, moved so that their mean is the figure.
template <class Figure>
estimate shown_lists::around(std::size_t k, const bootstrap_options& options, Figure&& figure) const {
  std::vector<std::uint32_t> times_shown(items_);
  double sum = 0, draws = 0;
  bool whole = true;
  const auto of = [&](std::span<const std::size_t> users) {
    std::fill(times_shown.begin(), times_shown.end(), 0u);
    for (const std::size_t u : users)
      for (const std::uint32_t item : first(u, k)) ++times_shown[item];
    const double value = figure(times_shown);
    if (!whole && !std::isnan(value)) sum += value, ++draws;
    whole = false;
    return value;
  };
  const estimate drawn = bootstrap(lengths_.size(), of, options);
  const double by = drawn.mean - sum / draws;
  return {drawn.mean, std::clamp(drawn.low + by, 0.0, 1.0), std::clamp(drawn.high + by, 0.0, 1.0)};
}

estimate shown_lists::coverage(std::size_t k, const bootstrap_options& options) const {
  return around(k, options, [](std::span<const std::uint32_t> times_shown) { return share_shown(times_shown); });
}

estimate shown_lists::gini(std::size_t k, const bootstrap_options& options) const {
  std::vector<std::uint32_t> items_with;
  return around(k, options,
                [&](std::span<const std::uint32_t> times_shown) { return gini_of(times_shown, items_with); });
}

}  // namespace bespoke::detail
