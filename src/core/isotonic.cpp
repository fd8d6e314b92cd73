// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/isotonic.hpp>
#include <bespoke/core/target.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace bespoke {

namespace {

void check(std::span<const double> x, std::span<const double> y, std::span<const float> weights) {
  const char* stage = "isotonic";
  if (x.empty()) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  if (y.size() != x.size() || (!weights.empty() && weights.size() != x.size()))
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a value and a weight for each of {} records", x.size()),
                              .got = fmt::format("{} values and {} weights", y.size(), weights.size())});
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]) || !std::isfinite(y[i]))
      throw error(
          errc::invalid_argument,
          {.stage = stage, .record = i, .expected = "finite numbers", .got = fmt::format("{} at {}", y[i], x[i])});
  if (!weights.empty()) detail::check_weights(weights);
}

/// A run of neighbours with one value.
struct pool {
  double first, last;  // the smallest and the largest x
  double sum, weight;
  double mean() const { return sum / weight; }
};

/// A pool for each different x, ascending.
std::vector<pool> pools_of(std::span<const double> x, std::span<const double> y, std::span<const float> weights) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<pool> pools;
  for (const std::size_t i : order) {
    const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
    if (weight == 0) continue;
    if (pools.empty() || pools.back().last < x[i]) pools.push_back({x[i], x[i], 0, 0});
    pools.back().sum += weight * y[i];
    pools.back().weight += weight;
  }
  return pools;
}

/// Joins neighbours until the means rise.
std::vector<pool> rising(const std::vector<pool>& pools) {
  std::vector<pool> out;
  for (pool next : pools) {
    while (!out.empty() && out.back().mean() >= next.mean()) {
      next = {out.back().first, next.last, out.back().sum + next.sum, out.back().weight + next.weight};
      out.pop_back();
    }
    out.push_back(next);
  }
  return out;
}

}  // namespace

double isotonic::operator()(double x) const noexcept {
  if (std::isnan(x)) return x;
  if (x <= at.front()) return value.front();
  if (x >= at.back()) return value.back();
  const auto i = static_cast<std::size_t>(std::upper_bound(at.begin(), at.end(), x) - at.begin());
  return value[i - 1] + (value[i] - value[i - 1]) * ((x - at[i - 1]) / (at[i] - at[i - 1]));
}

isotonic fit_isotonic(std::span<const double> x, std::span<const double> y, std::span<const float> weights) {
  check(x, y, weights);
  isotonic f;
  for (const pool& p : rising(pools_of(x, y, weights))) {
    f.at.push_back(p.first);
    f.value.push_back(p.mean());
    if (p.last == p.first) continue;
    f.at.push_back(p.last);
    f.value.push_back(p.mean());
  }
  return f;
}

}  // namespace bespoke
