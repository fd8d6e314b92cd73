// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/metrics.hpp>

#include <cmath>
#include <string>

namespace bespoke {

double rmse(std::span<const double> predicted, std::span<const double> actual) {
  if (predicted.size() != actual.size())
    throw error(errc::shape, {.stage = "rmse",
                              .expected = std::to_string(actual.size()) + " predictions",
                              .got = std::to_string(predicted.size())});
  if (actual.empty()) throw error(errc::empty_input, {.stage = "rmse", .problem = "there are no ratings"});
  double sum = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) sum += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
  return std::sqrt(sum / static_cast<double>(actual.size()));
}

}  // namespace bespoke
