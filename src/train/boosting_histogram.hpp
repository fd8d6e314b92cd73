// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sums of a node's gradients by bin: what cuts are looked for in.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "boosting.hpp"

namespace bespoke::train::detail {

constexpr int count_bits = 24;

/// Sums over records, as integers: their order does not matter, and differences are exact. The hessian shares its integer
/// with the count of records: hessian · 2²⁴ + count.
struct alignas(16) cell {
  std::int64_t gradient = 0, rest = 0;

  void add(const cell& other) { gradient += other.gradient, rest += other.rest; }
  std::int64_t count() const { return rest & ((std::int64_t{1} << count_bits) - 1); }
  std::int64_t hessian() const { return static_cast<std::int64_t>(static_cast<std::uint64_t>(rest) >> count_bits); }
};

/// Of four columns, each a line of the cache further than a page: processors take a load for one that waits for a store
/// where their addresses agree in the last 12 bits, and neighbouring columns are often alike.
constexpr std::size_t apart = binned_rows::bins + 4;
using histogram = std::array<cell, binned_rows::group * apart>;

/// Between gradients as numbers and as integers: powers of two.
struct scale {
  double gradient = 1, hessian = 1;

  // Such that the sum of all stays below 2⁶² and 2³⁸.
  static scale of(std::span<const std::uint32_t> records, std::span<const pull> pulls) {
    double g = 0, h = 0;
    for (const std::uint32_t r : records) {
      g = std::max(g, std::fabs(pulls[r].gradient));
      h = std::max(h, pulls[r].hessian);
    }
    const double n = static_cast<double>(records.size());
    return {power(62, g * n), power(62 - count_bits, h * n)};
  }
  cell whole(const pull& p) const {
    return {std::llrint(p.gradient * gradient), (std::llrint(p.hessian * hessian) << count_bits) + 1};
  }
  // Exact: a power of two has an exact inverse.
  double gradient_of(const cell& c) const { return static_cast<double>(c.gradient) * (1 / gradient); }
  double hessian_of(const cell& c) const { return static_cast<double>(c.hessian()) * (1 / hessian); }

 private:
  static double power(int bits, double most) {
    if (!(most > 0)) return 1;
    return std::ldexp(1.0, std::clamp(bits - 1 - std::ilogb(most) - 1, -900, 900));
  }
};

/// Not inlined, with a pointer for each column and one load for four codes: so that an update is a shift, an addition and
/// no address arithmetic.
[[gnu::noinline]] inline void count(const std::uint8_t* codes, std::size_t stride,
                                    std::span<const std::uint32_t> records, const cell* pulls, cell* a, cell* b,
                                    cell* c, cell* d) {
  constexpr std::size_t ahead = 24;
  for (std::size_t i = 0; i < records.size(); ++i) {
    __builtin_prefetch(codes + records[std::min(i + ahead, records.size() - 1)] * stride);
    std::uint32_t four = 0;
    std::memcpy(&four, codes + records[i] * stride, binned_rows::group);
    const cell p = *pulls++;
    a[four & 255].add(p);
    b[four >> 8 & 255].add(p);
    c[four >> 16 & 255].add(p);
    d[four >> 24].add(p);
  }
}

inline void count(const binned_rows& rows, std::size_t g, std::span<const std::uint32_t> records, const cell* pulls,
                  histogram& out) {
  static_assert(binned_rows::group == 4);
  out = {};
  constexpr bool low_first = std::endian::native == std::endian::little;
  const auto column = [&](std::size_t c) { return out.data() + (low_first ? c : binned_rows::group - 1 - c) * apart; };
  count(rows.codes(g), rows.stride(), records, pulls, column(0), column(1), column(2), column(3));
}

inline void subtract(histogram& from, const histogram& part) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    from[i].gradient -= part[i].gradient;
    from[i].rest -= part[i].rest;
  }
}

}  // namespace bespoke::train::detail
