// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/features/interactions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bespoke::features {

namespace {

constexpr const char* stage = "interactions";
constexpr std::size_t most_columns = 1'000'000;

std::size_t width_of(std::size_t n, bool squares) {
  return n + (squares ? n * (n + 1) : n * (n - std::min<std::size_t>(n, 1))) / 2;
}

bool too_wide(std::size_t n, bool squares) { return n > most_columns || width_of(n, squares) > most_columns; }

/// The width of a block's rows, all of them finite.
std::size_t checked_width(const block<dense_row>& rows) {
  const std::size_t width = rows[0].width();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bespoke::detail::check_width(stage, width, rows[i].width(), rows.first() + i);
    for (const float v : rows[i].values)
      if (!std::isfinite(v))
        bespoke::detail::throw_not_finite(stage, static_cast<double>(v), "put impute before it", rows.first() + i);
  }
  return width;
}

}  // namespace

std::size_t interactions::fitted::width() const noexcept { return width_of(columns_, squares_); }

dense_row interactions::fitted::operator()(const dense_row& r, scratch& s) const {
  bespoke::detail::check_width(stage, columns_, r.width());
  auto out = s.take<float>(width());
  std::copy(r.values.begin(), r.values.end(), out.begin());
  std::size_t at = columns_;
  for (std::size_t a = 0; a < columns_; ++a)
    for (std::size_t b = squares_ ? a : a + 1; b < columns_; ++b) out[at++] = r[a] * r[b];
  return {out};
}

std::pair<std::size_t, std::size_t> interactions::fitted::factors(std::size_t column) const noexcept {
  if (column < columns_) return {column, column};
  std::size_t left = column - columns_, a = 0;
  const auto pairs_of = [&](std::size_t c) { return columns_ - c - (squares_ ? 0 : 1); };
  for (; a + 1 < columns_ && left >= pairs_of(a); ++a) left -= pairs_of(a);
  return {a, a + left + (squares_ ? 0 : 1)};
}

void interactions::fitted::save(bundle_writer& w) const {
  w.put("squares", squares_);
  w.put("columns", columns_);
}

interactions::fitted interactions::learn(const blocks<dense_row>& x, const context& ctx) const {
  bespoke::detail::check_records(stage, x.size());
  std::size_t width = 0, first = 0;
  x.reduce(
      ctx, [](const block<dense_row>& b) { return checked_width(b); },
      [&](std::size_t w) {
        if (first == 0) width = w;
        bespoke::detail::check_width(stage, width, w, first);
        first += block_size;
      });
  if (too_wide(width, squares))
    throw error(errc::limit, {.stage = stage,
                              .expected = fmt::format("at most {} columns with all products", most_columns),
                              .got = fmt::format("rows of {} columns", width),
                              .advice = "select columns before it"});
  return {width, squares};
}

interactions::fitted interactions::read(const bundle_reader& r) const {
  r.must_equal("squares", squares);
  const std::int64_t columns = r.integer("columns");
  if (columns < 0 || too_wide(static_cast<std::size_t>(columns), squares))
    r.reject("the number of columns is out of range");
  return {static_cast<std::size_t>(columns), squares};
}

}  // namespace bespoke::features
