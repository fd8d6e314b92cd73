// SPDX-License-Identifier: Apache-2.0
#pragma once
// User neighbours: what people like you chose.
//
//     auto shop = fit(train::user_neighbors{}, seen);
//
// Resnick et al.: GroupLens (CSCW 1994); baselines as in Koren: Factor in the neighbors (TKDD 2010).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/similarity.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bespoke::train {

/// Keeps everybody's history, and compares each user who asks, known or new, with all of them: the neighbours N(u) are the
/// `k` users with the largest similarity above 0, of equal ones those with the lower numbers. The similarity is
/// cosine · common / (common + shrinkage), common being the items that both have. A user with the very same history is no
/// neighbour, having nothing to add: so a known user is not his own, and gets what a new one with that history gets.
///
/// `score` = Σ similarity·value over the neighbours who have the item, value being 1 unless `by_value` is set. One who has no
/// neighbours gets what users have on average, Σ of the item's values / users; an item that was never seen scores 0.
///
/// `predicted`: the value that is expected (stars): b(u, i) + Σ similarity·(value − b(v, i)) / Σ similarity over the neighbours
/// v who have the item, b as in train/item_neighbors.hpp.
///
/// A profile is the neighbours: a sparse row of users and similarities, with the user's offset in one more column where
/// `predicted`. `parts` splits the sum by what each item of the history has in the similarities. `likeness` is the cosine of
/// two items by their users, of values as users are compared by.
///
/// Fit: O(interactions). Memory: the interactions, twice. A profile: O(users + Σ users of the history's items); one score from
/// it: O(k · log of a history); all of them: O(items + Σ histories of the neighbours); parts: O(k · history · log of a history).
///
/// Throws errc::empty_input without interactions; errc::invalid_argument for a k of 0, a shrinkage that is negative or not
/// finite, or `predicted` or a similarity other than cosine without `by_value`.
struct user_neighbors {
  std::size_t k = 50;  ///< neighbours asked; 200 and more for `predicted`
  train::similarity similarity = train::similarity::cosine;
  double shrinkage = 20;   ///< in items: similarities that rest on few are taken back
  bool by_value = false;   ///< values count; else 1 for every interaction
  bool predicted = false;  ///< scores are expected values

  static constexpr std::string_view kind = "user_neighbors/1";

  class model;

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  /// Throws errc::bad_bundle; errc::bundle_mismatch where a parameter is not the file's: all of them change answers.
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

/// What is learned.
class user_neighbors::model final : public recommender_model {
 public:
  struct learned {
    sparse_rows histories{};        ///< users × items, as they count: values, or 1 each
    float mean = 0;                 ///< of all values, where `predicted`; else 0
    std::vector<float> expected{};  ///< of each item, with nobody in particular
  };
  model(const user_neighbors& how, learned all);

  std::string_view kind() const noexcept override { return user_neighbors::kind; }
  std::size_t items() const noexcept override { return all_.histories.width(); }
  profile_row profile(const asked_user& user, scratch& s) const override;
  float score(const profile_row& profile, std::size_t item, scratch& s) const override;
  void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
  void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
  void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
  void save(bundle_writer& w) const override;

 private:
  float compared(float value, std::size_t item, double user_mean) const;
  sparse_row compared(const sparse_row& history, scratch& s) const;
  std::size_t nearest(const sparse_row& history, std::span<std::uint32_t> columns, std::span<float> values,
                      scratch& s) const;
  float said(std::size_t user, std::size_t item, float value) const;
  void add_parts(const sparse_row& own, std::size_t user, double share, std::span<double> out) const;

  user_neighbors how_;
  learned all_;
  sparse_rows by_item_;                          // items × users, as they are compared
  std::vector<double> user_means_, item_means_;  // that are subtracted to compare
  std::vector<double> lengths_, item_lengths_;   // of users' and items' rows, as they are compared
  std::vector<double> offsets_;                  // of users, where `predicted`
};

}  // namespace bespoke::train
