// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far a model's scores are from held-out values: for models whose score is in the unit of the values, as stars are.
//
//     for (std::size_t fold = 0; fold < 5; ++fold) {
//       const auto split = fold_split(seen.matrix, 5, fold, 7);                       // core/interaction_splits.hpp
//       const auto model = spec.fit(split.train, ctx);
//       const auto found = evaluate_ratings(*model, split.train, split.held, {.low = 1, .high = 5}, ctx);
//       found["RMSE"].value.mean;
//     }

#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_evaluation.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <limits>

namespace bespoke {

/// What becomes of a held interaction whose user or item has no training interaction.
enum class unknown_pairs {
  asked,     ///< the model is asked, and must do with what it expects of anybody; counted in `cold_interactions`
  left_out,  ///< it is not asked; counted in `left_out`
};

/// The protocol.
struct rating_options {
  /// Scores are clipped to this range; by default they are not.
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
  unknown_pairs unknown = unknown_pairs::asked;
  /// Users are asked for as somebody new, by their training history alone.
  bool as_new = false;
  bootstrap_options interval{};
};

/// Asks for every held interaction, users as asked_user with their number and row in `train`; one that is in training too is
/// asked for as any other.
///
/// Figures, with bootstrap intervals over users, because one user's errors go together: "RMSE" and "MAE" of all held
/// interactions together (pooled, what most tables have), "RMSE by user" and "MAE by user", the mean of the users' own, in
/// which every user counts the same.
///
/// Throws errc::shape where model, `train` and `held` differ in users or items; errc::invalid_argument for `low` above `high`,
/// and for a score that is not finite, with the numbers of user and item; errc::empty_input where nothing is asked;
/// errc::stopped. The same for any number of threads. O(held interactions · cost of a score + users · samples).
recommender_evaluation evaluate_ratings(const recommender_model& model, const interaction_matrix& train,
                                        const sparse_rows& held, const rating_options& options, const context& ctx);

}  // namespace bespoke
