// SPDX-License-Identifier: Apache-2.0
#pragma once
// Item neighbours: who liked this liked that. The oldest way to recommend, still a good one, and the easiest to explain.
//
//     auto shop   = fit(train::item_neighbors{}, seen);                                            // what to show
//     auto movies = fit(train::item_neighbors{.k = 200, .by_value = true, .predicted = true}, seen);  // how many stars
//
// Sarwar, Karypis, Konstan, Riedl: Item-based collaborative filtering recommendation algorithms (WWW 2001); shrinkage and
// baselines as in Koren: Factor in the neighbors (TKDD 2010).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/similarity.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bespoke::train {

/// Keeps for each item i its neighbours N(i): the `k` items with the largest similarity above 0, of equal ones those with the
/// lower numbers. The similarity is cosine · common / (common + shrinkage), common being the users who have both.
///
/// `score` = Σ value·similarity over the items h of the history that are in N(i), value being 1 unless `by_value` is set. One
/// who has no history gets what users have on average, Σ of the item's values / users; an unknown item scores 0.
///
/// `predicted`: the value that is expected (stars): b(u, i) + Σ (value − b(u, h))·similarity / Σ similarity, the second term 0
/// where no neighbour is in the history. b(u, i) = mean of all values + item's offset + user's offset; the item's is
/// Σ (value − mean) / (its interactions + 10), the user's Σ (value − mean − item's offset) / (length of history + 15).
/// One who has no history gets b with an offset of 0; an unknown item has an offset of 0.
///
/// A profile is the history. `parts` are the terms of the sum, `likeness` is the similarity of the items in N(i).
/// Fit: O(Σ history²) on all threads; memory 16·items bytes a thread beside what is kept, 16·k bytes an item.
/// Score: O(history + k); of all items O(items + Σ lists that the history's items are in), on average history · k.
///
/// Throws errc::empty_input without interactions; errc::invalid_argument for a k of 0, a shrinkage that is negative or not
/// finite, or `predicted` or a similarity other than cosine without `by_value`.
struct item_neighbors {
  std::size_t k = 50;  ///< neighbours kept of each item; 200 and more for `predicted`
  train::similarity similarity = train::similarity::cosine;
  double shrinkage = 10;   ///< in users: similarities that rest on few are taken back
  bool by_value = false;   ///< values count; else 1 for every interaction
  bool predicted = false;  ///< scores are expected values

  static constexpr std::string_view kind = "item_neighbors/1";

  /// What is learned.
  class model final : public recommender_model {
   public:
    struct learned {
      bool by_value = false, predicted = false;
      float mean = 0;                 ///< of all values, where `predicted`; else 0
      sparse_rows neighbors{};        ///< items × items: row i is N(i) with similarities
      std::vector<float> expected{};  ///< of each item, with nobody in particular
    };
    explicit model(learned all);

    std::string_view kind() const noexcept override { return item_neighbors::kind; }
    std::size_t items() const noexcept override { return all_.neighbors.size(); }
    profile_row profile(const asked_user& user, scratch& s) const override;
    float score(const profile_row& profile, std::size_t item, scratch& s) const override;
    void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
    void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
    void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
    void save(bundle_writer& w) const override;

    const sparse_rows& neighbors() const noexcept { return all_.neighbors; }

   private:
    double offset_of(const sparse_row& history) const;
    float residual(const sparse_row& history, std::size_t i, double offset) const;

    learned all_;
    sparse_rows lists_;  // transposed: row h is the items that have h among their neighbours
  };

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  /// Throws errc::bad_bundle; errc::bundle_mismatch where `by_value` or `predicted` is not the file's.
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

}  // namespace bespoke::train
