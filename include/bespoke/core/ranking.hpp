// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where chosen items stand in a list, and the usual figures made of their ranks.
//
// The protocol of sampled negatives: hold an item back, rank it among others that the user did not choose, and look how
// far up it stands.
//
//     std::vector<std::size_t> ranks;
//     for (std::size_t item : held_out) ranks.push_back(rank_among(score(item), scores_of(sampled)));
//     estimate hits = bootstrap_mean(hit_values(ranks, 10));      // core/bootstrap.hpp: hits.mean, hits.low … hits.high
//
// Several chosen items in one list:
//
//     rank_counter list(chosen_scores, scratch::local());
//     list.add(scores_of(others));
//     list_quality(list.ranks(), 10).ndcg;
//
// One rule for equal scores: an item that was not chosen stands before a chosen one, so that a method that gives
// everything the same score comes last; a NaN stands behind all numbers, and behind what is not chosen.
//
// Figures from sampled negatives compare methods on the same negatives; they are no estimate of the figures against all
// items (Krichene and Rendle: On sampled metrics for item recommendation, 2020). A recommender's models are judged by
// core/ranking_evaluation.hpp, which stands on this.

#include <bespoke/core/scratch.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke {

/// How many of `others` stand before the chosen item: 0 is the first place. O(others.size()).
std::size_t rank_among(float score, std::span<const float> others) noexcept;

/// For each rank 1 where the item is among the first `k`, else 0: their mean is the hit rate (recall) at k.
std::vector<double> hit_values(std::span<const std::size_t> ranks, std::size_t k);

/// For each rank 1 / log₂(rank + 2) where the item is among the first `k`, else 0: their mean is NDCG at k with one
/// relevant item in a list (Järvelin and Kekäläinen, 2002), whose ideal gain is 1.
std::vector<double> ndcg_values(std::span<const std::size_t> ranks, std::size_t k);

/// The ranks of several chosen items in one list with others, which are added part by part, in any order.
/// One thread at a time. Lives within the frame of its scratch.
class rank_counter {
 public:
  /// O(chosen · log chosen).
  rank_counter(std::span<const float> chosen, scratch& s);

  /// More of the items that are not chosen. O(others · log chosen).
  void add(std::span<const float> others) noexcept;

  /// The ranks of the chosen items in the list of all, ascending.
  std::span<const std::size_t> ranks() noexcept;

  /// The chance that a chosen item has a higher score than one that is not: the area under the ROC curve, of which equal
  /// scores, and NaNs among themselves, count half. NaN where one of the two kinds is not there.
  double auc() const noexcept;

 private:
  std::span<std::uint32_t> chosen_;  // scores as numbers of the same order, descending
  std::span<std::size_t> before_;    // others that stand before chosen item i and not before i − 1
  std::span<std::size_t> ranks_;
  std::size_t others_ = 0;
  double doubled_wins_ = 0;
};

/// How good the first `k` of a list are whose chosen items have these ranks, ascending. A list without chosen items has 0 of
/// everything; k may be more than there are items. O(ranks below k + log k).
struct list_quality {
  double hit = 0;                ///< 1 where a chosen item is among them
  double precision = 0;          ///< of k, the share that is chosen
  double recall = 0;             ///< of the chosen ones, the share that is among them
  double ndcg = 0;               ///< Σ 1 / log₂(rank + 2), divided by what it is where the chosen ones stand first
  double average_precision = 0;  ///< Σ precision at each chosen one among them, divided by min(k, chosen)
  double reciprocal_rank = 0;    ///< 1 / (rank + 1) of the first chosen one, 0 where that is not among them

  list_quality(std::span<const std::size_t> ranks, std::size_t k);
};

/// Gini's coefficient of how unequal these are: 0 where all are the same, (n − 1) / n where one of n has everything. NaN
/// where all are 0 or there are none. None may be negative. O(n log n).
double gini(std::span<const double> shares);

}  // namespace bespoke
