// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/preprocess/outliers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace bespoke::preprocess {

namespace {

constexpr const char* stage = "outliers";
constexpr double far = std::numeric_limits<double>::infinity();

const char* name(outlier_rule r) { return r == outlier_rule::z_score ? "z_score" : "iqr"; }

double deviation_of(std::span<const double> values, double mean) {
  double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

}  // namespace

namespace detail {

double column_ranges::score(std::span<const double> x) const {
  bespoke::detail::check_width(stage, width(), x.size());
  double largest = 0;
  for (std::size_t c = 0; c < x.size(); ++c) {
    if (std::isnan(x[c])) continue;
    if (std::isinf(x[c])) return far;
    const double beyond = std::max({learned_->low[c] - x[c], x[c] - learned_->high[c], 0.0});
    if (beyond > 0) largest = std::max(largest, learned_->unit[c] > 0 ? beyond / learned_->unit[c] : far);
  }
  return largest;
}

void column_ranges::save(bundle_writer& w) const {
  w.put("low", std::span<const double>(learned_->low));
  w.put("high", std::span<const double>(learned_->high));
  w.put("unit", std::span<const double>(learned_->unit));
}

column_ranges column_ranges::load(const bundle_reader& r, std::string_view input) {
  r.must_equal("input", input);
  const auto low = r.tensor<double>("low");
  const auto high = r.tensor<double>("high", low.size()), unit = r.tensor<double>("unit", low.size());
  if (input == "numbers" && low.size() != 1) r.reject("numbers have one range");
  for (std::size_t c = 0; c < low.size(); ++c)
    if (!(low[c] <= high[c]) || !std::isfinite(unit[c]) || unit[c] < 0 ||
        std::isfinite(low[c]) != std::isfinite(high[c]))
      r.reject("a range is none");
  return column_ranges({{low.begin(), low.end()}, {high.begin(), high.end()}, {unit.begin(), unit.end()}});
}

}  // namespace detail

void outliers::check() const {
  if (!(std::isfinite(limit) && limit >= 0))
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "a limit of 0 or more", .got = fmt::format("{}", limit)});
}

detail::column_ranges outliers::learn(const bespoke::detail::number_columns& x, const context& ctx) const {
  // A column without any value keeps the range of all finite numbers.
  constexpr double most = std::numeric_limits<double>::max();
  const std::size_t width = x.width();
  detail::column_ranges::columns l{std::vector<double>(width, -most), std::vector<double>(width, most),
                                   std::vector<double>(width)};
  ctx.parallel(width, [&](std::size_t c, scratch&) {
    auto values = x.present(c);
    if (values.empty()) return;
    if (rule == outlier_rule::z_score) {
      l.low[c] = l.high[c] = bespoke::detail::mean_of(values);
      l.unit[c] = deviation_of(values, l.low[c]);
    } else {
      std::sort(values.begin(), values.end());
      l.low[c] = bespoke::detail::quantile_of(values, 0.25);
      l.high[c] = bespoke::detail::quantile_of(values, 0.75);
      l.unit[c] = l.high[c] - l.low[c];
    }
    l.unit[c] = std::min(l.unit[c], most);
  });
  return detail::column_ranges(std::move(l));
}

void outliers::save(bundle_writer& w) const {
  w.put("rule", name(rule));
  w.put("limit", chosen_limit());
}

void outliers::must_equal(const bundle_reader& r) const {
  r.must_equal("rule", name(rule));
  r.must_equal("limit", chosen_limit());
}

}  // namespace bespoke::preprocess
