// SPDX-License-Identifier: Apache-2.0
// The inverse of a symmetric positive definite matrix, in its place, by sweeping one block of rows and columns after the other
// (Goodnight: A tutorial on the SWEEP operator, 1979). All that costs is one add_gram a block.
#include <algorithm>
#include <cmath>

#include "linear_algebra.hpp"

namespace bespoke::linear {

namespace {

constexpr std::size_t block = symmetric::strip;
constexpr std::size_t wide =
    512;  // columns that one unit of work solves for: a block of them stays in the second cache

std::size_t in_units(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit; }

// Rows `k` to `k + used`.
matrix rows_of(const symmetric& m, std::size_t k, std::size_t used, const context& ctx) {
  matrix w(used, m.size());
  ctx.parallel(in_units(m.size(), wide), [&](std::size_t u, scratch&) {
    for (std::size_t j = u * wide; j < std::min(m.size(), (u + 1) * wide); ++j)
      for (std::size_t r = 0; r < used; ++r) w.at(r, j) = m.at(k + r, j);
  });
  return w;
}

void put_rows(const matrix& w, std::size_t k, symmetric& m, const context& ctx) {
  ctx.parallel(in_units(m.size(), wide), [&](std::size_t u, scratch&) {
    for (std::size_t j = u * wide; j < std::min(m.size(), (u + 1) * wide); ++j)
      for (std::size_t r = 0; r < w.rows; ++r) *m.from(std::min(j, k + r), std::max(j, k + r)) = w.at(r, j);
  });
}

// The lower factor of the block that begins at column `k` of its rows. False where it has none.
bool cholesky(const matrix& w, std::size_t k, matrix& l) {
  for (std::size_t i = 0; i < w.rows; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = w.at(i, k + j);
      for (std::size_t t = 0; t < j; ++t) sum -= l.at(i, t) * l.at(j, t);
      if (i == j && !(sum > 0 && std::isfinite(sum))) return false;
      l.at(i, j) = i == j ? std::sqrt(sum) : sum / l.at(j, j);
    }
  return true;
}

void scale(double factor, double* row, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) row[j] *= factor;
}

// w ← L⁻¹·w
void solve_forward(const matrix& l, matrix& w, const context& ctx) {
  const auto add = best_kernels().add_scaled;
  ctx.parallel(in_units(w.columns, wide), [&](std::size_t u, scratch&) {
    const std::size_t at = u * wide, n = std::min(wide, w.columns - at);
    for (std::size_t r = 0; r < w.rows; ++r) {
      for (std::size_t t = 0; t < r; ++t) add(-l.at(r, t), w.row(t) + at, w.row(r) + at, n);
      scale(1 / l.at(r, r), w.row(r) + at, n);
    }
  });
}

// w ← −L⁻ᵀ·w
void solve_back(const matrix& l, matrix& w, const context& ctx) {
  const auto add = best_kernels().add_scaled;
  ctx.parallel(in_units(w.columns, wide), [&](std::size_t u, scratch&) {
    const std::size_t at = u * wide, n = std::min(wide, w.columns - at);
    for (std::size_t r = w.rows; r-- > 0;) {
      scale(-1, w.row(r) + at, n);
      for (std::size_t t = r + 1; t < w.rows; ++t) add(-l.at(t, r), w.row(t) + at, w.row(r) + at, n);
      scale(1 / l.at(r, r), w.row(r) + at, n);
    }
  });
}

// `m` is the negative of the matrix, swept up to row and column `k`: with A the block and W its rows, it becomes A⁻¹ in the
// block, −A⁻¹·W beside it, and gets WᵀA⁻¹W added everywhere else. With A = L·Lᵀ that is the gram of L⁻¹W.
bool sweep(symmetric& m, std::size_t k, const context& ctx) {
  const std::size_t used = std::min(block, m.size() - k);
  matrix w = rows_of(m, k, used, ctx), l(used, used);
  for (double& v : w.values) v = -v;
  if (!cholesky(w, k, l)) return false;
  for (std::size_t r = 0; r < used; ++r)
    for (std::size_t c = 0; c < used; ++c) w.at(r, k + c) = r == c ? -1 : 0;
  solve_forward(l, w, ctx);
  add_gram(down(w), m, ctx);
  solve_back(l, w, ctx);
  put_rows(w, k, m, ctx);
  return true;
}

}  // namespace

bool invert(symmetric& m, const char* stage, const context& ctx) {
  ctx.parallel(m.strips(), [&](std::size_t u, scratch&) {
    for (double& v : m.values(u)) v = -v;
  });
  step_report step{ctx, stage, 0, m.strips()};
  for (std::size_t k = 0; k < m.size(); k += block) {
    if (!sweep(m, k, ctx)) return false;
    step();
  }
  return true;
}

}  // namespace bespoke::linear
