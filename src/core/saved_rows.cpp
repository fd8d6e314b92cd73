// SPDX-License-Identifier: Apache-2.0
#include "saved_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

namespace bespoke::detail {

void save_rows(bundle_writer& w, const std::string& name, const sparse_rows& rows) {
  w.put(name + "_offsets", rows.offsets());
  w.put(name + "_columns", rows.columns());
  w.put(name + "_values", rows.values());
}

sparse_rows load_rows(const bundle_reader& r, const std::string& name, std::size_t rows, std::size_t width) {
  const auto offsets =
      r.tensor<std::uint64_t>(name + "_offsets", rows == bundle_reader::any_size ? rows : rows + std::size_t{1});
  const auto columns = r.tensor<std::uint32_t>(name + "_columns");
  const auto values = r.tensor<float>(name + "_values", columns.size());
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != columns.size() ||
      !std::is_sorted(offsets.begin(), offsets.end()))
    r.reject(name + "_offsets does not ascend to the number of values");
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
    r.reject(name + "_values has a number that is not finite");
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    const auto own = columns.subspan(offsets[i], offsets[i + 1] - offsets[i]);
    if (std::adjacent_find(own.begin(), own.end(), std::greater_equal<>()) != own.end())
      r.reject(name + "_columns does not ascend within a row");
    if (!own.empty() && own.back() >= width) r.reject(name + "_columns has a number that is too large");
  }
  return {width, {offsets.begin(), offsets.end()}, {columns.begin(), columns.end()}, {values.begin(), values.end()}};
}

}  // namespace bespoke::detail
