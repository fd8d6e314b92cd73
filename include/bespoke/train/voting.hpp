// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a vote makes one answer of several, and what its members weigh; see train/vote.hpp.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/folds.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bespoke {

/// How the members' answers become one.
namespace voting {

/// Of classifiers: each member has one vote for the label it would answer. The most votes win, of equal ones the first
/// label. The score is the share of the votes.
struct hard {
  static constexpr std::string_view name = "hard";
  std::vector<double> weights{};  ///< of each member's vote; empty: all the same
};

/// The mean of the members' probabilities, which are the scores: every member must give probabilities. Of regressions the
/// mean of their numbers, which is the answer.
struct soft {
  static constexpr std::string_view name = "soft";
  std::vector<double> weights{};  ///< of each member's probabilities or number; empty: all the same
};

/// As `soft`, with weights that are learned, not negative and of sum 1, from what the members say of records that they have
/// not seen.
///
/// Of classifiers: those under which the mean of the probabilities has the smallest log loss. Found by Newton's method on
/// the weights of sum 1, from equal ones, until no other weights can be better by more than `tolerance`. A few passes over
/// the held-out probabilities, O(records · members²) each.
///
/// Of regressions: those under which the mean of the numbers has the smallest squared error, each record counting as much
/// as its weight. One pass over the held-out numbers, O(records · members²), then as non-negative least squares (Lawson and
/// Hanson, 1974): to about 1e-9 of the members' squared errors, whatever `tolerance`. Members that say the same have the
/// same weight; members that are never wrong share all of it.
struct fitted {
  static constexpr std::string_view name = "fitted";
  fold_plan folds = 5;               ///< parts of the training data that are held out in turn
  double tolerance = 1e-6;           ///< of the mean log loss, in nats
  std::size_t max_iterations = 100;  ///< steps of Newton's method
};

}  // namespace voting

namespace detail {

template <class T>
inline constexpr bool is_voting =
    std::is_same_v<T, voting::hard> || std::is_same_v<T, voting::soft> || std::is_same_v<T, voting::fitted>;

/// Throws errc::invalid_argument unless there are no weights, or one for each member, finite, not negative, one above 0.
void check_vote_weights(std::span<const double> weights, std::size_t members);
/// Throws errc::bad_bundle for weights of another sum than 1.
void check_vote_weights(const bundle_reader& r, std::span<const double> weights);
/// "2 0.5", which `load` compares.
std::string weights_text(std::span<const double> weights);
/// Throws errc::invalid_argument for a tolerance below 0 or no iterations.
void check_fitted_voting(const voting::fitted& how);

/// The weights that minimise −Σ wᵢ·ln(Σₘ weightₘ·pᵢₘ); `likely` is p, [record][member]: the probability of what happened.
std::vector<double> mixture_weights(std::span<const double> likely, std::size_t members, std::span<const float> weights,
                                    const voting::fitted& how, const context& ctx);
/// The weights that minimise Σ wᵢ·(yᵢ − Σₘ weightₘ·nᵢₘ)²; `numbers` is n, [record][member]. Throws errc::invalid_argument for
/// a number that is not finite, with its record.
std::vector<double> average_weights(std::span<const double> numbers, std::size_t members,
                                    std::span<const double> targets, std::span<const float> weights);

}  // namespace detail

}  // namespace bespoke
