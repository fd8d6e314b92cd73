// SPDX-License-Identifier: Apache-2.0
#pragma once
// A recommender whose scores are given: for one user, 1, who knows one of the items 0, 1, …

#include <bespoke/core/recommender.hpp>

#include <memory>
#include <utility>
#include <vector>

#include "table_model.hpp"

namespace bespoke_test {

/// `known` may be none of the items. To this model, items are alike if both are odd or both are even.
inline recommender<int, int> table_recommender(std::vector<float> scores, std::uint32_t known = 0) {
  interaction_table<int, int> seen;
  seen.users.add(1);
  for (std::size_t i = 0; i < scores.size(); ++i) seen.items.add(static_cast<int>(i));
  sparse_rows histories(scores.size());
  const float once = 1;
  if (known < scores.size()) histories.append({{&known, 1}, {&once, 1}, scores.size()});
  else histories.append({{}, {}, scores.size()});
  seen.matrix.by_user = std::move(histories);
  return {std::move(seen), std::make_shared<const table_model>(std::vector<std::vector<float>>{scores})};
}

}  // namespace bespoke_test
