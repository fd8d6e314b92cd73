// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bayesian matrix factorisation: not one set of factors but many that are likely, and the mean of what they predict. No
// learning rate, no penalty to choose, and the most accurate of the models of ratings.
//
//     auto stars = fit(train::bayesian_factorization{}, seen);

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/train/rating_model.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace bespoke::train {

/// Draws from the posterior of r = mean + b_u + b_i + p_u·q_i + noise by Gibbs sampling, and predicts with the mean over the
/// draws that are kept (Salakhutdinov and Mnih: Bayesian probabilistic matrix factorization using Markov chain Monte Carlo,
/// 2008). With v_u = (p_u, b_u) and n_u the number of the user's ratings,
///
///     v_u ~ N(μ + n_u^−½ Σ_j y_j, Λ⁻¹)  over the items j that the user rated,      y_j ~ N(0, (λΛ)⁻¹),
///
/// and the same for items with the users who rated them; (μ, Λ) is normal-Wishart (μ₀ = 0, β₀ = 2, W₀ = I, ν₀ = d + 1), λ and
/// the precision of the noise are gamma. The means that depend on what was rated are those of Simm et al. (Macau: scalable
/// Bayesian factorization with high-dimensional side information using MCMC, 2017), and do what y does in svd_plus_plus;
/// `history = false` leaves them out. Ratings are first brought to mean 0 and deviation 1.
///
/// What is kept of a draw is its item rows and what gives a user's row; the row of a user, known or new, is then the mean of its
/// posterior given these, so that folding a user in gives the row that learning gave, but for rounding. A user or an item
/// without ratings has the mean of the prior.
///
/// O(ratings · d² + (users + items) · d³) a draw, all users, then all items, on all threads; in double; every row has a stream
/// of random numbers of its own, so the bytes are the same for any number of threads. The model holds
/// `samples` · (users + 2 · items) · (factors + 2) floats; a score takes `samples` · (factors + 2) multiplications.
/// Throws errc::invalid_argument for a parameter that is out of range; errc::empty_input without ratings. Answers: rating_model.
struct bayesian_factorization {
  std::size_t factors = 8;   ///< d, 1 to 256
  std::size_t burn_in = 40;  ///< draws before the first that is kept
  std::size_t samples = 32;  ///< draws that are kept, 1 to 4,096
  std::size_t thinning = 4;  ///< one of this many draws is kept; 1 or more
  bool history = true;       ///< what was rated moves the means
  bool clip = true;          ///< predictions are brought into the range of the ratings that were seen

  static constexpr std::string_view kind = "bayesian_factorization/1";

  /// What is learned: its rows.
  class model final : public rating_model {
   public:
    explicit model(rating_rows rows) : rating_model(std::move(rows)) {}
    std::string_view kind() const noexcept override { return bayesian_factorization::kind; }
  };

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

}  // namespace bespoke::train
