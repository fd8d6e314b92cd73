// SPDX-License-Identifier: Apache-2.0
#include "linear_algebra.hpp"

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace bespoke::linear {

namespace {

constexpr std::size_t run = 128;     // depth of what is multiplied while it is in the first cache
constexpr std::size_t chunk = 1024;  // depth of what is packed at once

std::size_t in_units(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit; }

// One panel of an operand as a kernel reads it: [k][column of the panel], zeros beyond the `used` columns. Shifts are rounded
// to T as well: a float near its column's mean keeps its digits.
template <class T, class S>
void pack(const operand& o, const S* from, std::size_t k, std::size_t depth, std::size_t i, std::size_t used, T* to) {
  T shift[panel<T>] = {};
  if (o.shift && !o.shift_by_depth)
    for (std::size_t j = 0; j < used; ++j) shift[j] = static_cast<T>(o.shift[i + j]);
  for (std::size_t d = 0; d < depth; ++d, to += panel<T>) {
    const S* const row = from + (k + d) * o.k_step + i * o.i_step;
    const T common = o.shift && o.shift_by_depth ? static_cast<T>(o.shift[k + d]) : T{};
    for (std::size_t j = 0; j < used; ++j) to[j] = static_cast<T>(row[j * o.i_step]) - shift[j] - common;
  }
}

template <class T>
void pack_panel(const operand& o, std::size_t p, std::size_t k, std::size_t depth, T* to) {
  const std::size_t first = p * panel<T>, used = std::min(panel<T>, o.width - first);
  if (used < panel<T>) std::fill_n(to, depth * panel<T>, T{});
  if (o.floats) pack(o, o.floats, k, depth, first, used, to);
  else pack(o, o.doubles, k, depth, first, used, to);
}

// All panels of a part of the depth: [panel][k][column of the panel].
template <class T>
class packed {
 public:
  void take(const operand& o, std::size_t k, std::size_t depth, const context& ctx) {
    depth_ = depth;
    panels_ = in_units(o.width, panel<T>);
    values_.resize(panels_ * depth * panel<T>);
    ctx.parallel(panels_,
                 [&](std::size_t p, scratch&) { pack_panel(o, p, k, depth, values_.data() + p * depth * panel<T>); });
  }
  std::size_t panels() const { return panels_; }
  const T* at(std::size_t p, std::size_t k) const { return values_.data() + (p * depth_ + k) * panel<T>; }

 private:
  aligned_vector<T> values_;
  std::size_t depth_ = 0, panels_ = 0;
};

void multiply(const double* a, const double* b, std::size_t depth, double* out) {
  best_kernels().multiply(a, b, depth, out);
}
void multiply(const float* a, const float* b, std::size_t depth, float* out) {
  best_kernels().multiply_floats(a, b, depth, out);
}

std::size_t rows_of(const matrix& c) { return c.rows; }
std::size_t columns_of(const matrix& c) { return c.columns; }
double* place(matrix& c, std::size_t i, std::size_t j) { return c.row(i) + j; }
std::size_t rows_of(const symmetric& c) { return c.size(); }
std::size_t columns_of(const symmetric& c) { return c.size(); }
double* place(symmetric& c, std::size_t i, std::size_t j) { return c.from(i, j); }

// Adds the products of panel `p` of a and panel `q` of b, over a part of the depth, to the result.
template <class T, class Result>
void add_panel(const T* a, const T* b, std::size_t p, std::size_t q, std::size_t depth, Result& c) {
  alignas(64) T sums[tile * panel<T>];
  const std::size_t columns = std::min(panel<T>, columns_of(c) - q * panel<T>);
  for (std::size_t r = 0; r < panel<T>; r += tile) {
    const std::size_t first = p * panel<T> + r;
    if (first >= rows_of(c)) return;
    multiply(a + r, b, depth, sums);
    for (std::size_t t = 0; t < std::min(tile, rows_of(c) - first); ++t) {
      double* const to = place(c, first + t, q * panel<T>);
      for (std::size_t j = 0; j < columns; ++j) to[j] += static_cast<double>(sums[t * panel<T> + j]);
    }
  }
}

// The upper triangle of panels. A unit is one panel of rows, which it alone writes.
template <class T, class Result>
void add_squares(const packed<T>& a, std::size_t depth, Result& c, const context& ctx) {
  ctx.parallel(a.panels(), [&](std::size_t p, scratch&) {
    for (std::size_t k = 0; k < depth; k += run)
      for (std::size_t q = p; q < a.panels(); ++q) add_panel(a.at(p, k), a.at(q, k), p, q, std::min(run, depth - k), c);
  });
}

template <class T, class Result>
void add_gram_of(const operand& a, Result& c, const context& ctx) {
  packed<T> both;
  for (std::size_t k = 0; k < a.depth; k += chunk) {
    const std::size_t depth = std::min(chunk, a.depth - k);
    both.take(a, k, depth, ctx);
    add_squares(both, depth, c, ctx);
  }
}

template <class T>
matrix gram_of(const operand& a, const context& ctx) {
  matrix c(a.width, a.width);
  add_gram_of<T>(a, c, ctx);
  for (std::size_t i = 0; i < c.rows; ++i)
    for (std::size_t j = 0; j < i; ++j) c.at(i, j) = c.at(j, i);
  return c;
}

template <class Row>
[[noreturn]] void not_finite(const char* stage, std::size_t record, std::size_t column, Row value) {
  throw error(errc::invalid_argument, {.stage = stage,
                                       .record = record,
                                       .expected = "finite numbers in the row",
                                       .got = fmt::format("{} in column {}", value, column),
                                       .advice = "put standardize{} before it, or drop such records"});
}

}  // namespace

operand down(const matrix& m) {
  return {.doubles = m.values.data(), .depth = m.rows, .width = m.columns, .k_step = m.columns, .i_step = 1};
}
operand along(const matrix& m) {
  return {.doubles = m.values.data(), .depth = m.columns, .width = m.rows, .k_step = 1, .i_step = m.columns};
}
operand down(const dense_rows& rows, std::span<const double> mean) {
  return {.floats = rows.values().data(),
          .depth = rows.size(),
          .width = rows.width(),
          .k_step = rows.width(),
          .i_step = 1,
          .shift = mean.empty() ? nullptr : mean.data()};
}
operand along(const dense_rows& rows, std::span<const double> mean) {
  return {.floats = rows.values().data(),
          .depth = rows.width(),
          .width = rows.size(),
          .k_step = 1,
          .i_step = rows.width(),
          .shift = mean.empty() ? nullptr : mean.data(),
          .shift_by_depth = true};
}

matrix product(const operand& a, const operand& b, const context& ctx) {
  matrix c(a.width, b.width);
  packed<double> right;
  for (std::size_t k = 0; k < a.depth; k += chunk) {
    const std::size_t end = std::min(a.depth, k + chunk);
    right.take(b, k, end - k, ctx);
    ctx.parallel(in_units(a.width, panel<double>), [&](std::size_t p, scratch&) {
      alignas(64) double left[run * panel<double>];
      for (std::size_t at = k; at < end; at += run) {
        const std::size_t depth = std::min(run, end - at);
        pack_panel(a, p, at, depth, left);
        for (std::size_t q = 0; q < right.panels(); ++q) add_panel(left, right.at(q, at - k), p, q, depth, c);
      }
    });
  }
  return c;
}

matrix gram(const operand& a, const context& ctx) { return gram_of<double>(a, ctx); }
void add_gram(const operand& a, symmetric& c, const context& ctx) { add_gram_of<double>(a, c, ctx); }
matrix rough_gram(const operand& a, const context& ctx) { return gram_of<float>(a, ctx); }

matrix product(const sparse_rows& rows, const matrix& m, const context& ctx) {
  matrix c(rows.size(), m.columns);
  const auto add = best_kernels().add_scaled;
  ctx.parallel(in_units(rows.size(), block_size), [&](std::size_t b, scratch&) {
    for (std::size_t i = b * block_size; i < std::min(rows.size(), (b + 1) * block_size); ++i)
      for_each_value(rows[i], [&](std::size_t k, float v) { add(double{v}, m.row(k), c.row(i), m.columns); });
  });
  return c;
}

sparse_rows transposed(const sparse_rows& rows) {
  aligned_vector<std::uint64_t> offsets(rows.width() + 1);
  for (const std::uint32_t c : rows.columns()) ++offsets[c + 1];
  for (std::size_t c = 0; c < rows.width(); ++c) offsets[c + 1] += offsets[c];
  aligned_vector<std::uint64_t> next(offsets.begin(), offsets.end() - 1);
  aligned_vector<std::uint32_t> columns(rows.stored());
  aligned_vector<float> values(rows.stored());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      columns[next[c]] = static_cast<std::uint32_t>(i);
      values[next[c]++] = v;
    });
  return {rows.size(), std::move(offsets), std::move(columns), std::move(values)};
}

eigen_pairs symmetric_eigen(const matrix& m) {
  const auto n = static_cast<Eigen::Index>(m.rows);
  eigen_pairs out{std::vector<double>(m.rows), matrix(m.rows, m.rows)};
  if (n == 0) return out;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(Eigen::Map<const Eigen::MatrixXd>(m.values.data(), n, n));
  for (Eigen::Index j = 0; j < n; ++j) {  // Eigen's ascend
    const auto at = static_cast<std::size_t>(n - 1 - j);
    out.values[at] = solver.eigenvalues()[j];
    for (Eigen::Index i = 0; i < n; ++i) out.vectors.at(static_cast<std::size_t>(i), at) = solver.eigenvectors()(i, j);
  }
  return out;
}

void check_finite(const dense_rows& rows, const char* stage) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (!std::isfinite(v)) not_finite(stage, i, c, v);
    });
}

void check_finite(const sparse_rows& rows, const char* stage) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (!std::isfinite(v)) not_finite(stage, i, c, v);
      if (c >= rows.width())
        throw error(errc::shape, {.stage = stage,
                                  .record = i,
                                  .expected = fmt::format("columns below {}", rows.width()),
                                  .got = fmt::format("column {}", c)});
    });
}

std::vector<double> column_means(const dense_rows& rows, const char* stage, const context& ctx) {
  std::vector<double> means(rows.width());
  ctx.reduce(
      in_units(rows.size(), block_size),
      [&](std::size_t b, scratch&) {
        std::vector<double> sums(rows.width());
        for (std::size_t i = b * block_size; i < std::min(rows.size(), (b + 1) * block_size); ++i)
          for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += double{rows[i][c]};
        return sums;
      },
      [&](const std::vector<double>& sums) {
        for (std::size_t c = 0; c < means.size(); ++c) means[c] += sums[c];
      });
  // A number that is not finite leaves a sum that is none: only then is it looked for.
  if (!std::all_of(means.begin(), means.end(), [](double v) { return std::isfinite(v); })) check_finite(rows, stage);
  for (double& m : means) m /= static_cast<double>(rows.size());
  return means;
}

}  // namespace bespoke::linear
