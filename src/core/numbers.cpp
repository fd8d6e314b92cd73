// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/numbers.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace bespoke::detail {

void check_width(const char* stage, std::size_t learned, std::size_t got, std::size_t record) {
  if (learned == got) return;
  throw error(errc::shape, {.stage = stage,
                            .record = record,
                            .expected = fmt::format("a row of {} columns", learned),
                            .got = fmt::format("{}", got)});
}

void throw_not_finite(const char* stage, double value, const char* advice, std::size_t record) {
  const bool missing = std::isnan(value);
  const bool in_fit = record != error_details::unknown;
  throw error(errc::invalid_argument,
              {.stage = stage,
               .record = record,
               .expected = "a finite number",
               .got = missing ? "a missing value" : "an infinity",
               .advice = missing || !in_fit ? advice : "replace or drop such records before the fit"});
}

void check_records(const char* stage, std::size_t records) {
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
}

void number_columns::check(const char* stage, absent policy, const char* advice) const {
  if (policy == absent::all_left_out) return;
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t c = 0; c < width(); ++c)
      if (const double v = at(i, c); std::isinf(v) || (std::isnan(v) && policy == absent::error))
        throw_not_finite(stage, v, advice, i);
}

std::vector<double> number_columns::present(std::size_t column) const {
  std::vector<double> values;
  values.reserve(size());
  for (std::size_t i = 0; i < size(); ++i)
    if (const double v = at(i, column); std::isfinite(v)) values.push_back(v);
  return values;
}

double mean_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double v : values) sum += v;
  if (values.empty() || std::isfinite(sum)) return values.empty() ? 0.0 : sum / n;
  sum = 0;  // too large for a double, which the mean is not
  for (const double v : values) sum += v / n;
  return sum;
}

double quantile_of(std::span<const double> ascending, double q) {
  if (ascending.empty()) return 0;
  const double at = q * static_cast<double>(ascending.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), ascending.size() - 1);
  const double a = ascending[low], b = ascending[std::min(low + 1, ascending.size() - 1)];
  const double t = at - static_cast<double>(low);
  if (!std::isfinite(b - a)) return a * (1 - t) + b * t;
  // From the nearer end, so that q = 1 gives the largest value itself.
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

double median_of(std::span<const double> ascending) {
  if (ascending.empty()) return 0;
  const std::size_t half = ascending.size() / 2;
  return ascending.size() % 2 == 1 ? ascending[half] : ascending[half - 1] / 2 + ascending[half] / 2;
}

}  // namespace bespoke::detail
