// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/tree_answers.hpp>

namespace bespoke::train::detail {

std::vector<reason> tree_reasons(std::span<const double> parts, double factor, std::size_t k, signs which) {
  std::vector<float> rounded(parts.size());
  std::transform(parts.begin(), parts.end(), rounded.begin(), [&](double p) { return static_cast<float>(p * factor); });
  return top_contributions(dense_row{rounded}, [](std::size_t) { return 1.0f; }, k, which);
}

}  // namespace bespoke::train::detail
