// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/linear_function.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checks.hpp"

namespace bespoke::train {

linear_function::linear_function(std::span<const double> weights, double intercept) {
  learned l{.weights = aligned_vector<float>(weights.size()), .intercept = intercept};
  std::transform(weights.begin(), weights.end(), l.weights.begin(), [](double v) { return static_cast<float>(v); });
  const bool finite = std::all_of(l.weights.begin(), l.weights.end(), [](float v) { return std::isfinite(v); });
  if (!finite || !std::isfinite(static_cast<float>(intercept)))
    throw error(errc::invalid_argument, {.stage = "linear_function",
                                         .problem = "a weight is beyond what a float holds",
                                         .advice = "scale the targets or the columns"});
  learned_ = std::make_shared<const learned>(std::move(l));
}

double linear_function::operator()(const dense_row& r) const {
  detail::check_width("linear_function", width(), r.width());
  return dot(r, weights()) + intercept();
}
double linear_function::operator()(const sparse_row& r) const {
  detail::check_width("linear_function", width(), r.width());
  return dot(r, weights()) + intercept();
}

void linear_function::save(bundle_writer& w) const {
  w.put("weights", weights());
  w.put("intercept", intercept());
}

linear_function linear_function::load(const bundle_reader& r) {
  const auto weights = r.tensor<float>("weights");
  learned l{.weights = {weights.begin(), weights.end()}, .intercept = r.number("intercept")};
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(l.weights.begin(), l.weights.end(), finite) || !finite(l.intercept))
    r.reject("a weight is not finite");
  return linear_function(std::move(l));
}

}  // namespace bespoke::train
