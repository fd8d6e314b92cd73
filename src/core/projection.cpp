// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/projection.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linear_algebra.hpp"

namespace bespoke {

namespace {

void check_width(const char* stage, std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(
        errc::shape,
        {.stage = stage, .expected = fmt::format("a row of {} columns", expected), .got = fmt::format("{}", got)});
}

dense_row as_floats(std::span<const double> sums, std::span<float> out) {
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = static_cast<float>(sums[j]);
  return {out};
}

}  // namespace

std::shared_ptr<const projection::learned> projection::made(std::size_t columns, std::size_t outputs,
                                                            std::vector<double> mean, auto&& weight_of) {
  learned l{columns, outputs, (outputs + 7) / 8 * 8, {}, std::move(mean)};
  l.weights.resize(columns * l.stride);
  for (std::size_t c = 0; c < columns; ++c)
    for (std::size_t j = 0; j < outputs; ++j) l.weights[c * l.stride + j] = weight_of(c * outputs + j);
  return std::make_shared<const learned>(std::move(l));
}

projection::projection(std::size_t columns, std::size_t outputs, std::span<const double> weights,
                       std::vector<double> mean) {
  if (weights.size() != columns * outputs || (!mean.empty() && mean.size() != columns))
    throw error(errc::shape, {.stage = "projection",
                              .expected = fmt::format("{} times {} weights", columns, outputs),
                              .got = fmt::format("{}, and {} means", weights.size(), mean.size())});
  learned_ = made(columns, outputs, std::move(mean), [&](std::size_t i) { return static_cast<float>(weights[i]); });
}

dense_row projection::operator()(const dense_row& r, const char* stage, scratch& s) const {
  const learned& l = *learned_;
  check_width(stage, l.columns, r.width());
  const auto out = s.take<float>(l.outputs);
  const scratch::frame temporaries(s);
  const auto values = s.take<double>(l.columns), sums = s.take<double>(l.stride);
  if (l.mean.empty()) std::copy(r.values.begin(), r.values.end(), values.begin());
  else
    for (std::size_t c = 0; c < l.columns; ++c) values[c] = double{r[c]} - l.mean[c];
  linear::best_kernels().project(values.data(), nullptr, values.size(), l.weights.data(), l.stride, sums.data());
  return as_floats(sums, out);
}

dense_row projection::operator()(const sparse_row& r, const char* stage, scratch& s) const {
  const learned& l = *learned_;
  check_width(stage, l.columns, r.width());
  const auto out = s.take<float>(l.outputs);
  const scratch::frame temporaries(s);
  const auto values = s.take<double>(r.size()), sums = s.take<double>(l.stride);
  std::copy(r.values.begin(), r.values.end(), values.begin());
  linear::best_kernels().project(values.data(), r.columns.data(), r.size(), l.weights.data(), l.stride, sums.data());
  return as_floats(sums, out);
}

void projection::save(bundle_writer& w) const {
  std::vector<float> weights;
  weights.reserve(columns() * outputs());
  for (std::size_t c = 0; c < columns(); ++c)
    for (std::size_t j = 0; j < outputs(); ++j) weights.push_back(weight(c, j));
  w.put("weights", std::span<const float>(weights), {columns(), outputs()});
  if (!learned_->mean.empty()) w.put("mean", mean());
}

projection projection::load(const bundle_reader& r, bool centred) {
  const auto weights = r.tensor<float>("weights");
  const auto shape = r.shape("weights");
  if (shape.size() != 2 || shape[0] == 0 || shape[1] == 0) r.reject("weights must have columns and outputs");
  const auto finite = [](auto v) { return std::isfinite(v); };
  if (!std::all_of(weights.begin(), weights.end(), finite)) r.reject("a weight is not finite");
  std::vector<double> mean;
  if (centred) {
    const auto saved = r.tensor<double>("mean", shape[0]);
    mean.assign(saved.begin(), saved.end());
    if (!std::all_of(mean.begin(), mean.end(), finite)) r.reject("a mean is not finite");
  }
  return projection(made(shape[0], shape[1], std::move(mean), [&](std::size_t i) { return weights[i]; }));
}

}  // namespace bespoke
