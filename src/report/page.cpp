// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/report/page.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "charts.hpp"
#include "core/file.hpp"
#include "markup.hpp"

namespace bespoke::report {

namespace {

using detail::escaped;

constexpr std::size_t most_lines = 8;

// Every text colour has a contrast of at least 4.5 to its ground, every line and bar 3, light and dark.
constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ground: #ffffff; --text: #1b1f24; --soft: #57606a; --grid: #d8dee4; --bar: #2f81c7;
  --c0: #0b62a4; --c1: #b54708; --c2: #1a7f37; --c3: #7440c9; --c4: #a40e5c; --c5: #6b5a00; --c6: #0e7490; --c7: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --text: #e6edf3; --soft: #a9b4c0; --grid: #343c46; --bar: #3d7fbf;
    --c0: #6cb6ff; --c1: #f0883e; --c2: #56d364; --c3: #c297ff; --c4: #ff8ec4; --c5: #d9c24a; --c6: #4fd1d9; --c7: #adbac7; }
}
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 44rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; }
figure { margin: 1.8rem 0; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
figure p { margin: .4rem 0 0; color: var(--soft); font-size: .9rem; }
svg.chart { display: block; width: 100%; max-width: 40rem; height: auto; }
svg text { fill: var(--soft); font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
svg .name { fill: var(--text); font-size: 14px; }
svg .figure { fill: var(--text); font-size: 14px; font-variant-numeric: tabular-nums; }
svg .halo { paint-order: stroke; stroke: var(--ground); stroke-width: 5px; stroke-linejoin: round; }
svg .grid { stroke: var(--grid); }
svg .axis { stroke: var(--soft); }
svg .bar { fill: var(--bar); }
svg .error { stroke: var(--text); stroke-width: 1.5; }
svg .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); }
.c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); } .c6 { stroke: var(--c6); } .c7 { stroke: var(--c7); }
ul.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: .4rem 0 0; padding: 0; }
ul.legend svg { width: 2rem; height: .8rem; margin-right: .4rem; }
.wide { overflow-x: auto; margin: 1.2rem 0; }
table { border-collapse: collapse; min-width: 60%; }
th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; }
th { border-bottom-color: var(--soft); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
)";

error wrong(errc code, std::string problem, std::string expected = {}, std::string got = {}) {
  return error(
      code,
      {.stage = "report::page", .problem = std::move(problem), .expected = std::move(expected), .got = std::move(got)});
}

bool is_number(std::string_view cell) {
  double value = 0;
  while (!cell.empty() && (cell.back() == '%' || cell.back() == ' ')) cell.remove_suffix(1);
  const auto end = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return end.ec == std::errc() && end.ptr == cell.data() + cell.size();
}

using table_rows = std::vector<std::vector<std::string>>;

bool holds_numbers(const table_rows& rows, std::size_t column) {
  bool some = false;
  for (const auto& row : rows) {
    if (row[column].empty()) continue;
    if (!is_number(row[column])) return false;
    some = true;
  }
  return some;
}

void check_table(const std::vector<std::string>& headers, const table_rows& rows) {
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (rows[r].size() != headers.size())
      throw error(errc::shape, {.stage = "report::page",
                                .record = r,
                                .problem = "a table's row does not fit its headers",
                                .expected = fmt::format("{} cells", headers.size()),
                                .got = fmt::format("{}", rows[r].size())});
}

void check_bar(const bar& b) {
  const bool bare = std::isnan(b.low) && std::isnan(b.high);
  const bool holds = std::isfinite(b.low) && std::isfinite(b.high) && b.low <= b.value && b.value <= b.high;
  if (std::isfinite(b.value) && (bare || holds)) return;
  throw wrong(errc::invalid_argument, "bar " + in_quotes(b.name), "a finite value, within its interval",
              fmt::format("{} in [{}, {}]", b.value, b.low, b.high));
}

void check_lines(const std::vector<series>& lines) {
  if (lines.size() > most_lines)
    throw wrong(errc::limit, "too many lines for one chart", fmt::format("at most {}", most_lines),
                fmt::format("{}", lines.size()));
  for (const series& s : lines)
    if (s.x.size() != s.y.size())
      throw wrong(errc::shape, "line " + in_quotes(s.name), fmt::format("as many y as x, {}", s.x.size()),
                  fmt::format("{}", s.y.size()));
}

std::string legend(const std::vector<series>& lines) {
  std::string out = "<ul class=\"legend\">\n";
  for (std::size_t i = 0; i < lines.size(); ++i)
    out += fmt::format(
        "<li><svg viewBox=\"0 0 32 12\" aria-hidden=\"true\"><line class=\"line c{}\" stroke-dasharray=\"{}\" x1=\"0\" "
        "y1=\"6\" x2=\"32\" y2=\"6\"/></svg>{}</li>\n",
        i, detail::dashes(i), escaped(lines[i].name));
  return out + "</ul>\n";
}

// `below`: markup under the drawing.
std::string figure(std::string_view title, const detail::drawing& d, std::size_t number, std::string_view below) {
  return fmt::format(
      "<figure>\n<figcaption>{0}</figcaption>\n"
      "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {1} {2}\" aria-labelledby=\"t{3} d{3}\">\n"
      "<title id=\"t{3}\">{0}</title>\n<desc id=\"d{3}\">{4}</desc>\n{5}</svg>\n{6}</figure>\n",
      escaped(title), detail::length(detail::chart_width), detail::length(d.height), number, escaped(d.words),
      d.elements, below);
}

}  // namespace

page::page(std::string_view title) : title_(title) {}

page& page::heading(std::string_view text) {
  body_ += fmt::format("<h2>{}</h2>\n", escaped(text));
  return *this;
}

page& page::text(std::string_view text) {
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find("\n\n", from), text.size());
    const auto paragraph = text.substr(from, to - from);
    if (!paragraph.empty()) body_ += fmt::format("<p>{}</p>\n", escaped(paragraph));
    from = to + 2;
  }
  return *this;
}

page& page::table(const std::vector<std::string>& headers, const table_rows& rows) {
  check_table(headers, rows);
  std::vector<std::string_view> column_class;
  for (std::size_t c = 0; c < headers.size(); ++c)
    column_class.push_back(holds_numbers(rows, c) ? " class=\"number\"" : "");
  body_ += "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>";
  for (std::size_t c = 0; c < headers.size(); ++c)
    body_ += fmt::format("<th scope=\"col\"{}>{}</th>", column_class[c], escaped(headers[c]));
  body_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    body_ += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c)
      body_ += fmt::format("<td{}>{}</td>", column_class[c], escaped(row[c]));
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
  return *this;
}

page& page::bars(std::string_view title, const std::vector<bar>& bars) {
  for (const bar& b : bars) check_bar(b);
  body_ += figure(title, detail::draw_bars(bars), ++charts_, "");
  return *this;
}

page& page::line(std::string_view title, const std::vector<series>& lines, const axis_names& names) {
  check_lines(lines);
  body_ += figure(title, detail::draw_lines(lines, names), ++charts_, legend(lines));
  return *this;
}

page& page::histogram(std::string_view title, const std::vector<double>& values, std::size_t bins,
                      const axis_names& names) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  const auto drawn = detail::draw_histogram(finite, bins, names);
  const std::size_t left_out = values.size() - finite.size();
  body_ += figure(title, drawn, ++charts_,
                  left_out == 0 ? "" : fmt::format("<p>Not finite, and left out: {}.</p>\n", left_out));
  return *this;
}

std::string page::html() const {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n{2}</main>\n</body>\n</html>\n",
      escaped(title_), style, body_);
}

void page::save(const std::filesystem::path& path) const {
  const std::string text = html();
  const std::string_view piece = text;
  bespoke::detail::replace_file(path, {&piece, 1});
}

}  // namespace bespoke::report
