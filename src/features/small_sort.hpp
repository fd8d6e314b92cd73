// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sorts for a few column numbers, which is what a document has.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke::features::detail {

/// Sorts nearly sorted numbers.
inline void insertion_sort(std::span<std::uint32_t> x) {
  for (std::size_t i = 1; i < x.size(); ++i) {
    const std::uint32_t moved = x[i];
    std::size_t to = i;
    for (; to > 0 && x[to - 1] > moved; --to) x[to] = x[to - 1];
    x[to] = moved;
  }
}

/// Sorts numbers below 2³¹ in any order. Up to 128 of them by counting for each how many come before it: many more steps
/// than other sorts take, but steps without a branch, several at once.
inline void small_sort(std::span<std::uint32_t> x) {
  constexpr std::size_t most = 128;
  const std::size_t n = x.size();
  if (n > most) return std::sort(x.begin(), x.end());
  std::int32_t from[most];
  for (std::size_t i = 0; i < n; ++i) from[i] = static_cast<std::int32_t>(x[i]);
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t here = from[i];
    std::int32_t before = 0;
    for (std::size_t j = 0; j < i; ++j) before += from[j] <= here;
    for (std::size_t j = i + 1; j < n; ++j) before += from[j] < here;
    x[static_cast<std::size_t>(before)] = static_cast<std::uint32_t>(here);
  }
}

}  // namespace bespoke::features::detail
