// SPDX-License-Identifier: Apache-2.0
#pragma once
// Profiles of users and of items from what was done: the attributes of what they touched, as one row.
//
//     auto about  = attributes_of(&Film::id, describe, films);                             // core/attributes.hpp
//     auto tastes = user_profiles(seen, about, {.half_life = 90 * 86400, .centred = true});   // attributes<int>
//     for (const auto& [name, value] : explain(tastes, 42, 5)) …                           // "genre: western" +.61, …
//     alike(tastes, 42, 43);
//     for (auto [user, cosine] : nearest(tastes, 42, 10)) …
//     auto audience = item_profiles(seen, people);                                         // of what users each item has
//     auto all      = joined(tastes, people);                                              // what they do, and who they are
//
// A profile has the columns of the attributes that it is made of, and is `attributes` itself: it is saved, loaded and learned
// from as those are. It describes; what a user will like is learned from it, or from ratings (train/user_profile.hpp).
//
// One profile follows what happens, without those of others:
//
//     growing_profile taste({.half_life = 90 * 86400}, about.rows.width());
//     taste.add(about.rows[film], stars, now);
//     nearest(tastes, taste.row(now)[0], 10);

#include <bespoke/core/attributes.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/ids.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/item_likeness.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bespoke {

/// How rows become one. With x the row of an interaction, v its value and c = 2^(−age / half_life) what is left of it, in each
/// column:
enum class aggregated {
  mean,  ///< Σ c·v·x / Σ c
  sum,   ///< Σ c·v·x: more the more was done
  most,  ///< of all c·v·x the one with the largest absolute value; of equal ones that above 0
};

/// How profiles are made of interactions.
struct profile_options {
  aggregated by = aggregated::mean;
  /// Seconds after which an interaction counts half; its age is the time from it to the latest of all. 0: nothing fades. Needs
  /// times.
  double half_life = 0;
  /// v is the interaction's value: how often, how many stars; else 1.
  bool by_value = true;
  /// v is the value less the mean of the user's values, so that what is liked less than usual counts against its columns: for
  /// stars. One whose values are all equal has an empty profile. Not with `most`, and not without `by_value`.
  bool centred = false;
};

namespace detail {
sparse_rows profiles_of_users(const interaction_matrix& seen, const sparse_rows& items, const profile_options& how,
                              const context& ctx);
sparse_rows profiles_of_items(const interaction_matrix& seen, const sparse_rows& users, const profile_options& how,
                              const context& ctx);
/// Columns of `a`, then those of `b`. Throws errc::limit for more than there are numbers.
sparse_rows side_by_side(const sparse_rows& a, const sparse_rows& b);
std::vector<std::string> names_side_by_side(const sparse_rows& a, const std::vector<std::string>& names_of_a,
                                            const sparse_rows& b, const std::vector<std::string>& names_of_b);
}  // namespace detail

/// A row for each user, from the attributes of the items that the user touched. An item of which nothing is known counts as a
/// row of zeros; a user who touched none has an empty row. Sums in double, in item order, on all threads: the same for any
/// number of them. O(Σ stored values of the items touched).
/// Throws errc::invalid_argument for a half_life that is negative, not finite or without times, for `centred` with what it does
/// not go with, and for a sum that is too large for a float, with its user; errc::stopped.
template <id User, id Item>
[[nodiscard]] attributes<User> user_profiles(const interaction_table<User, Item>& seen, const attributes<Item>& about,
                                             const profile_options& how = {}, fit_options options = {}) {
  const context ctx(std::move(options));
  return {seen.users, detail::profiles_of_users(seen.matrix, row_for_each(about, seen.items), how, ctx), about.columns};
}

/// The same of items, from the attributes of the users who touched them. `centred` is by the mean of the user's values here too:
/// who likes an item more than others speaks for it.
template <id User, id Item>
[[nodiscard]] attributes<Item> item_profiles(const interaction_table<User, Item>& seen, const attributes<User>& about,
                                             const profile_options& how = {}, fit_options options = {}) {
  const context ctx(std::move(options));
  return {seen.items, detail::profiles_of_items(seen.matrix, row_for_each(about, seen.users), how, ctx), about.columns};
}

/// Both rows of each thing in one: the columns of `a`, then those of `b`. Of whom only one knows something has zeros for the
/// other. Throws errc::limit for more columns than there are numbers. O(stored values).
template <id Thing>
[[nodiscard]] attributes<Thing> joined(const attributes<Thing>& a, const attributes<Thing>& b) {
  attributes<Thing> all{.ids = a.ids};
  for (std::size_t n = 0; n < b.ids.size(); ++n) all.ids.add(Thing(b.ids[n]));
  all.rows = detail::side_by_side(row_for_each(a, all.ids), row_for_each(b, all.ids));
  all.columns = detail::names_side_by_side(a.rows, a.columns, b.rows, b.columns);
  return all;
}

/// The cosine of two things' rows: 1 for the same, 0 for nothing in common, and with what is not known. O(stored values).
template <id Thing>
[[nodiscard]] float alike(const attributes<Thing>& known, const Thing& a, const Thing& b) {
  const std::size_t m = known.ids.find(a), n = known.ids.find(b), size = known.ids.size();
  return m == size || n == size ? 0.0f : cosine(known.rows[m], known.rows[n]);
}

/// A thing and the cosine of its row with another. Text ids are views of the table's.
template <id Thing>
struct alike_thing {
  typename id_table<Thing>::view thing{};
  float cosine = 0;
  friend bool operator==(const alike_thing&, const alike_thing&) = default;
};

/// The `k` things whose rows are most like this one, best first. Exact, O(stored values of all).
template <id Thing>
[[nodiscard]] std::vector<alike_thing<Thing>> nearest(const attributes<Thing>& known, const sparse_row& row,
                                                      std::size_t k,
                                                      std::size_t without = static_cast<std::size_t>(-1)) {
  scratch& s = scratch::local();
  const scratch::frame temporaries(s);
  const auto room = s.take<scored>(std::min(k, known.ids.size()));
  const auto best = top_k_of(
      known.ids.size(), [&](std::size_t n) { return cosine(row, known.rows[n]); }, room,
      [&](std::size_t n) { return n != without; });
  std::vector<alike_thing<Thing>> all;
  for (const scored& one : best) all.push_back({known.ids[one.index], one.score});
  return all;
}
/// Of a thing, without itself; none for one that is not known.
template <id Thing>
[[nodiscard]] std::vector<alike_thing<Thing>> nearest(const attributes<Thing>& known, const Thing& thing,
                                                      std::size_t k) {
  const std::size_t n = known.ids.find(thing);
  if (n == known.ids.size()) return {};
  return nearest(known, known.rows[n], k, n);
}

/// The `k` columns with the largest absolute values, largest first, by name; none of what is not known.
template <id Thing>
[[nodiscard]] std::vector<named_reason> explain(const attributes<Thing>& known, const sparse_row& row, std::size_t k) {
  std::vector<named_reason> all;
  for (const reason& r : top_contributions(row, [](std::size_t) { return 1.0f; }, k, signs::both))
    all.push_back({known.column_name(r.column), r.contribution});
  return all;
}
template <id Thing>
[[nodiscard]] std::vector<named_reason> explain(const attributes<Thing>& known, const Thing& thing, std::size_t k) {
  const std::size_t n = known.ids.find(thing);
  return n == known.ids.size() ? std::vector<named_reason>{} : explain(known, known.rows[n], k);
}

/// One profile that takes more as it happens: after the same interactions it is the row that `user_profiles` gives, to rounding.
/// A value. One thread at a time.
class growing_profile {
 public:
  /// Throws errc::invalid_argument as `user_profiles` does.
  growing_profile(const profile_options& how, std::size_t width);

  /// One more interaction with what has this row, at a time in seconds, in any order. O(stored values of both), amortised
  /// without allocation where its columns are known. Throws errc::shape for a row of another width, errc::invalid_argument for
  /// a number that is not finite; the profile is then as it was.
  void add(const sparse_row& about, float value = 1, std::int64_t at = 0);

  /// The profile, as a matrix of one row; `now`, or if that is later the latest interaction, is what ages are counted to: only
  /// `mean` does not depend on it. Throws errc::invalid_argument for a sum that is too large for a float.
  sparse_rows row(std::int64_t now) const;
  sparse_rows row() const { return row(latest_); }

  std::size_t width() const noexcept { return width_; }
  std::size_t size() const noexcept { return size_; }  ///< interactions

  /// All that it needs to go on.
  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle; errc::bundle_mismatch where options differ.
  static growing_profile load(const bundle_reader& r, const profile_options& how);

 private:
  double left(std::int64_t from, std::int64_t to) const;
  void make_room(const sparse_row& about);

  profile_options how_;
  std::size_t width_, size_ = 0;
  double weight_ = 0, values_ = 0;  // Σ c, Σ value
  std::int64_t latest_ = 0;
  std::vector<std::uint32_t> columns_{};
  std::vector<double> weighted_{}, plain_{};  // Σ c·v·x with v as it is, and Σ c·x, in each of the columns
};

}  // namespace bespoke
