// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a recommender's model answers, in numbers: users and items by their numbers, scores as floats. The host's ids stand
// before it (core/recommender.hpp). Every way of learning (train/ials.hpp, train/ease.hpp, …) gives one of these.

#include <algorithm>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace bespoke {

struct profile_list;

/// What a model knows of a user, as a row: factors, or what the user did (items are columns). Of a model that is made of
/// several, the rows that they have.
using profile_row = std::variant<dense_row, sparse_row, profile_list>;

/// Several models' profiles of one user: a view of plain data, as rows are.
struct profile_list {
  const profile_row* first = nullptr;
  std::size_t count = 0;

  std::size_t size() const noexcept { return count; }
  const profile_row& operator[](std::size_t i) const noexcept { return first[i]; }
};

/// Who is asked for.
struct asked_user {
  static constexpr std::size_t somebody_new = static_cast<std::size_t>(-1);
  std::size_t number = somebody_new;  ///< of a user that the model has learned from
  sparse_row history{};               ///< what the user did: items with their values, as in interaction_matrix::by_user
  sparse_row attributes{};            ///< what else is known of somebody new, for models that learn from attributes
};

/// A model. Immutable. Every answer is the same on every call and any number of threads.
/// Items are numbers below `items()`; a number that is not is an item that nothing is known of.
/// Thread safety: const calls from any thread, each with a scratch of its own.
class recommender_model {
 public:
  virtual ~recommender_model() = default;

  /// Persistent name and format version: "ease/1".
  virtual std::string_view kind() const noexcept = 0;
  virtual std::size_t items() const noexcept = 0;

  /// The user's row, in `s` or in this model: learned, of one that it knows; found from the history, of somebody new.
  virtual profile_row profile(const asked_user& user, scratch& s) const = 0;

  /// How well an item fits to a profile that this model gave. For an unknown item, what is expected of any.
  virtual float score(const profile_row& profile, std::size_t item, scratch& s) const = 0;

  /// `score` of every item, to `out`, which has `items()` entries.
  virtual void score_all(const profile_row& profile, std::span<float> out, scratch& s) const = 0;

  /// The best items of those that `filter(item)` lets through, best first, in the front of `room`; order as in
  /// core/top_k.hpp. The filter is asked of items that would be kept, not of all.
  virtual std::span<scored> best(const profile_row& profile, std::span<scored> room,
                                 function_ref<bool(std::size_t)> filter, scratch& s) const;

  /// How alike two items are to this model: 1 for the same, 0 for items that have nothing to do with each other.
  virtual void likeness(std::size_t item, std::span<float> out, scratch& s) const = 0;

  /// The part of `score` that each interaction of the history has, to `out`, which has as many entries as the history. What
  /// is left of the score is in no interaction: how the item does with everybody.
  virtual void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const = 0;

  virtual void save(bundle_writer& w) const = 0;

  /// The part of `score` that each attribute of an item has, to `out`, which has as many entries as the row; 0 of models that
  /// learn from no attributes.
  virtual void attribute_parts(const profile_row&, const sparse_row&, std::span<float> out) const {
    std::fill(out.begin(), out.end(), 0.0f);
  }

  /// The model with further items, numbered from `items()`, that nobody has touched: a row of attributes for each. Throws
  /// errc::unsupported of a model that learns from no attributes, errc::shape for rows of another width.
  virtual std::shared_ptr<const recommender_model> with_items(const sparse_rows&) const {
    throw error(errc::unsupported,
                {.stage = std::string(kind()),
                 .problem = "it learns from no attributes, so it cannot judge items nobody has touched",
                 .advice = "learn by a way that takes attributes"});
  }
};

}  // namespace bespoke
