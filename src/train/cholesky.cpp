// SPDX-License-Identifier: Apache-2.0
#include "cholesky.hpp"

#include <cmath>

#include "../core/linear_algebra.hpp"

namespace bespoke::train::detail {

void add_outer(double weight, const double* x, double* a, std::size_t size) {
  const auto add_scaled = linear::best_kernels().add_scaled;
  for (std::size_t k = 0; k < size; ++k) add_scaled(weight * x[k], x + k, a + k * size + k, size - k);
}

void cholesky(double* a, std::size_t size, double floor) {
  const auto add_scaled = linear::best_kernels().add_scaled;
  for (std::size_t k = 0; k < size; ++k) {
    double* const row = a + k * size;
    const double pivot = std::sqrt(row[k] > floor ? row[k] : floor);
    row[k] = pivot;
    for (std::size_t j = k + 1; j < size; ++j) row[j] /= pivot;
    for (std::size_t i = k + 1; i < size; ++i) add_scaled(-row[i], row + i, a + i * size + i, size - i);
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
  for (std::size_t k = size; k-- > 0;) {
    const double* const row = r + k * size;
    for (std::size_t j = k + 1; j < size; ++j) b[k] -= row[j] * b[j];
    b[k] /= row[k];
  }
}

}  // namespace bespoke::train::detail
