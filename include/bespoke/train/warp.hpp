// SPDX-License-Identifier: Apache-2.0
#pragma once
// WARP: factors of users and items, and a bias of each item, learned from the mistakes that matter: an item that was not
// chosen and yet scores as well as one that was, the more the nearer to the top of the list. For the first few places of a
// list, where BPR (train/bpr.hpp) is for the order of all items.
//
//     auto movies = fit(train::warp{.factors = 128}, seen);
//
// Weston, Bengio and Usunier: WSABIE: Scaling up to large vocabulary image annotation (IJCAI 2011); with the estimate of ranks
// and the limits of LightFM (Kula, 2015), whose steps, unlike these, follow AdaGrad.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/train/pairwise_model.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

namespace bespoke::train {

/// Learns a row x of each user, a row y and a bias b of each item by stochastic gradient descent. For an item i that a user u
/// chose, items j are drawn, all being as likely, until one that u did not choose scores more than that of i less 1. If it is
/// the nth that was drawn, the rank of i is estimated as ⌊(items − 1) / n⌋, and a step is made down the gradient of
///
///     ln(rank)·(1 − d) + l2/2·(|xᵤ|² + |yᵢ|² + |yⱼ|² + bᵢ² + bⱼ²),     d = bᵢ + xᵤ·yᵢ − bⱼ − xᵤ·yⱼ
///
/// with ln(1) = 0 for ranks below 1. After `max_sampled` items without such a one the interaction is left out of the epoch.
///
/// What counts as chosen, epochs, blocks of users and items, their threads, and memory: as in train/bpr.hpp.
/// O(interactions · factors · max_sampled) an epoch at most; few items are drawn at first, more as learning gets on.
///
/// The defaults were chosen as those of train::bpr. Of the latest interactions of MovieLens latest-small NDCG@10 is .033 with
/// them, and AUC .89.
///
/// How a model answers, and how a new user is folded in: train/pairwise_model.hpp.
///
/// Throws what train::bpr throws.
struct warp {
  std::size_t factors = 64;      ///< 1 to 4,096
  std::size_t epochs = 20;       ///< 1 or more
  double learning_rate = 0.005;  ///< above 0; times l2 below 1/4
  double l2 = 0.2;               ///< 0 or more
  double stddev = 0.1;           ///< above 0: rows begin as normal numbers of standard deviation stddev / √factors
  bool constant_rate = false;    ///< all epochs go as far as the first
  std::size_t max_sampled = 30;  ///< 1 to 10,000: items that are drawn for an interaction at most

  retrieval find = retrieval::automatic;  ///< how the best items are found; a file has that of its own

  static constexpr std::string_view kind = "warp/1";

  class model;
  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  /// Reads factors, and what the fold-in depends on, from the file: this spec's parameters are not compared with it.
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

/// What is learned.
class warp::model final : public pairwise_model {
 public:
  using pairwise_model::pairwise_model;
  std::string_view kind() const noexcept override { return warp::kind; }
};

}  // namespace bespoke::train
