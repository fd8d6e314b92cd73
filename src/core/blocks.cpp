// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/blocks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace bespoke {

namespace {

/// How wide a block's rows are; and the first row of another width than its first, if there is one.
struct widths {
  std::size_t first = 0, width = 0;
  std::size_t odd = error_details::unknown, odd_width = 0;
};

/// The same with its rows, copied.
struct part {
  widths of{};
  sparse_rows rows{};
};

[[noreturn]] void throw_width(std::size_t record, std::size_t expected, std::size_t got) {
  throw error(errc::shape, {.stage = "collect",
                            .record = record,
                            .problem = "a row of another width than the first",
                            .expected = fmt::format("{} columns", expected),
                            .got = fmt::format("{}", got)});
}

template <class Row>
widths widths_of(const block<Row>& rows) {
  widths w{.first = rows.first(), .width = rows[0].width()};
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].width() != w.width) return w.odd_width = rows[i].width(), w.odd = i, w;
  return w;
}

/// The number of rows before the first one of another width.
template <class Row>
std::size_t alike(const block<Row>& rows, const widths& w) {
  return std::min(rows.size(), w.odd);
}

part copy(const block<sparse_row>& rows) {
  part p{.of = widths_of(rows)};
  p.rows = sparse_rows(p.of.width);
  for (std::size_t i = 0; i < alike(rows, p.of); ++i) p.rows.append(rows[i]);
  return p;
}

/// Errors are raised here, where blocks come in order, so that the same row is named for any number of threads.
void check_width(const widths& w, std::size_t width) {
  if (w.width != width) throw_width(w.first, width, w.width);
  if (w.odd != error_details::unknown) throw_width(w.first + w.odd, width, w.odd_width);
}

}  // namespace

dense_rows collect(const blocks<dense_row>& rows, const context& ctx) {
  dense_rows all;
  std::once_flag made;  // by the block that is there first; where another's width differs this ends with an error
  std::size_t width = 0;
  rows.reduce(
      ctx,
      [&](const block<dense_row>& b) {
        const widths w = widths_of(b);
        std::call_once(made, [&] { all = dense_rows(rows.size(), w.width); });
        if (w.width == all.width())
          for (std::size_t i = 0; i < alike(b, w); ++i)
            std::copy_n(b[i].values.data(), w.width, all.writable(w.first + i).data());
        return w;
      },
      [&](const widths& w) {
        if (w.first == 0) width = w.width;
        check_width(w, width);
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
      [&](const part& p) {
        if (p.of.first == 0) width = p.of.width;
        check_width(p.of, width);
        const std::uint64_t before = columns.size();
        for (std::size_t i = 1; i <= p.rows.size(); ++i) offsets.push_back(before + p.rows.offsets()[i]);
        columns.insert(columns.end(), p.rows.columns().begin(), p.rows.columns().end());
        values.insert(values.end(), p.rows.values().begin(), p.rows.values().end());
      });
  return {width, std::move(offsets), std::move(columns), std::move(values)};
}

}  // namespace bespoke
