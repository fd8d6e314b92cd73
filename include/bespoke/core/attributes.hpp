// SPDX-License-Identifier: Apache-2.0
#pragma once
// Attributes: what is known of users or items besides what was done with them, as rows under the host's own ids.
//
//     auto describe = fit(fuse(field("title",  &Film::title)  | features::tfidf{},
//                              field("studio", &Film::studio) | features::one_hot{}), films);
//     auto about = attributes_of(&Film::id, describe, films);          // attributes<int>
//     about.rows[about.ids.find(318)];                                  // what is known of film 318, as a sparse row
//
// Whoever learns from interactions has numbers of its own for users and items: `row_for_each(about, seen.items)` puts the rows
// in their order.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/flow.hpp>
#include <bespoke/core/ids.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/stage.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// What is known of things: users, items. A value; copies copy everything. Thread safety: const calls from any thread.
template <id Thing>
struct attributes {
  using thing_type = Thing;

  id_table<Thing> ids{};
  sparse_rows rows{};  ///< rows[n] describes ids[n]; zeros are not stored
  std::vector<std::string>
      columns{};  ///< what each column means, in the words of the features; empty: they have no names

  /// The name of a column, "column 7" where they have none.
  std::string column_name(std::size_t column) const {
    return column < columns.size() ? columns[column] : "column " + std::to_string(column);
  }

  /// Writes tensors "ids", "offsets", "columns", "values" and "names" into this section. The bundle has the ids and all that is
  /// known of them: of users it is personal data.
  void save(bundle_writer& w) const;
  /// What `save` wrote. Throws errc::bad_bundle unless ids, rows and names fit together and every value is finite.
  static attributes load(const bundle_reader& r);
};

/// What is known of the users and the items of a fit; either may be left out.
template <id User, id Item>
struct known_attributes {
  attributes<Item> items{};
  attributes<User> users{};
};

/// The same as rows in the order of a matrix's users and items; no rows where nothing is known.
struct attribute_rows {
  sparse_rows users{}, items{};
};

namespace detail {
/// Refuses what is not finite, with its record, and the name of its column.
void check_attributes(const sparse_rows& rows, std::size_t first_record, const std::vector<std::string>& columns);
sparse_rows without_zeros(const dense_rows& rows);
sparse_rows without_zeros(const sparse_rows& rows);
/// `rows[which[n]]` as row n; an empty row where there is no such row.
sparse_rows chosen_rows(const sparse_rows& rows, std::span<const std::size_t> which);
void save_attributes(bundle_writer& w, const sparse_rows& rows, const std::vector<std::string>& columns);
sparse_rows load_attributes(const bundle_reader& r, std::size_t things, std::vector<std::string>& columns);

/// The matrix with further users and items that have no interactions.
interaction_matrix widened(const interaction_matrix& seen, std::size_t users, std::size_t items);

inline sparse_row as_sparse(const sparse_row& r, scratch&) { return r; }
sparse_row as_sparse(const dense_row& r, scratch& s);

template <class Stage>
std::vector<std::string> column_names(const Stage& stage) {
  std::vector<std::string> names(stage.width());
  for (std::size_t c = 0; c < names.size(); ++c) names[c] = bespoke::column_name(stage, c);
  return names;
}

/// Calls `f(span of records)` with all of them, in order: those in memory at once, those of a flow as they come.
template <class Record, class Records, class F>
void for_each_part(Records& records, F&& f) {
  if constexpr (already_flow<std::remove_cvref_t<Records>>) {
    auto reading = records;  // of the same source
    std::vector<Record> some;
    while (reading.next(some)) f(std::span<const Record>(some));
  } else {
    f(std::span<const Record>(std::ranges::data(records), std::ranges::size(records)));
  }
}
}  // namespace detail

/// The rows that `features`, a fitted chain that ends in rows, gives for records, under the ids that they have in member or
/// function `thing`. Records are in memory, or a flow, of which only the rows are kept. Of several records of one id the last
/// counts. Throws errc::invalid_argument for a value that is not finite and for an id that is a NaN, with the record;
/// errc::stopped; and what the flow throws. O(records), on all threads; the same for any number of them.
template <class Id, class Features, class Records>
  requires requires(const Features& f) { f.stage().width(); }
auto attributes_of(const Id& thing, const Features& features, const Records& records, const fit_options& options = {}) {
  using read_record = typename Features::record_type;
  using record = typename detail::record_in<Records>::type;
  constexpr bool same_record = std::is_same_v<record, read_record>;
  static_assert(same_record, "bespoke: these features read another record than these records");
  constexpr bool rows = is_row<std::remove_cvref_t<typename Features::stage_type::output_type>>;
  static_assert(rows, "bespoke: these features do not end in a row: end them with a feature stage (tfidf, one_hot)");
  attributes<std::remove_cvref_t<std::invoke_result_t<const Id&, const record&>>> all;
  all.columns = detail::column_names(features.stage());
  const context ctx(options);
  sparse_rows read(features.stage().width());
  std::vector<std::size_t> latest;  // of each id, the number of its record
  detail::for_each_part<record>(records, [&](std::span<const record> some) {
    ctx.check();
    const auto part = detail::without_zeros(collect(applied(features.stage(), blocks<record>(some)), ctx));
    detail::check_attributes(part, read.size(), all.columns);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const std::size_t number = all.ids.add(std::invoke(thing, some[i]));
      if (number == latest.size()) latest.emplace_back();
      latest[number] = read.size();
      read.append(part[i]);
    }
    ctx.report("attributes", read.size(), 0);
  });
  all.rows = latest.size() == read.size() ? std::move(read) : detail::chosen_rows(read, latest);
  return all;
}

/// The rows of the things of a table, in the order of its numbers; an empty row for one that has none. O(things + stored).
template <id Thing>
sparse_rows row_for_each(const attributes<Thing>& known, const id_table<Thing>& things) {
  std::vector<std::size_t> which(things.size());
  for (std::size_t n = 0; n < which.size(); ++n) which[n] = known.ids.find(things[n]);
  return detail::chosen_rows(known.rows, which);
}

namespace detail {
template <id Thing>
sparse_rows rows_after_adding(const attributes<Thing>& known, id_table<Thing>& to) {
  if (known.ids.size() == 0) return {};
  for (std::size_t n = 0; n < known.ids.size(); ++n) to.add(Thing(known.ids[n]));
  return row_for_each(known, to);
}
/// Adds those of whom something is known to the table.
template <id User, id Item>
attribute_rows add_attributes(interaction_table<User, Item>& seen, const known_attributes<User, Item>& about) {
  attribute_rows rows{rows_after_adding(about.users, seen.users), rows_after_adding(about.items, seen.items)};
  seen.matrix = widened(seen.matrix, seen.users.size(), seen.items.size());
  return rows;
}
}  // namespace detail

template <id Thing>
void attributes<Thing>::save(bundle_writer& w) const {
  ids.save(w, "ids");
  detail::save_attributes(w, rows, columns);
}

template <id Thing>
attributes<Thing> attributes<Thing>::load(const bundle_reader& r) {
  attributes all;
  all.ids = id_table<Thing>::load(r, "ids");
  all.rows = detail::load_attributes(r, all.ids.size(), all.columns);
  return all;
}

}  // namespace bespoke
