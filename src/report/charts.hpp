// SPDX-License-Identifier: Apache-2.0
#pragma once
// Charts as SVG elements, and the same in words. Drawings are `chart_width` wide.

#include <bespoke/report/page.hpp>

#include <string>
#include <vector>

namespace bespoke::report::detail {

inline constexpr double chart_width = 520;

/// What stands inside an <svg>, its height, and its figures in words.
struct drawing {
  std::string elements{};
  double height = 0;
  std::string words{};
};

drawing draw_bars(const std::vector<bar>& bars);
drawing draw_lines(const std::vector<series>& lines, const axis_names& names);
drawing draw_histogram(const std::vector<double>& finite_values, std::size_t bins, const axis_names& names);

/// Dashes tell lines apart where colours do not.
std::string dashes(std::size_t line);

}  // namespace bespoke::report::detail
