// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/standardize.hpp>

#include <bespoke/core/error.hpp>

#include <cmath>
#include <limits>

namespace bespoke::features {

namespace {

constexpr const char* stage = "standardize";

// Joins (count, mean, deviations) of two disjoint sets of values.
void join(double& n, double& mean, double& m2, double n2, double mean2, double m22) {
  if (n2 == 0) return;
  const double all = n + n2, delta = mean2 - mean;
  m2 += m22 + delta * delta * (n * n2 / all);
  mean += delta * (n2 / all);
  n = all;
}

}  // namespace

namespace detail {

using bespoke::detail::check_width;
using bespoke::detail::throw_not_finite;

bool column_moments::counts(double value, std::size_t record) const {
  if (std::isfinite(value)) return true;
  if (std::isnan(value) && policy_ == missing::mean) return false;
  throw_not_finite(stage, value, in_fit_advice, record);
}

void column_moments::widen(std::size_t width, std::size_t record) {
  if (rows_ == 0) {
    count_.resize(width);
    mean_.resize(width);
    deviations_.resize(width);
  } else {
    check_width(stage, count_.size(), width, record);
  }
}

void column_moments::add(std::span<const double> column, std::size_t first) {
  widen(1, first);
  rows_ += column.size();
  double n = 0, sum = 0, m2 = 0;
  for (std::size_t i = 0; i < column.size(); ++i)
    if (counts(column[i], first + i)) n += 1, sum += column[i];
  const double mean = n > 0 ? sum / n : 0;
  for (const double v : column)
    if (!std::isnan(v)) m2 += (v - mean) * (v - mean);
  join(count_[0], mean_[0], deviations_[0], n, mean, m2);
}

void column_moments::add(const block<dense_row>& rows) {
  if (rows.size() == 0) return;
  const std::size_t width = rows[0].width();
  widen(width, rows.first());
  rows_ += rows.size();
  std::vector<double> n(width), mean(width), m2(width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check_width(stage, width, rows[i].width(), rows.first() + i);
    for (std::size_t c = 0; c < width; ++c)
      if (const double v = rows[i][c]; counts(v, rows.first() + i)) n[c] += 1, mean[c] += v;
  }
  for (std::size_t c = 0; c < width; ++c) mean[c] = n[c] > 0 ? mean[c] / n[c] : 0;
  for (const dense_row& r : rows)
    for (std::size_t c = 0; c < width; ++c)
      if (const double d = r[c] - mean[c]; !std::isnan(d)) m2[c] += d * d;
  for (std::size_t c = 0; c < width; ++c) join(count_[c], mean_[c], deviations_[c], n[c], mean[c], m2[c]);
}

// Stored values one by one (Welford, 1962); the zeros between them join at the end, in `scaling`.
void column_moments::add(const sparse_rows& rows, std::size_t first) {
  widen(rows.width(), first);
  sparse_ = true;
  rows_ += rows.size();
  absent_.resize(rows.width());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (!counts(v, first + i)) return void(absent_[c] += 1);
      const double delta = v - mean_[c];
      count_[c] += 1;
      mean_[c] += delta / count_[c];
      deviations_[c] += delta * (v - mean_[c]);
    });
}

void column_moments::absorb(const column_moments& later) {
  widen(later.count_.size(), error_details::unknown);
  rows_ += later.rows_;
  for (std::size_t c = 0; c < count_.size(); ++c)
    join(count_[c], mean_[c], deviations_[c], later.count_[c], later.mean_[c], later.deviations_[c]);
}

namespace {

// As scikit-learn: a variance below what rounding alone can make counts as none.
double scale_of(double n, double mean, double variance) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const double rounding = n * eps * variance + (n * mean * eps) * (n * mean * eps);
  return variance <= rounding ? 1.0 : std::sqrt(variance);
}

}  // namespace

scaling::columns column_moments::learned() const {
  bespoke::detail::check_records(stage, rows_);
  scaling::columns l{.centre = mean_, .scale = std::vector<double>(mean_.size(), 1.0)};
  for (std::size_t c = 0; c < mean_.size(); ++c) {
    double n = count_[c], m2 = deviations_[c];
    if (sparse_) join(n, l.centre[c], m2, static_cast<double>(rows_) - n - absent_[c], 0, 0);
    if (n > 0) l.scale[c] = scale_of(n, l.centre[c], m2 / n);
  }
  l.fill = l.centre;
  return l;
}

}  // namespace detail

void standardize::check(bool sparse) const {
  detail::check_missing(stage, missing::mean, missing);
  if (sparse && with_mean)
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .problem = "subtracting the mean would make every zero of a sparse row a number",
                 .advice = "pass .with_mean = false"});
}

sparse_rows standardize::copy(const block<sparse_row>& b) {
  sparse_rows rows(b.size() == 0 ? 0 : b[0].width());
  for (std::size_t i = 0; i < b.size(); ++i) {
    bespoke::detail::check_width(stage, rows.width(), b[i].width(), b.first() + i);
    rows.append(b[i]);
  }
  return rows;
}

}  // namespace bespoke::features
