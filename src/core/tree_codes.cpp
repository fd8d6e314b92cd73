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
constexpr std::size_t most_narrow = 256;     // codes of a byte, the one for missing values included

// Finds the distinct values of a column while they are few.
class few_values {
 public:
  // False once there are too many. −0 counts as 0.
  bool add(float v) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(v == 0 ? 0.0f : v);
    for (std::size_t at = bits * 0x9E3779B1u >> 22;; at = (at + 1) % table_.size()) {
      if (used_[at] && table_[at] == bits) return true;
      if (used_[at]) continue;
      if (count_ == most_narrow) return false;
      used_[at] = true;
      table_[at] = bits;
      ++count_;
      return true;
    }
  }
  std::size_t size() const { return count_; }
  std::vector<float> ascending() const {
    std::vector<float> all;
    for (std::size_t i = 0; i < table_.size(); ++i)
      if (used_[i]) all.push_back(std::bit_cast<float>(table_[i]));
    std::sort(all.begin(), all.end());
    return all;
  }
  // After `number`, the place of a value among the ascending ones.
  void number(const std::vector<float>& ascending) {
    for (std::size_t i = 0; i < table_.size(); ++i)
      if (used_[i]) {
        const auto found = std::lower_bound(ascending.begin(), ascending.end(), std::bit_cast<float>(table_[i]));
        code_[i] = static_cast<std::uint8_t>(found - ascending.begin());
      }
  }
  std::uint8_t code(float v) const {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(v == 0 ? 0.0f : v);
    std::size_t at = bits * 0x9E3779B1u >> 22;
    while (table_[at] != bits || !used_[at]) at = (at + 1) % table_.size();
    return code_[at];
  }

 private:
  std::array<std::uint32_t, 1024> table_{};
  std::array<bool, 1024> used_{};
  std::array<std::uint8_t, 1024> code_{};
  std::size_t count_ = 0;
};

std::vector<float> distinct(std::vector<float> all) {
  all.erase(std::remove_if(all.begin(), all.end(), [](float v) { return std::isnan(v); }), all.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

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

struct found_values {
  std::vector<float> values{};
  bool missing = false, narrow = false;
};

found_values values_of_column(std::span<const float> all) {
  few_values few;
  found_values found;
  found.narrow = std::all_of(all.begin(), all.end(), [&](float v) {
    if (!std::isnan(v)) return few.add(v);
    return found.missing = true;
  });
  if (found.narrow && found.missing) found.narrow = few.size() < most_narrow;
  found.values = found.narrow ? few.ascending() : distinct({all.begin(), all.end()});
  if (!found.narrow) found.missing = std::any_of(all.begin(), all.end(), [](float v) { return std::isnan(v); });
  return found;
}

void write_narrow(std::span<const float> all, const std::vector<float>& values, std::uint8_t* codes) {
  few_values few;
  for (const float v : values) few.add(v);
  few.number(values);
  for (std::size_t i = 0; i < all.size(); ++i)
    codes[i] = std::isnan(all[i]) ? static_cast<std::uint8_t>(values.size()) : few.code(all[i]);
}

void write_wide(std::span<const float> all, const std::vector<float>& values, std::uint32_t* codes) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto at = std::isnan(all[i]) ? values.end() : std::lower_bound(values.begin(), values.end(), all[i]);
    codes[i] = static_cast<std::uint32_t>(at - values.begin());
  }
}

}  // namespace

tree_codes::tree_codes(const char* stage, const dense_rows& rows, const context& ctx) : records_(rows.size()) {
  const std::size_t width = rows.width(), units = (width + columns_at_once - 1) / columns_at_once;
  auto values = std::make_shared<std::vector<std::vector<float>>>(width);
  columns_.resize(width);
  std::vector<std::uint8_t> is_narrow(width);
  const auto each_column = [&](auto&& use) {
    ctx.parallel(units, [&](std::size_t unit, scratch&) {
      const std::size_t first = unit * columns_at_once, n = std::min(columns_at_once, width - first);
      const column_block block(rows, first, n);
      for (std::size_t c = 0; c < n; ++c) use(first + c, block[c]);
    });
  };
  each_column([&](std::size_t c, std::span<const float> all) {
    check_finite(stage, c, all);
    found_values found = values_of_column(all);
    columns_[c].known = static_cast<std::uint32_t>(found.values.size());
    columns_[c].missing = found.missing;
    is_narrow[c] = found.narrow;
    (*values)[c] = std::move(found.values);
  });
  place({is_narrow.begin(), is_narrow.end()});
  each_column([&](std::size_t c, std::span<const float> all) {
    if (is_narrow[c]) write_narrow(all, (*values)[c], columns_[c].narrow);
    else write_wide(all, (*values)[c], columns_[c].wide);
  });
  values_ = std::move(values);
}

void tree_codes::place(std::vector<bool> narrow) {
  const auto few = static_cast<std::size_t>(std::count(narrow.begin(), narrow.end(), true));
  codes_ = std::make_shared<memory>();
  codes_->narrow.resize(few * records_);
  codes_->wide.resize((columns_.size() - few) * records_);
  std::uint8_t* next_narrow = codes_->narrow.data();
  std::uint32_t* next_wide = codes_->wide.data();
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    columns_[c].narrow = narrow[c] ? next_narrow : nullptr;
    columns_[c].wide = narrow[c] ? nullptr : next_wide;
    if (narrow[c]) next_narrow += records_;
    else next_wide += records_;
  }
}

tree_codes tree_codes::part(std::span<const std::uint32_t> records) const {
  tree_codes some;
  some.records_ = records.size();
  some.columns_ = columns_;
  some.values_ = values_;
  std::vector<bool> narrow(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) narrow[c] = columns_[c].narrow != nullptr;
  some.place(std::move(narrow));
  const auto gather = [&](const auto* from, auto* to) {
    for (std::size_t i = 0; i < records.size(); ++i) to[i] = from[records[i]];
  };
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].narrow != nullptr) gather(columns_[c].narrow, some.columns_[c].narrow);
    else gather(columns_[c].wide, some.columns_[c].wide);
  }
  return some;
}

}  // namespace bespoke::detail
