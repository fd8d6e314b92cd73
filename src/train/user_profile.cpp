// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/user_profile.hpp>

#include <fmt/format.h>
#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "checks.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "user_profile";
constexpr std::size_t primal_columns = 512, dual_rows = 8192;

using numbers = std::vector<double>;
using matrix = Eigen::MatrixXd;
using vector = Eigen::VectorXd;

double inner(const numbers& a, const numbers& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
double mean(const numbers& v) {
  return v.empty() ? 0 : std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}
void centre(numbers& v) {
  const double m = mean(v);
  for (double& x : v) x -= m;
}
// a += f·b
void add(numbers& a, double f, const numbers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += f * b[i];
}

std::size_t stored(const dense_rows& rows) { return rows.values().size(); }
std::size_t stored(const sparse_rows& rows) { return rows.stored(); }

// X as an operator. Cuts depend on the data alone.
template <class Rows>
class operand {
 public:
  operand(const Rows& rows, const context& ctx) : rows_(rows), ctx_(ctx) {}

  std::size_t rows() const { return rows_.size(); }
  std::size_t width() const { return rows_.width(); }

  // X·u, one number for each row.
  numbers times(const numbers& u) const {
    numbers out(rows());
    ctx_.parallel((rows() + block_size - 1) / block_size, [&](std::size_t b, scratch&) {
      for (std::size_t i = b * block_size; i < std::min(rows(), (b + 1) * block_size); ++i) out[i] = dot_with(i, u);
    });
    return out;
  }

  // Xᵀ·e, one number for each column: in as many parts as pay for a vector of all columns each.
  numbers transposed_times(const numbers& e) const {
    const std::size_t parts = std::clamp<std::size_t>(stored(rows_) / (8 * width() + 1), 1, 32);
    numbers sum(width());
    ctx_.reduce(
        parts,
        [&](std::size_t p, scratch&) {
          numbers part(width());
          for (std::size_t i = rows() * p / parts; i < rows() * (p + 1) / parts; ++i)
            for_each_value(rows_[i], [&](std::size_t c, float v) { part[c] += e[i] * v; });
          return part;
        },
        [&](const numbers& part) { add(sum, 1, part); });
    return sum;
  }

  numbers column_means() const {
    return transposed_times(numbers(rows(), 1.0 / static_cast<double>(std::max<std::size_t>(rows(), 1))));
  }

  // XᵀX of X with `means` subtracted from each row; the lower triangle.
  matrix squares(const numbers& means) const {
    const auto d = static_cast<Eigen::Index>(width());
    const std::size_t parts = std::clamp<std::size_t>(rows() / block_size, 1, 16);
    matrix sum = matrix::Zero(d, d);
    ctx_.reduce(
        parts, [&](std::size_t p, scratch&) { return squares_of(rows() * p / parts, rows() * (p + 1) / parts, means); },
        [&](const matrix& part) { sum += part; });
    return sum;
  }

  // XXᵀ, the lower triangle.
  matrix gram() const {
    constexpr std::size_t chunk = 64;
    matrix out = matrix::Zero(static_cast<Eigen::Index>(rows()), static_cast<Eigen::Index>(rows()));
    ctx_.parallel((rows() + chunk - 1) / chunk, [&](std::size_t b, scratch&) {
      numbers one(width());
      for (std::size_t i = b * chunk; i < std::min(rows(), (b + 1) * chunk); ++i) {
        for_each_value(rows_[i], [&](std::size_t c, float v) { one[c] = v; });
        for (std::size_t j = 0; j <= i; ++j)
          out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = dot_with(j, one);
        for_each_value(rows_[i], [&](std::size_t c, float) { one[c] = 0; });
      }
    });
    return out;
  }

 private:
  double dot_with(std::size_t i, const numbers& u) const {
    double sum = 0;
    for_each_value(rows_[i], [&](std::size_t c, float v) { sum += v * u[c]; });
    return sum;
  }

  matrix squares_of(std::size_t from, std::size_t to, const numbers& means) const {
    constexpr std::size_t at_once = 256;
    const auto d = static_cast<Eigen::Index>(width());
    matrix sum = matrix::Zero(d, d);
    for (std::size_t first = from; first < to; first += at_once) {
      const std::size_t n = std::min(at_once, to - first);
      matrix some = -Eigen::Map<const vector>(means.data(), d).replicate(1, static_cast<Eigen::Index>(n));
      for (std::size_t i = 0; i < n; ++i)
        for_each_value(rows_[first + i], [&](std::size_t c, float v) {
          some(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(i)) += v;
        });
      sum.selfadjointView<Eigen::Lower>().rankUpdate(some);
    }
    return sum;
  }

  const Rows& rows_;
  const context& ctx_;
};

// The errors stay centred where there is an intercept: it is the best one for u at every step, and need not be stepped.
template <class Rows>
numbers by_gradient(const user_profile& spec, const operand<Rows>& x, numbers errors, bool centred,
                    const context& ctx) {
  const double l2 = spec.l2;
  numbers u(x.width()), gradient = x.transposed_times(errors), direction = gradient;
  double length = inner(gradient, gradient);
  const double enough = length * spec.tolerance * spec.tolerance;
  for (std::size_t step = 0; step < spec.max_iterations && length > enough; ++step) {
    ctx.check();
    numbers change = x.times(direction);
    if (centred) centre(change);
    const double curvature = inner(change, change) + l2 * inner(direction, direction);
    if (!(curvature > 0)) break;
    const double stride = inner(gradient, direction) / curvature;
    add(u, stride, direction);
    add(errors, -stride, change);
    gradient = x.transposed_times(errors);
    add(gradient, -l2, u);
    const double before = std::exchange(length, inner(gradient, gradient));
    for (std::size_t c = 0; c < u.size(); ++c) direction[c] = gradient[c] + length / before * direction[c];
    ctx.report(stage, step + 1, 0);
  }
  return u;
}

// Solves (a + l2·I)·x = y, of which the lower triangle of `a` is given.
vector solve_regular(matrix a, const vector& y, double l2) {
  a.diagonal().array() += l2;
  const double largest = a.rows() > 0 ? a.diagonal().maxCoeff() : 0;
  const Eigen::LLT<Eigen::Ref<matrix>> factor(a);
  const double rounding = std::numeric_limits<double>::epsilon() * static_cast<double>(a.rows()) * largest;
  const bool regular = factor.info() == Eigen::Success && (a.diagonal().array().square() > rounding).all();
  if (!regular)
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .problem = fmt::format("with l2 = {} more than one profile fits equally well", l2),
                 .advice = "raise l2, or use solver::gradient"});
  return factor.solve(y);
}

template <class Rows>
numbers by_primal(double l2, const operand<Rows>& x, const numbers& y, bool centred) {
  const numbers means = centred ? x.column_means() : numbers(x.width());
  const numbers right = x.transposed_times(y);
  const auto d = static_cast<Eigen::Index>(x.width());
  const vector u = solve_regular(x.squares(means), Eigen::Map<const vector>(right.data(), d), l2);
  return {u.data(), u.data() + u.size()};
}

// Centring the rows of X centres the rows and the columns of XXᵀ.
void centre_both(matrix& gram) {
  gram.template triangularView<Eigen::StrictlyUpper>() = gram.transpose();
  const vector means = gram.rowwise().mean();
  const double all = means.mean();
  gram.colwise() -= means;
  gram.rowwise() -= means.transpose();
  gram.array() += all;
}

template <class Rows>
numbers by_dual(double l2, const operand<Rows>& x, const numbers& y, bool centred) {
  matrix gram = x.gram();
  if (centred) centre_both(gram);
  const auto n = static_cast<Eigen::Index>(x.rows());
  const vector a = solve_regular(std::move(gram), Eigen::Map<const vector>(y.data(), n), l2);
  numbers dual(a.data(), a.data() + a.size());
  if (centred) centre(dual);
  return x.transposed_times(dual);
}

template <class Rows>
numbers by_closed_form(double l2, const operand<Rows>& x, const numbers& y, bool centred) {
  if (x.width() <= primal_columns) return by_primal(l2, x, y, centred);
  if (x.rows() <= dual_rows) return by_dual(l2, x, y, centred);
  throw error(errc::limit, {.stage = stage,
                            .expected = fmt::format("at most {} columns or {} rows for solver::closed_form",
                                                    primal_columns, dual_rows),
                            .got = fmt::format("{} columns and {} rows", x.width(), x.rows()),
                            .advice = "use solver::gradient, which finds the same profile"});
}

void check_ratings(std::span<const double> ratings) {
  for (std::size_t i = 0; i < ratings.size(); ++i)
    if (!std::isfinite(ratings[i]))
      throw error(errc::invalid_argument, {.stage = stage,
                                           .record = i,
                                           .expected = "a finite rating",
                                           .got = fmt::format("{}", ratings[i]),
                                           .advice = "drop records without a rating before the fit"});
}

struct minimum {
  numbers u;
  double b;
};

template <class Rows>
minimum minimise(const user_profile& spec, const Rows& rows, std::span<const double> ratings, bool intercept,
                 const context& ctx) {
  detail::check_counts(stage, rows.size(), ratings.size());
  detail::check_rows(stage, rows);
  check_ratings(ratings);
  const operand<Rows> x(rows, ctx);
  numbers y(ratings.begin(), ratings.end());
  const double level = intercept ? mean(y) : 0;
  if (intercept) centre(y);
  minimum found{spec.solver == solver::closed_form ? by_closed_form(spec.l2, x, y, intercept)
                                                   : by_gradient(spec, x, y, intercept, ctx),
                level};
  if (intercept) found.b -= mean(x.times(found.u));
  return found;
}

template <class Rows>
user_profile::learned learn(const user_profile& spec, const Rows& rows, std::span<const double> ratings,
                            const context& ctx) {
  const minimum found = minimise(spec, rows, ratings, spec.intercept, ctx);
  user_profile::learned l{.weights = aligned_vector<float>(found.u.size()), .intercept = found.b};
  std::transform(found.u.begin(), found.u.end(), l.weights.begin(), [](double v) { return static_cast<float>(v); });
  return l;
}

template <class Rows>
user_profile::learned learn_more(const user_profile& spec, user_profile::learned from, const Rows& rows,
                                 std::span<const double> errors, const context& ctx) {
  const minimum found = minimise(spec, rows, errors, false, ctx);
  for (std::size_t c = 0; c < found.u.size(); ++c) from.weights[c] = static_cast<float>(from.weights[c] + found.u[c]);
  return from;
}

}  // namespace

user_profile::learned user_profile::solve(const dense_rows& rows, std::span<const double> ratings,
                                          const context& ctx) const {
  return learn(*this, rows, ratings, ctx);
}
user_profile::learned user_profile::solve(const sparse_rows& rows, std::span<const double> ratings,
                                          const context& ctx) const {
  return learn(*this, rows, ratings, ctx);
}
user_profile::learned user_profile::moved(const learned& from, const dense_rows& rows, std::span<const double> errors,
                                          const context& ctx) const {
  return learn_more(*this, from, rows, errors, ctx);
}
user_profile::learned user_profile::moved(const learned& from, const sparse_rows& rows, std::span<const double> errors,
                                          const context& ctx) const {
  return learn_more(*this, from, rows, errors, ctx);
}

double user_profile::step(double error, double weight, double squared_norm) const {
  if (!std::isfinite(error))
    throw bespoke::error(
        errc::invalid_argument,
        {.stage = stage, .expected = "a finite rating of a row of finite numbers", .got = "a NaN or an infinity"});
  detail::check_positive(stage, "a weight", weight, true);
  const double scale = l2 + weight * squared_norm;
  return scale > 0 ? error * weight / scale : 0;
}

void user_profile::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "l2", double{l2}, true);
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_counts(stage, records, targets);
}

void user_profile::check_width(std::size_t expected, std::size_t got) { detail::check_width(stage, expected, got); }

void user_profile::save(bundle_writer& w, const learned& l) const {
  w.put("l2", double{l2});
  w.put("learn_intercept", intercept);
  w.put("solver", solver == train::solver::gradient ? "gradient" : "closed_form");
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
  w.put("weights", std::span<const float>(l.weights));
  w.put("intercept", l.intercept);
}

user_profile user_profile::saved(const bundle_reader& r) {
  return {.l2 = static_cast<float>(r.number("l2")),
          .intercept = r.flag("learn_intercept"),
          .solver = r.text("solver") == "gradient" ? train::solver::gradient : train::solver::closed_form,
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations"))};
}

user_profile::learned user_profile::saved_profile(const bundle_reader& r) {
  const auto weights = r.tensor<float>("weights");
  learned l{.weights = {weights.begin(), weights.end()}, .intercept = r.number("intercept")};
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(l.weights.begin(), l.weights.end(), finite) || !finite(l.intercept))
    r.reject("a weight is not finite");
  return l;
}

}  // namespace bespoke::train
