// SPDX-License-Identifier: Apache-2.0
#pragma once
// Normal and gamma numbers, the same on every compiler: those of <random> are not.

#include <bespoke/core/random.hpp>

#include <cmath>
#include <cstdint>

namespace bespoke::train::detail {

/// Draws from the standard normal and from gamma distributions. Thread safety: one thread at a time.
class normal_numbers {
 public:
  explicit normal_numbers(std::uint64_t seed) noexcept : random_(seed) {}
  /// A stream of its own for each pair of numbers of a seed.
  normal_numbers(std::uint64_t seed, std::uint64_t a, std::uint64_t b) noexcept
      : random_(random_numbers(random_numbers(random_numbers(seed)() ^ a)() ^ b)()) {}

  /// Marsaglia's polar method: two at a time.
  double operator()() noexcept {
    if (has_second_) return has_second_ = false, second_;
    double x, y, square;
    do {
      x = 2 * random_.unit() - 1;
      y = 2 * random_.unit() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square <= 0);
    const double scale = std::sqrt(-2 * std::log(square) / square);
    second_ = y * scale;
    has_second_ = true;
    return x * scale;
  }

  /// Gamma of a shape of 1 or more and scale 1 (Marsaglia and Tsang: A simple method for generating gamma variables, 2000).
  double gamma(double shape) noexcept {
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = (*this)(), v = (1 + c * x) * (1 + c * x) * (1 + c * x);
      if (v <= 0) continue;
      if (std::log(1 - random_.unit()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }

 private:
  random_numbers random_;
  double second_ = 0;
  bool has_second_ = false;
};

}  // namespace bespoke::train::detail
