// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/metrics.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

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

double rmse(std::span<const double> predicted, std::span<const double> actual) {
  if (predicted.size() != actual.size())
    throw error(errc::shape, {.stage = "rmse",
                              .expected = std::to_string(actual.size()) + " predictions",
                              .got = std::to_string(predicted.size())});
  if (actual.empty()) throw error(errc::empty_input, {.stage = "rmse", .problem = "there are no ratings"});
  double sum = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) sum += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
  return std::sqrt(sum / static_cast<double>(actual.size()));
}

estimate bootstrap_mean(std::span<const double> values, const bootstrap_options& options) {
  check(values.size(), options);
  random_numbers random(options.seed);
  std::vector<double> means(options.samples);
  for (double& m : means) m = mean_of_draw(values, random);
  std::sort(means.begin(), means.end());
  const double tail = (1 - options.confidence) / 2;
  return {mean(values), quantile(means, tail), quantile(means, 1 - tail)};
}

std::vector<std::vector<std::size_t>> random_folds(std::size_t n, std::size_t folds, std::uint64_t seed) {
  if (folds == 0)
    throw error(errc::invalid_argument, {.stage = "random_folds", .expected = "at least one fold", .got = "0"});
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  random_numbers random(seed);
  all = sample(std::move(all), n, random);
  std::vector<std::vector<std::size_t>> parts(folds);
  for (std::size_t i = 0; i < n; ++i) parts[i % folds].push_back(all[i]);
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

}  // namespace bespoke
