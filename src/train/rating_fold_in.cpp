// SPDX-License-Identifier: Apache-2.0
#include "rating_fold_in.hpp"

#include <algorithm>
#include <cmath>

#include "../core/linear_algebra.hpp"
#include "cholesky.hpp"
#include "rating_descent.hpp"
#include "rating_kernels.hpp"

namespace bespoke::train::detail {

namespace {

constexpr double least_ridge = 1e-6;  // where l2 is 0
constexpr std::size_t run = 64;       // ratings whose rows are in double at once

}  // namespace

fold_in::fold_in(const rating_rows& rows, const sparse_row& history, std::span<float> start, scratch& s)
    : rows_(rows),
      history_(history),
      start_(start),
      size_(rows.factors + 1),
      block_(rating_rows::block(rows.factors)),
      ridge_(std::max(static_cast<double>(rows.l2) * static_cast<double>(history.size()), least_ridge)),
      by_ratings_(rows.penalties.empty() && history.size() < size_) {
  std::copy(rows.any_user.begin(), rows.any_user.end(), start.begin());
  if (rows.history.size() > 0) add_history(rows.history, history, start, s);
  const std::size_t n = history.size();
  order_ = by_ratings_ ? n : size_ + 1;
  errors_ = s.take<double>(n);
  weights_ = s.take<double>(n);
  root_ = s.take<double>(order_ * order_);
  x_ = s.take<double>(by_ratings_ ? size_ * n : block_ * std::min(n, run));
  pull_ = s.take<double>(size_ + 1);
}

const float* fold_in::item(std::size_t j, std::size_t sample) const {
  return rows_.items[history_.columns[j]].values.data() + sample * block_;
}

double fold_in::error(std::size_t j, std::size_t sample) const {
  const float* const start = start_.data() + sample * block_;
  return static_cast<double>(history_.values[j]) -
         static_cast<double>(best_rating_kernels().dot(start, item(j, sample), block_));
}

void fold_in::penalise(std::size_t sample) {
  std::fill(root_.begin(), root_.end(), 0.0);
  if (rows_.penalties.empty()) {
    for (std::size_t k = 0; k < (by_ratings_ ? order_ : size_); ++k) root_[k * order_ + k] = ridge_;
    return;
  }
  const float* const penalties = rows_.penalties.data() + sample * size_ * size_;
  for (std::size_t k = 0; k < size_; ++k) std::copy_n(penalties + k * size_, size_, root_.data() + k * order_);
}

// A row in double is an item's block with the error in place of the item's bias: so A gets one more column, Σ e_j·x_j, of which
// the factor's is R⁻ᵀ·Σ e_j·x_j.
void fold_in::prepare_by_factors(std::size_t sample) {
  for (std::size_t first = 0; first < errors_.size(); first += run) {
    const std::size_t some = std::min(run, errors_.size() - first);
    for (std::size_t j = 0; j < some; ++j) {
      double* const x = x_.data() + j * block_;
      std::copy_n(item(first + j, sample), block_, x);
      x[size_] = errors_[first + j] = error(first + j, sample);
    }
    add_gram(x_.data(), some, block_, root_.data(), order_);
  }
  cholesky(root_.data(), order_);
}

void fold_in::prepare_by_ratings(std::size_t sample) {
  const std::size_t n = errors_.size();
  for (std::size_t j = 0; j < n; ++j) {
    const float* const row = item(j, sample);
    for (std::size_t k = 0; k < size_; ++k) x_[k * n + j] = static_cast<double>(row[k]);
    errors_[j] = error(j, sample);
  }
  add_gram(x_.data(), size_, n, root_.data(), n);
  cholesky(root_.data(), n);
}

void fold_in::prepare(std::size_t sample) {
  penalise(sample);
  if (by_ratings_) prepare_by_ratings(sample);
  else prepare_by_factors(sample);
}

void fold_in::solve(std::span<double> x) const {
  solve_transposed(root_.data(), order_, x.data());
  if (!by_ratings_) x[size_] = 0;
  solve_upper(root_.data(), order_, x.data());
}

void fold_in::settle(std::size_t sample) {
  prepare(sample);
  const std::size_t n = errors_.size();
  if (by_ratings_) {
    std::copy(errors_.begin(), errors_.end(), weights_.begin());
    solve(weights_);
    for (std::size_t k = 0; k < size_; ++k)
      pull_[k] = linear::best_kernels().dot(x_.data() + k * n, weights_.data(), n);
  } else {
    for (std::size_t k = 0; k < size_; ++k) pull_[k] = root_[k * order_ + size_];
    pull_[size_] = 0;
    solve_upper(root_.data(), order_, pull_.data());
  }
  float* const start = start_.data() + sample * block_;
  for (std::size_t k = 0; k < size_; ++k) start[k] = static_cast<float>(static_cast<double>(start[k]) + pull_[k]);
}

void fold_in::add_parts(std::size_t sample, const float* asked, std::span<double> sums) {
  prepare(sample);
  const std::size_t n = sums.size();
  std::copy_n(asked, size_, pull_.begin());
  pull_[size_] = 0;
  if (!by_ratings_) solve(pull_);
  for (std::size_t j = 0; j < n; ++j) {  // (A⁻¹·x)·x_j, or x·x_j
    const float* const row = item(j, sample);
    weights_[j] = 0;
    for (std::size_t k = 0; k < size_; ++k) weights_[j] += pull_[k] * static_cast<double>(row[k]);
  }
  if (by_ratings_) solve(weights_);
  const double share = 1 / std::sqrt(static_cast<double>(n));
  for (std::size_t j = 0; j < n; ++j) {
    sums[j] += weights_[j] * errors_[j];
    if (rows_.history.size() == 0) continue;
    const float* const y = rows_.history[history_.columns[j]].values.data() + sample * block_;
    sums[j] += share * static_cast<double>(best_rating_kernels().dot(y, asked, block_));
  }
}

}  // namespace bespoke::train::detail
