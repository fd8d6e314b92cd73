// SPDX-License-Identifier: Apache-2.0
#pragma once
// How well a model's lists foresee what users went on to choose.
//
//     const auto split = leave_one_out(seen.matrix, 7);                               // core/interaction_splits.hpp
//     const auto model = train::popularity{}.fit(split.train, ctx);
//     const auto full  = evaluate_ranking(*model, split.train, split.held, {.cut_offs = {10, 20}}, ctx);
//     const auto quick = evaluate_ranking(*model, split.train, split.held, {.negatives = 99}, ctx);
//     full["NDCG@10"].value.mean;

#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/item_likeness.hpp>
#include <bespoke/core/recommender_evaluation.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <limits>
#include <vector>

namespace bespoke {

/// The protocol. The same options, seed and data ask the same of every model.
struct ranking_options {
  /// Lengths of lists, each at least 1. A list longer than there are items is the list of all.
  std::vector<std::size_t> cut_offs{10};
  /// 0: the held items are ranked among all items. Else among so many that the user has neither in training nor held, drawn
  /// once for each user by the context's seed: 99 with one held item is the protocol of He et al. (2017).
  std::size_t negatives = 0;
  /// A held item with a value below this is not relevant: it is among those that should not stand first.
  float relevant_from = -std::numeric_limits<float>::infinity();
  /// Items that the user has in training are not ranked; a held one of them is left out. Else they are as any other.
  bool hide_known = true;
  /// Users are asked for as somebody new, by their training history alone: how well new users are folded in.
  bool as_new = false;
  /// Where it is given, lists have their diversity by it.
  item_likeness alike{};
  bootstrap_options interval{};
};

/// Asks the model for every user with a relevant held item, as asked_user with the user's number and row in `train`.
///
/// Figures of each user, their mean, and a bootstrap interval over users; for each k, as in core/ranking.hpp:
/// "hit rate@k", "precision@k", "recall@k", "NDCG@k" (gain 1, ideal of k), "MAP@k", "MRR@k"; and "AUC" over the whole ranking.
/// Users for whom every item is relevant have no AUC. Equal scores: an item that is not relevant stands before a relevant one,
/// a NaN behind all numbers; of AUC they count half. What counts are scores: a model whose `best` tells apart items of one score
/// (train/rating_model.hpp, whose scores are clipped) is judged by the scores alone, so learn it with `.clip = false` for this.
///
/// Without `negatives` also figures of the lists that would be shown, best first in the order of core/top_k.hpp:
///  - "coverage@k": the share of all items that is in at least one list;
///  - "Gini@k": how unequally items are in lists (core/ranking.hpp);
///  - "novelty@k": the mean of −log₂(share of users, of those with training interactions, that have the item); an item that
///    nobody has counts as one that one user has;
///  - "diversity@k", with `alike`: 1 − the mean likeness of the list's pairs; lists of one item have none.
/// Coverage and Gini are of all lists together. Drawing users with replacement repeats some and reaches fewer items, so their
/// interval is that of the draws, moved so that its mean is the figure.
///
/// Throws errc::shape where model, `train` and `held` differ in users or items; errc::invalid_argument without cut-offs, and
/// for one of 0; errc::empty_input where nobody has a relevant held item; errc::stopped. The same for any number of threads.
/// O(users · (cost of score_all + items · log held)), and for each figure O(users · samples); 4 bytes for each user and place
/// of the longest list.
recommender_evaluation evaluate_ranking(const recommender_model& model, const interaction_matrix& train,
                                        const sparse_rows& held, const ranking_options& options, const context& ctx);

}  // namespace bespoke
