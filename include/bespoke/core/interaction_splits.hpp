// SPDX-License-Identifier: Apache-2.0
#pragma once
// Splits of interactions: what is learned from, and what is held back to see how well it is foreseen.
//
//     const auto split = leave_one_out(seen.matrix, 7);              // each user's latest interaction is held back
//     const auto model = train::popularity{}.fit(split.train, ctx);
//     evaluate_ranking(*model, split.train, split.held, {}, ctx);    // core/ranking_evaluation.hpp
//
// Both parts have the users × items of the whole, under the same numbers. A user or an item that keeps no training
// interaction stays as an empty row; the split counts those of whom something is held. What is drawn follows from the seed
// alone. Every split is O(interactions), one thread.
//
// Every function throws errc::empty_input where there are no interactions; errc::invalid_argument for a share outside
// (0, 1), and where times are needed and there are none.

#include <bespoke/core/interactions.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke {

/// Two parts of the same interactions.
struct interaction_split {
  interaction_matrix train{};                  ///< with its times, where there are times
  sparse_rows held{};                          ///< users × items, with their values
  aligned_vector<std::int64_t> held_times{};   ///< in the order of the held values; empty without times
  std::size_t cold_users = 0, cold_items = 0;  ///< with interactions held and none to learn from
};

/// The split that a host chooses: interaction i of `seen.by_user`, in the order of its values, is held where `held[i]` is
/// not 0. Throws errc::shape for another number of flags.
interaction_split split_of(const interaction_matrix& seen, std::span<const std::uint8_t> held);

/// At random: round(share · interactions) of all are held, each set of that many equally likely.
interaction_split random_split(const interaction_matrix& seen, double share, std::uint64_t seed);

/// Which of a user's interactions are held.
enum class holding {
  drawn,   ///< at random
  latest,  ///< by time, of equal times at random; needs times
};

/// From each user: round(share · interactions of the user) are held, but never all.
interaction_split user_split(const interaction_matrix& seen, double share, holding which, std::uint64_t seed);

/// From each user with two interactions or more one is held: the latest where there are times, of equal times one at random,
/// else one at random.
interaction_split leave_one_out(const interaction_matrix& seen, std::uint64_t seed);

/// By time: what is later than `moment` is held. Needs times.
interaction_split split_after(const interaction_matrix& seen, std::int64_t moment);

/// By time: about the latest `share` of all interactions is held. Those of one moment stay together: the moment is the
/// latest one that leaves at most round(share · interactions) behind it, so that with one time for all nothing is held.
interaction_split latest_split(const interaction_matrix& seen, double share);

/// Fold `which` of `folds`, numbered from 0: interactions are cut at random into parts whose sizes differ by at most one, and
/// this part is held. With one seed the folds of all numbers hold every interaction once; they are made one at a time, so
/// that memory holds one. Throws errc::invalid_argument for fewer than 2 folds, fewer interactions than folds, and for a
/// number that is not below `folds`. O(interactions · folds).
interaction_split fold_split(const interaction_matrix& seen, std::size_t folds, std::size_t which, std::uint64_t seed);

}  // namespace bespoke
