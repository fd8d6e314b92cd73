// SPDX-License-Identifier: Apache-2.0
#pragma once
// Least squares with a squared penalty, for the learners that are one.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace bespoke::train::detail {

/// Minimises Σ weightᵢ·½·(yᵢ − u·rowᵢ − b)² + ½·l2·Σ uₖ²; b is 0 without an intercept.
struct least_squares {
  const char* stage = "";
  double l2 = 1;
  bool intercept = true;
  double tolerance = 1e-8;            ///< of `by_gradient`: the gradient's length at the end, over that at the start
  std::size_t max_iterations = 1000;  ///< of `by_gradient`
};

/// What minimises it.
struct linear_minimum {
  std::vector<double> u{};
  double b = 0;
  bool converged = true;
};

/// Conjugate gradients from u = 0: where several u fit equally well, the shortest. `weights` are empty or one a row.
template <class Rows>
linear_minimum by_gradient(const least_squares& spec, const Rows& rows, std::span<const double> y,
                           std::span<const float> weights, const context& ctx);

/// The normal equations by Cholesky: O(n·d²+ d³). Nothing where several u fit equally well.
template <class Rows>
std::optional<linear_minimum> by_columns(const least_squares& spec, const Rows& rows, std::span<const double> y,
                                         std::span<const float> weights, const context& ctx);

/// Their dual: O(n²·stored values of a row + n³). Nothing where several u fit equally well.
template <class Rows>
std::optional<linear_minimum> by_rows(const least_squares& spec, const Rows& rows, std::span<const double> y,
                                      std::span<const float> weights, const context& ctx);

}  // namespace bespoke::train::detail
