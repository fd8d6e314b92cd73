// SPDX-License-Identifier: Apache-2.0
#include "axis.hpp"

#include <fmt/format.h>
#include <bespoke/report/page.hpp>

#include <algorithm>
#include <cmath>

namespace bespoke::report {

namespace {

constexpr double largest = 1e300;

double step_of(double low, double high, std::size_t wanted) {
  const double rough = (high - low) / static_cast<double>(std::max<std::size_t>(wanted, 2) - 1);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double digit : {1.0, 2.0, 5.0})
    if (rough <= digit * power * 1.0000001) return digit * power;
  return 10 * power;
}

// Ends that a division can tell apart.
void move_apart(double& low, double& high) {
  if (!std::isfinite(low)) low = 0;
  if (!std::isfinite(high)) high = low;
  low = std::clamp(low, -largest, largest);
  high = std::clamp(high, -largest, largest);
  if (high < low) std::swap(low, high);
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low > std::max(size * 1e-9, 1e-290)) return;
  const double room = size > 1e-280 ? size * 0.5 : 1.0;
  low -= room;
  high += room;
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, std::size_t wanted) {
  move_apart(low, high);
  const double step = step_of(low, high, wanted);
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  std::vector<double> ticks;
  for (double i = first; i <= last; ++i) ticks.push_back(i == 0 ? 0.0 : i * step);
  return ticks;
}

namespace detail {

axis::axis(double low, double high, std::size_t wanted, double from, double to)
    : ticks_(nice_ticks(low, high, wanted)), span_(ticks_.back() - ticks_.front()), from_(from), to_(to) {}

std::string tick_text(double tick) { return fmt::format("{:.10g}", tick); }

double text_width(std::string_view text) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return 7.6 * static_cast<double>(characters);
}

}  // namespace detail
}  // namespace bespoke::report
