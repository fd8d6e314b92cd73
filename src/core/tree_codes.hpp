// SPDX-License-Identifier: Apache-2.0
#pragma once
// Columns as codes: each value by its rank among the column's distinct values. What exact splits are searched in.
//
// A column of at most 256 distinct values (pixels, counts, categories) takes a byte a record, others four.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace bespoke::detail {

/// One column. Codes below `known` stand for values in ascending order, `known` itself for a missing one.
struct coded_column {
  std::uint8_t* narrow = nullptr;  // one of the two is given
  std::uint32_t* wide = nullptr;
  std::size_t step = 1;  // from one record's narrow code to the next one's
  std::uint32_t known = 0;
  bool missing = false;  // some value is

  std::uint32_t operator[](std::size_t record) const noexcept {
    return narrow != nullptr ? std::uint32_t{narrow[record * step]} : wide[record];
  }
};

/// The codes of all columns. Copies share them. Thread safety: const calls from any thread.
class tree_codes {
 public:
  tree_codes() = default;
  /// O(values), columns in parallel. NaN is a missing value.
  /// Throws errc::invalid_argument, with `stage` and the record, for an infinity.
  tree_codes(const char* stage, const dense_rows& rows, const context& ctx);

  std::size_t records() const noexcept { return records_; }
  std::size_t width() const noexcept { return columns_.size(); }
  const coded_column& operator[](std::size_t column) const noexcept { return columns_[column]; }
  /// The same column for reading `some` of its records: those of few records are read from codes that lie beside the other
  /// columns' codes of the same record, where these are kept.
  coded_column column_for(std::size_t column, std::size_t some) const noexcept;
  float value(std::size_t column, std::uint32_t code) const noexcept { return (*values_)[column][code]; }

  /// Keeps the byte codes by record too: the nodes of few records, of which a forest looks at some columns only, then stay
  /// in the cache. Twice the memory. O(values).
  void keep_records(const context& ctx);

  /// The codes of these records only, side by side.
  tree_codes part(std::span<const std::uint32_t> records) const;

 private:
  struct memory {
    aligned_vector<std::uint8_t> narrow{};           // of all columns, used or not
    std::vector<std::vector<std::uint32_t>> wide{};  // of a column where it needs them
    aligned_vector<std::uint8_t> by_record{};        // the narrow ones transposed, or empty
  };

  std::size_t records_ = 0;
  std::vector<coded_column> columns_;
  std::shared_ptr<memory> codes_;
  std::shared_ptr<const std::vector<std::vector<float>>> values_;  // distinct ones of each column, ascending
};

}  // namespace bespoke::detail
