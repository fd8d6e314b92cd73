// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/linear_scores.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checks.hpp"

namespace bespoke::train {

namespace {

template <class Row>
std::span<const double> scores_of(const Row& r, std::span<const float> weights, std::span<const float> intercepts,
                                  scratch& s) {
  const std::size_t n = intercepts.size();
  auto sums = s.take<double>(n);
  if (n == 1) {
    sums[0] = dot(r, weights);
  } else {
    double* const sum = sums.data();
    std::fill_n(sum, n, 0.0);
    for_each_value(r, [=, w = weights.data()](std::size_t column, float value) {
      if (value == 0) return;
      const float* const of_column = w + column * n;
      for (std::size_t j = 0; j < n; ++j) sum[j] += static_cast<double>(value) * of_column[j];
    });
  }
  for (std::size_t j = 0; j < n; ++j) sums[j] += intercepts[j];
  return sums;
}

}  // namespace

linear_scores::linear_scores(std::size_t columns, aligned_vector<float> weights, std::vector<float> intercepts) {
  if (intercepts.empty() || weights.size() != columns * intercepts.size())
    throw error(errc::shape, {.stage = "linear_scores",
                              .expected = fmt::format("{} times {} weights", columns, intercepts.size()),
                              .got = fmt::format("{}", weights.size())});
  learned_ = std::make_shared<const learned>(learned{columns, std::move(weights), std::move(intercepts)});
}

std::span<const double> linear_scores::operator()(const dense_row& r, scratch& s) const {
  detail::check_width("linear_scores", width(), r.width());
  return scores_of(r, weights(), intercepts(), s);
}
std::span<const double> linear_scores::operator()(const sparse_row& r, scratch& s) const {
  detail::check_width("linear_scores", width(), r.width());
  return scores_of(r, weights(), intercepts(), s);
}

void linear_scores::save(bundle_writer& w) const {
  w.put("weights", weights(), {width(), outputs()});
  w.put("intercepts", intercepts());
}

linear_scores linear_scores::load(const bundle_reader& r) {
  const auto weights = r.tensor<float>("weights"), intercepts = r.tensor<float>("intercepts");
  const auto shape = r.shape("weights");
  if (shape.size() != 2 || shape[1] != intercepts.size() || intercepts.empty())
    r.reject("weights and intercepts do not fit together");
  const auto finite = [](float v) { return std::isfinite(v); };
  if (!std::all_of(weights.begin(), weights.end(), finite) ||
      !std::all_of(intercepts.begin(), intercepts.end(), finite))
    r.reject("a weight is not finite");
  return {shape[0], {weights.begin(), weights.end()}, {intercepts.begin(), intercepts.end()}};
}

}  // namespace bespoke::train
