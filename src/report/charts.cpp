// SPDX-License-Identifier: Apache-2.0
#include "charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "axis.hpp"
#include "markup.hpp"

namespace bespoke::report::detail {

namespace {

constexpr double plot_height = 240, top = 10, right = chart_width - 14;

std::string segment(std::string_view style, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", style, length(x1), length(y1),
                     length(x2), length(y2));
}

std::string label(std::string_view text, double x, double y, std::string_view anchor,
                  std::string_view style = "label") {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", style, length(x), length(y),
                     anchor, escaped(text));
}

// Centred below `x`, and within the drawing.
std::string tick_label(double tick, double x, double y) {
  const auto text = tick_text(tick);
  const double half = text_width(text) / 2;
  return label(text, std::clamp(x, half, std::max(half, chart_width - half)), y, "middle");
}

std::string box(std::string_view style, double x, double y, double width, double height) {
  return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", style, length(x), length(y),
                     length(width), length(height));
}

std::string shortened(std::string_view text, std::size_t characters) {
  std::size_t bytes = 0, seen = 0;
  while (bytes < text.size() && seen < characters) {
    do ++bytes;
    while (bytes < text.size() && (text[bytes] & 0xC0) == 0x80);
    ++seen;
  }
  return bytes == text.size() ? std::string(text) : std::string(text.substr(0, bytes)) + "…";
}

// The least and the greatest finite value; {0, 1} where there is none.
std::pair<double, double> range_of(const std::vector<double>& values, std::pair<double, double> found) {
  for (const double v : values)
    if (std::isfinite(v)) found = {std::min(found.first, v), std::max(found.second, v)};
  return found;
}
constexpr std::pair<double, double> nothing{std::numeric_limits<double>::infinity(),
                                            -std::numeric_limits<double>::infinity()};
std::pair<double, double> or_unit(std::pair<double, double> r) { return r.first > r.second ? std::pair(0.0, 1.0) : r; }

// Two axes around a plot: the grid, its figures and its names.
struct frame {
  frame(std::pair<double, double> xs, std::pair<double, double> ys, const axis_names& names)
      : y(ys.first, ys.second, 5, top + plot_height, top), left(left_of(y)), x(xs.first, xs.second, 6, left, right) {
    out.height = top + plot_height + (names.x.empty() ? 28 : 48);
    if (!names.y.empty()) shift = 20;
    grid(names);
  }

  static double left_of(const axis& y) {
    double widest = 0;
    for (const double t : y.ticks()) widest = std::max(widest, text_width(tick_text(t)));
    return widest + 16;
  }

  void grid(const axis_names& names) {
    const double bottom = top + plot_height;
    if (!names.y.empty()) out.elements += label(names.y, 0, 14, "start", "name");
    for (const double t : y.ticks()) {
      out.elements += segment(t == y.ticks().front() ? "axis" : "grid", left, y(t) + shift, right, y(t) + shift);
      out.elements += label(tick_text(t), left - 8, y(t) + shift + 4, "end");
    }
    for (const double t : x.ticks()) {
      out.elements += segment("axis", x(t), bottom + shift, x(t), bottom + shift + 5);
      out.elements += tick_label(t, x(t), bottom + shift + 20);
    }
    if (!names.x.empty()) out.elements += label(names.x, (left + right) / 2, bottom + shift + 42, "middle", "name");
    out.height += shift;
  }

  axis y;
  double left;
  axis x;
  double shift = 0;
  drawing out{};
};

std::string figures(const bar& b) {
  if (std::isnan(b.low)) return shown(b.value);
  return fmt::format("{} ({} to {})", shown(b.value), shown(b.low), shown(b.high));
}

std::string whisker(const axis& x, const bar& b, double y) {
  return segment("error", x(b.low), y, x(b.high), y) + segment("error", x(b.low), y - 5, x(b.low), y + 5) +
         segment("error", x(b.high), y - 5, x(b.high), y + 5);
}

std::string points_of(const series& s, const frame& f) {
  std::string points;
  for (std::size_t i = 0; i < s.x.size(); ++i)
    if (std::isfinite(s.x[i]) && std::isfinite(s.y[i]))
      points += fmt::format("{}{},{}", points.empty() ? "" : " ", length(f.x(s.x[i])), length(f.y(s.y[i]) + f.shift));
  return points;
}

std::string line_in_words(const series& s) {
  const auto [least, greatest] = or_unit(range_of(s.y, nothing));
  return fmt::format("{}: {} points, from {} to {}. ", s.name, s.y.size(), shown(least), shown(greatest));
}

// Twice the range of the middle half, over the cube root of the number of values.
std::size_t bins_for(std::vector<double> v) {
  const auto quantile = [&](double q) {
    const auto at = v.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(v.size() - 1));
    std::nth_element(v.begin(), at, v.end());
    return *at;
  };
  if (v.size() < 2) return 1;
  const double width = 2 * (quantile(0.75) - quantile(0.25)) / std::cbrt(static_cast<double>(v.size()));
  const auto [least, greatest] = std::minmax_element(v.begin(), v.end());
  if (!(width > 0) || !std::isfinite(*greatest - *least)) return *greatest > *least ? 20 : 1;
  return static_cast<std::size_t>(std::clamp(std::ceil((*greatest - *least) / width), 1.0, 60.0));
}

std::vector<double> counts_of(const std::vector<double>& values, std::size_t bins, double low, double high) {
  std::vector<double> counts(bins, 0.0);
  const double width = high / static_cast<double>(bins) - low / static_cast<double>(bins);
  for (const double v : values) {
    const double at = width > 0 ? std::floor((v - low) / width) : 0;
    ++counts[static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(bins - 1)))];
  }
  return counts;
}

}  // namespace

std::string dashes(std::size_t line) {
  static constexpr std::array<std::string_view, 4> patterns{"", "7 4", "2 4", "9 3 2 3"};
  return std::string(patterns[line % patterns.size()]);
}

drawing draw_bars(const std::vector<bar>& bars) {
  constexpr double row = 46;
  std::pair<double, double> range{0, 0};
  for (const bar& b : bars) range = range_of({b.value, b.low, b.high}, range);
  const axis x(range.first, range.second, 6, 6, right);
  drawing out;
  const double bottom = row * static_cast<double>(bars.size()) + 8;
  for (const double t : x.ticks()) {
    out.elements += segment(t == 0 ? "axis" : "grid", x(t), 20, x(t), bottom);
    out.elements += tick_label(t, x(t), bottom + 18);
  }
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double y = row * static_cast<double>(i);
    const double from = x(std::min(0.0, bars[i].value)), to = x(std::max(0.0, bars[i].value));
    out.elements += label(shortened(bars[i].name, 36), 6, y + 18, "start", "name halo");
    out.elements += label(figures(bars[i]), right, y + 18, "end", "figure halo");
    out.elements += box("bar", from, y + 25, std::max(to - from, 1.0), 16);
    if (!std::isnan(bars[i].low)) out.elements += whisker(x, bars[i], y + 33);
    out.words += fmt::format("{}: {}. ", bars[i].name, figures(bars[i]));
  }
  out.height = bottom + 24;
  return out;
}

drawing draw_lines(const std::vector<series>& lines, const axis_names& names) {
  auto xs = nothing, ys = nothing;
  for (const series& s : lines) {
    xs = range_of(s.x, xs);
    ys = range_of(s.y, ys);
  }
  frame f(or_unit(xs), or_unit(ys), names);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    f.out.elements += fmt::format("<polyline class=\"line c{}\" stroke-dasharray=\"{}\" points=\"{}\"/>\n", i,
                                  dashes(i), points_of(lines[i], f));
    f.out.words += line_in_words(lines[i]);
  }
  return f.out;
}

drawing draw_histogram(const std::vector<double>& values, std::size_t bins, const axis_names& names) {
  if (bins == 0) bins = bins_for(values);
  const auto [low, high] = or_unit(range_of(values, nothing));
  const auto counts = counts_of(values, bins, low, high);
  frame f({low, high}, {0, *std::max_element(counts.begin(), counts.end())}, names);
  const double from = f.x(low), each = std::max((f.x(high) - from) / static_cast<double>(bins), 2.0);
  for (std::size_t i = 0; i < bins; ++i) {
    const double y = f.y(counts[i]) + f.shift, base = f.y(0) + f.shift;
    if (counts[i] > 0)
      f.out.elements += box("bar", from + each * static_cast<double>(i) + 0.5, y, std::max(each - 1, 1.0), base - y);
  }
  f.out.words = fmt::format("{} values from {} to {} in {} ranges, at most {} in one.", values.size(), shown(low),
                            shown(high), bins, shown(*std::max_element(counts.begin(), counts.end())));
  return f.out;
}

}  // namespace bespoke::report::detail
