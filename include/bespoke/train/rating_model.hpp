// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the models of ratings have in common (train/biased_factorization.hpp, svd_plus_plus.hpp, bayesian_factorization.hpp):
// a predicted rating is the product of a user's row and an item's row. How the rows come about is what they differ in.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <span>

namespace bespoke::train {

/// The rows of users and items: for each of `samples` one block of `block(factors)` numbers, which is filled up with 0.
///
///     an item  [ q₁ … q_d | 1 | b_i        | 0 … ] …
///     a user   [ p₁ … p_d | mean + b_u | 1 | 0 … ] …      so that their product is mean + b_u + b_i + p·q
///
/// and predictions are means over the samples. There is one, unless the model is a Bayesian one.
struct rating_rows {
  std::size_t factors = 0;  ///< d, 1 to 4,096
  std::size_t samples = 1;  ///< 1 or more
  dense_rows users{};
  dense_rows items{};
  dense_rows history{};              ///< y of each item, blocks as above, for models that have them; else no rows
  aligned_vector<float> any_user{};  ///< the row of a user that nothing is known of
  aligned_vector<float> any_item{};  ///< the row of an item that nothing is known of
  float lowest = 0, highest = 0;     ///< of the ratings that were learned from
  bool clip = true;                  ///< predictions are brought into [lowest, highest]
  /// Of the fold-in: P = l2·n·I for n ratings; or P itself, (d + 1)² numbers for each sample, where there are any.
  float l2 = 0;
  aligned_vector<float> penalties{};

  static constexpr std::size_t block(std::size_t factors) noexcept { return (factors + 2 + 7) / 8 * 8; }
  std::size_t width() const noexcept { return samples * block(factors); }  ///< of all rows
};

/// A model of ratings.
///
/// `score` is a predicted rating, in the unit of the ratings. Products are summed in float, in one fixed order. With `clip` it
/// is brought into the range of the ratings that were learned from; `best` then still tells apart, by what was predicted before
/// that, items whose scores are the same.
///
/// `profile` of a known user is what was learned; of somebody new it is folded in from the history: with z = n^−½ Σ y_j where
/// there are y, δ minimises
///
///     Σ_j (r_j − (any_user + z + δ)·x_j)² + δᵀPδ       over the n items j of the history, of rows x_j,
///
/// δ being the factors and the bias of the user: exactly what learning minimises for one user while all items stay as they
/// are. An empty history gives `any_user`. In double; no allocation. O(n·d² + d³) a sample, or O(n²·d + n³) where that is less
/// and P is l2·n·I: 59 ratings of 128 factors take some 20 µs.
///
/// `parts` of an item x are those of the fold-in, for known users too: with A = Σ x_j·x_jᵀ + P, interaction j has
/// (xᵀA⁻¹x_j)·(r_j − (any_user + z)·x_j), and y_j·x/√n where there are y. They add up to the fold-in's score before it is
/// clipped, less that of `any_user`.
///
/// `likeness` is the cosine of the factors q; an item that was never rated has the factors of `any_item`, which are 0 but for
/// Bayesian models and where there are no biases. O(items·d).
/// Thread safety: const calls from any thread, each with a scratch of its own.
class rating_model : public recommender_model {
 public:
  std::size_t items() const noexcept override { return rows_.items.size(); }
  profile_row profile(const asked_user& user, scratch& s) const override;
  float score(const profile_row& profile, std::size_t item, scratch& s) const override;
  void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
  std::span<scored> best(const profile_row& profile, std::span<scored> room, function_ref<bool(std::size_t)> filter,
                         scratch& s) const override;
  void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
  void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
  void save(bundle_writer& w) const override;

  const rating_rows& rows() const noexcept { return rows_; }

 protected:
  explicit rating_model(rating_rows rows);

 private:
  float predicted(std::span<const float> user, std::span<const float> item) const noexcept;
  float clipped(float rating) const noexcept;
  std::span<const float> row_of(std::size_t item) const noexcept;

  rating_rows rows_;
  aligned_vector<float> lengths_;  // of the factors of each item
};

}  // namespace bespoke::train
