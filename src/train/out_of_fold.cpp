// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/out_of_fold.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke::train::detail {

void check_each_once(const char* stage, const std::vector<fold>& folds, std::size_t records) {
  std::vector<std::size_t> times(records);
  for (const fold& f : folds)
    for (const std::size_t i : f.test) ++times[i];
  for (std::size_t i = 0; i < records; ++i)
    if (times[i] != 1)
      throw error(errc::invalid_argument, {.stage = stage,
                                           .record = i,
                                           .expected = "folds that hold out every record once",
                                           .got = fmt::format("{} times", times[i]),
                                           .advice = "time_folds cannot be used here"});
}

std::size_t only_label(std::span<const std::uint32_t> numbers, std::span<const std::size_t> records,
                       std::size_t labels) {
  if (records.empty()) return labels;
  const std::uint32_t first = numbers[records[0]];
  const bool one = std::all_of(records.begin(), records.end(), [&](std::size_t i) { return numbers[i] == first; });
  return one ? first : labels;
}

void write_constant(std::span<double> row, std::size_t label, bool probabilities) {
  std::fill(row.begin(), row.end(), probabilities ? 0.0 : -1.0);
  row[label] = 1;
}

}  // namespace bespoke::train::detail
