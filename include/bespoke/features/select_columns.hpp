// SPDX-License-Identifier: Apache-2.0
#pragma once
// Selection of columns: those that tell the labels apart best, so that what follows learns from fewer.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// What a column is judged by.
enum class column_score {
  chi2,  ///< χ² of a column's sums by label against what the labels' shares let expect; no negative numbers
  mutual_information,  ///< of a column's different values with the labels, in nats: for counts and categories
  variance,            ///< of the numbers alone, over n: the labels are not asked
};

/// Keeps the columns with the highest scores, of equal ones those further left, in their order.
///
///     dense_row → dense_row, sparse_row → sparse_row, any label; columns keep their names in reasons
///
/// A column that is 0 everywhere has the score 0. Record weights count as repeated records. Where there are no more columns
/// than `keep`, all are kept. Names in reasons are those of the rows it takes: `origin(column)` tells which one.
///
/// Fit: the rows are copied once to one matrix, sparse ones twice; O(stored values · log records + columns · labels), columns
/// side by side on all threads. Throws errc::empty_input without records, errc::shape where widths or counts differ,
/// errc::invalid_argument for `keep` of 0, a NaN or infinity (with its record), for chi2 a negative number (with its
/// record), and except for variance for fewer than two labels.
/// One record: O(columns kept), of sparse rows O(stored values · log columns kept); no allocation. A NaN passes through.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's chi2 and
/// mutual_info_classif(discrete_features=True).
struct select_columns {
  column_score by = column_score::chi2;  ///< what decides
  std::size_t keep = 1000;               ///< how many columns stay

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;
  template <class In>
  using output_for = In;

  template <row In>
  class fitted;

  template <row In, class_target Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;

  /// The columns come from the file, whatever `by` and `keep` say here.
  template <row In, class Y>
  fitted<In> load(bundle_reader& r) const;

  /// The labels of records, for `scores`.
  struct labelled {
    std::span<const std::uint32_t> labels{};  ///< of each record, below `distinct`
    std::span<const float> weights{};         ///< of each record; empty where every record counts the same
    std::size_t distinct = 0;                 ///< labels
  };
  /// The score of every column: what `fit` calls.
  std::vector<double> scores(const dense_rows& rows, const labelled& of, const context& ctx) const;
  std::vector<double> scores(const sparse_rows& rows, const labelled& of, const context& ctx) const;

 private:
  struct kept;
  void check(std::size_t records, std::size_t targets) const;
  std::shared_ptr<const kept> best(std::span<const double> scores) const;
  static dense_row select(const kept& k, const dense_row& x, scratch& s);
  static sparse_row select(const kept& k, const sparse_row& x, scratch& s);
  static void save(const kept& k, bundle_writer& w);
  static std::shared_ptr<const kept> read(const bundle_reader& r);
};

struct select_columns::kept {
  select_columns spec{};
  std::size_t width = 0;                 // of the rows it takes
  std::vector<std::uint32_t> columns{};  // ascending
  std::vector<double> scores{};          // of these
};

/// What `fit` returns for rows `In`. Copies share what was learned.
template <row In>
class select_columns::fitted {
 public:
  static constexpr std::string_view kind = "select_columns/1";
  using output_type = In;

  In operator()(const In& x, scratch& s) const { return select(*kept_, x, s); }

  std::size_t width() const noexcept { return kept_->columns.size(); }
  /// The column of the rows it takes that became column `column`.
  std::size_t origin(std::size_t column) const noexcept { return kept_->columns[column]; }
  /// Of the columns that were kept.
  std::span<const double> scores() const noexcept { return kept_->scores; }
  const select_columns& spec() const noexcept { return kept_->spec; }  ///< how it was fitted

  void save(bundle_writer& w) const { select_columns::save(*kept_, w); }

 private:
  friend struct select_columns;
  explicit fitted(std::shared_ptr<const kept> k) : kept_(std::move(k)) {}

  std::shared_ptr<const kept> kept_;
};

template <row In, class_target Y>
select_columns::fitted<In> select_columns::fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
  check(x.size(), y.size());
  const auto rows = collect(x, ctx);
  if (by == column_score::variance) {
    const auto weights = weights_of(y, ctx);
    return fitted<In>(best(scores(rows, {.weights = weights}, ctx)));
  }
  const auto targets = class_targets<target_value<Y>>::of(y, false, ctx);
  return fitted<In>(best(scores(rows, {targets.numbers, targets.weights, targets.names.size()}, ctx)));
}

template <row In, class Y>
select_columns::fitted<In> select_columns::load(bundle_reader& r) const {
  return fitted<In>(read(r));
}

}  // namespace bespoke::features
