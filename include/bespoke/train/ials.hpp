// SPDX-License-Identifier: Apache-2.0
#pragma once
// iALS: factors of users and items from what was chosen and what was not, by alternating least squares. The strongest way to
// recommend by factors, for catalogues of any size; a new user is one small linear system.
//
//     auto movies = fit(train::ials{.factors = 128}, seen);
//     movies.recommend_for(liked, 10);                             // folded in, as exactly as a user who was learned from
//
// Hu, Koren and Volinsky: Collaborative filtering for implicit feedback datasets (ICDM 2008); Takács, Pilászy and Tikk:
// Applications of the conjugate gradient method for implicit feedback collaborative filtering (RecSys 2011); Rendle, Krichene,
// Zhang and Koren: Revisiting the performance of iALS on item recommendation benchmarks, and iALS++ (both 2021).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/factors.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace bespoke::train {

/// Learns a row x of each user and y of each item that minimise
///
///     Σ c(u, i)·(1 − xᵤ·yᵢ)²                                       over the interactions
///   + unobserved_weight · Σ (xᵤ·yᵢ)²                               over all pairs of a user and an item (Rendle and others),
///                                                                  or over those without an interaction (Hu and others)
///   + regularization · [Σ (nᵤ + unobserved_weight·items)^reg_exponent·|xᵤ|²
///                     + Σ (nᵢ + unobserved_weight·users)^reg_exponent·|yᵢ|²]
///
/// where n counts the interactions of a user or an item. The confidence c of an interaction is 1 + alpha·value, or with
/// `by_value` its value; values are 0 or more. The program implicit minimises this with `by_value`, `only_unobserved`,
/// unobserved_weight 1, reg_exponent 0 and its own regularization, values times its alpha.
///
/// An iteration solves all items for the users as they are, and then all users for the items: so users' factors are those that
/// fit to the items that are kept. By default rows are solved by some steps of conjugate gradients from where they were:
/// O(interactions·factors·cg_steps + (users + items)·factors²·(1 + cg_steps)) an iteration. With `block` they are solved
/// exactly for so many factors at a time, the others staying as they are: O(interactions·factors·block +
/// (users + items)·factors·(block² + factors)); with as many as there are factors this is exact least squares.
/// In float: sums over a history are made eight interactions at a time, in order; Gram matrices in double over partial sums of
/// 128 rows (with `block` all in double). The same seed gives the same bytes for any number of threads.
///
/// `score` is x·y: about 0 to 1, higher is better. A new user's x is the exact minimum for the history while items stay as
/// they are, by Cholesky in double: O(n·factors² + factors³). Interactions whose value is negative or NaN are not counted;
/// confidences above 10⁹ count as that.
/// One who has no interactions that count gets the mean of all users' rows; an unknown item scores as the mean of all items'
/// rows. A user or an item without interactions has a row of zeros.
/// `parts` are those of the fold-in, for known users too: with A the system's matrix, interaction h has c(h)·y·A⁻¹·yₕ; they
/// add up to the score of somebody new with that history. `likeness` is the cosine of the rows of two items.
///
/// Throws errc::empty_input without interactions; errc::invalid_argument for a parameter out of its range, and for a value below
/// 0 or a confidence above 10⁹, with its user and item.
struct ials {
  std::size_t factors = 64;        ///< 1 to 4,096; more is better where there is enough data
  std::size_t iterations = 16;     ///< 1 or more
  double unobserved_weight = 0.3;  ///< 0 to 10⁹; matters most: try .02 to 1, more where there are many interactions
  double regularization = 0.007;   ///< above 0
  double reg_exponent = 1;         ///< 0 or more; 0: the same for all rows, plain l2
  double alpha = 0;                ///< 0 or more; 0: all interactions count the same
  bool only_unobserved = false;    ///< the weight counts only for pairs without an interaction
  bool by_value = false;           ///< a confidence is the interaction's value; `alpha` is not read
  double stddev = 0.1;       ///< above 0, to 100: rows begin as normal numbers of standard deviation stddev / √factors
  std::size_t cg_steps = 3;  ///< 1 or more
  std::size_t block = 0;     ///< 0: conjugate gradients; else factors that are solved at once, exactly: 64 or 128

  retrieval find = retrieval::automatic;  ///< how the best items are found; a file has that of its own

  static constexpr std::string_view kind = "ials/1";

  class model;
  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  /// Reads factors, and what the fold-in depends on, from the file: this spec's parameters are not compared with it.
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

/// What is learned.
class ials::model final : public recommender_model {
 public:
  /// `settings` are those that the factors were learned with. Throws errc::shape.
  model(user_item_factors factors, const ials& settings, const context& ctx);

  std::string_view kind() const noexcept override { return ials::kind; }
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

  /// What learning minimises, in double. Throws errc::shape for other numbers of users and items than were learned from.
  double objective(const interaction_matrix& seen, const context& ctx) const;

 private:
  struct system;
  system system_of(const sparse_row& history, scratch& s) const;

  user_item_factors factors_;
  ials settings_;
  std::size_t size_;               // factors, to a multiple of 8
  aligned_vector<double> shared_;  // unobserved_weight · Σ y·yᵀ, size_ × size_
};

}  // namespace bespoke::train
