// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/gaussian_naive_bayes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "checks.hpp"

namespace bespoke::train {

namespace {

constexpr double pi = 3.14159265358979323846;

// Weight, mean and sum of squared distances of some values; 0 of all where there is no weight.
struct moments {
  double weight = 0, mean = 0, squares = 0;
};

// Distances are taken from the first value, so that constant values give exactly themselves and 0.
template <class ValueOf, class WeightOf>
moments moments_of(std::size_t n, ValueOf&& value, WeightOf&& weight) {
  moments m;
  if (n == 0) return m;
  const double first = value(0);
  double shift = 0;
  for (std::size_t i = 0; i < n; ++i) {
    m.weight += weight(i);
    shift += weight(i) * (value(i) - first);
  }
  if (m.weight == 0) return m;
  m.mean = first + shift / m.weight;
  for (std::size_t i = 0; i < n; ++i) m.squares += weight(i) * (value(i) - m.mean) * (value(i) - m.mean);
  return m;
}

// Chan, Golub and LeVeque's combination; where one has no weight it is exactly the other.
moments both(const moments& a, const moments& b) {
  if (a.weight == 0) return b;
  if (b.weight == 0) return a;
  const double sum = a.weight + b.weight, apart = b.mean - a.mean;
  return {sum, a.mean + apart * b.weight / sum, a.squares + b.squares + apart * apart * a.weight / sum * b.weight};
}

std::vector<std::vector<std::uint32_t>> by_label(std::span<const std::uint32_t> targets, std::size_t labels) {
  std::vector<std::vector<std::uint32_t>> records(labels);
  for (std::size_t i = 0; i < targets.size(); ++i) records[targets[i]].push_back(static_cast<std::uint32_t>(i));
  return records;
}

void begin(bayes_moments& m, std::size_t columns) {
  m.columns = columns;
  m.means.resize(columns * m.totals.labels());
  m.squares.resize(columns * m.totals.labels());
  m.of_all.resize(columns);
  m.spreads.resize(columns);
}

// One column: each label's values and all values.
void add_column(bayes_moments& m, std::size_t c, const dense_rows& rows, std::span<const float> weights,
                const std::vector<std::vector<std::uint32_t>>& records, double records_before) {
  const std::size_t n = m.totals.labels();
  for (std::size_t j = 0; j < n; ++j) {
    const auto& of_label = records[j];
    const auto now = moments_of(
        of_label.size(), [&](std::size_t i) { return double{rows[of_label[i]][c]}; },
        [&](std::size_t i) { return weights.empty() ? 1.0 : double{weights[of_label[i]]}; });
    const std::size_t at = c * n + j;
    const auto sum = both({m.totals.weights[j], m.means[at], m.squares[at]}, now);
    m.means[at] = sum.mean;
    m.squares[at] = sum.squares;
  }
  const auto now =
      moments_of(rows.size(), [&](std::size_t i) { return double{rows[i][c]}; }, [](std::size_t) { return 1.0; });
  const auto sum = both({records_before, m.of_all[c], m.spreads[c]}, now);
  m.of_all[c] = sum.mean;
  m.spreads[c] = sum.squares;
}

double sum_of(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum;
}

double log_density(const bayes_curves& b, std::size_t at, double value) {
  const double apart = value - b.counts.means[at];
  return 0.5 * std::log(b.sharpness[at] / pi) - apart * apart * b.sharpness[at];
}

void check_finite(const bundle_reader& r, std::span<const double> values, bool negative) {
  for (const double v : values)
    if (!std::isfinite(v) || (!negative && v < 0)) r.reject("a mean or a variance is not a number in its range");
}

}  // namespace

void bayes_moments::save(bundle_writer& w) const {
  totals.save(w);
  const std::vector<std::size_t> shape{columns, totals.labels()};
  w.put("means", std::span<const double>(means), shape);
  w.put("squares", std::span<const double>(squares), shape);
  w.put("means_of_all", std::span<const double>(of_all));
  w.put("squares_of_all", std::span<const double>(spreads));
}

bayes_moments bayes_moments::load(const bundle_reader& r, std::size_t labels) {
  bayes_moments m(labels);
  m.totals = label_totals::load(r, labels);
  const auto of_all = r.tensor<double>("means_of_all");
  begin(m, of_all.size());
  const auto read = [&](const char* name, std::vector<double>& to, bool negative) {
    const auto values = r.tensor<double>(name, to.size());
    check_finite(r, values, negative);
    std::copy(values.begin(), values.end(), to.begin());
  };
  read("means", m.means, true);
  read("squares", m.squares, false);
  read("means_of_all", m.of_all, true);
  read("squares_of_all", m.spreads, false);
  return m;
}

std::span<double> bayes_curves::joint(const dense_row& r, scratch& s) const {
  detail::check_width("gaussian_naive_bayes", width(), r.width());
  const std::size_t n = constants.size();
  const auto sums = s.take<double>(n);
  double* const sum = sums.data();
  std::copy(constants.begin(), constants.end(), sum);
  for (std::size_t c = 0; c < r.width(); ++c) {
    const double value = static_cast<double>(r[c]);
    const double *const mean = counts.means.data() + c * n, *const sharp = sharpness.data() + c * n;
    for (std::size_t j = 0; j < n; ++j) sum[j] -= (value - mean[j]) * (value - mean[j]) * sharp[j];
  }
  return sums;
}

std::vector<reason> bayes_curves::reasons(const dense_row& r, std::size_t first, std::size_t second, std::size_t k,
                                          signs w) const {
  const std::size_t n = constants.size();
  std::vector<float> parts(r.width());
  for (std::size_t c = 0; c < parts.size(); ++c) {
    const double value = static_cast<double>(r[c]);
    parts[c] = static_cast<float>(log_density(*this, c * n + first, value) - log_density(*this, c * n + second, value));
  }
  return top_contributions(dense_row{parts}, [](std::size_t) { return 1.0f; }, k, w);
}

void gaussian_naive_bayes::check_parameters() const { detail::check_positive(name, "var_smoothing", var_smoothing); }

bayes_curves gaussian_naive_bayes::learn(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                         std::span<const float> weights, bayes_moments counts,
                                         const context& ctx) const {
  detail::check_rows(name, rows);
  const double before = sum_of(counts.totals.records);
  if (before == 0) begin(counts, rows.width());
  detail::check_width(name, counts.columns, rows.width());
  const auto records = by_label(targets, counts.totals.labels());
  constexpr std::size_t unit = 16;  // columns that share the cache lines of the rows
  ctx.parallel((rows.width() + unit - 1) / unit, [&](std::size_t u, scratch&) {
    for (std::size_t c = u * unit; c < std::min(rows.width(), (u + 1) * unit); ++c)
      add_column(counts, c, rows, weights, records, before);
  });
  counts.totals.add(targets, weights);
  ctx.report(name, rows.size(), rows.size());
  return derive(std::move(counts));
}

bayes_curves gaussian_naive_bayes::derive(bayes_moments counts) const {
  const std::size_t n = counts.totals.labels();
  const double records = sum_of(counts.totals.records);
  double widest = 0;
  for (const double s : counts.spreads) widest = std::max(widest, s / records);
  const double smoothing = var_smoothing * (widest > 0 ? widest : 1.0);
  bayes_curves b;
  b.constants = counts.totals.log_shares(balanced);
  b.sharpness.resize(counts.squares.size());
  for (std::size_t i = 0; i < b.sharpness.size(); ++i) {
    const double weight = counts.totals.weights[i % n];
    const double variance = (weight > 0 ? counts.squares[i] / weight : 0.0) + smoothing;
    b.sharpness[i] = 0.5 / std::max(variance, std::numeric_limits<double>::min());
    b.constants[i % n] += 0.5 * std::log(b.sharpness[i] / pi);
  }
  b.counts = std::move(counts);
  return b;
}

void gaussian_naive_bayes::save(bundle_writer& w) const {
  w.put("var_smoothing", var_smoothing);
  w.put("balanced", balanced);
}
gaussian_naive_bayes gaussian_naive_bayes::saved(const bundle_reader& r) const {
  const double smoothing = r.number("var_smoothing");
  if (!std::isfinite(smoothing) || smoothing <= 0) r.reject("var_smoothing is not a number above 0");
  return {.var_smoothing = smoothing, .balanced = r.flag("balanced")};
}

}  // namespace bespoke::train
