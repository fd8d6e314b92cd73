// SPDX-License-Identifier: Apache-2.0
#include "boosting_bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/tree_codes.hpp"

namespace bespoke::train::detail {

using bespoke::detail::tree_codes;

namespace {

// The middle of two values, rounded down, so that floats are on the same side of both.
float middle(float a, float b) {
  const double m = double{a} / 2 + double{b} / 2;
  const auto rounded = static_cast<float>(m);
  return double{rounded} > m ? std::nextafter(rounded, -std::numeric_limits<float>::infinity()) : rounded;
}

// Values of a column in ascending order, of which only the number of each distinct one is known.
class sorted_values {
 public:
  sorted_values(const tree_codes& codes, std::size_t column) : codes_(codes), column_(column) {
    const auto& of = codes[column];
    up_to_.resize(of.known + std::size_t{1});
    for (std::size_t i = 0; i < codes.records(); ++i)
      if (of[i] < of.known) ++up_to_[of[i] + 1];
    for (std::size_t c = 1; c < up_to_.size(); ++c) up_to_[c] += up_to_[c - 1];
  }
  std::size_t size() const { return up_to_.back(); }
  float operator[](std::size_t i) const {
    const auto at = std::upper_bound(up_to_.begin(), up_to_.end(), i) - up_to_.begin() - 1;
    return codes_.value(column_, static_cast<std::uint32_t>(at));
  }

 private:
  const tree_codes& codes_;
  std::size_t column_;
  std::vector<std::size_t> up_to_;  // values below each distinct one
};

std::vector<float> cuts_of(const tree_codes& codes, std::size_t column, std::size_t max_bins) {
  std::vector<float> cuts;
  const std::size_t known = codes[column].known;
  if (known <= max_bins) {
    for (std::uint32_t c = 1; c < known; ++c)
      cuts.push_back(middle(codes.value(column, c - 1), codes.value(column, c)));
    return cuts;
  }
  const sorted_values values(codes, column);
  for (std::size_t b = 1; b < max_bins; ++b) {
    const double place =
        static_cast<double>(b) / static_cast<double>(max_bins) * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(std::floor(place)), high = static_cast<std::size_t>(std::ceil(place));
    const float cut = middle(values[low], values[high]);
    if (cuts.empty() || cut > cuts.back()) cuts.push_back(cut);
  }
  if (cuts.back() == codes.value(column, static_cast<std::uint32_t>(known - 1))) cuts.pop_back();
  return cuts;
}

}  // namespace

binned_rows::binned_rows(const char* stage, const dense_rows& rows, std::size_t max_bins, const context& ctx)
    : records_(rows.size()),
      stride_(std::min(line, (rows.width() + group - 1) / group * group)),
      cuts_(rows.width()),
      has_missing_(rows.width()),
      codes_((rows.width() + line - 1) / line * stride_ * records_) {
  const tree_codes codes(stage, rows, ctx);
  ctx.parallel((width() + line - 1) / line, [&](std::size_t l, scratch&) {
    std::uint8_t* to = codes_.data() + l * line * records_;
    for (std::size_t c = l * line; c < std::min(width(), (l + 1) * line); ++c) {
      cuts_[c] = cuts_of(codes, c, max_bins);
      has_missing_[c] = codes[c].missing;
      std::vector<std::uint8_t> bin_of(codes[c].known + std::size_t{1}, missing_bin(c));
      for (std::uint32_t code = 0; code < codes[c].known; ++code)
        bin_of[code] = static_cast<std::uint8_t>(
            std::lower_bound(cuts_[c].begin(), cuts_[c].end(), codes.value(c, code)) - cuts_[c].begin());
      for (std::size_t i = 0; i < records_; ++i) to[i * stride_ + c % line] = bin_of[codes[c][i]];
    }
  });
}

}  // namespace bespoke::train::detail
