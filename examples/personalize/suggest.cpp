// SPDX-License-Identifier: Apache-2.0
#include "suggest.hpp"

#include <bespoke/preprocess/fold.hpp>

#include <numeric>

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string either(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return out;
}

namespace {

std::size_t folded_distance(std::string_view typed, std::string_view name) {
  const std::size_t letters = std::max(typed.size(), name.size()) - std::min(typed.size(), name.size());
  const std::size_t most = 1 + typed.size() / 4;
  std::size_t distance = not_near;
  if (letters <= most) distance = 2 * edit_distance(typed, name);
  if (distance > 2 * most) distance = not_near;
  if (typed.size() >= 3 && name.starts_with(typed)) return std::min(distance, 2 + letters / 4);
  if (typed.size() >= 4 && name.find(typed) != std::string_view::npos) return std::min(distance, 3 + letters / 4);
  return distance;
}

}  // namespace

std::size_t distance_from(std::string_view typed, std::string_view name) {
  return folded_distance(bespoke::fold_case(typed), bespoke::fold_case(name));
}
