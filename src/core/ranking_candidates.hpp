// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a user's held items are ranked among: all items but some, or some that are drawn.

#include <bespoke/core/random.hpp>
#include <bespoke/core/scratch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke::detail {

/// Item numbers, ascending.
using item_numbers = std::span<const std::uint32_t>;

inline item_numbers united(item_numbers a, item_numbers b, scratch& s) {
  const auto room = s.take<std::uint32_t>(a.size() + b.size());
  const auto end = std::set_union(a.begin(), a.end(), b.begin(), b.end(), room.begin());
  return room.first(static_cast<std::size_t>(end - room.begin()));
}

/// Calls `f(begin, end)` for every run of items below `items` that has none of `apart` in it.
template <class F>
void for_each_run(item_numbers apart, std::size_t items, F&& f) {
  std::size_t begin = 0;
  for (const std::uint32_t item : apart) {
    if (begin < item) f(begin, std::size_t{item});
    begin = std::size_t{item} + 1;
  }
  if (begin < items) f(begin, items);
}

/// `n` of the items below `items` that are not in `apart`, each set of them equally likely; all of them where there are not
/// more. Floyd's way of sampling (Bentley and Floyd, 1987) among the places of those that may be drawn.
inline item_numbers drawn_apart(item_numbers apart, std::size_t items, std::size_t n, random_numbers& random,
                                scratch& s) {
  const std::size_t all = items - apart.size();
  n = std::min(n, all);
  const auto drawn = s.take<std::uint32_t>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t last = all - n + i;
    const auto one = static_cast<std::uint32_t>(random.below(last + 1));
    const auto end = drawn.begin() + static_cast<std::ptrdiff_t>(i), at = std::lower_bound(drawn.begin(), end, one);
    if (at != end && *at == one) {
      *end = static_cast<std::uint32_t>(last);
    } else {
      std::copy_backward(at, end, end + 1);
      *at = one;
    }
  }
  std::size_t before = 0;
  for (std::uint32_t& place : drawn) {
    while (before < apart.size() && apart[before] <= place + before) ++before;
    place += static_cast<std::uint32_t>(before);
  }
  return drawn;
}

}  // namespace bespoke::detail
