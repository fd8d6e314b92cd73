// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names near a misspelt one.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Letters to insert, delete or replace (Levenshtein, 1966). O(a.size() · b.size()).
std::size_t edit_distance(std::string_view a, std::string_view b);
/// "a, b or c".
std::string either(const std::vector<std::string>& names);
/// How far a name is from what was typed; large where it is not near. Names that begin with it are nearest.
std::size_t distance_from(std::string_view typed, std::string_view name);

inline constexpr std::size_t not_near = 1'000;

/// Up to three of the items' names that are nearest to what was typed; empty where none is near.
template <class Items, class NameOf>
std::string near_names(std::string_view typed, const Items& items, NameOf name_of) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& item : items)
    if (const std::size_t d = distance_from(typed, name_of(item)); d < not_near) near.emplace_back(d, name_of(item));
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (const auto& [d, name] : near)
    if (names.size() < 3) names.push_back(name);
  return either(names);
}
