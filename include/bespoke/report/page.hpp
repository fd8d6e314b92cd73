// SPDX-License-Identifier: Apache-2.0
#pragma once
// A report as one HTML file: text, tables and plots, without script, style sheet or font from elsewhere, so that it can be
// mailed and opened anywhere. Follows the reader's light or dark setting, and fits a phone.
//
//     report::page p("Recommendations on this computer");
//     p.text("Five folds of the history, each held-out package among 99 others.");
//     p.bars("Hit rate@10", {{"bespoke", .61, .57, .65}, {"popularity", .38, .34, .42}});
//     p.table({"package", "score"}, {{"gimp", "0.91"}, {"inkscape", "0.88"}});
//     p.save("report.html");

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::report {

/// One bar: its length, and the interval drawn over it; without an interval where both ends are NaN (the default).
struct bar {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  std::string name{};
  double value = 0;
  double low = none;
  double high = none;
};

/// One line of a line chart: its points, from left to right as given. Points with a NaN are left out.
struct series {
  std::string name{};
  std::vector<double> x{};
  std::vector<double> y{};  ///< as many as x
};

/// Names of a chart's axes; an empty one is not drawn.
struct axis_names {
  std::string x{};
  std::string y{};
};

/// Places for the marks of an axis: multiples of 1, 2 or 5 times a power of ten, the first at or below `low`, the last at
/// or above `high`, about `wanted` of them. Equal or non-finite ends are moved apart.
std::vector<double> nice_ticks(double low, double high, std::size_t wanted = 5);

/// A page under construction; parts appear in the order of the calls. All text is shown as it is given: HTML's own
/// characters are escaped, bytes that are no UTF-8 are replaced. Charts carry their figures as text for readers who do
/// not see them. Calls give back the page, so that they can be chained.
/// Thread safety: one thread at a time.
class page {
 public:
  explicit page(std::string_view title);

  page& heading(std::string_view text);  ///< a section begins
  page& text(std::string_view text);     ///< a paragraph; an empty line in it begins the next one

  /// Columns in which all filled cells are numbers stand right-aligned. Throws errc::shape where a row has another
  /// number of cells than there are headers.
  page& table(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows);

  /// Horizontal bars from zero, one below the other, with their intervals. Throws errc::invalid_argument for a value
  /// that is not finite, or an interval that does not hold the value.
  page& bars(std::string_view title, const std::vector<bar>& bars);

  /// Up to eight lines in one chart. Throws errc::shape where x and y differ in length, errc::limit for more lines.
  page& line(std::string_view title, const std::vector<series>& lines, const axis_names& names = {});

  /// How often values fall into each of `bins` equal ranges (0: chosen from the data by Freedman and Diaconis, 1981).
  /// Values that are not finite are counted in the caption, not in a bin.
  page& histogram(std::string_view title, const std::vector<double>& values, std::size_t bins = 0,
                  const axis_names& names = {});

  /// The page as it would be saved.
  std::string html() const;
  /// Writes it: whole, or not at all. Throws errc::io.
  void save(const std::filesystem::path& path) const;

 private:
  std::string title_, body_;
  std::size_t charts_ = 0;
};

}  // namespace bespoke::report
