// SPDX-License-Identifier: Apache-2.0
#include "gibbs.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cholesky.hpp"

namespace bespoke::train::detail {

namespace {

constexpr std::size_t rows_a_unit = 32;
constexpr std::uint64_t settled = 10;  // draws before λ is drawn: it moves slowly, and must not start from y = 0

sparse_rows shares_of(const sparse_rows& ratings) {
  aligned_vector<float> values(ratings.stored());
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    const auto begin = ratings.offsets()[i], end = ratings.offsets()[i + 1];
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(begin), values.begin() + static_cast<std::ptrdiff_t>(end),
              1 / std::sqrt(static_cast<float>(end - begin)));
  }
  return sparse_rows(ratings.width(), {ratings.offsets().begin(), ratings.offsets().end()},
                     {ratings.columns().begin(), ratings.columns().end()}, std::move(values));
}

// Adds to each row of `to` a draw of N(0, factor²·Λ⁻¹), with Λ = RᵀR.
void add_noise(matrix& to, const matrix& root, double factor, normal_numbers random) {
  std::vector<double> one(to.columns);
  for (std::size_t i = 0; i < to.rows; ++i) {
    for (double& x : one) x = random();
    solve_upper(root.values.data(), one.size(), one.data());
    for (std::size_t k = 0; k < one.size(); ++k) to.at(i, k) += factor * one[k];
  }
}

matrix root_of(matrix m) {
  cholesky(m.values.data(), m.rows);
  return m;
}

// Σ over the rows of each column's products: of a and b.
std::vector<double> column_products(const matrix& a, const matrix& b) {
  std::vector<double> sums(a.columns);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += a.at(i, k) * b.at(i, k);
  return sums;
}

// shares · m, with m rounded to float.
matrix shared(const sparse_rows& shares, const matrix& m, const context& ctx) {
  constexpr std::size_t rows_at_once = 256;
  const auto project = linear::best_kernels().project;
  dense_rows weights(m.rows, (m.columns + 7) / 8 * 8);
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t k = 0; k < m.columns; ++k) weights.writable(i)[k] = static_cast<float>(m.at(i, k));
  matrix result(shares.size(), m.columns);
  ctx.parallel((shares.size() + rows_at_once - 1) / rows_at_once, [&](std::size_t unit, scratch& s) {
    const auto out = s.take<double>(weights.width());
    for (std::size_t i = unit * rows_at_once; i < std::min(shares.size(), (unit + 1) * rows_at_once); ++i) {
      const scratch::frame temporaries(s);
      const sparse_row row = shares[i];
      const auto values = s.take<double>(row.size());
      std::copy(row.values.begin(), row.values.end(), values.begin());
      project(values.data(), row.columns.data(), row.size(), weights.values().data(), weights.width(), out.data());
      std::copy_n(out.begin(), m.columns, result.row(i));
    }
  });
  return result;
}

// (FᵀF + λ)·m
matrix applied(const gibbs_side& side, const matrix& m, const context& ctx) {
  matrix result = shared(side.transposed, shared(side.shares, m, ctx), ctx);
  for (std::size_t i = 0; i < m.values.size(); ++i) result.values[i] += side.strength * m.values[i];
  return result;
}

// Solves (FᵀF + λ)·x = b, every column by conjugate gradients of its own.
matrix solved(const gibbs_side& side, const matrix& b, const context& ctx) {
  constexpr double precise = 1e-8;  // of the squared length
  constexpr std::size_t most = 100;
  matrix x(b.rows, b.columns), rest = b, way = b;
  const auto first = column_products(b, b);
  auto length = first;
  for (std::size_t step = 0; step < most; ++step) {
    const matrix moved = applied(side, way, ctx);
    const auto curve = column_products(way, moved);
    std::vector<double> go(b.columns), turn(b.columns);
    for (std::size_t k = 0; k < go.size(); ++k) go[k] = curve[k] > 0 ? length[k] / curve[k] : 0;
    for (std::size_t i = 0; i < b.rows; ++i)
      for (std::size_t k = 0; k < go.size(); ++k) {
        x.at(i, k) += go[k] * way.at(i, k);
        rest.at(i, k) -= go[k] * moved.at(i, k);
      }
    const auto next = column_products(rest, rest);
    bool done = true;
    for (std::size_t k = 0; k < go.size(); ++k) {
      done = done && next[k] <= precise * first[k];
      turn[k] = length[k] > 0 ? next[k] / length[k] : 0;
    }
    if (done) break;
    length = next;
    for (std::size_t i = 0; i < b.rows; ++i)
      for (std::size_t k = 0; k < turn.size(); ++k) way.at(i, k) = rest.at(i, k) + turn[k] * way.at(i, k);
  }
  return x;
}

// λ: gamma with a flat enough prior.
void draw_strength(gibbs_side& side, normal_numbers& random) {
  double sum = 0;
  std::vector<double> turned(side.size());
  for (std::size_t j = 0; j < side.y.rows; ++j)
    for (std::size_t k = 0; k < side.size(); ++k) {
      double dot = 0;
      for (std::size_t l = 0; l < side.size(); ++l) dot += side.precision.at(k, l) * side.y.at(j, l);
      sum += side.y.at(j, k) * dot;
    }
  const double shape = 1 + static_cast<double>(side.y.rows * side.size()) / 2;
  side.strength = random.gamma(shape) / (0.1 + sum / 2);
}

// What (μ, Λ) is drawn from: the rows less z, their mean, and the inverse of the Wishart's scale.
struct wishart {
  double freedom = 0;
  matrix inverse_scale{};
};

wishart posterior(const gibbs_side& side, std::vector<double>& mean) {
  const std::size_t d = side.size(), n = side.rows.rows;
  wishart w{static_cast<double>(d + n), matrix(d, d)};
  std::vector<double> one(d);
  const auto rows_less = [&](auto&& use) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < d; ++k) one[k] = side.rows.at(i, k) - side.z.at(i, k) - mean[k];
      use();
    }
  };
  std::vector<double> sums(d);
  mean.assign(d, 0);
  rows_less([&] {
    for (std::size_t k = 0; k < d; ++k) sums[k] += one[k];
  });
  for (std::size_t k = 0; k < d; ++k) mean[k] = sums[k] / static_cast<double>(n);
  for (std::size_t k = 0; k < d; ++k) w.inverse_scale.at(k, k) = 1;
  rows_less([&] { add_outer(1, one.data(), w.inverse_scale.values.data(), d); });
  if (side.has_history()) {
    w.freedom += static_cast<double>(side.y.rows);
    for (std::size_t j = 0; j < side.y.rows; ++j)
      add_outer(side.strength, side.y.row(j), w.inverse_scale.values.data(), d);
  }
  return w;
}

// Bartlett's decomposition: with scale = R⁻¹R⁻ᵀ, Λ = (R⁻¹A)(R⁻¹A)ᵀ for a lower triangular A of normal numbers and, on its
// diagonal, roots of chi-squared ones.
matrix draw_wishart(const wishart& w, normal_numbers& random) {
  const std::size_t d = w.inverse_scale.rows;
  const matrix root = root_of(w.inverse_scale);
  matrix columns(d, d), result(d, d);
  for (std::size_t c = 0; c < d; ++c) {
    double* const one = columns.row(c);  // column c of A
    one[c] = std::sqrt(2 * random.gamma((w.freedom - static_cast<double>(c)) / 2));
    for (std::size_t k = c + 1; k < d; ++k) one[k] = random();
    solve_upper(root.values.data(), d, one);
    add_outer(1, one, result.values.data(), d);
  }
  for (std::size_t k = 0; k < d; ++k)
    for (std::size_t l = 0; l < k; ++l) result.at(k, l) = result.at(l, k);
  return result;
}

// The products of [q | 1 | r − b] with themselves, over the ratings of a row, side by side in panels as linear::kernels has
// them; `width` is a number of whole panels.
struct row_products {
  std::size_t width;
  std::span<double> values;  // width × width, by tiles of rows, the lower panels empty
  double at(std::size_t k, std::size_t l) const { return values[k * width + l]; }
};

std::span<double> packed(const gibbs_side& side, const matrix& others, std::size_t i, std::size_t width, scratch& s) {
  constexpr std::size_t panel = linear::panel<double>;
  const std::size_t d = side.size();
  const sparse_row ratings = (*side.ratings)[i];
  const auto all = s.take<double>(width * ratings.size());
  std::fill(all.begin(), all.end(), 0.0);
  const auto at = [&](std::size_t j, std::size_t k) -> double& {
    return all[k / panel * panel * ratings.size() + j * panel + k % panel];
  };
  for (std::size_t j = 0; j < ratings.size(); ++j) {
    const double* const other = others.row(ratings.columns[j]);
    for (std::size_t k = 0; k + 1 < d; ++k) at(j, k) = other[k];
    at(j, d - 1) = 1;
    at(j, d) = static_cast<double>(ratings.values[j]) - other[d - 1];
  }
  return all;
}

row_products products_of(const gibbs_side& side, const matrix& others, std::size_t i, scratch& s) {
  constexpr std::size_t panel = linear::panel<double>, tile = linear::tile;
  const std::size_t width = (side.size() + 1 + panel - 1) / panel * panel, n = (*side.ratings)[i].size();
  row_products result{width, s.take<double>(width * width)};
  const auto x = packed(side, others, i, width, s);
  std::array<double, tile * panel> out{};
  for (std::size_t row = 0; row < width; row += tile)
    for (std::size_t column = row / panel * panel; column < width; column += panel) {
      linear::best_kernels().multiply(x.data() + row / panel * panel * n + row % panel, x.data() + column * n, n,
                                      out.data());
      for (std::size_t r = 0; r < tile; ++r)
        std::copy_n(out.data() + r * panel, panel, result.values.data() + (row + r) * width + column);
    }
  return result;
}

// One row: N(a⁻¹·b, a⁻¹) with a = Λ + noise·Σ x·xᵀ and b = Λ·(μ + z) + noise·Σ e·x.
void draw_row(gibbs_side& side, const matrix& others, double noise, std::size_t i, normal_numbers random, scratch& s) {
  const scratch::frame temporaries(s);
  const std::size_t d = side.size();
  const row_products sums = products_of(side, others, i, s);
  const auto root = s.take<double>(d * d), mean = s.take<double>(d);
  for (std::size_t k = 0; k < d; ++k) {
    mean[k] = noise * sums.at(k, d);
    for (std::size_t l = 0; l < d; ++l) mean[k] += side.precision.at(k, l) * (side.mean[l] + side.z.at(i, l));
    for (std::size_t l = k; l < d; ++l) root[k * d + l] = side.precision.at(k, l) + noise * sums.at(k, l);
  }
  cholesky(root.data(), d);
  solve_transposed(root.data(), d, mean.data());
  for (double& m : mean) m += random();
  solve_upper(root.data(), d, mean.data());
  std::copy(mean.begin(), mean.end(), side.rows.row(i));
}

}  // namespace

gibbs_side begin_side(const sparse_rows& ratings, std::size_t factors, bool history, std::uint64_t seed) {
  const std::size_t d = factors + 1;
  gibbs_side side{.ratings = &ratings, .rows = matrix(ratings.size(), d), .mean = std::vector<double>(d)};
  side.precision = matrix(d, d);
  for (std::size_t k = 0; k < d; ++k) side.precision.at(k, k) = 1;
  side.z = matrix(ratings.size(), d);
  normal_numbers random(seed);
  for (double& x : side.rows.values) x = 0.3 * random();
  if (!history) return side;
  side.shares = shares_of(ratings);
  side.transposed = linear::transposed(side.shares);
  side.y = matrix(ratings.width(), d);
  return side;
}

void draw_prior(gibbs_side& side, const draw& which, std::uint64_t what) {
  constexpr double beta = 2;
  normal_numbers random = which.stream(what, 0);
  if (side.has_history() && which.number > settled) draw_strength(side, random);
  const std::size_t d = side.size();
  std::vector<double> mean(d), one(d);
  wishart w = posterior(side, mean);
  const auto n = static_cast<double>(side.rows.rows);
  add_outer(beta * n / (beta + n), mean.data(), w.inverse_scale.values.data(), d);
  side.precision = draw_wishart(w, random);
  const matrix root = root_of(side.precision);
  for (double& x : one) x = random();
  solve_upper(root.values.data(), d, one.data());
  for (std::size_t k = 0; k < d; ++k) side.mean[k] = n * mean[k] / (beta + n) + one[k] / std::sqrt(beta + n);
}

// y is the solution of (FᵀF + λ)·y = Fᵀ(v − μ + e₁) + √λ·e₂, where the rows of e₁ and e₂ are draws of N(0, Λ⁻¹): its mean is that
// of the posterior, and so is its spread.
void draw_history(gibbs_side& side, const draw& which, std::uint64_t what, const context& ctx) {
  if (!side.has_history()) return;
  const matrix root = root_of(side.precision);
  matrix rest = side.rows;
  for (std::size_t i = 0; i < rest.rows; ++i)
    for (std::size_t k = 0; k < rest.columns; ++k) rest.at(i, k) -= side.mean[k];
  add_noise(rest, root, 1, which.stream(what, 0));
  matrix right = shared(side.transposed, rest, ctx);
  add_noise(right, root, std::sqrt(side.strength), which.stream(what, 1));
  side.y = solved(side, right, ctx);
  side.z = shared(side.shares, side.y, ctx);
}

void draw_rows(gibbs_side& side, const matrix& others, double noise, const draw& which, std::uint64_t what,
               const context& ctx) {
  const std::size_t n = side.rows.rows;
  ctx.parallel((n + rows_a_unit - 1) / rows_a_unit, [&](std::size_t unit, scratch& s) {
    for (std::size_t i = unit * rows_a_unit; i < std::min(n, (unit + 1) * rows_a_unit); ++i)
      draw_row(side, others, noise, i, which.stream(what, i), s);
  });
}

double draw_noise(const gibbs_side& side, const matrix& others, const draw& which, const context& ctx) {
  const std::size_t d = side.size(), n = side.rows.rows;
  double sum = 0;
  const auto of_unit = [&](std::size_t unit, scratch&) {
    double squares = 0;
    for (std::size_t i = unit * rows_a_unit; i < std::min(n, (unit + 1) * rows_a_unit); ++i) {
      const sparse_row ratings = (*side.ratings)[i];
      const double* const own = side.rows.row(i);
      for (std::size_t j = 0; j < ratings.size(); ++j) {
        const double* const other = others.row(ratings.columns[j]);
        double error = static_cast<double>(ratings.values[j]) - own[d - 1] - other[d - 1];
        for (std::size_t k = 0; k + 1 < d; ++k) error -= own[k] * other[k];
        squares += error * error;
      }
    }
    return squares;
  };
  ctx.reduce((n + rows_a_unit - 1) / rows_a_unit, of_unit, [&](double squares) { sum += squares; });
  normal_numbers random = which.stream(0, 0);
  return random.gamma(1 + static_cast<double>(side.ratings->stored()) / 2) / (0.1 + sum / 2);
}

}  // namespace bespoke::train::detail
