// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/truncated_svd.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/linear_algebra.hpp"

namespace bespoke::features {

namespace {

constexpr const char* stage = "truncated_svd";

// Fewer may be found than were asked for, where there are fewer records: the others are zeros.
linear::matrix widened(linear::matrix found, std::size_t components) {
  if (found.columns == components) return found;
  linear::matrix all(found.rows, components);
  for (std::size_t c = 0; c < found.rows; ++c) std::copy_n(found.row(c), found.columns, all.row(c));
  return all;
}

truncated_svd::solution finished(linear::singular found, std::size_t components) {
  const std::size_t columns = found.vectors.rows;
  const auto weights = widened(std::move(found.vectors), components);
  found.values.resize(components);
  return {projection(columns, components, weights.values), std::move(found.values)};
}

}  // namespace

void truncated_svd::check(std::size_t records, std::size_t columns) const {
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  if (components == 0 || components > columns)
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .expected = fmt::format("components from 1 to the {} columns there are", columns),
                 .got = fmt::format("{}", components)});
}

truncated_svd::solution truncated_svd::solve(const dense_rows& rows, const context& ctx) const {
  check(rows.size(), rows.width());
  linear::check_finite(rows, stage);
  return finished(linear::randomized_svd(rows, {}, {components, oversamples, iterations}, stage, ctx), components);
}

truncated_svd::solution truncated_svd::solve(const sparse_rows& rows, const context& ctx) const {
  check(rows.size(), rows.width());
  linear::check_finite(rows, stage);
  return finished(linear::randomized_svd(rows, {components, oversamples, iterations}, stage, ctx), components);
}

void truncated_svd::save(bundle_writer& w, const solution& s) const {
  w.put("components", components);
  w.put("oversamples", oversamples);
  w.put("iterations", iterations);
  s.onto.save(w);
  w.put("singular_values", std::span<const double>(s.singular_values));
}

std::pair<truncated_svd, truncated_svd::solution> truncated_svd::read(const bundle_reader& r) const {
  r.must_equal("components", components);
  auto onto = projection::load(r, false);
  if (onto.outputs() != components) r.reject("the weights are of another number of components");
  const auto values = r.tensor<double>("singular_values", components);
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v) && v >= 0; }))
    r.reject("a singular value is not a positive number");
  const truncated_svd spec{.components = components,
                           .oversamples = static_cast<std::size_t>(r.integer("oversamples")),
                           .iterations = static_cast<std::size_t>(r.integer("iterations"))};
  return {spec, {std::move(onto), {values.begin(), values.end()}}};
}

}  // namespace bespoke::features
