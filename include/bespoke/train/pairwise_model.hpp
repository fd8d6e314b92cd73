// SPDX-License-Identifier: Apache-2.0
#pragma once
// What train/bpr.hpp and train/warp.hpp learn, factors and biases that put items in order, and how it is asked.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/train/factors.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke::train {

/// How somebody new is folded in.
struct pairwise_fold_in {
  std::size_t epochs = 1;
  double learning_rate = 0, l2 = 0;
  std::size_t max_sampled = 0;  ///< 0: the loss of train::bpr; else that of train::warp
};

/// A score is biasᵢ + x·yᵢ: of no unit, higher is better; scores of two users are not to be compared.
///
/// A new user's x is found by the steps that users are learned by, while items stay as they are: from zeros, min(epochs, 25)
/// times through the history in order of items, against items that are drawn of all by a stream that is always the same. The
/// first step is the learning rate times epochs/25, at least 1 and at most 4, and they get shorter down to 0, evenly: so they
/// go about as far as those of learning, and are fewer. In float. O(n · factors) for a history of n; no allocation.
/// Interactions of a value that is not above 0 are not counted. One whose history makes no step, as when it is empty, gets the
/// mean of all users' rows, and so does a known user who chose nothing. An unknown item scores as the mean of all items' rows
/// and biases.
///
/// `parts` are those of the fold-in, for known users too: x is a sum of steps, each along yᵢ − yⱼ for an item i of the history,
/// and the part of i in the score of an item y is what its steps have in x·y. They add up to x·y, the score of somebody new
/// with that history less the item's bias. `likeness` is the cosine of the factors of two items.
/// Thread safety: const calls from any thread, each with a scratch of its own.
class pairwise_model : public recommender_model {
 public:
  pairwise_model(user_item_factors factors, const pairwise_fold_in& how);

  std::size_t items() const noexcept override { return factors_.items().size(); }
  profile_row profile(const asked_user& user, scratch& s) const override;
  float score(const profile_row& profile, std::size_t item, scratch& s) const override;
  void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
  std::span<scored> best(const profile_row& profile, std::span<scored> room, function_ref<bool(std::size_t)> filter,
                         scratch& s) const override;
  void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
  void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
  void save(bundle_writer& w) const override;

  const user_item_factors& factors() const noexcept { return factors_; }

  /// The row of somebody with this history, to `out`, which has as many entries as there are factors; no allocation.
  void fold_in(const sparse_row& history, std::span<float> out, scratch& s) const;

 private:
  struct step;
  struct newcomer;
  std::span<const step> walk(const sparse_row& history, std::span<float> x, scratch& s) const;
  const float* row(std::size_t item) const noexcept { return item_rows_.data() + item * stride_; }

  user_item_factors factors_;
  pairwise_fold_in how_;
  std::size_t width_, stride_;       // factors, to a multiple of 16; with room for the bias
  aligned_vector<float> item_rows_;  // factors and bias of one item after the other
};

}  // namespace bespoke::train
