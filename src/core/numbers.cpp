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

std::vector<double> number_columns::present(std::size_t column, absent policy, const char* advice) const {
  std::vector<double> values;
  values.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const double v = at(i, column);
    const bool left_out = policy == absent::all_left_out || (policy == absent::left_out && std::isnan(v));
    if (std::isfinite(v)) values.push_back(v);
    else if (!left_out) throw_not_finite(stage_, v, advice, i);
  }
  return values;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

double quantile_of(std::span<const double> ascending, double q) {
  if (ascending.empty()) return 0;
  const double at = q * static_cast<double>(ascending.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), ascending.size() - 1);
  const double a = ascending[low], b = ascending[std::min(low + 1, ascending.size() - 1)];
  const double t = at - static_cast<double>(low);
  // From the nearer end, so that q = 1 gives the largest value itself.
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

double median_of(std::span<const double> ascending) {
  if (ascending.empty()) return 0;
  const std::size_t half = ascending.size() / 2;
  return ascending.size() % 2 == 1 ? ascending[half] : ascending[half - 1] / 2 + ascending[half] / 2;
}

}  // namespace bespoke::detail
