// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small symmetric positive definite systems in double: a = RᵀR, with the upper triangle of a row-major size × size in place.
// Below the diagonal anything may be written.

#include <cstddef>

namespace bespoke::train::detail {

/// a += Σₖ xₖ·xₖᵀ over `depth` rows xₖ, which are `step` apart; a is size × size. O(depth·size²/2).
void add_gram(const double* x, std::size_t depth, std::size_t step, double* a, std::size_t size);
/// a += weight·x·xᵀ, its upper triangle. O(size²/2).
void add_outer(double weight, const double* x, double* a, std::size_t size);
/// R in place of a's upper triangle. O(size³/6). Pivots that rounding leaves below `floor` become `floor`.
void cholesky(double* a, std::size_t size, double floor = 1e-12);
/// b = R⁻ᵀ·b and b = R⁻¹·b: one after the other, b = a⁻¹·b. O(size²/2) each.
void solve_transposed(const double* r, std::size_t size, double* b);
void solve_upper(const double* r, std::size_t size, double* b);

}  // namespace bespoke::train::detail
