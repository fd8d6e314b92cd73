// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/blocks.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace bespoke {

namespace {

/// One block's rows, copied; and the first row of another width than its first, if there is one.
template <class Rows>
struct part {
  Rows rows{};
  std::size_t first = 0;
  std::size_t odd = error_details::unknown, odd_width = 0;
};

[[noreturn]] void throw_width(std::size_t record, std::size_t expected, std::size_t got) {
  throw error(errc::shape, {.stage = "collect",
                            .record = record,
                            .problem = "a row of another width than the first",
                            .expected = fmt::format("{} columns", expected),
                            .got = fmt::format("{}", got)});
}

/// The number of rows before the first one of another width; that one is noted in `p`.
template <class Row, class Rows>
std::size_t rows_of_one_width(const block<Row>& rows, part<Rows>& p) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].width() != rows[0].width()) return p.odd_width = rows[i].width(), p.odd = i;
  return rows.size();
}

part<dense_rows> copy(const block<dense_row>& rows) {
  part<dense_rows> p{.first = rows.first()};
  const std::size_t n = rows_of_one_width(rows, p);
  p.rows = dense_rows(n, rows[0].width());
  for (std::size_t i = 0; i < n; ++i) std::copy_n(rows[i].values.data(), rows[i].width(), p.rows.writable(i).data());
  return p;
}

part<sparse_rows> copy(const block<sparse_row>& rows) {
  part<sparse_rows> p{.first = rows.first()};
  const std::size_t n = rows_of_one_width(rows, p);
  p.rows = sparse_rows(rows[0].width());
  for (std::size_t i = 0; i < n; ++i) p.rows.append(rows[i]);
  return p;
}

/// Errors are raised here, where parts come in order, so that the same row is named for any number of threads.
template <class Rows>
void check_width(const part<Rows>& p, std::size_t width) {
  if (p.rows.width() != width) throw_width(p.first, width, p.rows.width());
  if (p.odd != error_details::unknown) throw_width(p.first + p.odd, width, p.odd_width);
}

}  // namespace

dense_rows collect(const blocks<dense_row>& rows, const context& ctx) {
  dense_rows all;
  rows.reduce(
      ctx, [](const block<dense_row>& b) { return copy(b); },
      [&](const part<dense_rows>& p) {
        if (p.first == 0) all = dense_rows(rows.size(), p.rows.width());
        check_width(p, all.width());
        if (all.width() != 0) std::copy(p.rows.values().begin(), p.rows.values().end(), all.writable(p.first).begin());
      });
  return all;
}

sparse_rows collect(const blocks<sparse_row>& rows, const context& ctx) {
  std::size_t width = 0;
  aligned_vector<std::uint64_t> offsets{0};
  aligned_vector<std::uint32_t> columns;
  aligned_vector<float> values;
  offsets.reserve(rows.size() + 1);
  rows.reduce(
      ctx, [](const block<sparse_row>& b) { return copy(b); },
      [&](const part<sparse_rows>& p) {
        if (p.first == 0) width = p.rows.width();
        check_width(p, width);
        const std::uint64_t before = columns.size();
        for (std::size_t i = 1; i <= p.rows.size(); ++i) offsets.push_back(before + p.rows.offsets()[i]);
        columns.insert(columns.end(), p.rows.columns().begin(), p.rows.columns().end());
        values.insert(values.end(), p.rows.values().begin(), p.rows.values().end());
      });
  return {width, std::move(offsets), std::move(columns), std::move(values)};
}

}  // namespace bespoke
