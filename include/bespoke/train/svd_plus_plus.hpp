// SPDX-License-Identifier: Apache-2.0
#pragma once
// SVD++: biased factorisation that also learns from what a user chose to rate, whatever the rating was.
//
//     auto stars = fit(train::svd_plus_plus{}, seen);
//     auto best  = stars.recommend_for(history, 10);       // the history of somebody new is a profile at once

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/train/rating_model.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace bespoke::train {

/// Learns r̂ = mean + b_u + b_i + q_i·(p_u + z_u), where z_u = n_u^−½ Σ y_j over the n_u items j that the user rated (Koren:
/// Factorization meets the neighborhood, 2008), by stochastic gradient descent on
///
///     Σ ½·e² + ½·l2·(b_u² + b_i² + |p_u|² + |q_i|² + Σ_j |y_j|²),      e = r − r̂,
///
/// one rating at a time, users in the order of their numbers: y_j += rate·(e·q_i/√n_u − l2·y_j) for all j of the user, and the
/// rest as in biased_factorization, whose parameters mean the same here. Surprise's SVDpp is this with 20 factors, 20 epochs,
/// rate .007, l2 .02, spread .1, `.constant_rate = true`.
///
/// All y of one user move in the same way while his ratings pass, so that moving them once for the user, and knowing their sum,
/// gives the same: O(ratings · factors) an epoch, where one step after the other takes O(Σ n_u² · factors). On one thread, as
/// every user moves the y of all his items. Sums in float, in a fixed order.
/// Throws errc::invalid_argument for a parameter that is out of range, and where learning diverges; errc::empty_input without
/// ratings. Answers: rating_model; what is known of a user is p_u + z_u, and of somebody new z_u is known from the history.
struct svd_plus_plus {
  std::size_t factors = 100;    ///< d, 1 to 4,096
  std::size_t epochs = 40;      ///< passes over the ratings; 1 or more
  float learning_rate = 0.02f;  ///< more than 0
  float l2 = 0.09f;             ///< weight of the penalty; 0 or more
  float spread = 0.03f;         ///< deviation of the normal numbers that factors and y start from; 0 or more
  bool constant_rate = false;   ///< keep the rate; else it falls to 0
  bool clip = true;             ///< predictions are brought into the range of the ratings that were seen

  static constexpr std::string_view kind = "svd_plus_plus/1";

  /// What is learned: its rows.
  class model final : public rating_model {
   public:
    explicit model(rating_rows rows) : rating_model(std::move(rows)) {}
    std::string_view kind() const noexcept override { return svd_plus_plus::kind; }
  };

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

}  // namespace bespoke::train
