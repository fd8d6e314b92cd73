// SPDX-License-Identifier: Apache-2.0
#pragma once
// Biased matrix factorisation: a rating is predicted by the mean, by how generous the user is, by how good the item is, and by
// how well the two fit together.
//
//     auto stars = fit(train::biased_factorization{}, seen);
//     float expected = stars.score(user, movie);              // in stars

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/train/rating_model.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace bespoke::train {

/// Learns r̂ = mean + b_u + b_i + p_u·q_i from ratings r, the values of interactions (Funk 2006; Koren, Bell and Volinsky:
/// Matrix factorization techniques for recommender systems, 2009), by stochastic gradient descent on
///
///     Σ ½·e² + ½·l2·(b_u² + b_i² + |p_u|² + |q_i|²),      e = r − r̂,
///
/// one rating at a time: p_u += rate·(e·q_i − l2·p_u), and so on, p and q at once. Ratings are first brought to mean 0 and
/// deviation 1, so that the parameters suit any scale. The rate falls from `learning_rate` to 0 in even steps, which, with a
/// stronger penalty and more epochs, does better than Surprise's constant rate (SVD: 20 epochs, .005, l2 .02, spread .1), which
/// this is with `.constant_rate = true` and these.
///
/// `biases = false` is the plain formula r̂ = u·i of two profiles with the loss ½·e² and its gradient, ratings as they are: no
/// mean, no biases, no scaling. What is then not known (a user or an item without ratings, an empty history) has the mean of
/// the rows that are.
///
/// A user or an item without ratings has factors and bias 0: it gets the mean and the other's bias.
///
/// O(ratings · factors) an epoch. From 16,384 ratings on, users and items are cut into groups by their numbers, and blocks of
/// ratings that share neither user nor item are learned from at the same time (Gemulla et al.: Large-scale matrix factorization
/// with distributed stochastic gradient descent, 2011); the schedule depends on the data alone, so the bytes are the same for
/// any number of threads. Sums in float, in a fixed order.
/// Throws errc::invalid_argument for a parameter that is out of range, and where learning diverges, which a smaller rate
/// prevents; errc::empty_input without ratings. Answers: rating_model.
struct biased_factorization {
  std::size_t factors = 128;     ///< d, 1 to 4,096
  std::size_t epochs = 40;       ///< passes over the ratings; 1 or more
  float learning_rate = 0.025f;  ///< more than 0
  float l2 = 0.1f;               ///< weight of the penalty; 0 or more
  float spread = 0.04f;          ///< deviation of the normal numbers that factors start from; 0 or more
  bool constant_rate = false;    ///< keep the rate; else it falls to 0
  bool biases = true;            ///< the mean and b; else the plain formula r̂ = u·i
  bool clip = true;              ///< predictions are brought into the range of the ratings that were seen

  static constexpr std::string_view kind = "biased_factorization/1";

  /// What is learned: its rows.
  class model final : public rating_model {
   public:
    explicit model(rating_rows rows) : rating_model(std::move(rows)) {}
    std::string_view kind() const noexcept override { return biased_factorization::kind; }
  };

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

}  // namespace bespoke::train
