// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/lasso.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checks.hpp"
#include "linear_operand.hpp"

namespace bespoke::train {

namespace {

using detail::inner;
using detail::numbers;

constexpr const char* stage = "lasso";

dense_rows columns_of(const dense_rows& rows, const context& ctx) { return detail::transposed(rows, ctx); }
sparse_rows columns_of(const sparse_rows& rows, const context&) { return detail::transposed(rows); }

// Coordinate descent on ½·Σ weight·error² + first·Σ|u| + ½·second·Σu², for columns and targets less their means. Means are
// not subtracted from the columns, which would make sparse ones dense: the error of record i is left_[i] + shift_.
template <class Columns>
class descent {
 public:
  descent(const lasso& spec, const Columns& columns, std::span<const double> y, std::span<const float> weights,
          const context& ctx)
      : columns_(columns), ctx_(ctx), u_(columns.size()), left_(y.begin(), y.end()), weight_(y.size(), 1.0) {
    if (!weights.empty()) weight_.assign(weights.begin(), weights.end());
    total_ = std::accumulate(weight_.begin(), weight_.end(), 0.0);
    first_ = total_ * spec.alpha * double{spec.l1_ratio};
    second_ = total_ * spec.alpha * (1 - double{spec.l1_ratio});
    level_ = spec.intercept ? inner(left_, weight_) / total_ : 0;
    for (double& v : left_) v -= level_;
    y_ = left_;
    enough_ = spec.tolerance * sum_of(y_, y_);
    measure_columns(spec.intercept);
  }

  bool run(const lasso& spec) {
    std::vector<std::size_t> all(u_.size()), some;
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (std::size_t passes = 0; passes < spec.max_iterations;) {
      step_each(all, passes);
      some.clear();
      std::copy_if(all.begin(), all.end(), std::back_inserter(some), [&](std::size_t c) { return u_[c] != 0; });
      while (passes < spec.max_iterations && step_each(some, passes) > spec.tolerance * largest_weight()) continue;
      if (gap() <= enough_) return true;
    }
    return false;
  }

  const numbers& weights() const { return u_; }
  double intercept() const { return level_ - inner(means_, u_); }

 private:
  // In one column after the other, so that the sums of a column are those of one thread.
  void measure_columns(bool intercept) {
    means_.assign(u_.size(), 0);
    norms_.assign(u_.size(), 0);
    detail::for_each_run(ctx_, u_.size(), [&](std::size_t from, std::size_t to) {
      for (std::size_t c = from; c < to; ++c) measure_column(c, intercept);
    });
  }

  // A column that is constant but for rounding has norm 0, and gets no weight.
  void measure_column(std::size_t c, bool intercept) {
    double sum = 0, squares = 0, stored = 0, norm = 0;
    for_each_value(columns_[c], [&](std::size_t i, float v) { sum += weight_[i] * v; });
    const double mean = intercept ? sum / total_ : 0;
    for_each_value(columns_[c], [&](std::size_t i, float v) {
      norm += weight_[i] * (v - mean) * (v - mean);
      squares += weight_[i] * v * v;
      stored += weight_[i];
    });
    norm += std::max(total_ - stored, 0.0) * mean * mean;
    means_[c] = mean;
    norms_[c] = norm > 1e-24 * squares ? norm : 0;
  }

  // Steps to the least of each of these columns in turn; the largest change of a weight.
  double step_each(const std::vector<std::size_t>& some, std::size_t& passes) {
    ctx_.check();
    double most = 0;
    for (const std::size_t c : some)
      if (norms_[c] > 0) most = std::max(most, std::fabs(step(c)));
    ctx_.report(stage, ++passes, 0);
    return most;
  }

  double step(std::size_t c) {
    const double before = u_[c], pull = slope(c) + norms_[c] * before;
    const double size = std::max(std::fabs(pull) - first_, 0.0);
    u_[c] = std::copysign(size / (norms_[c] + second_), pull);
    const double change = u_[c] - before;
    if (change == 0) return 0;
    for_each_value(columns_[c], [&](std::size_t i, float v) { left_[i] -= change * v; });
    shift_ += change * means_[c];
    return change;
  }

  // Σ weight·error·value: the errors sum to 0 by weight, so that the column's mean has no part in it.
  double slope(std::size_t c) const {
    double sum = 0;
    for_each_value(columns_[c], [&](std::size_t i, float v) { sum += weight_[i] * (left_[i] + shift_) * v; });
    return sum;
  }

  // How far the objective may be above the least. The dual point is the errors, scaled into the dual's bounds.
  double gap() const {
    numbers slopes(u_.size());
    detail::for_each_run(ctx_, u_.size(), [&](std::size_t from, std::size_t to) {
      for (std::size_t c = from; c < to; ++c) slopes[c] = norms_[c] > 0 ? std::fabs(slope(c) - second_ * u_[c]) : 0;
    });
    const double steepest = slopes.empty() ? 0 : *std::max_element(slopes.begin(), slopes.end());
    const double scale = steepest > first_ ? first_ / steepest : 1;
    numbers errors = left_;
    for (double& e : errors) e += shift_;
    double sizes = 0;
    for (const double u : u_) sizes += std::fabs(u);
    return (1 + scale * scale) / 2 * (sum_of(errors, errors) + second_ * inner(u_, u_)) + first_ * sizes -
           scale * sum_of(errors, y_);
  }

  double sum_of(const numbers& a, const numbers& b) const {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += weight_[i] * a[i] * b[i];
    return sum;
  }
  double largest_weight() const {
    double most = 0;
    for (const double u : u_) most = std::max(most, std::fabs(u));
    return most;
  }

  const Columns& columns_;
  const context& ctx_;
  numbers u_, left_, weight_, y_{}, means_{}, norms_{};
  double total_ = 0, first_ = 0, second_ = 0, level_ = 0, enough_ = 0, shift_ = 0;
};

template <class Rows>
lasso::solution solve_any(const lasso& spec, const Rows& rows, std::span<const double> y,
                          std::span<const float> weights, const context& ctx) {
  detail::check_counts(stage, rows.size(), y.size());
  detail::check_rows(stage, rows);
  const Rows columns = columns_of(rows, ctx);
  descent<Rows> d(spec, columns, y, weights, ctx);
  const bool converged = d.run(spec);
  return {linear_function(d.weights(), d.intercept()), converged};
}

}  // namespace

lasso::solution lasso::solve(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
                             const context& ctx) const {
  return solve_any(*this, rows, targets, weights, ctx);
}
lasso::solution lasso::solve(const sparse_rows& rows, std::span<const double> targets, std::span<const float> weights,
                             const context& ctx) const {
  return solve_any(*this, rows, targets, weights, ctx);
}

void lasso::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "alpha", double{alpha});
  if (!(l1_ratio > 0 && l1_ratio <= 1))
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = "l1_ratio of more than 0 and at most 1",
                                         .got = fmt::format("{}", l1_ratio),
                                         .advice = "ridge has the second penalty alone"});
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_counts(stage, records, targets);
}

void lasso::save(bundle_writer& w) const {
  w.put("alpha", double{alpha});
  w.put("l1_ratio", double{l1_ratio});
  w.put("learn_intercept", intercept);
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
}

lasso lasso::saved(const bundle_reader& r) {
  return {.alpha = static_cast<float>(r.number("alpha")),
          .l1_ratio = static_cast<float>(r.number("l1_ratio")),
          .intercept = r.flag("learn_intercept"),
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations"))};
}

}  // namespace bespoke::train
