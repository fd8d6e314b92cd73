// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/naive_bayes_svm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

#include "checks.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "naive_bayes_svm";

template <class Rows>
void check_not_negative(const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t column, float value) {
      if (value < 0)
        throw error(errc::invalid_argument, {.stage = stage,
                                             .record = i,
                                             .expected = "values of 0 or more",
                                             .got = fmt::format("{} in column {}", value, column)});
    });
}

// Sums of every column over the records that `counts`.
template <class Rows, class Counts>
std::vector<double> column_sums(const Rows& rows, std::span<const float> weights, Counts&& counts) {
  std::vector<double> sums(rows.width());
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (counts(i)) {
      const double weight = weights.empty() ? 1.0 : double{weights[i]};
      for_each_value(rows[i], [&](std::size_t column, float value) { sums[column] += weight * value; });
    }
  return sums;
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum;
}

// How much each column tells of a label: `in` are its sums over the label's records, `all` over all records.
std::vector<double> log_ratios(const std::vector<double>& in, const std::vector<double>& all, double smoothing) {
  const double added = smoothing * static_cast<double>(in.size()), in_sum = sum_of(in) + added,
               out_sum = sum_of(all) - sum_of(in) + added;
  std::vector<double> ratios(in.size());
  for (std::size_t c = 0; c < in.size(); ++c) {
    const double out = std::max(0.0, all[c] - in[c]);  // below 0 only by rounding
    ratios[c] = std::fabs(std::log((in[c] + smoothing) / in_sum) - std::log((out + smoothing) / out_sum));
  }
  return ratios;
}

dense_rows scaled(const dense_rows& rows, std::span<const double> by) {
  dense_rows out(rows.size(), rows.width());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t c = 0; c < rows.width(); ++c) out.writable(i)[c] = static_cast<float>(rows[i][c] * by[c]);
  return out;
}
sparse_rows scaled(const sparse_rows& rows, std::span<const double> by) {
  aligned_vector<float> values(rows.values().begin(), rows.values().end());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(values[i] * by[rows.columns()[i]]);
  return {rows.width(),
          {rows.offsets().begin(), rows.offsets().end()},
          {rows.columns().begin(), rows.columns().end()},
          std::move(values)};
}

template <class Rows>
linear_solution solve_any(const naive_bayes_svm& spec, const Rows& rows, std::span<const std::uint32_t> targets,
                          std::span<const float> weights, std::size_t labels, const context& ctx) {
  detail::check_labels(stage, labels, targets.size());
  detail::check_counts(stage, rows.size(), targets.size());
  detail::check_rows(stage, rows);
  check_not_negative(rows);
  const linear_svm svm{.c = spec.c, .tolerance = spec.tolerance, .max_iterations = spec.max_iterations};
  const std::size_t outputs = labels == 2 ? 1 : labels;
  const auto all = column_sums(rows, weights, [](std::size_t) { return true; });
  aligned_vector<float> found(rows.width() * outputs);
  std::vector<float> intercepts(outputs);
  std::atomic<bool> converged = true;
  std::atomic<std::size_t> done = 0;
  ctx.parallel(outputs, [&](std::size_t output, scratch&) {
    const std::uint32_t label = labels == 2 ? 1 : static_cast<std::uint32_t>(output);
    const auto is_label = [&](std::size_t i) { return targets[i] == label; };
    const auto ratios = log_ratios(column_sums(rows, weights, is_label), all, double{spec.smoothing});
    std::vector<std::uint32_t> against(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) against[i] = is_label(i) ? 1 : 0;
    const auto one = svm.solve(scaled(rows, ratios), against, weights, 2, ctx);
    if (!one.converged) converged = false;
    for (std::size_t c = 0; c < rows.width(); ++c)
      found[c * outputs + output] = static_cast<float>(one.scores.weights()[c] * ratios[c]);
    intercepts[output] = one.scores.intercepts()[0];
    ctx.report(stage, ++done, outputs);
  });
  return {linear_scores(rows.width(), std::move(found), std::move(intercepts)), converged};
}

}  // namespace

linear_solution naive_bayes_svm::solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                       std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any(*this, rows, targets, weights, labels, ctx);
}
linear_solution naive_bayes_svm::solve(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                       std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any(*this, rows, targets, weights, labels, ctx);
}

void naive_bayes_svm::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "c", double{c});
  detail::check_positive(stage, "smoothing", double{smoothing});
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_counts(stage, records, targets);
}

void naive_bayes_svm::save(bundle_writer& w) const {
  w.put("c", double{c});
  w.put("smoothing", double{smoothing});
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
  w.put("balanced", balanced);
}

naive_bayes_svm naive_bayes_svm::saved(const bundle_reader& r) {
  return {.c = static_cast<float>(r.number("c")),
          .smoothing = static_cast<float>(r.number("smoothing")),
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations")),
          .balanced = r.flag("balanced")};
}

}  // namespace bespoke::train
