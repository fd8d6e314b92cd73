// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <string_view>
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

void check_confidence(std::string_view what, double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw error(
        errc::invalid_argument,
        {.stage = std::string(what), .expected = "a confidence between 0 and 1", .got = std::to_string(confidence)});
}

void check(std::string_view what, std::size_t values, const bootstrap_options& options) {
  if (values == 0) throw error(errc::empty_input, {.stage = std::string(what), .problem = "there are no values"});
  check_confidence(what, options.confidence);
  if (options.samples == 0)
    throw error(errc::invalid_argument, {.stage = std::string(what), .expected = "at least one sample", .got = "0"});
}

estimate around(double figure, std::vector<double> drawn, double confidence) {
  std::sort(drawn.begin(), drawn.end());
  const double tail = (1 - confidence) / 2;
  return {figure, quantile(drawn, tail), quantile(drawn, 1 - tail)};
}

/// The chance that |t| ≤ √n · tan θ, for n degrees of freedom: the finite sums for whole n (Abramowitz and Stegun, 26.7.3
/// and 26.7.4).
double chance_within(double theta, std::size_t n) {
  const double sine = std::sin(theta), cosine = std::cos(theta);
  const bool odd = n % 2 == 1;
  double term = odd ? cosine : 1, sum = 0;
  for (std::size_t k = odd ? 2 : 1; k < n; k += 2) {
    sum += term;
    term *= cosine * cosine * static_cast<double>(k) / static_cast<double>(k + 1);
  }
  return odd ? 2 / std::numbers::pi * (theta + sine * sum) : sine * sum;
}

}  // namespace

estimate bootstrap_mean(std::span<const double> values, const bootstrap_options& options) {
  check("bootstrap_mean", values.size(), options);
  random_numbers random(options.seed);
  std::vector<double> means(options.samples);
  for (double& m : means) m = mean_of_draw(values, random);
  return around(mean(values), std::move(means), options.confidence);
}

estimate bootstrap(std::size_t records, function_ref<double(std::span<const std::size_t>)> figure,
                   const bootstrap_options& options) {
  check("bootstrap", records, options);
  random_numbers random(options.seed);
  std::vector<std::size_t> chosen(records);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  const double whole = figure(chosen);
  std::vector<double> drawn;
  for (std::size_t i = 0; i < options.samples; ++i) {
    for (std::size_t& c : chosen) c = random.below(records);
    if (const double one = figure(chosen); !std::isnan(one)) drawn.push_back(one);
  }
  if (drawn.empty()) drawn.push_back(std::numeric_limits<double>::quiet_NaN());
  return around(whole, std::move(drawn), options.confidence);
}

double student_t(std::size_t degrees_of_freedom, double confidence) {
  check_confidence("student_t", confidence);
  if (degrees_of_freedom == 0)
    throw error(errc::invalid_argument, {.stage = "student_t", .expected = "a degree of freedom", .got = "0"});
  double low = 0, high = std::numbers::pi / 2;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (chance_within(middle, degrees_of_freedom) < confidence ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(degrees_of_freedom)) * std::tan(low);
}

estimate mean_of_folds(std::span<const double> scores, double test_to_train, double confidence) {
  if (scores.empty()) throw error(errc::empty_input, {.stage = "mean_of_folds", .problem = "there are no folds"});
  check_confidence("mean_of_folds", confidence);
  const double center = mean(scores), n = static_cast<double>(scores.size());
  if (scores.size() == 1) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    return {center, unknown, unknown};
  }
  double squares = 0;
  for (const double s : scores) squares += (s - center) * (s - center);
  const double spread = std::sqrt(squares / (n - 1) * (1 / n + test_to_train));
  const double reach = student_t(scores.size() - 1, confidence) * spread;
  return {center, center - reach, center + reach};
}

}  // namespace bespoke
