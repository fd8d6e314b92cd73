// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/lda.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "discriminants.hpp"

namespace bespoke::features {

namespace {
constexpr const char* stage = "lda";
}  // namespace

lda::fitted lda::solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                       std::size_t labels, const context& ctx) const {
  auto found = detail::solve_discriminants(rows, targets, weights, labels, stage, ctx);
  const std::size_t most = std::min(labels - 1, rows.width());
  if (components > most)
    throw error(
        errc::invalid_argument,
        {.stage = stage,
         .expected = fmt::format("components of at most {}, for {} labels and {} columns", most, labels, rows.width()),
         .got = fmt::format("{}", components)});
  const std::size_t keep = components != 0 ? components : most;
  linear::matrix kept(rows.width(), keep);
  for (std::size_t c = 0; c < kept.rows; ++c)
    std::copy_n(found.weights.row(c), std::min(keep, found.weights.columns), kept.row(c));
  found.ratio.resize(keep);
  return {*this, projection(rows.width(), keep, kept.values, std::move(found.mean)), std::move(found.ratio)};
}

void lda::fitted::save(bundle_writer& w) const {
  w.put("components", spec_.components);
  projection_.save(w);
  w.put("explained_variance_ratio", explained_variance_ratio());
}

lda::fitted lda::read(bundle_reader& r) const {
  r.must_equal("components", components);
  auto p = projection::load(r, true);
  if (components != 0 && p.outputs() != components) r.reject("the weights are of another number of components");
  const auto ratio = r.tensor<double>("explained_variance_ratio", p.outputs());
  if (!std::all_of(ratio.begin(), ratio.end(), [](double v) { return std::isfinite(v) && v >= 0; }))
    r.reject("a variance is not a positive number");
  return {*this, std::move(p), {ratio.begin(), ratio.end()}};
}

}  // namespace bespoke::features
