// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/prequential.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace bespoke {

std::vector<timed_interaction> in_time_order(const interaction_matrix& seen) {
  if (seen.times.size() != seen.size())
    throw error(errc::invalid_argument, {.stage = "in_time_order",
                                         .problem = "interactions have no times",
                                         .advice = "collect them with a time: interactions(user, item, value, time)"});
  std::vector<timed_interaction> all;
  all.reserve(seen.size());
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const sparse_row own = seen.by_user[u];
    for (std::size_t i = 0; i < own.size(); ++i)
      all.push_back({static_cast<std::uint32_t>(u), own.columns[i], own.values[i], seen.times[all.size()]});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  return all;
}

void detail::refuse_prediction(const timed_interaction& next, double predicted) {
  throw error(errc::invalid_argument,
              {.stage = "prequential",
               .expected = fmt::format("a finite prediction of user {} for item {}", next.user, next.item),
               .got = fmt::format("{}", predicted)});
}

}  // namespace bespoke
