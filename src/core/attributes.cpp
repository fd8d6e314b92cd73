// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/attributes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

namespace bespoke::detail {

namespace {

template <class Rows>
sparse_rows stored_only(const Rows& rows) {
  aligned_vector<std::uint64_t> offsets{0};
  aligned_vector<std::uint32_t> columns;
  aligned_vector<float> values;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (v == 0) return;
      columns.push_back(static_cast<std::uint32_t>(c));
      values.push_back(v);
    });
    offsets.push_back(columns.size());
  }
  return sparse_rows(rows.width(), std::move(offsets), std::move(columns), std::move(values));
}

sparse_rows wider(const sparse_rows& rows, std::size_t size, std::size_t width) {
  aligned_vector<std::uint64_t> offsets(rows.offsets().begin(), rows.offsets().end());
  offsets.resize(size + 1, offsets.back());
  return sparse_rows(width, std::move(offsets), {rows.columns().begin(), rows.columns().end()},
                     {rows.values().begin(), rows.values().end()});
}

bool ascending_below(std::span<const std::uint32_t> columns, std::size_t width) {
  return std::adjacent_find(columns.begin(), columns.end(), std::greater_equal<>()) == columns.end() &&
         (columns.empty() || columns.back() < width);
}

}  // namespace

sparse_rows without_zeros(const dense_rows& rows) { return stored_only(rows); }
sparse_rows without_zeros(const sparse_rows& rows) { return stored_only(rows); }

void check_attributes(const sparse_rows& rows, std::size_t first_record, const std::vector<std::string>& columns) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (std::isfinite(v)) return;
      throw error(errc::invalid_argument, {.stage = "attributes",
                                           .record = first_record + i,
                                           .expected = "a number",
                                           .got = fmt::format("{} in the column {}", v, in_quotes(columns[c])),
                                           .advice = "put features::impute{} before it, or leave the field out"});
    });
}

sparse_rows chosen_rows(const sparse_rows& rows, std::span<const std::size_t> which) {
  sparse_rows chosen(rows.width());
  for (const std::size_t n : which) chosen.append(n < rows.size() ? rows[n] : sparse_row{});
  return chosen;
}

interaction_matrix widened(const interaction_matrix& seen, std::size_t users, std::size_t items) {
  return {wider(seen.by_user, users, items), wider(seen.by_item, items, users), seen.times};
}

sparse_row as_sparse(const dense_row& r, scratch& s) {
  const auto columns = s.take<std::uint32_t>(r.width());
  const auto values = s.take<float>(r.width());
  std::size_t n = 0;
  for_each_value(r, [&](std::size_t c, float v) {
    if (v != 0) columns[n] = static_cast<std::uint32_t>(c), values[n++] = v;
  });
  return {columns.first(n), values.first(n), r.width()};
}

void save_attributes(bundle_writer& w, const sparse_rows& rows, const std::vector<std::string>& columns) {
  w.put("width", rows.width());
  w.put("offsets", rows.offsets());
  w.put("columns", rows.columns());
  w.put("values", rows.values());
  w.put("names", std::span<const std::string>(columns));
}

sparse_rows load_attributes(const bundle_reader& r, std::size_t things, std::vector<std::string>& columns) {
  const std::int64_t width = r.integer("width");
  const auto offsets = r.tensor<std::uint64_t>("offsets", things + 1);
  const auto stored = r.tensor<std::uint32_t>("columns");
  const auto values = r.tensor<float>("values", stored.size());
  columns = r.strings("names");
  if (width < 0 || width > std::int64_t{UINT32_MAX} + 1) r.reject("the width is no number of columns");
  if (!columns.empty() && columns.size() != static_cast<std::size_t>(width))
    r.reject("there is not one name for each column");
  if (offsets.front() != 0 || offsets.back() != stored.size() || !std::is_sorted(offsets.begin(), offsets.end()))
    r.reject("the rows' offsets do not ascend to the number of values");
  for (std::size_t i = 0; i < things; ++i)
    if (!ascending_below(stored.subspan(offsets[i], offsets[i + 1] - offsets[i]), static_cast<std::size_t>(width)))
      r.reject("the columns of a row are not in ascending order, or there are too many");
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
    r.reject("a value is not finite");
  return sparse_rows(static_cast<std::size_t>(width), {offsets.begin(), offsets.end()}, {stored.begin(), stored.end()},
                     {values.begin(), values.end()});
}

}  // namespace bespoke::detail
