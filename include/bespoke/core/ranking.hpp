// SPDX-License-Identifier: Apache-2.0
#pragma once
// How good a recommender is: ranks of held-out items, and the usual figures made of them.
//
// The protocol of sampled negatives: hold an item back, rank it among others that the user did not choose, and look how
// far up it stands.
//
//     std::vector<std::size_t> ranks;
//     for (std::size_t item : held_out) ranks.push_back(rank_among(score(item), scores_of(sampled)));
//     estimate hits = bootstrap_mean(hit_values(ranks, 10));      // core/bootstrap.hpp: hits.mean, hits.low … hits.high
//
// Figures from sampled negatives compare methods on the same negatives; they are no estimate of the figures against all
// items (Krichene and Rendle: On sampled metrics for item recommendation, 2020).

#include <cstddef>
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

}  // namespace bespoke
