// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/select_columns.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/linear_algebra.hpp"

namespace bespoke::features {

namespace {

constexpr const char* stage = "select_columns";
constexpr std::size_t columns_in_unit = 64;

// One record's number in a column, where it is not 0.
struct entry {
  float value;
  std::uint32_t record;
};

// The records' labels with what each counts.
class weighing {
 public:
  explicit weighing(const select_columns::labelled& r, std::size_t size) : of_(r), by_label_(r.distinct) {
    for (std::size_t i = 0; i < size; ++i) {
      all_ += weight(i);
      if (!r.labels.empty()) by_label_[r.labels[i]] += weight(i);
    }
  }
  double weight(std::size_t record) const { return of_.weights.empty() ? 1 : double{of_.weights[record]}; }
  std::size_t label(std::size_t record) const { return of_.labels[record]; }
  std::span<const double> by_label() const { return by_label_; }
  double all() const { return all_; }

 private:
  const select_columns::labelled& of_;
  std::vector<double> by_label_;
  double all_ = 0;
};

double chi2(std::span<const entry> column, const weighing& w) {
  std::vector<double> observed(w.by_label().size());
  double sum = 0, score = 0;
  for (const entry& e : column) {
    const double value = w.weight(e.record) * double{e.value};
    observed[w.label(e.record)] += value;
    sum += value;
  }
  for (std::size_t k = 0; k < observed.size(); ++k) {
    const double expected = w.by_label()[k] / w.all() * sum, beyond = observed[k] - expected;
    if (expected > 0) score += beyond * beyond / expected;
  }
  return score;
}

// What the records with one value add to the mutual information, from their counts by label.
double information(std::span<const double> counts, const weighing& w) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (counts[k] > 0) sum += counts[k] * std::log(counts[k] * w.all() / (all * w.by_label()[k]));
  return sum / w.all();
}

double mutual_information(std::vector<entry>& column, const weighing& w) {
  std::stable_sort(column.begin(), column.end(), [](const entry& a, const entry& b) { return a.value < b.value; });
  std::vector<double> zeros(w.by_label().begin(), w.by_label().end()), counts(zeros.size());
  double sum = 0;
  std::size_t others = 0;
  for (std::size_t i = 0; i < column.size();) {
    std::fill(counts.begin(), counts.end(), 0.0);
    for (const float value = column[i].value; i < column.size() && column[i].value == value; ++i) {
      const double weight = w.weight(column[i].record);
      counts[w.label(column[i].record)] += weight;
      zeros[w.label(column[i].record)] -= weight;
    }
    sum += information(counts, w);
    ++others;
  }
  // What subtracting leaves of weights that are no whole numbers is no record.
  for (std::size_t k = 0; k < zeros.size(); ++k)
    if (zeros[k] < 1e-9 * w.by_label()[k]) zeros[k] = 0;
  return std::max(0.0, others == 0 ? 0.0 : sum + information(zeros, w));
}

double variance(std::span<const entry> column, const weighing& w) {
  double sum = 0, squares = 0, rest = w.all();
  for (const entry& e : column) sum += w.weight(e.record) * double{e.value};
  const double mean = sum / w.all();
  for (const entry& e : column) {
    squares += w.weight(e.record) * (double{e.value} - mean) * (double{e.value} - mean);
    rest -= w.weight(e.record);
  }
  return (squares + std::max(0.0, rest) * mean * mean) / w.all();
}

double score(column_score by, std::vector<entry>& column, const weighing& w) {
  if (by == column_score::chi2) return chi2(column, w);
  if (by == column_score::variance) return variance(column, w);
  return mutual_information(column, w);
}

// The values of a column, records ascending; zeros that are stored are none.
void gather(const dense_rows& rows, std::size_t c, std::vector<entry>& out) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (const float v = rows[i][c]; v != 0) out.push_back({v, static_cast<std::uint32_t>(i)});
}
void gather(const sparse_rows& by_column, std::size_t c, std::vector<entry>& out) {
  for_each_value(by_column[c], [&](std::size_t i, float v) {
    if (v != 0) out.push_back({v, static_cast<std::uint32_t>(i)});
  });
}

template <class Rows>
std::vector<double> all_scores(column_score by, const Rows& rows, std::size_t columns, const weighing& w,
                               const context& ctx) {
  std::vector<double> scores(columns);
  ctx.parallel((columns + columns_in_unit - 1) / columns_in_unit, [&](std::size_t unit, scratch&) {
    std::vector<entry> column;
    const std::size_t first = unit * columns_in_unit;
    for (std::size_t c = first; c < std::min(columns, first + columns_in_unit); ++c) {
      column.clear();
      gather(rows, c, column);
      scores[c] = score(by, column, w);
    }
  });
  ctx.report(stage, 1, 1);
  return scores;
}

template <class Rows>
void check_rows(const select_columns& spec, const Rows& rows, std::size_t labels) {
  linear::check_finite(rows, stage);
  if (spec.by == column_score::variance) return;
  if (labels < 2)
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "targets with two labels or more", .got = "the same label everywhere"});
  if (spec.by != column_score::chi2) return;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (v < 0)
        throw error(errc::invalid_argument,
                    {.stage = stage,
                     .record = i,
                     .expected = "no negative number, which chi2 has no meaning for",
                     .got = fmt::format("{} in column {}", v, c),
                     .advice = "select before standardize{}, or by variance or mutual information"});
    });
}

const char* text(column_score by) {
  switch (by) {
    case column_score::mutual_information: return "mutual_information";
    case column_score::variance: return "variance";
    case column_score::chi2: break;
  }
  return "chi2";
}

void check_width(std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(
        errc::shape,
        {.stage = stage, .expected = fmt::format("a row of {} columns", expected), .got = fmt::format("{}", got)});
}

}  // namespace

void select_columns::check(std::size_t records, std::size_t targets) const {
  if (keep == 0) throw error(errc::invalid_argument, {.stage = stage, .expected = "keep of 1 or more", .got = "0"});
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  if (records != targets)
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a target for each of {} records", records),
                              .got = fmt::format("{} targets", targets)});
}

std::vector<double> select_columns::scores(const dense_rows& rows, const labelled& of, const context& ctx) const {
  check_rows(*this, rows, of.distinct);
  return all_scores(by, rows, rows.width(), weighing(of, rows.size()), ctx);
}
std::vector<double> select_columns::scores(const sparse_rows& rows, const labelled& of, const context& ctx) const {
  check_rows(*this, rows, of.distinct);
  return all_scores(by, linear::transposed(rows), rows.width(), weighing(of, rows.size()), ctx);
}

std::shared_ptr<const select_columns::kept> select_columns::best(std::span<const double> all) const {
  if (all.empty()) throw error(errc::invalid_argument, {.stage = stage, .problem = "the rows have no columns"});
  kept k{.spec = *this, .width = all.size()};
  k.columns.resize(all.size());
  std::iota(k.columns.begin(), k.columns.end(), std::uint32_t{0});
  std::stable_sort(k.columns.begin(), k.columns.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return all[a] > all[b]; });
  k.columns.resize(std::min(keep, all.size()));
  std::sort(k.columns.begin(), k.columns.end());
  for (const std::uint32_t c : k.columns) k.scores.push_back(all[c]);
  return std::make_shared<const kept>(std::move(k));
}

dense_row select_columns::select(const kept& k, const dense_row& x, scratch& s) {
  check_width(k.width, x.width());
  const auto out = s.take<float>(k.columns.size());
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = x[k.columns[j]];
  return {out};
}

sparse_row select_columns::select(const kept& k, const sparse_row& x, scratch& s) {
  check_width(k.width, x.width());
  const auto columns = s.take<std::uint32_t>(x.size());
  const auto values = s.take<float>(x.size());
  std::size_t n = 0;
  auto from = k.columns.begin();
  for (std::size_t i = 0; i < x.size(); ++i) {
    from = std::lower_bound(from, k.columns.end(), x.columns[i]);
    if (from == k.columns.end()) break;
    if (*from != x.columns[i]) continue;
    columns[n] = static_cast<std::uint32_t>(from - k.columns.begin());
    values[n++] = x.values[i];
  }
  return {columns.first(n), values.first(n), k.columns.size()};
}

void select_columns::save(const kept& k, bundle_writer& w) {
  w.put("by", text(k.spec.by));
  w.put("keep", k.spec.keep);
  w.put("width", k.width);
  w.put("columns", std::span<const std::uint32_t>(k.columns));
  w.put("scores", std::span<const double>(k.scores));
}

std::shared_ptr<const select_columns::kept> select_columns::read(const bundle_reader& r) {
  const auto by = r.text("by");
  const auto columns = r.tensor<std::uint32_t>("columns");
  const auto scores = r.tensor<double>("scores", columns.size());
  const std::int64_t width = r.integer("width"), keep = r.integer("keep");
  if (columns.empty()) r.reject("there are no columns");
  for (std::size_t j = 1; j < columns.size(); ++j)
    if (columns[j - 1] >= columns[j]) r.reject("the columns are not in ascending order");
  if (width < 0 || columns.back() >= static_cast<std::uint64_t>(width)) r.reject("a column is outside of the width");
  if (keep < 0 || columns.size() > static_cast<std::uint64_t>(keep)) r.reject("more columns than were to be kept");
  if (!std::all_of(scores.begin(), scores.end(), [](double v) { return std::isfinite(v); }))
    r.reject("a score is not finite");
  const auto chosen = by == "variance"             ? column_score::variance
                      : by == "mutual_information" ? column_score::mutual_information
                                                   : column_score::chi2;
  return std::make_shared<const kept>(kept{.spec = {.by = chosen, .keep = static_cast<std::size_t>(keep)},
                                           .width = static_cast<std::size_t>(width),
                                           .columns = {columns.begin(), columns.end()},
                                           .scores = {scores.begin(), scores.end()}});
}

}  // namespace bespoke::features
