// SPDX-License-Identifier: Apache-2.0
#pragma once
// Interactions: who did what with which item, how much it counts and when. What every recommender learns from.
//
//     auto seen = collect(interactions(&Rating::user, &Rating::movie, &Rating::stars, &Rating::at), ratings);
//     seen.users.size();  seen.items.size();  seen.matrix.by_user[0];      // a user's items, as a sparse row
//
// Events of several kinds count by their kind, and less the older they are:
//
//     auto shop = interactions(&Event::user, &Event::product,
//                              kind_weight(&Event::kind, {{kind::viewed, 1.0f}, {kind::bought, 5.0f}}), &Event::at,
//                              {.repeats = repeated::sum, .half_life = 30 * 86400});
//
// Users and items get numbers from 0 in the order in which they are first met. A user and an item have at most one
// interaction in the matrix: `repeats` says what becomes of several.

#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/flow.hpp>
#include <bespoke/core/ids.hpp>
#include <bespoke/core/rows.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// What becomes of several interactions of one user with one item. Their time is the latest one's.
enum class repeated {
  last,  ///< the value of the latest; of equal times, and without times, of the one that came last
  sum,   ///< the sum of the values: how often, or with weights how strongly
  mean,  ///< the mean of the values
  most,  ///< the largest value
};

/// How interactions are collected.
struct interaction_options {
  repeated repeats = repeated::last;
  /// Seconds after which an interaction counts half: its value is multiplied by 2^(−age / half_life), its age being the time
  /// from it to the latest of all interactions, before `repeats` applies. 0: values do not fade. Needs times.
  double half_life = 0;
};

/// Interactions as numbers: users are rows, items are columns. Thread safety: const calls from any thread.
struct interaction_matrix {
  sparse_rows by_user{};  ///< users × items: row u is the items of user u, ascending, with their values
  sparse_rows by_item{};  ///< items × users: the same, transposed
  /// Seconds since 1970 of each interaction, in the order of `by_user`'s values; empty where there are no times.
  aligned_vector<std::int64_t> times{};

  std::size_t users() const noexcept { return by_user.size(); }
  std::size_t items() const noexcept { return by_item.size(); }
  std::size_t size() const noexcept { return by_user.stored(); }  ///< interactions
};

/// The matrix of these rows, with users × items of their size. `times` as in the matrix, or empty.
/// Throws errc::shape for another number of times. O(interactions).
interaction_matrix matrix_of(sparse_rows by_user, aligned_vector<std::int64_t> times = {});

/// Interactions with the ids of users and items: what `collect` gives. A value; copies copy everything.
template <id User, id Item>
struct interaction_table {
  using user_type = User;
  using item_type = Item;

  id_table<User> users{};
  id_table<Item> items{};
  interaction_matrix matrix{};
};

/// Puts interactions together, one at a time. One thread at a time. What templates over host types stand on.
class interaction_collector {
 public:
  /// Throws errc::invalid_argument for a half_life that is not finite and 0 or more, or where there are no times for it.
  interaction_collector(interaction_options options, bool has_times);
  ~interaction_collector();
  interaction_collector(interaction_collector&&) noexcept;
  interaction_collector& operator=(interaction_collector&&) noexcept;

  /// Throws errc::invalid_argument for a value that is not finite, with the number of interactions added before as its
  /// record. Amortised O(log of the pairs); memory in proportion to the different pairs, not to the calls.
  void add(std::uint32_t user, std::uint32_t item, float value, std::int64_t time);
  std::size_t added() const noexcept;

  /// The matrix of `users` × `items`, which must be more than the largest numbers that were added.
  interaction_matrix finish(std::size_t users, std::size_t items) &&;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

namespace detail {

/// Stands for a value or time that interactions do not have.
struct not_given {
  template <class Record>
  float operator()(const Record&) const {
    return 1.0f;
  }
};

template <class T>
std::int64_t seconds_of(const T& at) {
  if constexpr (std::is_arithmetic_v<T>) return static_cast<std::int64_t>(at);
  else return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

template <class Records>
struct record_in {
  using type = std::ranges::range_value_t<Records>;
};
template <class Record>
struct record_in<flow<Record>> {
  using type = Record;
};

}  // namespace detail

/// Where a record has its interaction. Made by `interactions(…)`.
template <class User, class Item, class Value, class Time>
struct interaction_fields {
  static constexpr bool has_times = !std::is_same_v<Time, detail::not_given>;
  template <class Record>
  using user_of = std::remove_cvref_t<std::invoke_result_t<const User&, const Record&>>;
  template <class Record>
  using item_of = std::remove_cvref_t<std::invoke_result_t<const Item&, const Record&>>;

  User user;
  Item item;
  Value value;
  Time time;
  interaction_options options;
};

/// Says where records of the host have user, item, value (how much: stars, a weight, minutes) and time (seconds since 1970,
/// as any number, or a time point of the system clock). Each is a member or a function of the record. Without a value every
/// interaction counts 1.
template <class User, class Item>
auto interactions(User user, Item item, interaction_options options = {}) {
  return interaction_fields<User, Item, detail::not_given, detail::not_given>{user, item, {}, {}, options};
}
template <class User, class Item, class Value>
  requires(!std::same_as<Value, interaction_options>)
auto interactions(User user, Item item, Value value, interaction_options options = {}) {
  return interaction_fields<User, Item, Value, detail::not_given>{user, item, value, {}, options};
}
template <class User, class Item, class Value, class Time>
  requires(!std::same_as<Time, interaction_options>)
auto interactions(User user, Item item, Value value, Time time, interaction_options options = {}) {
  return interaction_fields<User, Item, Value, Time>{user, item, value, time, options};
}

/// The value of every interaction: 1. For interactions with a time and no value.
inline constexpr detail::not_given once{};

/// A value that depends on the kind of an event: `kind_weight(&Event::kind, {{kind::viewed, 1}, {kind::bought, 5}})`.
/// An event of a kind that is not listed counts 0. O(kinds).
template <class Record, class Kind>
auto kind_weight(Kind Record::* kind, std::vector<std::pair<Kind, float>> weights) {
  return [kind, weights = std::move(weights)](const Record& r) {
    for (const auto& [k, weight] : weights)
      if (k == r.*kind) return weight;
    return 0.0f;
  };
}

/// Reads all interactions, from records in memory or from a flow, in order. Memory grows with the different pairs of user
/// and item, not with the records. Throws what the flow throws; errc::empty_input without any; errc::invalid_argument for a
/// value that is not finite, and for an id that is a NaN, with the record; errc::stopped.
template <class User, class Item, class Value, class Time, class Records>
auto collect(const interaction_fields<User, Item, Value, Time>& fields, Records&& records, fit_options options = {}) {
  using record = typename detail::record_in<std::remove_cvref_t<Records>>::type;
  using spec = interaction_fields<User, Item, Value, Time>;
  constexpr bool reads =
      std::is_invocable_v<const User&, const record&> && std::is_invocable_v<const Item&, const record&>;
  static_assert(reads, "bespoke: these interactions are members of another record than these records");
  const context ctx(std::move(options));
  interaction_table<typename spec::template user_of<record>, typename spec::template item_of<record>> table;
  interaction_collector all(fields.options, spec::has_times);
  const auto add = [&](const record& r) {
    std::int64_t at = 0;
    if constexpr (spec::has_times) at = detail::seconds_of(std::invoke(fields.time, r));
    all.add(table.users.add(std::invoke(fields.user, r)), table.items.add(std::invoke(fields.item, r)),
            static_cast<float>(std::invoke(fields.value, r)), at);
    if (all.added() % 65536 == 0) ctx.check(), ctx.report("interactions", all.added(), 0);
  };
  if constexpr (detail::already_flow<std::remove_cvref_t<Records>>) {
    auto reading = records;  // of the same source
    for (const record& r : reading) add(r);
  } else {
    for (const record& r : records) add(r);
  }
  if (all.added() == 0)
    throw error(errc::empty_input, {.stage = "interactions", .problem = "there are no interactions"});
  table.matrix = std::move(all).finish(table.users.size(), table.items.size());
  return table;
}

}  // namespace bespoke
