// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/pca.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/linear_algebra.hpp"

namespace bespoke::features {

namespace {

constexpr const char* stage = "pca";

const char* text(pca_solver s) {
  switch (s) {
    case pca_solver::full: return "full";
    case pca_solver::randomized: return "randomized";
    case pca_solver::automatic: break;
  }
  return "automatic";
}

pca_solver chosen(pca_solver asked, std::size_t components, std::size_t rows, std::size_t columns) {
  if (asked != pca_solver::automatic) return asked;
  const bool small = std::max(rows, columns) <= 500;
  const bool few = static_cast<double>(components) < 0.8 * static_cast<double>(std::min(rows, columns));
  return !small && few ? pca_solver::randomized : pca_solver::full;
}

linear::singular found(const dense_rows& rows, std::span<const double> mean, std::size_t keep, pca_solver solver,
                       const context& ctx) {
  if (chosen(solver, keep, rows.size(), rows.width()) == pca_solver::full)
    return linear::full_svd(rows, mean, keep, stage, ctx);
  const bool few = keep * 10 < std::min(rows.size(), rows.width());
  const linear::search how{.keep = keep, .oversamples = std::max<std::size_t>(10, keep / 2), .powers = few ? 7u : 4u};
  return linear::randomized_svd(rows, mean, how, stage, ctx);
}

// Whitened weights are divided by the standard deviation; beyond the rank there is nothing to divide.
void divide(linear::matrix& weights, std::span<const double> variance) {
  for (std::size_t c = 0; c < weights.rows; ++c)
    for (std::size_t j = 0; j < weights.columns; ++j)
      if (variance[j] > 0) weights.at(c, j) /= std::sqrt(variance[j]);
}

}  // namespace

void pca::check(std::size_t records, std::size_t columns) const {
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  if (records < 2) throw error(errc::invalid_argument, {.stage = stage, .expected = "two records or more", .got = "1"});
  if (columns == 0) throw error(errc::invalid_argument, {.stage = stage, .problem = "the rows have no columns"});
  if (components > std::min(records, columns))
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .expected = fmt::format("components of at most {}, as {} records of {} columns have",
                                         std::min(records, columns), records, columns),
                 .got = fmt::format("{}", components)});
}

pca::fitted pca::solve(const dense_rows& rows, const context& ctx) const {
  check(rows.size(), rows.width());
  const std::size_t keep = components != 0 ? components : std::min(rows.size(), rows.width());
  auto mean = linear::column_means(rows, stage, ctx);
  auto svd = found(rows, mean, keep, solver, ctx);
  fitted::learned l{.spec = *this};
  const double degrees = static_cast<double>(rows.size() - 1);
  for (const double s : svd.values) {
    l.variance.push_back(s * s / degrees);
    l.ratio.push_back(svd.squares > 0 ? s * s / svd.squares : 0);
  }
  if (whiten) divide(svd.vectors, l.variance);
  return {projection(rows.width(), keep, svd.vectors.values, std::move(mean)), std::move(l)};
}

void pca::fitted::save(bundle_writer& w) const {
  w.put("components", spec().components);
  w.put("solver", text(spec().solver));
  w.put("whiten", spec().whiten);
  projection_.save(w);
  w.put("explained_variance", explained_variance());
  w.put("explained_variance_ratio", explained_variance_ratio());
}

pca::fitted pca::read(bundle_reader& r) const {
  r.must_equal("components", components);
  r.must_equal("whiten", whiten);
  auto p = projection::load(r, true);
  if (components != 0 && p.outputs() != components) r.reject("the weights are of another number of components");
  fitted::learned l{.spec = *this};
  const auto solver_name = r.text("solver");
  l.spec.solver = solver_name == "full"         ? pca_solver::full
                  : solver_name == "randomized" ? pca_solver::randomized
                                                : pca_solver::automatic;
  const auto variance = r.tensor<double>("explained_variance", p.outputs());
  const auto ratio = r.tensor<double>("explained_variance_ratio", p.outputs());
  const auto sound = [](double v) { return std::isfinite(v) && v >= 0; };
  if (!std::all_of(variance.begin(), variance.end(), sound) || !std::all_of(ratio.begin(), ratio.end(), sound))
    r.reject("a variance is not a positive number");
  l.variance.assign(variance.begin(), variance.end());
  l.ratio.assign(ratio.begin(), ratio.end());
  return {std::move(p), std::move(l)};
}

}  // namespace bespoke::features
