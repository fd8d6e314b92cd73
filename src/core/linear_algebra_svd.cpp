// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "linear_algebra.hpp"

namespace bespoke::linear {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// Data by what it does to a matrix. `times` is data · m, `back` is dataᵀ · m.
struct data {
  std::size_t rows, columns;
  function_ref<matrix(const matrix&)> times, back;

  bool wide() const { return rows < columns; }
  std::size_t smaller() const { return std::min(rows, columns); }
  // From the smaller side to the larger one, and the way back.
  matrix out(const matrix& m) const { return wide() ? back(m) : times(m); }
  matrix home(const matrix& m) const { return wide() ? times(m) : back(m); }
};

// Of each column the value with the largest absolute value, of equal ones the first.
std::vector<double> extremes(const matrix& m) {
  std::vector<double> most(m.columns);
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = 0; j < m.columns; ++j)
      if (std::fabs(m.at(i, j)) > std::fabs(most[j])) most[j] = m.at(i, j);
  return most;
}

// The answer from squared singular values and their vectors: unit vectors on the smaller side, and those of the larger side
// times their singular value.
singular finished(const data& d, std::span<const double> squared, matrix smaller, matrix larger) {
  singular out;
  const double least = epsilon * static_cast<double>(d.smaller()) * (squared.empty() ? 0 : squared[0]);
  for (const double v : squared) out.values.push_back(v > least ? std::sqrt(v) : 0);
  const auto coordinates = extremes(d.wide() ? smaller : larger);
  out.vectors = std::move(d.wide() ? larger : smaller);
  for (std::size_t j = 0; j < out.vectors.columns; ++j) {
    const double length = d.wide() ? out.values[j] : 1, sign = coordinates[j] < 0 ? -1 : 1;
    const double factor = out.values[j] > 0 ? sign / length : 0;
    for (std::size_t i = 0; i < out.vectors.rows; ++i) out.vectors.at(i, j) *= factor;
  }
  return out;
}

double trace(const matrix& m) {
  double sum = 0;
  for (std::size_t i = 0; i < m.rows; ++i) sum += m.at(i, i);
  return sum;
}

matrix first_columns(const matrix& m, std::size_t n) {
  matrix out(m.rows, n);
  for (std::size_t i = 0; i < m.rows; ++i) std::copy_n(m.row(i), n, out.row(i));
  return out;
}

// An orthonormal basis of the columns of y, by the eigenvectors of their products (Stathopoulos and Wu, 2002): columns that
// depend on others become zeros. Columns are brought to one length before, which rounding asks for.
matrix orthonormal(const matrix& y, const context& ctx) {
  matrix g = gram(down(y), ctx);
  std::vector<double> scale(g.rows);
  for (std::size_t i = 0; i < g.rows; ++i) scale[i] = g.at(i, i) > 0 ? 1 / std::sqrt(g.at(i, i)) : 0;
  for (std::size_t i = 0; i < g.rows; ++i)
    for (std::size_t j = 0; j < g.rows; ++j) g.at(i, j) *= scale[i] * scale[j];
  eigen_pairs e = symmetric_eigen(g);
  const double least = epsilon * static_cast<double>(g.rows) * (e.values.empty() ? 0 : e.values[0]);
  for (std::size_t i = 0; i < g.rows; ++i)
    for (std::size_t j = 0; j < g.rows; ++j)
      e.vectors.at(i, j) *= e.values[j] > least ? scale[i] / std::sqrt(e.values[j]) : 0;
  return product(along(y), down(e.vectors), ctx);
}

matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  matrix m(rows, columns);
  random_numbers random(seed);
  for (double& v : m.values) v = 2 * random.unit() - 1;
  return m;
}

// The `n` directions within the span of q that `power` stretches most.
template <class Power>
matrix most_stretched(const matrix& q, std::size_t n, Power&& power, const context& ctx) {
  const eigen_pairs e = symmetric_eigen(product(down(q), down(power(q)), ctx));
  return product(along(q), down(first_columns(e.vectors, n)), ctx);
}

// Subspace iteration on the smaller side with `power`, then the best values and vectors within the subspace: the data are
// asked for those of its `last` most promising directions, where `power` can tell these.
template <class Power>
singular leading(const data& d, Power&& power, const search& how, std::size_t last, step_report report,
                 const context& ctx) {
  const std::size_t size = std::min(how.keep + how.oversamples, d.smaller()), kept = std::min(how.keep, size);
  matrix q = orthonormal(random_matrix(d.smaller(), size, ctx.seed()), ctx);
  for (std::size_t p = 0; p <= how.powers; ++p) {
    q = orthonormal(power(q), ctx);
    report();
  }
  if (last < size) q = most_stretched(q, last, power, ctx);
  q = orthonormal(q, ctx);  // twice is enough: now to the last digits
  const matrix b = d.out(q);
  const eigen_pairs e = symmetric_eigen(gram(down(b), ctx));
  const matrix turn = first_columns(e.vectors, kept);
  return finished(d, std::span(e.values).first(kept), product(along(q), down(turn), ctx),
                  product(along(b), down(turn), ctx));
}

// Both ways of a power cost 4·rows·columns·vectors operations, the product of the data with itself rows·columns·smaller.
bool gram_is_cheaper(const data& d, const search& how) {
  constexpr std::size_t most = 8192;  // 0.5 GB
  return d.smaller() <= std::min(most, 4 * (how.powers + 2) * (how.keep + how.oversamples));
}

singular full(const data& d, const operand& rows_down, const operand& rows_along, std::size_t keep, step_report report,
              const context& ctx) {
  const matrix g = gram(d.wide() ? rows_along : rows_down, ctx);
  report();
  const eigen_pairs e = symmetric_eigen(g);
  report();
  keep = std::min(keep, d.smaller());
  matrix smaller = first_columns(e.vectors, keep);
  matrix larger = d.out(smaller);
  auto out = finished(d, std::span(e.values).first(keep), std::move(smaller), std::move(larger));
  out.squares = trace(g);
  return out;
}

double sum_of_squares(const dense_rows& rows, std::span<const double> mean) {
  double all = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      const double x = double{v} - (mean.empty() ? 0 : mean[c]);
      all += x * x;
    });
  return all;
}

}  // namespace

singular full_svd(const dense_rows& rows, std::span<const double> mean, std::size_t keep, const char* stage,
                  const context& ctx) {
  const auto times = [&](const matrix& m) { return product(along(rows, mean), down(m), ctx); };
  const auto back = [&](const matrix& m) { return product(down(rows, mean), down(m), ctx); };
  const data d{rows.size(), rows.width(), times, back};
  return full(d, down(rows, mean), along(rows, mean), keep, step_report{ctx, stage, 0, 2}, ctx);
}

singular full_svd(const matrix& rows, std::size_t keep, const char* stage, const context& ctx) {
  const auto times = [&](const matrix& m) { return product(along(rows), down(m), ctx); };
  const auto back = [&](const matrix& m) { return product(down(rows), down(m), ctx); };
  const data d{rows.rows, rows.columns, times, back};
  return full(d, down(rows), along(rows), keep, step_report{ctx, stage, 0, 2}, ctx);
}

singular randomized_svd(const dense_rows& rows, std::span<const double> mean, const search& how, const char* stage,
                        const context& ctx) {
  const auto times = [&](const matrix& m) { return product(along(rows, mean), down(m), ctx); };
  const auto back = [&](const matrix& m) { return product(down(rows, mean), down(m), ctx); };
  const data d{rows.size(), rows.width(), times, back};
  step_report report{ctx, stage, 0, how.powers + 1};
  if (!gram_is_cheaper(d, how)) {
    auto out =
        leading(d, [&](const matrix& m) { return d.home(d.out(m)); }, how, how.keep + how.oversamples, report, ctx);
    out.squares = sum_of_squares(rows, mean);
    return out;
  }
  const matrix g = rough_gram(d.wide() ? along(rows, mean) : down(rows, mean), ctx);
  auto out =
      leading(d, [&](const matrix& m) { return product(down(g), down(m), ctx); }, how, how.keep + 8, report, ctx);
  out.squares = trace(g);
  return out;
}

singular randomized_svd(const sparse_rows& rows, const search& how, const char* stage, const context& ctx) {
  const sparse_rows columns = transposed(rows);
  const auto times = [&](const matrix& m) { return product(rows, m, ctx); };
  const auto back = [&](const matrix& m) { return product(columns, m, ctx); };
  const data d{rows.size(), rows.width(), times, back};
  auto out = leading(
      d, [&](const matrix& m) { return d.home(d.out(m)); }, how, how.keep + how.oversamples,
      step_report{ctx, stage, 0, how.powers + 1}, ctx);
  for (const float v : rows.values()) out.squares += double{v} * double{v};
  return out;
}

}  // namespace bespoke::linear
