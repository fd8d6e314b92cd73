// SPDX-License-Identifier: Apache-2.0
#pragma once
// BPR: factors of users and items, and a bias of each item, such that what a user chose scores better than what the user did
// not choose. Learns the order of items and nothing else; the cheapest way to learn factors from what was chosen.
//
//     auto movies = fit(train::bpr{.factors = 128}, seen);
//     movies.recommend_for(liked, 10);
//
// Rendle, Freudenthaler, Gantner and Schmidt-Thieme: BPR: Bayesian personalized ranking from implicit feedback (UAI 2009).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/train/pairwise_model.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

namespace bespoke::train {

/// Learns a row x of each user, a row y and a bias b of each item that minimise, by stochastic gradient descent,
///
///     Σ −ln σ(d) + l2/2·(|xᵤ|² + |yᵢ|² + |yⱼ|² + bᵢ² + bⱼ²),     d = bᵢ + xᵤ·yᵢ − bⱼ − xᵤ·yⱼ
///
/// over triples of a user u, an item i that u chose and an item j. An interaction of a value above 0 is one that was chosen,
/// and how much does not matter. One of 0 or less is none: its item is as one that the user never met.
///
/// An epoch goes once through all interactions, in a random order, each with a j of its own, all items being as likely: with
/// `verify_negatives` of those that u did not choose. (Drawn up to ten times; an interaction that still has none is left out
/// of this epoch.) The step of epoch e, counted from 0, is learning_rate·(1 − e/epochs).
/// For each epoch users and items are dealt at random into up to 16 blocks each, of 32 or more, and j is drawn from the block
/// of i: so blocks of users and of items can be learned from at the same time, on up to 16 threads, and the same seed gives the
/// same bytes for any number of threads (Gemulla and others: Large-scale matrix factorization with distributed stochastic
/// gradient descent, KDD 2011). In float, with σ to within 1e-6. O(interactions · factors) an epoch; memory beside the factors
/// 16 bytes for each interaction.
///
/// The defaults were chosen with the three interactions before the latest of each user of MovieLens latest-small held back in
/// turn, and such that they do for ten times as many interactions, too. Of the latest themselves NDCG@10 is .032 with them
/// (.044 with those of train::ials, .019 by popularity) and AUC .90 (.89, .83).
///
/// How a model answers, and how a new user is folded in: train/pairwise_model.hpp.
///
/// Throws errc::empty_input without interactions of a value above 0; errc::invalid_argument for a parameter out of its range,
/// and where learning diverged.
struct bpr {
  std::size_t factors = 64;      ///< 1 to 4,096
  std::size_t epochs = 100;      ///< 1 or more; 30 are enough where users have a hundred interactions or more
  double learning_rate = 0.05;   ///< above 0; times l2 below 1/4
  double l2 = 0.01;              ///< 0 or more
  double stddev = 0.1;           ///< above 0: rows begin as normal numbers of standard deviation stddev / √factors
  bool constant_rate = false;    ///< all epochs go as far as the first
  bool verify_negatives = true;  ///< false: an item that the user did choose may be drawn against another one

  retrieval find = retrieval::automatic;  ///< how the best items are found; a file has that of its own

  static constexpr std::string_view kind = "bpr/1";

  class model;
  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  /// Reads factors, and what the fold-in depends on, from the file: this spec's parameters are not compared with it.
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

/// What is learned.
class bpr::model final : public pairwise_model {
 public:
  using pairwise_model::pairwise_model;
  std::string_view kind() const noexcept override { return bpr::kind; }
};

}  // namespace bespoke::train
