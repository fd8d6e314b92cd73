// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/standardize.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace bespoke::features {

namespace {

constexpr const char* stage = "standardize";

[[noreturn]] void wrong_width(std::size_t learned, std::size_t got, std::size_t record = error_details::unknown) {
  throw error(errc::shape, {.stage = stage,
                            .record = record,
                            .expected = fmt::format("a row of {} columns", learned),
                            .got = fmt::format("{}", got)});
}

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

bool column_moments::counts(double value, std::size_t record) const {
  if (std::isfinite(value)) return true;
  if (std::isnan(value) && policy_ == missing::mean) return false;
  throw error(errc::invalid_argument,
              {.stage = stage,
               .record = record,
               .expected = "a finite number",
               .got = std::isnan(value) ? "a missing value" : "an infinity",
               .advice = std::isnan(value) ? "pass .missing = missing::mean to learn from the others"
                                           : "replace or drop such records before the fit"});
}

void column_moments::widen(std::size_t width, std::size_t record) {
  if (rows_ == 0) {
    count_.resize(width);
    mean_.resize(width);
    deviations_.resize(width);
  } else if (count_.size() != width) {
    wrong_width(count_.size(), width, record);
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
    if (rows[i].width() != width) wrong_width(width, rows[i].width(), rows.first() + i);
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

scaling::scaling(const column_moments& m, options o) {
  if (m.rows_ == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  learned l{.chosen = o};
  l.mean.resize(m.count_.size());
  l.scale.resize(m.count_.size(), 1.0);
  for (std::size_t c = 0; c < m.count_.size(); ++c) {
    double n = m.count_[c], mean = m.mean_[c], m2 = m.deviations_[c];
    if (m.sparse_) join(n, mean, m2, static_cast<double>(m.rows_) - n - m.absent_[c], 0, 0);
    l.mean[c] = mean;
    if (n > 0) l.scale[c] = scale_of(n, mean, m2 / n);
  }
  learned_ = std::make_shared<const learned>(std::move(l));
}

float scaling::operator()(double value, std::size_t column) const {
  const learned& l = *learned_;
  if (!std::isfinite(value)) {
    if (l.chosen.policy == missing::error)
      throw error(errc::invalid_argument, {.stage = stage,
                                           .expected = "a finite number",
                                           .got = std::isnan(value) ? "a missing value" : "an infinity",
                                           .advice = "pass .missing = missing::mean to take the mean instead"});
    value = l.mean[column];
  }
  const double centred = l.chosen.with_mean ? value - l.mean[column] : value;
  return static_cast<float>(l.chosen.with_std ? centred / l.scale[column] : centred);
}

dense_row scaling::operator()(const dense_row& r, scratch& s) const {
  if (r.width() != width()) wrong_width(width(), r.width());
  auto out = s.take<float>(r.width());
  for (std::size_t c = 0; c < out.size(); ++c) out[c] = (*this)(r[c], c);
  return {out};
}

sparse_row scaling::operator()(const sparse_row& r, scratch& s) const {
  if (r.width() != width()) wrong_width(width(), r.width());
  auto out = s.take<float>(r.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (*this)(r.values[i], r.columns[i]);
  return {r.columns, out, r.columns_in_all};
}

double scaling::example(std::uint64_t random) const noexcept {
  const double unit = static_cast<double>(random >> 11) * 0x1p-53;
  return learned_->mean[0] + learned_->scale[0] * (4 * unit - 2);
}

namespace {
const char* text(missing m) { return m == missing::mean ? "mean" : "error"; }
}  // namespace

void scaling::save(bundle_writer& w, std::string_view input) const {
  w.put("input", input);
  w.put("with_mean", learned_->chosen.with_mean);
  w.put("with_std", learned_->chosen.with_std);
  w.put("missing", text(learned_->chosen.policy));
  w.put("mean", mean());
  w.put("scale", scale());
}

scaling scaling::load(const bundle_reader& r, options o, std::string_view input) {
  r.must_equal("input", input);
  r.must_equal("with_mean", o.with_mean);
  r.must_equal("with_std", o.with_std);
  r.must_equal("missing", text(o.policy));
  const auto mean = r.tensor<double>("mean"), scale = r.tensor<double>("scale", mean.size());
  if (input == "numbers" && mean.size() != 1) r.reject("numbers have one mean");
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(mean.begin(), mean.end(), finite)) r.reject("a mean is not finite");
  if (!std::all_of(scale.begin(), scale.end(), [&](double v) { return finite(v) && v > 0; }))
    r.reject("a scale is not positive");
  return scaling(learned{o, {mean.begin(), mean.end()}, {scale.begin(), scale.end()}});
}

}  // namespace detail

void standardize::check(bool sparse) const {
  if (sparse && with_mean)
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .problem = "subtracting the mean would make every zero of a sparse row a number",
                 .advice = "pass .with_mean = false"});
}

sparse_rows standardize::copy(const block<sparse_row>& b) {
  sparse_rows rows(b.size() == 0 ? 0 : b[0].width());
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (b[i].width() != rows.width()) wrong_width(rows.width(), b[i].width(), b.first() + i);
    rows.append(b[i]);
  }
  return rows;
}

}  // namespace bespoke::features
