// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training rows that go into a bundle, and sums over pairs of dense rows: what learners share that answer by comparison.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/rows.hpp>

#include <cstddef>

namespace bespoke::train::detail {

/// Writes "rows", or for sparse rows "row_offsets", "row_columns", "row_values" and "row_width".
void save_rows(const dense_rows& rows, bundle_writer& w);
void save_rows(const sparse_rows& rows, bundle_writer& w);
/// Throws errc::bad_bundle for rows that do not fit together or hold a NaN or infinity.
void load_rows(const bundle_reader& r, dense_rows& rows);
void load_rows(const bundle_reader& r, sparse_rows& rows);

/// The rows with these numbers, in this order.
dense_rows chosen(const dense_rows& rows, std::span<const std::uint32_t> numbers);
sparse_rows chosen(const sparse_rows& rows, std::span<const std::uint32_t> numbers);

/// Σ op(aₖ, bₖ) in eight running sums, in a fixed order: the same for (a, b) and (b, a) where op is.
template <class A, class Op>
double sum_of_pairs(const A* a, const float* b, std::size_t n, Op op) {
  double lanes[8] = {};
  std::size_t c = 0;
  for (; c + 8 <= n; c += 8)
    for (std::size_t l = 0; l < 8; ++l) lanes[l] += op(static_cast<double>(a[c + l]), static_cast<double>(b[c + l]));
  for (std::size_t l = 0; c < n; ++c, ++l) lanes[l] += op(static_cast<double>(a[c]), static_cast<double>(b[c]));
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

inline constexpr auto product = [](double a, double b) { return a * b; };

/// Σ aₖ·bₖ as above.
template <class A>
double dot_of(const A* a, const float* b, std::size_t n) {
  return sum_of_pairs(a, b, n, product);
}

}  // namespace bespoke::train::detail
