// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/ridge.hpp>

#include <optional>

#include "checks.hpp"
#include "linear_least_squares.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "ridge";
constexpr std::size_t most_columns = 1024, most_rows = 2048;  // of a closed form

template <class Rows>
ridge::solution solve_any(const ridge& spec, const Rows& rows, std::span<const double> y,
                          std::span<const float> weights, const context& ctx) {
  detail::check_counts(stage, rows.size(), y.size());
  detail::check_rows(stage, rows);
  const detail::least_squares problem{.stage = stage,
                                      .l2 = spec.alpha,
                                      .intercept = spec.intercept,
                                      .tolerance = spec.tolerance,
                                      .max_iterations = spec.max_iterations};
  std::optional<detail::linear_minimum> found;
  if (rows.width() <= most_columns) found = detail::by_columns(problem, rows, y, weights, ctx);
  else if (rows.size() <= most_rows) found = detail::by_rows(problem, rows, y, weights, ctx);
  if (!found) found = detail::by_gradient(problem, rows, y, weights, ctx);
  return {linear_function(found->u, found->b), found->converged};
}

}  // namespace

ridge::solution ridge::solve(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
                             const context& ctx) const {
  return solve_any(*this, rows, targets, weights, ctx);
}
ridge::solution ridge::solve(const sparse_rows& rows, std::span<const double> targets, std::span<const float> weights,
                             const context& ctx) const {
  return solve_any(*this, rows, targets, weights, ctx);
}

void ridge::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "alpha", double{alpha}, true);
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_counts(stage, records, targets);
}

void ridge::save(bundle_writer& w) const {
  w.put("alpha", double{alpha});
  w.put("learn_intercept", intercept);
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
}

ridge ridge::saved(const bundle_reader& r) {
  return {.alpha = static_cast<float>(r.number("alpha")),
          .intercept = r.flag("learn_intercept"),
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations"))};
}

}  // namespace bespoke::train
