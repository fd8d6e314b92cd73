// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/target.hpp>

#include <cmath>
#include <string>

namespace bespoke::detail {

void check_weights(std::span<const float> weights) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i]) || weights[i] < 0)
      throw error(
          errc::invalid_argument,
          {.stage = "weights", .record = i, .expected = "a weight of 0 or more", .got = std::to_string(weights[i])});
    sum += weights[i];
  }
  if (sum == 0) throw error(errc::invalid_argument, {.stage = "weights", .problem = "no record has a weight above 0"});
}

void check_numbers(std::span<const double> targets) {
  if (targets.empty()) throw error(errc::empty_input, {.stage = "targets", .problem = "there are no targets"});
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (!std::isfinite(targets[i]))
      throw error(errc::invalid_argument,
                  {.stage = "targets", .record = i, .expected = "a number", .got = std::to_string(targets[i])});
}

void balance(std::span<float> weights, std::span<const std::uint32_t> targets, std::size_t labels) {
  std::vector<double> count(labels);
  for (const std::uint32_t t : targets) ++count[t];
  const double share = static_cast<double>(targets.size()) / static_cast<double>(labels);
  for (std::size_t i = 0; i < targets.size(); ++i)
    weights[i] = static_cast<float>(double{weights[i]} * share / count[targets[i]]);
}

}  // namespace bespoke::detail
