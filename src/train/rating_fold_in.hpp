// SPDX-License-Identifier: Apache-2.0
#pragma once
// Somebody new among the models of ratings: the user's row from a history, as train/rating_model.hpp has it.

#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/train/rating_model.hpp>

#include <cstddef>
#include <span>

namespace bespoke::train::detail {

/// The fold-in of a history, one sample after the other. With A = Σ x_j·x_jᵀ + P, what is solved is A; or, where P is l2·n·I
/// and there are fewer ratings than factors, the n × n matrix K of the x_j·x_k + l2·n·[j = k], as A⁻¹·Xᵀ = Xᵀ·K⁻¹.
/// Its memory is in a scratch: that of the matrix, and of a part of the history.
class fold_in {
 public:
  /// `start` has room for a row, which becomes any_user + z.
  fold_in(const rating_rows& rows, const sparse_row& history, std::span<float> start, scratch& s);

  /// start += δ, of one sample.
  void settle(std::size_t sample);
  /// Adds what the history's parts of an item are in one sample, of whose row this is that sample's block.
  void add_parts(std::size_t sample, const float* item, std::span<double> sums);

 private:
  const float* item(std::size_t j, std::size_t sample) const;
  double error(std::size_t j, std::size_t sample) const;
  void prepare(std::size_t sample);
  void prepare_by_factors(std::size_t sample);
  void prepare_by_ratings(std::size_t sample);
  void penalise(std::size_t sample);
  void solve(std::span<double> x) const;

  const rating_rows& rows_;
  const sparse_row& history_;
  std::span<float> start_;
  std::size_t size_, block_;  // factors and the bias; of one sample's row
  double ridge_;              // of P = ridge·I
  bool by_ratings_;
  std::size_t order_ = 0;      // of A with one more column, or of K
  std::span<double> errors_;   // r_j − start·x_j
  std::span<double> root_;     // of A or K, as cholesky leaves it
  std::span<double> x_;        // rows, a run of them at a time; by ratings all x_j, transposed
  std::span<double> pull_;     // δ, or A⁻¹·x, and one more
  std::span<double> weights_;  // of the history
};

}  // namespace bespoke::train::detail
