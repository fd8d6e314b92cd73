// SPDX-License-Identifier: Apache-2.0
#pragma once
// How good a recommender is: ranks of held-out items, the usual figures made of them, and an interval around a mean.
//
// The protocol of sampled negatives: hold an item back, rank it among others that the user did not choose, and look how
// far up it stands.
//
//     std::vector<std::size_t> ranks;
//     for (std::size_t item : held_out) ranks.push_back(rank_among(score(item), scores_of(sampled)));
//     estimate hits = bootstrap_mean(hit_values(ranks, 10));      // hits.mean, hits.low … hits.high
//
// Figures from sampled negatives compare methods on the same negatives; they are no estimate of the figures against all
// items (Krichene and Rendle: On sampled metrics for item recommendation, 2020).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke {

/// How many of `others` stand before the held-out item: 0 is the first place. Ties count against the item, so a method that
/// gives everything the same score comes last; so does a NaN. O(others.size()).
std::size_t rank_among(float score, std::span<const float> others) noexcept;

/// For each rank 1 where the item is among the first `k`, else 0: their mean is the hit rate (recall) at k.
std::vector<double> hit_values(std::span<const std::size_t> ranks, std::size_t k);

/// For each rank 1 / log₂(rank + 2) where the item is among the first `k`, else 0: their mean is NDCG at k with one
/// relevant item in a list (Järvelin and Kekäläinen, 2002), whose ideal gain is 1.
std::vector<double> ndcg_values(std::span<const std::size_t> ranks, std::size_t k);

/// √(mean of (predicted − actual)²). Throws errc::shape where the lengths differ, errc::empty_input where they are 0.
double rmse(std::span<const double> predicted, std::span<const double> actual);

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

/// Cuts the numbers 0 … n − 1 at random into `folds` parts whose sizes differ by at most one; each part ascends. For n below
/// `folds` the last parts are empty. Throws errc::invalid_argument for 0 folds. O(n log n).
std::vector<std::vector<std::size_t>> random_folds(std::size_t n, std::size_t folds, std::uint64_t seed);

}  // namespace bespoke
