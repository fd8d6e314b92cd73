// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ridge regression: least squares with a penalty on large weights, the first thing to try where a number is to be predicted.

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
///     Σ weightᵢ·(yᵢ − w·rowᵢ − b)² + alpha·Σ wₖ²
///
///     dense_row or sparse_row, any number → float
///
/// How follows from the shape of the data alone: up to 1,024 columns the normal equations by Cholesky, O(n·d² + d³); else
/// up to 2,048 rows their dual, O(n²·stored values of a row + n³); else conjugate gradients (Hestenes and Stiefel, 1952),
/// O(stored values) a step, until the gradient is `tolerance` times as long as at w = 0. Where `alpha = 0` leaves several
/// w that fit equally well, conjugate gradients too, which give the shortest.
///
/// The same bytes for any number of threads. Throws errc::empty_input, errc::shape, and errc::invalid_argument for a
/// parameter out of range, or a NaN or infinity in a row or a target (with its record).
/// One record: O(stored values), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's Ridge.
struct ridge {
  float alpha = 1.0f;                 ///< weight of the penalty, 0 or more
  bool intercept = true;              ///< learn b; else it is 0
  double tolerance = 1e-8;            ///< of conjugate gradients, relative
  std::size_t max_iterations = 1000;  ///< steps of conjugate gradients at most

  static constexpr std::string_view kind = "ridge/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In>
  using fitted = linear_regression<In, ridge>;

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
    bool converged;  ///< false where conjugate gradients ended at `max_iterations`
  };

  /// The weights for rows and numbers: what `fit` calls. `weights` are empty where every record counts the same.
  solution solve(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
                 const context& ctx) const;
  solution solve(const sparse_rows& rows, std::span<const double> targets, std::span<const float> weights,
                 const context& ctx) const;

  void save(bundle_writer& w) const;  ///< the parameters

 private:
  void check(std::size_t records, std::size_t targets) const;
  static ridge saved(const bundle_reader& r);
};

}  // namespace bespoke::train
