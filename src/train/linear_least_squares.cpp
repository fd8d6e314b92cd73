// SPDX-License-Identifier: Apache-2.0
#include "linear_least_squares.hpp"

#include <Eigen/Cholesky>

#include <cmath>
#include <utility>

#include "linear_operand.hpp"

namespace bespoke::train::detail {

namespace {

using matrix = Eigen::MatrixXd;
using vector = Eigen::VectorXd;

// The rows, what is left of the targets after the intercept, and the weights.
template <class Rows>
class problem {
 public:
  problem(const least_squares& what, const Rows& of, std::span<const double> targets, std::span<const float> weights,
          const context& context)
      : spec(what), rows(of), x(of, context), y(targets.begin(), targets.end()), weight(y.size(), 1.0), ctx(context) {
    if (!weights.empty()) weight.assign(weights.begin(), weights.end());
    level_ = mean(y);
    centre(y);
  }

  // Without an intercept nothing has a mean, and centring changes nothing.
  double mean(const numbers& v) const {
    const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
    return spec.intercept && total > 0 ? inner(v, weight) / total : 0;
  }
  void centre(numbers& v) const {
    const double m = mean(v);
    for (double& n : v) n -= m;
  }
  numbers weighted(numbers v) const {
    for (std::size_t i = 0; i < v.size(); ++i) v[i] *= weight[i];
    return v;
  }
  numbers column_means() const {
    const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
    numbers means = x.transposed_times(weight);
    for (double& m : means) m = spec.intercept && total > 0 ? m / total : 0;
    return means;
  }
  linear_minimum with_intercept(numbers u, bool converged = true) const {
    const double b = spec.intercept ? level_ - mean(x.times(u)) : 0;
    return {std::move(u), b, converged};
  }

  const least_squares& spec;
  const Rows& rows;
  const linear_operand<Rows> x;
  numbers y, weight;
  const context& ctx;

 private:
  double level_ = 0;
};

// Xᵀ·W·X of X with `means` subtracted from each row, for some rows; the lower triangle.
template <class Rows>
matrix squares_of(const problem<Rows>& p, const numbers& means, std::size_t from, std::size_t to) {
  constexpr std::size_t at_once = 256;
  const auto d = static_cast<Eigen::Index>(p.x.width());
  matrix sum = matrix::Zero(d, d);
  for (std::size_t first = from; first < to; first += at_once) {
    const std::size_t n = std::min(at_once, to - first);
    matrix some = -Eigen::Map<const vector>(means.data(), d).replicate(1, static_cast<Eigen::Index>(n));
    for (std::size_t i = 0; i < n; ++i) {
      auto one = some.col(static_cast<Eigen::Index>(i));
      for_each_value(p.rows[first + i], [&](std::size_t c, float v) { one(static_cast<Eigen::Index>(c)) += v; });
      one *= std::sqrt(p.weight[first + i]);
    }
    sum.template selfadjointView<Eigen::Lower>().rankUpdate(some);
  }
  return sum;
}

template <class Rows>
matrix squares(const problem<Rows>& p, const numbers& means) {
  const auto d = static_cast<Eigen::Index>(p.x.width());
  const std::size_t n = p.x.rows(), parts = std::clamp<std::size_t>(n / block_size, 1, 16);
  matrix sum = matrix::Zero(d, d);
  p.ctx.reduce(
      parts, [&](std::size_t i, scratch&) { return squares_of(p, means, n * i / parts, n * (i + 1) / parts); },
      [&](const matrix& part) { sum += part; });
  return sum;
}

// XXᵀ, both triangles.
template <class Rows>
matrix gram(const problem<Rows>& p) {
  constexpr std::size_t chunk = 64;
  const std::size_t n = p.x.rows();
  matrix out = matrix::Zero(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
  p.ctx.parallel((n + chunk - 1) / chunk, [&](std::size_t b, scratch&) {
    numbers one(p.x.width());
    for (std::size_t i = b * chunk; i < std::min(n, (b + 1) * chunk); ++i) {
      for_each_value(p.rows[i], [&](std::size_t c, float v) { one[c] = v; });
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for_each_value(p.rows[j], [&](std::size_t c, float v) { sum += v * one[c]; });
        out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = sum;
      }
      for_each_value(p.rows[i], [&](std::size_t c, float) { one[c] = 0; });
    }
  });
  out.template triangularView<Eigen::StrictlyUpper>() = out.transpose();
  return out;
}

// √W·(XXᵀ of centred rows)·√W, of which only XXᵀ is known.
template <class Rows>
matrix centred_gram(const problem<Rows>& p, const vector& roots) {
  matrix k = gram(p);
  if (p.spec.intercept) {
    const vector share = roots.array().square() / roots.squaredNorm(), means = k * share;
    const double all = share.dot(means);
    k.colwise() -= means;
    k.rowwise() -= means.transpose();
    k.array() += all;
  }
  return roots.asDiagonal() * k * roots.asDiagonal();
}

// Solves (a + l2·I)·x = y, of which the lower triangle of `a` is given. A pivot that is nothing beside its own diagonal
// means a column that follows from those before it, whatever unit it is in.
std::optional<vector> solve_regular(matrix a, const vector& y, double l2) {
  a.diagonal().array() += l2;
  const vector diagonal = a.diagonal();
  const Eigen::LLT<Eigen::Ref<matrix>> factor(a);
  if (factor.info() != Eigen::Success || !(a.diagonal().array().square() > 1e-12 * diagonal.array()).all()) return {};
  return factor.solve(y);
}

}  // namespace

// The errors stay centred: the intercept is the best one for u at every step, and need not be stepped.
template <class Rows>
linear_minimum by_gradient(const least_squares& spec, const Rows& rows, std::span<const double> y,
                           std::span<const float> weights, const context& ctx) {
  const problem<Rows> p(spec, rows, y, weights, ctx);
  numbers u(p.x.width()), errors = p.y, gradient = p.x.transposed_times(p.weighted(errors)), direction = gradient;
  double length = inner(gradient, gradient);
  const double enough = length * spec.tolerance * spec.tolerance;
  for (std::size_t step = 0; step < spec.max_iterations && length > enough; ++step) {
    ctx.check();
    numbers change = p.x.times(direction);
    p.centre(change);
    const double curvature = inner(change, p.weighted(change)) + spec.l2 * inner(direction, direction);
    if (!(curvature > 0)) break;
    const double stride = inner(gradient, direction) / curvature;
    add(u, stride, direction);
    add(errors, -stride, change);
    gradient = p.x.transposed_times(p.weighted(errors));
    add(gradient, -spec.l2, u);
    const double before = std::exchange(length, inner(gradient, gradient));
    for (std::size_t c = 0; c < u.size(); ++c) direction[c] = gradient[c] + length / before * direction[c];
    ctx.report(spec.stage, step + 1, 0);
  }
  return p.with_intercept(std::move(u), length <= enough);
}

template <class Rows>
std::optional<linear_minimum> by_columns(const least_squares& spec, const Rows& rows, std::span<const double> y,
                                         std::span<const float> weights, const context& ctx) {
  const problem<Rows> p(spec, rows, y, weights, ctx);
  const numbers right = p.x.transposed_times(p.weighted(p.y));
  const Eigen::Map<const vector> as_vector(right.data(), static_cast<Eigen::Index>(right.size()));
  const auto u = solve_regular(squares(p, p.column_means()), as_vector, spec.l2);
  if (!u) return {};
  return p.with_intercept({u->data(), u->data() + u->size()});
}

template <class Rows>
std::optional<linear_minimum> by_rows(const least_squares& spec, const Rows& rows, std::span<const double> y,
                                      std::span<const float> weights, const context& ctx) {
  const problem<Rows> p(spec, rows, y, weights, ctx);
  const auto n = static_cast<Eigen::Index>(p.y.size());
  const vector roots = Eigen::Map<const vector>(p.weight.data(), n).cwiseSqrt();
  const vector right = roots.cwiseProduct(Eigen::Map<const vector>(p.y.data(), n));
  const auto a = solve_regular(centred_gram(p, roots), right, spec.l2);
  if (!a) return {};
  // Centred rows times the dual: it is Xᵀ of the weighted dual, less the means.
  const vector scaled = roots.cwiseProduct(*a);
  numbers dual(scaled.data(), scaled.data() + scaled.size());
  if (spec.intercept) {
    const double sum = scaled.sum(), total = roots.squaredNorm();
    for (std::size_t i = 0; i < dual.size(); ++i) dual[i] -= sum * p.weight[i] / total;
  }
  return p.with_intercept(p.x.transposed_times(dual));
}

#define BESPOKE_LEAST_SQUARES(Rows)                                                                             \
  template linear_minimum by_gradient(const least_squares&, const Rows&, std::span<const double>,               \
                                      std::span<const float>, const context&);                                  \
  template std::optional<linear_minimum> by_columns(const least_squares&, const Rows&, std::span<const double>, \
                                                    std::span<const float>, const context&);                    \
  template std::optional<linear_minimum> by_rows(const least_squares&, const Rows&, std::span<const double>,    \
                                                 std::span<const float>, const context&);
BESPOKE_LEAST_SQUARES(dense_rows)
BESPOKE_LEAST_SQUARES(sparse_rows)
#undef BESPOKE_LEAST_SQUARES

}  // namespace bespoke::train::detail
