// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/select.hpp>

namespace bespoke::detail {

value_numbers choices_of(std::span<const std::size_t> sizes, const std::vector<std::vector<bool>>& concerns,
                         std::size_t learners) {
  value_numbers all;
  for (std::size_t learner = 0; learner < learners; ++learner) {
    std::vector<std::size_t> own;
    for (std::size_t a = 0; a < sizes.size(); ++a) own.push_back(concerns[a][learner] ? sizes[a] : 1);
    for (auto& values : grid_of(own)) {
      values.insert(values.begin(), learner);
      all.push_back(std::move(values));
    }
  }
  return all;
}

}  // namespace bespoke::detail
