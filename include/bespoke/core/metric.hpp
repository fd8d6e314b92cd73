// SPDX-License-Identifier: Apache-2.0
#pragma once
// Predictions beside the truth, and a metric as a value, for what is told how to judge: cross_validate, searches.
//
//     auto judged = cross_validate(spec, tickets, &Ticket::queue, {.metric = metric::log_loss()});
//     estimate auc = bootstrap(judged.predicted, metric::roc_auc());
//
//     metric cost{"cost", false, [](const predictions& p) { … }};       // one of your own

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/metrics.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace bespoke {

/// What was predicted for some records, and what is true: of a classifier labels and scores, of a regression values.
struct predictions {
  std::vector<std::uint32_t> labels{};         ///< predicted, as numbers; empty of a regression
  std::vector<std::uint32_t> actual_labels{};  ///< empty of a regression
  std::vector<double> scores{};                ///< row-major: a row for each record, a score for each label
  bool probabilities = false;                  ///< the scores are such
  std::size_t label_count = 0;                 ///< 0 of a regression
  std::vector<double> values{};                ///< predicted; empty of a classifier
  std::vector<double> actual_values{};         ///< empty of a classifier
  std::vector<float> weights{};                ///< of the records; empty where every record counts the same

  std::size_t size() const noexcept { return label_count != 0 ? labels.size() : values.size(); }
  /// Those of some records, by their place here; one may come more than once.
  predictions part(std::span<const std::size_t> records) const;
  /// Puts those of other records behind these.
  void append(const predictions& more);
};

/// A figure of merit.
struct metric {
  std::string name{};  ///< empty: accuracy for labels, rmse for values
  bool larger_is_better = true;
  std::function<double(const predictions&)> of{};

  double operator()(const predictions& p) const { return of(p); }

  // Of labels: each asks for a classifier's predictions, and throws errc::invalid_argument for others.
  static metric accuracy();
  static metric balanced_accuracy();
  static metric f(double beta = 1, averaging how = averaging::macro);
  static metric precision(averaging how = averaging::macro);
  static metric recall(averaging how = averaging::macro);
  static metric roc_auc();
  static metric average_precision();
  static metric log_loss();  ///< of probabilities only; less is better
  static metric brier();     ///< of probabilities only; less is better

  // Of values: each asks for a regression's predictions.
  static metric rmse();  ///< less is better
  static metric mae();   ///< less is better
  static metric r_squared();
};

/// `m`, or where it is empty accuracy for labels and rmse for values.
metric or_default(const metric& m, bool labels);

/// A metric of predictions with its percentile bootstrap interval; see core/bootstrap.hpp. O(records · samples).
estimate bootstrap(const predictions& p, const metric& m, const bootstrap_options& options = {});

/// How much more `a` has of the metric than `b`, of the same records in the same order: a paired comparison. An interval
/// without 0 in it says that they differ. Throws errc::shape where they differ in length.
estimate bootstrap_difference(const predictions& a, const predictions& b, const metric& m,
                              const bootstrap_options& options = {});

}  // namespace bespoke
