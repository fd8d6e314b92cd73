// SPDX-License-Identifier: Apache-2.0
#include "row_store.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace bespoke::train::detail {

namespace {

void check_finite(const bundle_reader& r, std::span<const float> values) {
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
    r.reject("a value of a row is not finite");
}

// Checked before the matrix is made, so that the message is the file's.
void check_layout(const bundle_reader& r, std::span<const std::uint64_t> offsets,
                  std::span<const std::uint32_t> columns, std::size_t values, std::size_t width) {
  if (offsets.empty() || offsets[0] != 0 || offsets.back() != columns.size() || columns.size() != values)
    r.reject("the rows' offsets, columns and values do not fit together");
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    if (offsets[i] < offsets[i - 1] || offsets[i] > columns.size()) r.reject("the rows' offsets do not ascend");
    for (std::uint64_t at = offsets[i - 1]; at < offsets[i]; ++at)
      if (columns[at] >= width || (at > offsets[i - 1] && columns[at] <= columns[at - 1]))
        r.reject("a row's columns do not ascend below its width");
  }
}

template <class T>
aligned_vector<T> copied(std::span<const T> values) {
  return {values.begin(), values.end()};
}

}  // namespace

void save_rows(const dense_rows& rows, bundle_writer& w) { w.put("rows", rows.values(), {rows.size(), rows.width()}); }

void save_rows(const sparse_rows& rows, bundle_writer& w) {
  w.put("row_offsets", rows.offsets());
  w.put("row_columns", rows.columns());
  w.put("row_values", rows.values());
  w.put("row_width", rows.width());
}

void load_rows(const bundle_reader& r, dense_rows& rows) {
  const auto values = r.tensor<float>("rows");
  const auto shape = r.shape("rows");
  if (shape.size() != 2) r.reject("the rows are not a table");
  check_finite(r, values);
  rows = dense_rows(shape[0], shape[1]);
  for (std::size_t i = 0; i < shape[0]; ++i) {
    const auto from = values.subspan(i * shape[1], shape[1]);
    std::copy(from.begin(), from.end(), rows.writable(i).begin());
  }
}

void load_rows(const bundle_reader& r, sparse_rows& rows) {
  const auto offsets = r.tensor<std::uint64_t>("row_offsets");
  const auto columns = r.tensor<std::uint32_t>("row_columns");
  const auto values = r.tensor<float>("row_values");
  const std::int64_t width = r.integer("row_width");
  if (width < 0 || width > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
    r.reject("the rows' width is out of range");
  check_layout(r, offsets, columns, values.size(), static_cast<std::size_t>(width));
  check_finite(r, values);
  rows = sparse_rows(static_cast<std::size_t>(width), copied(offsets), copied(columns), copied(values));
}

dense_rows chosen(const dense_rows& rows, std::span<const std::uint32_t> numbers) {
  dense_rows some(numbers.size(), rows.width());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto from = rows[numbers[i]].values;
    std::copy(from.begin(), from.end(), some.writable(i).begin());
  }
  return some;
}
sparse_rows chosen(const sparse_rows& rows, std::span<const std::uint32_t> numbers) {
  sparse_rows some(rows.width());
  for (const std::uint32_t i : numbers) some.append(rows[i]);
  return some;
}

}  // namespace bespoke::train::detail
