// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace bespoke {

namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double mean_of_draw(std::span<const double> values, random_numbers& random) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
  return sum / static_cast<double>(values.size());
}

/// Linear between the two neighbours, as most programs have it (type 7 of Hyndman and Fan, 1996).
double quantile(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

void check(std::size_t values, const bootstrap_options& options) {
  if (values == 0) throw error(errc::empty_input, {.stage = "bootstrap_mean", .problem = "there are no values"});
  if (!(options.confidence > 0 && options.confidence < 1))
    throw error(errc::invalid_argument, {.stage = "bootstrap_mean",
                                         .expected = "a confidence between 0 and 1",
                                         .got = std::to_string(options.confidence)});
  if (options.samples == 0)
    throw error(errc::invalid_argument, {.stage = "bootstrap_mean", .expected = "at least one sample", .got = "0"});
}

}  // namespace

estimate bootstrap_mean(std::span<const double> values, const bootstrap_options& options) {
  check(values.size(), options);
  random_numbers random(options.seed);
  std::vector<double> means(options.samples);
  for (double& m : means) m = mean_of_draw(values, random);
  std::sort(means.begin(), means.end());
  const double tail = (1 - options.confidence) / 2;
  return {mean(values), quantile(means, tail), quantile(means, 1 - tail)};
}

}  // namespace bespoke
