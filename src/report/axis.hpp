// SPDX-License-Identifier: Apache-2.0
#pragma once
// A range of values laid along a line of a drawing.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::report::detail {

/// Maps values from the first to the last tick onto lengths `from` to `to`.
class axis {
 public:
  axis(double low, double high, std::size_t wanted, double from, double to);

  double operator()(double value) const {
    value = std::clamp(value, ticks_.front(), ticks_.back());
    return from_ + (value / span_ - ticks_.front() / span_) * (to_ - from_);
  }
  const std::vector<double>& ticks() const noexcept { return ticks_; }

 private:
  std::vector<double> ticks_;
  double span_, from_, to_;
};

/// A tick's figure: as many digits as the ticks need to differ.
std::string tick_text(double tick);

/// How wide a text is, roughly, in a drawing's units.
double text_width(std::string_view text);

}  // namespace bespoke::report::detail
