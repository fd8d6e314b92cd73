// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lasso and the elastic net: linear regression that leaves most columns out.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/linear_function.hpp>
#include <cstddef>
#include <span>
#include <string_view>

namespace bespoke::train {

using bespoke::operator|;

/// Minimises, over weights w and an intercept b that is not penalised,
///
///     1/(2·Σ weightᵢ)·Σ weightᵢ·(yᵢ − w·rowᵢ − b)² + alpha·l1_ratio·Σ |wₖ| + ½·alpha·(1 − l1_ratio)·Σ wₖ²
///
/// The first penalty makes most weights exactly 0. With `l1_ratio = 1` it is the lasso, below it the elastic net, which
/// shares weight among columns that say the same.
///
///     dense_row or sparse_row, any number → float
///
/// Fit: cyclic coordinate descent (Friedman, Hastie, Tibshirani: Regularization paths, 2010), between passes over all
/// columns only over those with a weight, until the duality gap is at most `tolerance` times Σ weightᵢ·(yᵢ − mean)²
/// (without an intercept Σ weightᵢ·yᵢ²), so that the objective is that close to the least. O(stored values) a pass.
/// Put standardize{} before it: the penalty compares weights, so columns must be of like size.
///
/// The same bytes for any number of threads. Throws errc::empty_input, errc::shape, and errc::invalid_argument for a
/// parameter out of range, or a NaN or infinity in a row or a target (with its record).
/// One record: O(stored values), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's Lasso and ElasticNet.
struct lasso {
  float alpha = 1.0f;                 ///< weight of the penalties, more than 0: larger leaves more columns out
  float l1_ratio = 1.0f;              ///< share of the first penalty, more than 0 and at most 1
  bool intercept = true;              ///< learn b; else it is 0
  double tolerance = 1e-6;            ///< of the duality gap, relative
  std::size_t max_iterations = 1000;  ///< passes at most

  static constexpr std::string_view kind = "lasso/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In>
  using fitted = linear_regression<In, lasso>;

  /// Learns from rows and numbers.
  template <row In, number_target Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    check(x.size(), y.size());
    const auto targets = number_targets::of(y, ctx);
    const auto found = solve(collect(x, ctx), targets.values, targets.weights, ctx);
    return {*this, found.function, found.converged};
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, number_target Y>
  fitted<In> load(bundle_reader& r) const {
    return {saved(r), linear_function::load(r), r.flag("converged")};
  }

  /// What `solve` finds.
  struct solution {
    linear_function function;
    bool converged;  ///< false where the descent ended at `max_iterations`
  };

  /// The weights for rows and numbers: what `fit` calls. `weights` are empty where every record counts the same.
  solution solve(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
                 const context& ctx) const;
  solution solve(const sparse_rows& rows, std::span<const double> targets, std::span<const float> weights,
                 const context& ctx) const;

  void save(bundle_writer& w) const;  ///< the parameters

 private:
  void check(std::size_t records, std::size_t targets) const;
  static lasso saved(const bundle_reader& r);
};

}  // namespace bespoke::train
