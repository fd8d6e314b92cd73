// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows that others are compared with by a kernel.

#include <bespoke/core/rows.hpp>
#include <bespoke/train/kernel_svm.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "row_store.hpp"

namespace bespoke::train::detail {

struct kernel_function {
  svm_kernel kind = svm_kernel::rbf;
  double gamma = 1, coef0 = 0;
  std::size_t degree = 3;

  // From the inner product of two rows and Σ value² of each.
  double operator()(double inner, double a, double b) const noexcept {
    if (kind == svm_kernel::linear) return inner;
    if (kind == svm_kernel::rbf) return std::exp(-gamma * std::max(a + b - 2 * inner, 0.0));
    return power(gamma * inner + coef0);
  }

 private:
  double power(double base) const noexcept {
    double result = 1;
    for (std::size_t n = degree; n > 0; n /= 2, base *= base)
      if (n % 2 == 1) result *= base;
    return result;
  }
};

template <row R>
class kernel_rows {
 public:
  kernel_rows() = default;
  kernel_rows(bespoke::rows_of<R> rows, kernel_function kernel) : rows_(std::move(rows)), kernel_(kernel) {
    if constexpr (is_sparse) number_columns();
    for (std::size_t i = 0; i < rows_.size(); ++i) sizes_.push_back(size_of(rows_[i]));
  }

  const bespoke::rows_of<R>& rows() const noexcept { return rows_; }
  const kernel_function& kernel() const noexcept { return kernel_; }
  std::size_t size() const noexcept { return rows_.size(); }

  // A row laid out for comparison: its values in the columns that these rows have.
  std::size_t columns() const noexcept { return is_sparse ? columns_.size() : rows_.width(); }
  void lay_out(const R& x, std::span<double> to) const {
    if constexpr (is_sparse) {
      std::fill(to.begin(), to.end(), 0.0);
      auto from = columns_.begin();
      for_each_value(x, [&](std::size_t column, float v) {
        from = std::lower_bound(from, columns_.end(), column);
        if (from != columns_.end() && *from == column)
          to[static_cast<std::size_t>(from - columns_.begin())] = static_cast<double>(v);
      });
    } else {
      std::copy(x.values.begin(), x.values.end(), to.begin());
    }
  }

  // out[i] = K(x, row first + i).
  template <class Out>
  void values(std::span<const double> laid_out, double x_size, std::size_t first, std::span<Out> out) const {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<Out>(kernel_(product_with(laid_out, first + i), x_size, sizes_[first + i]));
  }
  double diagonal(std::size_t i) const noexcept { return kernel_(sizes_[i], sizes_[i], sizes_[i]); }
  double row_size(std::size_t i) const noexcept { return sizes_[i]; }

  // Summed as the products are, so that a row's distance from itself is exactly 0.
  static double size_of(const R& r) {
    if constexpr (is_sparse) return squared_norm(r);
    else return dot_of(r.values.data(), r.values.data(), r.width());
  }

 private:
  static constexpr bool is_sparse = std::is_same_v<R, sparse_row>;

  double product_with(std::span<const double> x, std::size_t i) const {
    if constexpr (is_sparse) {
      double sum = 0;
      for (std::uint64_t at = rows_.offsets()[i]; at < rows_.offsets()[i + 1]; ++at)
        sum += x[places_[at]] * static_cast<double>(rows_.values()[at]);
      return sum;
    } else {
      return dot_of(x.data(), rows_[i].values.data(), x.size());
    }
  }

  void number_columns() {
    if constexpr (is_sparse) {
      columns_.assign(rows_.columns().begin(), rows_.columns().end());
      std::sort(columns_.begin(), columns_.end());
      columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
      for (const std::uint32_t c : rows_.columns())
        places_.push_back(
            static_cast<std::uint32_t>(std::lower_bound(columns_.begin(), columns_.end(), c) - columns_.begin()));
    }
  }

  bespoke::rows_of<R> rows_{};
  kernel_function kernel_{};
  std::vector<double> sizes_{};
  std::vector<std::uint32_t> columns_{},
      places_{};  // sparse: the columns that are used, and each stored value's among them
};

}  // namespace bespoke::train::detail
