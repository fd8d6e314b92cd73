// SPDX-License-Identifier: Apache-2.0
#include "cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "../core/linear_algebra.hpp"

namespace bespoke::train::detail {

namespace {

constexpr std::size_t strip = linear::tile;  // rows that are computed at once
constexpr std::size_t wide = linear::panel<double>;

// Rows `i` to `i + strip` of a, from the diagonal on, += factor·Σₖ x(k, row)·x(k, column).
void add_strip(double factor, const double* x, std::size_t depth, std::size_t step, std::size_t i, double* a,
               std::size_t size) {
  const auto add_products = linear::best_kernels().add_products;
  const std::size_t rows = std::min(strip, size - i);
  for (std::size_t j = i; j < size; j += wide)
    add_products({x + i, x + j, step, depth, rows, std::min(wide, size - j), factor, a + i * size + j, size});
}

// What is left of a row's own strip, once the strips above are in.
void finish_row(double* a, std::size_t size, std::size_t first, std::size_t k, double floor) {
  const auto add_scaled = linear::best_kernels().add_scaled;
  double* const row = a + k * size;
  for (std::size_t above = first; above < k; ++above)
    add_scaled(-a[above * size + k], a + above * size + k, row + k, size - k);
  const double pivot = std::sqrt(row[k] > floor ? row[k] : floor), scale = 1 / pivot;
  row[k] = pivot;
  for (std::size_t j = k + 1; j < size; ++j) row[j] *= scale;
}

}  // namespace

void add_gram(const double* x, std::size_t depth, std::size_t step, double* a, std::size_t size) {
  for (std::size_t i = 0; i < size; i += strip) add_strip(1, x, depth, step, i, a, size);
}

void add_outer(double weight, const double* x, double* a, std::size_t size) {
  const auto add_scaled = linear::best_kernels().add_scaled;
  for (std::size_t k = 0; k < size; ++k) add_scaled(weight * x[k], x + k, a + k * size + k, size - k);
}

void cholesky(double* a, std::size_t size, double floor) {
  for (std::size_t i = 0; i < size; i += strip) {
    add_strip(-1, a, i, size, i, a, size);
    for (std::size_t k = i; k < std::min(size, i + strip); ++k) finish_row(a, size, i, k, floor);
  }
}

void solve_transposed(const double* r, std::size_t size, double* b) {
  const auto add_scaled = linear::best_kernels().add_scaled;
  for (std::size_t k = 0; k < size; ++k) {
    const double* const row = r + k * size;
    b[k] /= row[k];
    add_scaled(-b[k], row + k + 1, b + k + 1, size - k - 1);
  }
}

void solve_upper(const double* r, std::size_t size, double* b) {
  const auto dot = linear::best_kernels().dot;
  for (std::size_t k = size; k-- > 0;) {
    const double* const row = r + k * size;
    b[k] = (b[k] - dot(row + k + 1, b + k + 1, size - k - 1)) / row[k];
  }
}

}  // namespace bespoke::train::detail
