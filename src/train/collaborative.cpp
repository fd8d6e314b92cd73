// SPDX-License-Identifier: Apache-2.0
#include "collaborative.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "checks.hpp"

namespace bespoke::train::detail {

void check_interactions(const char* stage, const interaction_matrix& seen) {
  if (seen.size() == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no interactions"});
}

sparse_rows counted(const sparse_rows& rows, bool by_value) {
  if (by_value) return rows;
  const auto offsets = rows.offsets();
  const auto columns = rows.columns();
  return {rows.width(),
          {offsets.begin(), offsets.end()},
          {columns.begin(), columns.end()},
          aligned_vector<float>(rows.stored(), 1.0f)};
}

sparse_row counted(const sparse_row& row, bool by_value, scratch& s) {
  if (by_value) return row;
  const auto ones = s.take<float>(row.size());
  std::fill(ones.begin(), ones.end(), 1.0f);
  return {row.columns, ones, row.columns_in_all};
}

std::vector<float> column_shares(const sparse_rows& rows) {
  std::vector<double> sums(rows.width());
  for (std::size_t i = 0; i < rows.stored(); ++i) sums[rows.columns()[i]] += static_cast<double>(rows.values()[i]);
  std::vector<float> shares;
  for (const double sum : sums) shares.push_back(static_cast<float>(sum / static_cast<double>(rows.size())));
  return shares;
}

const float* value_at(const sparse_row& row, std::size_t column) {
  const auto at = std::lower_bound(row.columns.begin(), row.columns.end(), column);
  if (at == row.columns.end() || *at != column) return nullptr;
  return &row.values[static_cast<std::size_t>(at - row.columns.begin())];
}

baselines baselines_of(const sparse_rows& rows) {
  constexpr double held_back = 10;
  const auto columns = rows.columns();
  const auto values = rows.values();
  double mean = 0;
  for (const float v : values) mean += static_cast<double>(v);
  mean /= static_cast<double>(std::max(values.size(), std::size_t{1}));
  std::vector<double> sums(rows.width()), counts(rows.width(), held_back);
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums[columns[i]] += static_cast<double>(values[i]) - mean;
    ++counts[columns[i]];
  }
  baselines all{static_cast<float>(mean), {}};
  for (std::size_t i = 0; i < sums.size(); ++i) all.expected.push_back(static_cast<float>(mean + sums[i] / counts[i]));
  return all;
}

double user_offset(const sparse_row& history, std::span<const float> expected) {
  constexpr double held_back = 15;
  double sum = 0;
  for_each_value(history,
                 [&](std::size_t i, float v) { sum += static_cast<double>(v) - static_cast<double>(expected[i]); });
  return sum / (static_cast<double>(history.size()) + held_back);
}

void check_settings(const char* stage, const neighbor_settings& settings) {
  if (settings.k == 0)
    throw error(errc::invalid_argument, {.stage = stage, .expected = "a k of 1 or more", .got = "0"});
  check_positive(stage, "shrinkage", settings.shrinkage, true);
  if (settings.by_value || (!settings.predicted && settings.by == similarity::cosine)) return;
  throw error(errc::invalid_argument, {.stage = stage,
                                       .problem = "predicted values and similarities of values less a mean need values",
                                       .advice = "pass .by_value = true"});
}

std::vector<double> row_means(const sparse_rows& rows) {
  std::vector<double> means(rows.size());
  for (std::size_t i = 0; i < means.size(); ++i) {
    for_each_value(rows[i], [&](std::size_t, float v) { means[i] += static_cast<double>(v); });
    if (rows[i].size() > 0) means[i] /= static_cast<double>(rows[i].size());
  }
  return means;
}

sparse_rows less_means(const sparse_rows& rows, std::span<const double> of_rows, std::span<const double> of_columns) {
  aligned_vector<float> values;
  values.reserve(rows.stored());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      const double mean = (of_rows.empty() ? 0 : of_rows[i]) + (of_columns.empty() ? 0 : of_columns[c]);
      values.push_back(static_cast<float>(static_cast<double>(v) - mean));
    });
  return {rows.width(),
          {rows.offsets().begin(), rows.offsets().end()},
          {rows.columns().begin(), rows.columns().end()},
          std::move(values)};
}

std::vector<double> lengths_of(const sparse_rows& rows) {
  std::vector<double> lengths(rows.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = std::sqrt(squared_norm(rows[i]));
  return lengths;
}

overlaps::overlaps(std::size_t rows, scratch& s)
    : products_(s.take<double>(rows)), common_(s.take<std::uint32_t>(rows)), found_(s.take<std::uint32_t>(rows)) {
  std::fill(products_.begin(), products_.end(), 0.0);
  std::fill(common_.begin(), common_.end(), 0u);
}

void overlaps::count(const sparse_row& row, const sparse_rows& by_column) {
  for_each_value(row, [&](std::size_t column, float v) {
    for_each_value(by_column[column], [&](std::size_t other, float w) {
      if (common_[other]++ == 0) found_[size_++] = static_cast<std::uint32_t>(other);
      products_[other] += static_cast<double>(v) * static_cast<double>(w);
    });
  });
}

void overlaps::clear() {
  for (const std::uint32_t row : found()) products_[row] = 0, common_[row] = 0;
  size_ = 0;
}

float similarity_of(double product, double lengths, std::uint32_t common, double shrinkage) {
  if (!(lengths > 0)) return 0;
  const double cosine = std::clamp(product / lengths, -1.0, 1.0), n = common;
  return static_cast<float>(cosine * (n / (n + shrinkage)));
}

std::vector<float> load_finite(const bundle_reader& r, const std::string& name, std::size_t expected) {
  const auto values = r.tensor<float>(name, expected);
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
    r.reject(name + " has a number that is not finite");
  return {values.begin(), values.end()};
}

}  // namespace bespoke::train::detail
