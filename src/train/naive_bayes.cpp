// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/naive_bayes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "checks.hpp"

namespace bespoke::train {

namespace {

constexpr double least_alpha = 1e-10;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool all_counts(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v) && v >= 0; });
}

// A value as the classifier reads it. NaN stays, so that the answer says it.
double read(float value, const std::optional<float>& above) {
  if (!above || std::isnan(value)) return static_cast<double>(value);
  return value > *above ? 1.0 : 0.0;
}

template <class Row>
std::span<double> joint_of(const bayes_table& t, const Row& r, scratch& s) {
  detail::check_width("naive_bayes", t.width(), r.width());
  const std::size_t n = t.constants.size();
  const auto sums = s.take<double>(n);
  double* const sum = sums.data();
  std::copy(t.constants.begin(), t.constants.end(), sum);
  for_each_value(r, [&, w = t.weights.data()](std::size_t column, float stored) {
    const double value = read(stored, t.above);
    if (value == 0) return;
    const double* const of_column = w + column * n;
    for (std::size_t j = 0; j < n; ++j) sum[j] += value * of_column[j];
  });
  return sums;
}

// The values as they are read, in a row of the same kind.
dense_row with_values(const dense_row&, std::span<const float> values) { return {values}; }
sparse_row with_values(const sparse_row& r, std::span<const float> values) {
  return {r.columns, values, r.columns_in_all};
}

template <class Row>
std::vector<reason> reasons_of(const bayes_table& t, const Row& r, std::size_t first, std::size_t second, std::size_t k,
                               signs which) {
  std::vector<float> values;
  for (const float v : r.values) values.push_back(static_cast<float>(read(v, t.above)));
  const std::size_t n = t.constants.size();
  const auto difference = [&](std::size_t column) {
    return static_cast<float>(t.weights[column * n + first] - t.weights[column * n + second]);
  };
  return top_contributions(with_values(r, values), difference, k, which);
}

template <class Rows>
void check_not_negative(const char* stage, const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (v < 0)
        throw error(errc::invalid_argument,
                    {.stage = stage,
                     .record = i,
                     .expected = "values of 0 or more in the row",
                     .got = fmt::format("{} in column {}", v, c),
                     .advice = "scale to 0 … 1 before the learner, or take gaussian_naive_bayes"});
    });
}

// The numbers of each label's records, in order.
std::vector<std::vector<std::uint32_t>> by_label(std::span<const std::uint32_t> targets, std::size_t labels) {
  std::vector<std::vector<std::uint32_t>> records(labels);
  for (std::size_t i = 0; i < targets.size(); ++i) records[targets[i]].push_back(static_cast<std::uint32_t>(i));
  return records;
}

// Each label's sums go on from those before, in record order: so an update gives the bits of one fit.
template <class Rows>
bayes_counts counted_in(const char* stage, const Rows& rows, std::span<const std::uint32_t> targets,
                        std::span<const float> weights, std::optional<float> above, bayes_counts counts,
                        const context& ctx) {
  detail::check_rows(stage, rows);
  if (!above) check_not_negative(stage, rows);
  const std::size_t n = counts.totals.labels();
  if (counts.of_columns.empty() && counts.columns == 0) {
    counts.columns = rows.width();
    counts.of_columns.resize(rows.width() * n);
  }
  detail::check_width(stage, counts.columns, rows.width());
  counts.totals.add(targets, weights);
  const auto records = by_label(targets, n);
  ctx.parallel(n, [&](std::size_t j, scratch& s) {
    const auto sums = s.take<double>(counts.columns);
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] = counts.of_columns[c * n + j];
    for (const std::uint32_t i : records[j]) {
      const double weight = weights.empty() ? 1.0 : double{weights[i]};
      for_each_value(rows[i], [&](std::size_t c, float v) { sums[c] += weight * read(v, above); });
    }
    for (std::size_t c = 0; c < sums.size(); ++c) counts.of_columns[c * n + j] = sums[c];
  });
  ctx.report(stage, rows.size(), rows.size());
  return counts;
}

// use(label, weight of column) in place of counts, each times its label's factor.
aligned_vector<double> scaled(const bayes_counts& counts, bool balanced) {
  const auto factors = counts.totals.factors(balanced);
  auto scaled = counts.of_columns;
  for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= factors[i % factors.size()];
  return scaled;
}

// Sums over all columns, label by label.
std::vector<double> column_sums(std::span<const double> values, std::size_t labels) {
  std::vector<double> sums(labels);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i % labels] += values[i];
  return sums;
}

std::vector<double> priors(const label_totals& totals, bool fit_prior, bool balanced) {
  if (fit_prior) return totals.log_shares(balanced);
  return std::vector<double>(totals.labels(), -std::log(static_cast<double>(totals.labels())));
}

void check_alpha(const char* stage, double alpha) { detail::check_positive(stage, "alpha", alpha, true); }

double saved_alpha(const bundle_reader& r) {
  const double alpha = r.number("alpha");
  if (!std::isfinite(alpha) || alpha < 0) r.reject("alpha is not a number of 0 or more");
  return alpha;
}

}  // namespace

void label_totals::add(std::span<const std::uint32_t> targets, std::span<const float> record_weights) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    records[targets[i]] += 1;
    weights[targets[i]] += record_weights.empty() ? 1.0 : double{record_weights[i]};
  }
}

std::vector<double> label_totals::factors(bool balanced) const {
  std::vector<double> factors(labels(), 1.0);
  if (!balanced) return factors;
  const double share = std::accumulate(records.begin(), records.end(), 0.0) / static_cast<double>(labels());
  for (std::size_t j = 0; j < labels(); ++j) factors[j] = share / records[j];
  return factors;
}

std::vector<double> label_totals::log_shares(bool balanced) const {
  auto shares = factors(balanced);
  for (std::size_t j = 0; j < labels(); ++j) shares[j] *= weights[j];
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& v : shares) v = std::log(v) - std::log(sum);
  return shares;
}

void label_totals::save(bundle_writer& w) const {
  w.put("label_records", std::span<const double>(records));
  w.put("label_weights", std::span<const double>(weights));
}

label_totals label_totals::load(const bundle_reader& r, std::size_t labels) {
  const auto records = r.tensor<double>("label_records", labels), weights = r.tensor<double>("label_weights", labels);
  const bool none = std::any_of(records.begin(), records.end(), [](double n) { return !(n >= 1); });
  if (none || !all_counts(records) || !all_counts(weights)) r.reject("a label's count is not a number of 0 or more");
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(sum > 0) || !std::isfinite(sum)) r.reject("the labels have no weight");
  label_totals totals(labels);
  std::copy(records.begin(), records.end(), totals.records.begin());
  std::copy(weights.begin(), weights.end(), totals.weights.begin());
  return totals;
}

void bayes_counts::save(bundle_writer& w) const {
  totals.save(w);
  w.put("counts", std::span<const double>(of_columns), {columns, totals.labels()});
}

bayes_counts bayes_counts::load(const bundle_reader& r, std::size_t labels) {
  bayes_counts counts(labels);
  counts.totals = label_totals::load(r, labels);
  const auto values = r.tensor<double>("counts");
  const auto shape = r.shape("counts");
  if (shape.size() != 2 || shape[1] != labels) r.reject("counts and labels do not fit together");
  if (!all_counts(values)) r.reject("a count is not a number of 0 or more");
  counts.columns = shape[0];
  counts.of_columns.assign(values.begin(), values.end());
  return counts;
}

std::span<double> bayes_table::joint(const dense_row& r, scratch& s) const { return joint_of(*this, r, s); }
std::span<double> bayes_table::joint(const sparse_row& r, scratch& s) const { return joint_of(*this, r, s); }

std::vector<reason> bayes_table::reasons(const dense_row& r, std::size_t first, std::size_t second, std::size_t k,
                                         signs w) const {
  return reasons_of(*this, r, first, second, k, w);
}
std::vector<reason> bayes_table::reasons(const sparse_row& r, std::size_t first, std::size_t second, std::size_t k,
                                         signs w) const {
  return reasons_of(*this, r, first, second, k, w);
}

namespace detail {

void to_log_probabilities(std::span<double> joint) noexcept {
  double most = joint[0];
  for (const double v : joint)
    if (v > most || std::isnan(v)) most = v;
  if (!std::isfinite(most)) {
    std::fill(joint.begin(), joint.end(), nan);
    return;
  }
  double sum = 0;
  for (const double v : joint) sum += std::exp(v - most);
  const double log_sum = most + std::log(sum);
  for (double& v : joint) v -= log_sum;
}

void check_bayes(const char* stage, std::size_t records, std::size_t targets) { check_counts(stage, records, targets); }
void check_two_labels(const char* stage, std::size_t labels, std::size_t targets) {
  check_labels(stage, labels, targets);
}

}  // namespace detail

void multinomial_naive_bayes::check_parameters() const { check_alpha(name, alpha); }

bayes_table multinomial_naive_bayes::learn(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                           std::span<const float> weights, bayes_counts counts,
                                           const context& ctx) const {
  return derive(counted_in(name, rows, targets, weights, {}, std::move(counts), ctx));
}
bayes_table multinomial_naive_bayes::learn(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                           std::span<const float> weights, bayes_counts counts,
                                           const context& ctx) const {
  return derive(counted_in(name, rows, targets, weights, {}, std::move(counts), ctx));
}

bayes_table multinomial_naive_bayes::derive(bayes_counts counts) const {
  const std::size_t n = counts.totals.labels();
  auto weights = scaled(counts, balanced);
  for (double& v : weights) v += std::max(alpha, least_alpha);
  auto logs = column_sums(weights, n);
  for (double& v : logs) v = std::log(v);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::log(weights[i]) - logs[i % n];
  auto constants = priors(counts.totals, fit_prior, balanced);
  return {std::move(counts), {}, std::move(constants), std::move(weights)};
}

void multinomial_naive_bayes::save(bundle_writer& w) const {
  w.put("alpha", alpha);
  w.put("fit_prior", fit_prior);
  w.put("balanced", balanced);
}
multinomial_naive_bayes multinomial_naive_bayes::saved(const bundle_reader& r) const {
  return {.alpha = saved_alpha(r), .fit_prior = r.flag("fit_prior"), .balanced = r.flag("balanced")};
}

void complement_naive_bayes::check_parameters() const { check_alpha(name, alpha); }

bayes_table complement_naive_bayes::learn(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                          std::span<const float> weights, bayes_counts counts,
                                          const context& ctx) const {
  return derive(counted_in(name, rows, targets, weights, {}, std::move(counts), ctx));
}
bayes_table complement_naive_bayes::learn(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                          std::span<const float> weights, bayes_counts counts,
                                          const context& ctx) const {
  return derive(counted_in(name, rows, targets, weights, {}, std::move(counts), ctx));
}

bayes_table complement_naive_bayes::derive(bayes_counts counts) const {
  const std::size_t n = counts.totals.labels();
  auto weights = scaled(counts, balanced);
  for (std::size_t first = 0; first < weights.size(); first += n) {
    const auto of_column = std::span(weights).subspan(first, n);
    const double all = std::accumulate(of_column.begin(), of_column.end(), 0.0);
    for (double& v : of_column) v = std::max(all - v, 0.0) + std::max(alpha, least_alpha);
  }
  auto sums = column_sums(weights, n);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::log(weights[i] / sums[i % n]);
  sums = column_sums(weights, n);
  // A single column has nothing to be normalised by: its logarithms are all 0.
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] /= norm && sums[i % n] != 0 ? sums[i % n] : -1.0;
  return {std::move(counts), {}, std::vector<double>(n), std::move(weights)};
}

void complement_naive_bayes::save(bundle_writer& w) const {
  w.put("alpha", alpha);
  w.put("norm", norm);
  w.put("balanced", balanced);
}
complement_naive_bayes complement_naive_bayes::saved(const bundle_reader& r) const {
  return {.alpha = saved_alpha(r), .norm = r.flag("norm"), .balanced = r.flag("balanced")};
}

void bernoulli_naive_bayes::check_parameters(bool sparse) const {
  check_alpha(name, alpha);
  if (!std::isfinite(binarize) || (sparse && binarize < 0))
    throw error(errc::invalid_argument,
                {.stage = name,
                 .expected = sparse ? "binarize of 0 or more for sparse rows" : "binarize that is finite",
                 .got = fmt::format("{}", binarize)});
}

bayes_table bernoulli_naive_bayes::learn(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                         std::span<const float> weights, bayes_counts counts,
                                         const context& ctx) const {
  return derive(counted_in(name, rows, targets, weights, binarize, std::move(counts), ctx));
}
bayes_table bernoulli_naive_bayes::learn(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                         std::span<const float> weights, bayes_counts counts,
                                         const context& ctx) const {
  return derive(counted_in(name, rows, targets, weights, binarize, std::move(counts), ctx));
}

bayes_table bernoulli_naive_bayes::derive(bayes_counts counts) const {
  const std::size_t n = counts.totals.labels();
  const double smooth = std::max(alpha, least_alpha);
  const auto factors = counts.totals.factors(balanced);
  auto constants = priors(counts.totals, fit_prior, balanced);
  auto weights = scaled(counts, balanced);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t j = i % n;
    const double records = factors[j] * counts.totals.weights[j];
    const double present = weights[i] + smooth, absent = std::max(records - weights[i], 0.0) + smooth;
    constants[j] += std::log(absent) - std::log(records + 2 * smooth);
    weights[i] = std::log(present) - std::log(absent);
  }
  return {std::move(counts), binarize, std::move(constants), std::move(weights)};
}

void bernoulli_naive_bayes::save(bundle_writer& w) const {
  w.put("alpha", alpha);
  w.put("binarize", double{binarize});
  w.put("fit_prior", fit_prior);
  w.put("balanced", balanced);
}
bernoulli_naive_bayes bernoulli_naive_bayes::saved(const bundle_reader& r) const {
  r.must_equal("binarize", double{binarize});
  return {
      .alpha = saved_alpha(r), .binarize = binarize, .fit_prior = r.flag("fit_prior"), .balanced = r.flag("balanced")};
}

}  // namespace bespoke::train
