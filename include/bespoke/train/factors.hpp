// SPDX-License-Identifier: Apache-2.0
#pragma once
// Factors of users and items whose dot product says how well they fit: what learners of factors give, and how it is asked.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/row_search.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace bespoke::train {

/// A row of factors for each user, one for each item, and for each item a bias, where there are biases. A score is
/// biasᵢ + x·yᵢ, as core/dot_top_k.hpp has it. Immutable. Thread safety: const calls from any thread.
class user_item_factors {
 public:
  /// Users and items are matrices of one width; `biases` has one for each item or is empty.
  /// Throws errc::shape.
  user_item_factors(dense_rows users, const dense_rows& items, std::span<const float> biases = {});

  const dense_rows& users() const noexcept { return users_; }
  const dot_rows& items() const noexcept { return items_; }
  std::size_t width() const noexcept { return users_.width(); }

  /// What is expected of a user that nothing is known of: the mean of all rows but those of zeros; zeros, where there are no
  /// others. Of items alike, with the mean of their biases.
  dense_row typical_user() const noexcept { return {typical_user_}; }
  dense_row typical_item() const noexcept { return {typical_item_}; }

  /// A known user's row; `typical_user()` instead of a row of zeros, and for numbers that no user has.
  dense_row user(std::size_t number) const noexcept;

  /// Of an unknown item, that of `typical_item()`. O(width).
  float score(std::span<const float> user, std::size_t item) const noexcept;
  void score_all(std::span<const float> user, std::span<float> out) const { items_.scores(user, out); }
  std::span<scored> best(std::span<const float> user, std::span<scored> room,
                         function_ref<bool(std::size_t)> filter) const {
    return search_.top_k(items_, user, room, filter);
  }

  /// How `best` finds them: automatically, unless this was called (before others have a share in the factors). Throws what
  /// row_search does.
  void find_by(retrieval how, const context& ctx) { search_ = row_search(items_, how, ctx); }
  retrieval found_by() const noexcept { return search_.how(); }

  /// Cosines of an item's factors with those of all items, to `out`; 1 with itself, 0 where one of the two is all zeros.
  /// O(items · width).
  void likeness(std::size_t item, std::span<float> out, scratch& s) const;

  /// Tensors "user_factors", "item_factors" and, where there are biases, "item_biases"; and what row_search writes.
  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle unless the tensors are matrices of one width, of one row or more, with finite numbers.
  static user_item_factors load(const bundle_reader& r);

 private:
  dense_rows users_;
  dot_rows items_;
  row_search search_;
  bool has_biases_;
  aligned_vector<float> lengths_;  // of each item's factors
  aligned_vector<float> typical_user_, typical_item_;
  float typical_bias_ = 0;
};

}  // namespace bespoke::train
