// SPDX-License-Identifier: Apache-2.0
#pragma once
// A mean and an interval around it, from values alone.

#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke {

/// A mean and the interval around it.
struct estimate {
  double mean = 0, low = 0, high = 0;
  friend bool operator==(const estimate&, const estimate&) = default;
};

struct bootstrap_options {
  double confidence = 0.95;     ///< of the interval, inside (0, 1)
  std::size_t samples = 2'000;  ///< drawn with replacement, each as long as the values
  std::uint64_t seed = 1;
};

/// The mean of `values` with its percentile bootstrap interval (Efron, 1979): the values are drawn anew, with replacement,
/// and the interval holds the middle `confidence` of the means so found. The values must be independent of each other:
/// one for each held-out item or user. Of differences value by value it is a paired comparison of two methods.
/// Same seed, same interval. Throws errc::empty_input, errc::invalid_argument for options out of range.
/// O(values · samples).
estimate bootstrap_mean(std::span<const double> values, const bootstrap_options& options = {});

}  // namespace bespoke
