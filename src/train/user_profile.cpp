// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/user_profile.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "checks.hpp"
#include "linear_least_squares.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "user_profile";
constexpr std::size_t primal_columns = 512, dual_rows = 8192;

using detail::least_squares;
using detail::linear_minimum;

linear_minimum only(std::optional<linear_minimum> found, double l2) {
  if (!found)
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .problem = fmt::format("with l2 = {} more than one profile fits equally well", l2),
                 .advice = "raise l2, or use solver::gradient"});
  return std::move(*found);
}

template <class Rows>
linear_minimum by_closed_form(const least_squares& p, const Rows& x, std::span<const double> y, const context& ctx) {
  if (x.width() <= primal_columns) return only(detail::by_columns(p, x, y, {}, ctx), p.l2);
  if (x.size() <= dual_rows) return only(detail::by_rows(p, x, y, {}, ctx), p.l2);
  throw error(errc::limit, {.stage = stage,
                            .expected = fmt::format("at most {} columns or {} rows for solver::closed_form",
                                                    primal_columns, dual_rows),
                            .got = fmt::format("{} columns and {} rows", x.width(), x.size()),
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

template <class Rows>
linear_minimum minimise(const user_profile& spec, const Rows& rows, std::span<const double> ratings, bool intercept,
                        const context& ctx) {
  detail::check_counts(stage, rows.size(), ratings.size());
  detail::check_rows(stage, rows);
  check_ratings(ratings);
  const least_squares problem{.stage = stage,
                              .l2 = spec.l2,
                              .intercept = intercept,
                              .tolerance = spec.tolerance,
                              .max_iterations = spec.max_iterations};
  return spec.solver == solver::closed_form ? by_closed_form(problem, rows, ratings, ctx)
                                            : detail::by_gradient(problem, rows, ratings, {}, ctx);
}

template <class Rows>
user_profile::learned learn(const user_profile& spec, const Rows& rows, std::span<const double> ratings,
                            const context& ctx) {
  const linear_minimum found = minimise(spec, rows, ratings, spec.intercept, ctx);
  user_profile::learned l{.weights = aligned_vector<float>(found.u.size()), .intercept = found.b};
  std::transform(found.u.begin(), found.u.end(), l.weights.begin(), [](double v) { return static_cast<float>(v); });
  return l;
}

template <class Rows>
user_profile::learned learn_more(const user_profile& spec, user_profile::learned from, const Rows& rows,
                                 std::span<const double> errors, const context& ctx) {
  const linear_minimum found = minimise(spec, rows, errors, false, ctx);
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
