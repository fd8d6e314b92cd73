// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gibbs sampling of the rows of a factorisation: what bayesian_factorization draws, one thing after the other. Users are one
// side, items the other; a row is the factors and, last, the bias.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../core/linear_algebra.hpp"
#include "normal_numbers.hpp"

namespace bespoke::train::detail {

using linear::matrix;

/// One side: its rows v ~ N(μ + z, Λ⁻¹), where z = shares · y, and y ~ N(0, (λΛ)⁻¹).
struct gibbs_side {
  const sparse_rows* ratings = nullptr;  ///< of each row, of mean 0
  matrix rows{};
  std::vector<double> mean{};          ///< μ
  matrix precision{};                  ///< Λ
  sparse_rows shares{}, transposed{};  ///< n^−½ where there is a rating; without rows: there is no y
  matrix y{};
  matrix z{};            ///< as many rows as `rows`, 0 without y
  double strength = 10;  ///< λ

  std::size_t size() const noexcept { return rows.columns; }
  bool has_history() const noexcept { return y.rows > 0; }
};

/// A side before its first draw: rows are small normal numbers.
gibbs_side begin_side(const sparse_rows& ratings, std::size_t factors, bool history, std::uint64_t seed);

/// Which draw this is: random numbers follow from it.
struct draw {
  std::uint64_t seed = 0, number = 0;
  normal_numbers stream(std::uint64_t what, std::uint64_t row) const { return {seed, number * 16 + what, row}; }
};

/// (μ, Λ) and λ given rows and y.
void draw_prior(gibbs_side& side, const draw& which, std::uint64_t what);
/// y given rows, μ, Λ and λ, by conjugate gradients; then z. Nothing without y.
void draw_history(gibbs_side& side, const draw& which, std::uint64_t what, const context& ctx);
/// Rows given everything else, the precision of the noise among it.
void draw_rows(gibbs_side& side, const matrix& others, double noise, const draw& which, std::uint64_t what,
               const context& ctx);
/// The precision of the noise given the rows of both.
double draw_noise(const gibbs_side& side, const matrix& others, const draw& which, const context& ctx);

}  // namespace bespoke::train::detail
