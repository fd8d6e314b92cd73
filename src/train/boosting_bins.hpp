// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows as bins: what histograms are made of.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <cstdint>
#include <vector>

namespace bespoke::train::detail {

/// Every value by the number of its bin. Columns stand in groups of four, so that one load gives a record's next four, and
/// four groups side by side, so that where few records are read, all of a line of the cache that comes is used.
class binned_rows {
 public:
  static constexpr std::size_t group = 4;   // columns of one load
  static constexpr std::size_t line = 16;   // columns side by side, or all if they are fewer
  static constexpr std::size_t bins = 256;  // room for those of a column, the one of missing values included

  /// A column of at most `max_bins` distinct values has a bin for each; others are cut at quantiles, as near as equal
  /// values allow. Throws errc::invalid_argument, with `stage` and the record, for an infinity.
  binned_rows(const char* stage, const dense_rows& rows, std::size_t max_bins, const context& ctx);

  std::size_t records() const noexcept { return records_; }
  std::size_t width() const noexcept { return cuts_.size(); }
  std::size_t groups() const noexcept { return (width() + group - 1) / group; }
  /// The codes of a group's columns in record r begin at `codes(g) + r * stride()`.
  const std::uint8_t* codes(std::size_t g) const noexcept {
    return codes_.data() + g * group / line * line * records_ + g * group % line;
  }
  std::size_t stride() const noexcept { return stride_; }
  std::uint8_t code(std::size_t column, std::size_t record) const noexcept {
    return codes(column / group)[record * stride_ + column % group];
  }
  /// Values up to `cuts(column)[b]` lie in bin b or below; there is one bin more than cuts. Missing: the bin after all.
  const std::vector<float>& cuts(std::size_t column) const noexcept { return cuts_[column]; }
  std::uint8_t missing_bin(std::size_t column) const noexcept {
    return static_cast<std::uint8_t>(cuts_[column].size() + 1);
  }
  bool has_missing(std::size_t column) const noexcept { return has_missing_[column] != 0; }

 private:
  std::size_t records_, stride_;
  std::vector<std::vector<float>> cuts_;
  std::vector<std::uint8_t> has_missing_;
  aligned_vector<std::uint8_t> codes_;
};

}  // namespace bespoke::train::detail
