// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reasons: which columns of a row carried a score. For a linear score Σ rowₖ·weightₖ each column's part is rowₖ·weightₖ.
//
// Fitted learners have `reasons(row, k)`; a chain attaches the columns' names. A stage whose reasons are no columns names
// them itself, by `std::vector<named_reason> reasons(x, k, scratch&) const`: a vote's are its members.

#include <algorithm>
#include <bespoke/core/rows.hpp>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace bespoke {

/// One column's part of a score.
struct reason {
  std::size_t column = 0;
  float contribution = 0;
  friend bool operator==(const reason&, const reason&) = default;
};

/// A reason with the column's name, as the chain gives it: "description: chess"; or with that of a vote's member.
struct named_reason {
  std::string name{};
  float contribution = 0;
};

/// Which parts count as reasons.
enum class signs {
  positive,  ///< those that raised the score, largest first
  both,      ///< those that moved it either way, largest absolute part first
};

/// The `k` columns that contributed most, largest first, equal parts in column order; fewer where fewer contributed.
/// Parts of 0 and NaN are no reasons. `weight_of(column)` gives a column's weight. O(stored values · log k).
template <row R, class WeightOf>
  requires std::is_invocable_r_v<float, WeightOf&, std::size_t>
std::vector<reason> top_contributions(const R& r, WeightOf&& weight_of, std::size_t k, signs which = signs::positive) {
  const auto size_of = [which](float part) { return which == signs::both ? std::fabs(part) : part; };
  const auto before = [&](const reason& a, const reason& b) {
    const float x = size_of(a.contribution), y = size_of(b.contribution);
    return x != y ? x > y : a.column < b.column;
  };
  std::vector<reason> parts;
  for_each_value(r, [&](std::size_t column, float value) {
    const float part = value * weight_of(column);
    if (size_of(part) > 0) parts.push_back({column, part});
  });
  const auto kept = parts.begin() + static_cast<std::ptrdiff_t>(std::min(k, parts.size()));
  std::partial_sort(parts.begin(), kept, parts.end(), before);
  parts.erase(kept, parts.end());
  return parts;
}

/// The same with the weights in one run, one for each column of the row.
template <row R>
std::vector<reason> top_contributions(const R& r, std::span<const float> weights, std::size_t k,
                                      signs which = signs::positive) {
  return top_contributions(r, [weights](std::size_t column) { return weights[column]; }, k, which);
}

}  // namespace bespoke
