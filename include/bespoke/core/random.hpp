// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random numbers that are the same on every compiler and every machine, and samples drawn with them.
//
// The generators of <random> are portable, its distributions are not: what must follow from a seed alone uses these.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace bespoke {

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). Any seed is a good one.
/// Not for secrets. A std::uniform_random_bit_generator. Thread safety: one thread at a time; copies go their own ways.
class random_numbers {
 public:
  using result_type = std::uint64_t;

  explicit constexpr random_numbers(std::uint64_t seed) noexcept : state_(seed) {}

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, n), without bias; 0 for n = 0.
  constexpr std::size_t below(std::size_t n) noexcept {
    if (n == 0) return 0;
    const std::uint64_t rest = (max() % n + 1) % n;  // 2⁶⁴ mod n
    std::uint64_t z = (*this)();
    while (z > max() - rest) z = (*this)();
    return static_cast<std::size_t>(z % n);
  }

  /// Uniform in [0, 1), a multiple of 2⁻⁵³.
  constexpr double unit() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

/// `k` different ones of `all`, each set of them equally likely, in random order; all of them where there are no more.
/// With `k = all.size()` it shuffles (Fisher and Yates). O(all.size()).
template <class T>
std::vector<T> sample(std::vector<T> all, std::size_t k, random_numbers& random) {
  if (k > all.size()) k = all.size();
  for (std::size_t i = 0; i < k; ++i) std::swap(all[i], all[i + random.below(all.size() - i)]);
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(k), all.end());
  return all;
}

}  // namespace bespoke
