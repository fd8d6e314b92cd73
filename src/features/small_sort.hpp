// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sorts for the column numbers of a document: a few, or with runs of characters a thousand and more.

#include <algorithm>
#include <array>
#include <bespoke/core/scratch.hpp>
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

/// Sorts numbers by 11 bits at a time, from the lowest on.
inline void radix_sort(std::span<std::uint32_t> x, scratch& s) {
  constexpr unsigned bits = 11;
  constexpr std::uint32_t digit = (1u << bits) - 1;
  const std::uint32_t most = *std::max_element(x.begin(), x.end());
  const scratch::frame temporaries(s);
  std::span<std::uint32_t> from = x, to = s.take<std::uint32_t>(x.size());
  for (unsigned shift = 0; shift < 32 && (most >> shift) != 0; shift += bits) {
    std::array<std::uint32_t, digit + 2> begin{};
    for (const std::uint32_t v : from) ++begin[(v >> shift & digit) + 1];
    for (std::uint32_t i = 0; i < digit; ++i) begin[i + 1] += begin[i];
    for (const std::uint32_t v : from) to[begin[v >> shift & digit]++] = v;
    std::swap(from, to);
  }
  if (from.data() != x.data()) std::copy(from.begin(), from.end(), x.begin());
}

/// Sorts numbers below 2³¹, however many.
inline void sort_columns(std::span<std::uint32_t> x, scratch& s) {
  if (x.size() > 384) radix_sort(x, s);
  else small_sort(x);
}

}  // namespace bespoke::features::detail
