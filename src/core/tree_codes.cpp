// SPDX-License-Identifier: Apache-2.0
#include "tree_codes.hpp"

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace bespoke::detail {

namespace {

constexpr std::size_t columns_at_once = 16;  // floats of one cache line
constexpr std::size_t records_at_once = 64;  // bytes of one
constexpr std::size_t most_narrow = 256;     // codes of a byte, the one for missing values included

// Numbers the distinct values of a column as they come, while they are few. −0 counts as 0, NaN as a value.
class few_values {
 public:
  // Its number, or `most_narrow` where there are too many.
  std::size_t number(float v) {
    const std::uint32_t bits = v == 0 ? 0 : std::isnan(v) ? missing_bits : std::bit_cast<std::uint32_t>(v);
    for (std::size_t at = bits * 0x9E3779B1u >> 22;; at = (at + 1) % table_.size()) {
      place& p = table_[at];
      if (p.next_number != 0 && p.bits == bits) return p.next_number - std::size_t{1};
      if (p.next_number != 0) continue;
      if (values_.size() == most_narrow) return most_narrow;
      values_.push_back(std::bit_cast<float>(bits));
      p = {bits, static_cast<std::uint32_t>(values_.size())};
      return p.next_number - std::size_t{1};
    }
  }
  const std::vector<float>& values() const { return values_; }  // by number

 private:
  static constexpr std::uint32_t missing_bits = 0x7FC00000u;
  struct place {
    std::uint32_t bits, next_number;  // 0: free
  };
  std::array<place, 1024> table_{};
  std::vector<float> values_{};
};

// The columns of some records side by side, so that each is read in one run.
class column_block {
 public:
  column_block(const dense_rows& rows, std::size_t first, std::size_t count) : n_(rows.size()), values_(n_ * count) {
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t c = 0; c < count; ++c) values_[c * n_ + i] = rows[i][first + c];
  }
  std::span<const float> operator[](std::size_t c) const { return {values_.data() + c * n_, n_}; }

 private:
  std::size_t n_;
  std::vector<float> values_;
};

void check_finite(const char* stage, std::size_t column, std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isinf(values[i]))
      throw error(errc::invalid_argument, {.stage = stage,
                                           .record = i,
                                           .expected = "finite numbers in the row, or NaN for a missing one",
                                           .got = fmt::format("{} in column {}", values[i], column)});
}

// Writes the codes of a column of few distinct values, and gives these; false where they are too many.
bool write_narrow(std::span<const float> all, coded_column& column, std::vector<float>& values) {
  few_values few;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t number = few.number(all[i]);
    if (number == most_narrow) return false;
    column.narrow[i] = static_cast<std::uint8_t>(number);
  }
  const auto is_missing = [](float v) { return std::isnan(v); };
  values = few.values();
  values.erase(std::remove_if(values.begin(), values.end(), is_missing), values.end());
  std::sort(values.begin(), values.end());
  column.known = static_cast<std::uint32_t>(values.size());
  column.missing = values.size() != few.values().size();
  std::array<std::uint8_t, most_narrow> code{};
  for (std::size_t n = 0; n < few.values().size(); ++n) {
    const float v = few.values()[n];
    const auto at = is_missing(v) ? values.end() : std::lower_bound(values.begin(), values.end(), v);
    code[n] = static_cast<std::uint8_t>(at - values.begin());
  }
  for (std::size_t i = 0; i < all.size(); ++i) column.narrow[i] = code[column.narrow[i]];
  return true;
}

// The same for a column of integers from 0 to 255, such as pixels, which need no search; false for others.
bool write_bytes(std::span<const float> all, coded_column& column, std::vector<float>& values) {
  std::int32_t others = 0;
  std::uint8_t* const codes = column.narrow;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto byte = static_cast<std::int32_t>(std::min(255.0f, std::max(0.0f, all[i])));  // 0 for NaN
    others |= static_cast<float>(byte) != all[i] ? 1 : 0;
    codes[i] = static_cast<std::uint8_t>(byte);
  }
  if (others != 0) return false;
  std::array<std::uint8_t, most_narrow> used{}, code{};
  for (std::size_t i = 0; i < all.size(); ++i) used[codes[i]] = 1;
  for (std::size_t v = 0; v < used.size(); ++v) {
    if (used[v] == 0) continue;
    code[v] = static_cast<std::uint8_t>(values.size());
    values.push_back(static_cast<float>(v));
  }
  for (std::size_t i = 0; i < all.size(); ++i) codes[i] = code[codes[i]];
  column.known = static_cast<std::uint32_t>(values.size());
  return true;
}

// Of a number, an integer in the same order; NaN comes last.
std::uint32_t in_order(float v) {
  if (std::isnan(v)) return ~std::uint32_t{0};
  const auto bits = std::bit_cast<std::uint32_t>(v == 0 ? 0.0f : v);
  return bits ^ ((bits >> 31) != 0 ? ~std::uint32_t{0} : std::uint32_t{1} << 31);
}

// By the upper half, a byte at a time; equal ones stay in order.
void sort_by_upper(std::vector<std::uint64_t>& all) {
  std::vector<std::uint64_t> sorted(all.size());
  for (int shift = 32; shift < 64; shift += 8) {
    std::array<std::uint32_t, 257> place{};
    for (const std::uint64_t a : all) ++place[(a >> shift & 255) + 1];
    if (std::find(place.begin(), place.end(), all.size()) != place.end()) continue;  // the same byte in all
    for (std::size_t c = 1; c < place.size(); ++c) place[c] += place[c - 1];
    for (const std::uint64_t a : all) sorted[place[a >> shift & 255]++] = a;
    all.swap(sorted);
  }
}

void write_wide(std::span<const float> all, coded_column& column, std::vector<float>& values) {
  std::vector<std::uint64_t> order(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) order[i] = std::uint64_t{in_order(all[i])} << 32 | i;
  sort_by_upper(order);
  for (const std::uint64_t o : order) {
    const auto i = static_cast<std::uint32_t>(o);
    if (std::isnan(all[i])) column.missing = true;
    else if (values.empty() || all[i] != values.back()) values.push_back(all[i] == 0 ? 0.0f : all[i]);
    column.wide[i] = static_cast<std::uint32_t>(values.size() - (column.missing ? 0u : 1u));
  }
  column.known = static_cast<std::uint32_t>(values.size());
}

}  // namespace

tree_codes::tree_codes(const char* stage, const dense_rows& rows, const context& ctx) : records_(rows.size()) {
  const std::size_t width = rows.width(), units = (width + columns_at_once - 1) / columns_at_once;
  auto values = std::make_shared<std::vector<std::vector<float>>>(width);
  columns_.resize(width);
  codes_ = std::make_shared<memory>();
  codes_->narrow.resize(width * records_);
  codes_->wide.resize(width);
  ctx.parallel(units, [&](std::size_t unit, scratch&) {
    const std::size_t first = unit * columns_at_once, n = std::min(columns_at_once, width - first);
    const column_block block(rows, first, n);
    for (std::size_t c = first; c < first + n; ++c) {
      const auto all = block[c - first];
      check_finite(stage, c, all);
      columns_[c].narrow = codes_->narrow.data() + c * records_;
      if (write_bytes(all, columns_[c], (*values)[c]) || write_narrow(all, columns_[c], (*values)[c])) continue;
      codes_->wide[c].resize(records_);
      columns_[c] = {.wide = codes_->wide[c].data()};
      write_wide(all, columns_[c], (*values)[c]);
    }
  });
  values_ = std::move(values);
}

void tree_codes::keep_records(const context& ctx) {
  const std::size_t width = columns_.size(), units = (records_ + records_at_once - 1) / records_at_once;
  codes_->by_record.resize(width * records_);
  ctx.parallel(units, [&](std::size_t unit, scratch&) {
    const std::size_t end = std::min(records_, (unit + 1) * records_at_once);
    for (std::size_t c = 0; c < width; ++c)
      for (std::size_t i = unit * records_at_once; i < end; ++i)
        codes_->by_record[i * width + c] = codes_->narrow[c * records_ + i];
  });
}

coded_column tree_codes::column_for(std::size_t c, std::size_t some) const noexcept {
  coded_column column = columns_[c];
  // Of more records, a line of the cache holds several in one column.
  if (some > records_ / 32 || column.narrow == nullptr || codes_->by_record.empty()) return column;
  column.narrow = codes_->by_record.data() + c;
  column.step = columns_.size();
  return column;
}

tree_codes tree_codes::part(std::span<const std::uint32_t> records) const {
  tree_codes some;
  some.records_ = records.size();
  some.columns_ = columns_;
  some.values_ = values_;
  some.codes_ = std::make_shared<memory>();
  some.codes_->narrow.resize(columns_.size() * records.size());
  some.codes_->wide.resize(columns_.size());
  const auto gather = [&](const auto* from, auto* to) {
    for (std::size_t i = 0; i < records.size(); ++i) to[i] = from[records[i]];
    return to;
  };
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    coded_column& column = some.columns_[c];
    if (column.narrow != nullptr) {
      column.narrow = gather(column.narrow, some.codes_->narrow.data() + c * records.size());
    } else {
      some.codes_->wide[c].resize(records.size());
      column.wide = gather(column.wide, some.codes_->wide[c].data());
    }
  }
  return some;
}

}  // namespace bespoke::detail
