// SPDX-License-Identifier: Apache-2.0
#include "linear_operand.hpp"

#include <cstdint>
#include <utility>

namespace bespoke::train::detail {

dense_rows transposed(const dense_rows& rows, const context& ctx) {
  constexpr std::size_t at_once = 16;  // floats of a cache line
  dense_rows out(rows.width(), rows.size());
  ctx.parallel((rows.width() + at_once - 1) / at_once, [&](std::size_t b, scratch&) {
    const std::size_t first = b * at_once, last = std::min(rows.width(), first + at_once);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t c = first; c < last; ++c) out.writable(c)[i] = rows[i][c];
  });
  return out;
}

sparse_rows transposed(const sparse_rows& rows) {
  aligned_vector<std::uint64_t> offsets(rows.width() + 1);
  for (const std::uint32_t c : rows.columns()) ++offsets[c + 1];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  aligned_vector<std::uint32_t> records(rows.stored());
  aligned_vector<float> values(rows.stored());
  std::vector<std::uint64_t> next(offsets.begin(), offsets.end());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      records[next[c]] = static_cast<std::uint32_t>(i);
      values[next[c]++] = v;
    });
  return {rows.size(), std::move(offsets), std::move(records), std::move(values)};
}

}  // namespace bespoke::train::detail
