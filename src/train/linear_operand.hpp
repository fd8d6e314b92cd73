// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a training set as a matrix X: the two products that linear learners are made of, on all threads. Sums are
// cut and ordered by the data alone.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace bespoke::train::detail {

using numbers = std::vector<double>;

inline double inner(const numbers& a, const numbers& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
/// a += f·b
inline void add(numbers& a, double f, const numbers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += f * b[i];
}

/// Rows become columns: row j of what it gives is column j.
dense_rows transposed(const dense_rows& rows, const context& ctx);
sparse_rows transposed(const sparse_rows& rows);

/// `body(first, last)` for runs of up to `block_size` of `n` records, on all threads.
template <class Body>
void for_each_run(const context& ctx, std::size_t n, Body&& body) {
  ctx.parallel((n + block_size - 1) / block_size,
               [&](std::size_t b, scratch&) { body(b * block_size, std::min(n, (b + 1) * block_size)); });
}

/// The products with X of `k` vectors side by side: U is [column][k], E is [record][k].
template <class Rows>
class linear_operand {
 public:
  /// Keeps a reference to the rows. Sparse rows for which it pays are turned into columns, once.
  linear_operand(const Rows& rows, const context& ctx) : rows_(rows), ctx_(ctx) {
    if constexpr (std::is_same_v<Rows, sparse_rows>)
      if (rows.stored() >= worth_turning) columns_ = transposed(rows);
  }

  std::size_t rows() const { return rows_.size(); }
  std::size_t width() const { return rows_.width(); }

  /// X·U
  numbers times(const numbers& u, std::size_t k = 1) const { return product(rows_, u, k); }

  /// Xᵀ·E
  numbers transposed_times(const numbers& e, std::size_t k = 1) const {
    return columns_ ? product(*columns_, e, k) : sum_of_parts(e, k, [](double v) { return v; });
  }

  /// The same with the square of every value.
  numbers squared_transposed_times(const numbers& e, std::size_t k = 1) const {
    return sum_of_parts(e, k, [](double v) { return v * v; });
  }

 private:
  static constexpr std::size_t worth_turning = std::size_t{1} << 16;

  numbers product(const Rows& m, const numbers& u, std::size_t k) const {
    numbers out(m.size() * k);
    for_each_run(ctx_, m.size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) product_of_row(m[i], u.data(), k, out.data() + i * k);
    });
    return out;
  }

  template <class Row>
  static void product_of_row(const Row& r, const double* u, std::size_t k, double* out) {
    if (k == 1) {
      double sum = 0;
      for_each_value(r, [&](std::size_t c, float v) { sum += v * u[c]; });
      *out = sum;
    } else {
      for_each_value(r, [&](std::size_t c, float v) {
        for (std::size_t j = 0; j < k; ++j) out[j] += v * u[c * k + j];
      });
    }
  }

  // In as many parts as pay for numbers of all columns each.
  template <class Value>
  numbers sum_of_parts(const numbers& e, std::size_t k, Value&& value) const {
    const std::size_t parts = std::clamp<std::size_t>(stored(rows_) / (8 * width() + 1), 1, 32);
    numbers sum(width() * k);
    ctx_.reduce(
        parts,
        [&](std::size_t p, scratch&) {
          numbers part(width() * k);
          for (std::size_t i = rows() * p / parts; i < rows() * (p + 1) / parts; ++i)
            for_each_value(rows_[i], [&](std::size_t c, float v) {
              for (std::size_t j = 0; j < k; ++j) part[c * k + j] += e[i * k + j] * value(v);
            });
          return part;
        },
        [&](const numbers& part) { add(sum, 1, part); });
    return sum;
  }

  static std::size_t stored(const dense_rows& rows) { return rows.values().size(); }
  static std::size_t stored(const sparse_rows& rows) { return rows.stored(); }

  const Rows& rows_;
  const context& ctx_;
  std::optional<Rows> columns_;
};

}  // namespace bespoke::train::detail
