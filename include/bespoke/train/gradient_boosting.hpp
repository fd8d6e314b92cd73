// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gradient boosting on histograms: trees that each mend what the ones before left wrong. The strongest learner of tables.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/tree.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/tree_answers.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// When boosting ends before its last round: once `patience` rounds brought no loss on records held out that is less than
/// the best before by more than `tolerance`. The rounds after the best are dropped.
struct early_stopping {
  double held_out = 0;  ///< share of the records (queries, when ranking) held out by the fit's seed; 0: never stops
  std::size_t patience = 10;  ///< rounds without a better loss; 1 or more
  double tolerance = 1e-7;    ///< what counts as better
};

/// What boosting notes while it trains.
struct boosting_notes {
  std::size_t rounds = 0;                                           ///< that were kept
  double held_out_loss = std::numeric_limits<double>::quiet_NaN();  ///< of them, with early stopping; else NaN

  void save(bundle_writer& w) const;
  static boosting_notes load(const bundle_reader& r);
};

/// A classifier: minimises the logistic loss (two labels) or the cross-entropy of softmax by Newton's steps, one tree a
/// round, or one for each label. Columns are cut into bins of equal counts, and of each node only the smaller child is
/// counted where the larger one is the difference (Ke and others: LightGBM, 2017).
///
///     dense_row, any label → decision<label>, its score being the probability
///     (of sparse rows: features::dense before it)
///
/// Missing values are NaN and go the way that gains more, to the right where both are equal; where training saw none at a
/// question, the way most records went. Of equal gains the first column is taken, and in it the smallest threshold.
/// Gradients are summed as integers, scaled by a power of two to 23 bits or more, so that sums do not depend on their order.
///
/// Fit: the rows are copied once; O(rounds · labels · columns · records · log leaves), columns on all threads, the same
/// bytes for any number of them. Throws errc::empty_input, errc::shape, errc::limit for 2²⁴ records or more, and
/// errc::invalid_argument for a parameter out of range, an infinity in a row (with its record), or fewer than two labels.
/// One record: O(trees · depth), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's HistGradientBoostingClassifier.
struct gradient_boosting {
  std::size_t rounds = 100;           ///< trees (for three labels or more, trees of each label); 1 or more
  double learning_rate = 0.1;         ///< what a tree's leaves are multiplied by; more than 0
  std::size_t max_leaves = 31;        ///< most leaves of a tree; where the gain is largest is split next; 2 or more
  std::size_t max_depth = 0;          ///< most questions on one way; 0: no limit
  std::size_t min_samples_leaf = 20;  ///< fewest records of a leaf; 1 or more
  double l2 = 0;                      ///< added to each leaf's weight: draws its value towards 0; 0 or more
  std::size_t max_bins = 255;         ///< groups of neighbouring values that a column is cut into; 2 to 255
  double row_share = 1;               ///< records each round learns from, drawn by the seed; above 0, to 1
  double column_share = 1;            ///< columns each tree learns from, drawn by the seed; above 0, to 1
  early_stopping stopping{};          ///< off
  bool balanced = false;              ///< each label counts the same in sum, however many records it has

  static constexpr std::string_view kind = "gradient_boosting/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<boosting_notes>;
  template <label Label>
  using fitted = tree_classifier<gradient_boosting, Label>;

  /// Learns from rows and their labels.
  template <row In, class_target Y>
    requires std::is_same_v<In, dense_row>
  fitted<target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    check(x.size(), y.size());
    auto targets = class_targets<target_value<Y>>::of(y, balanced, ctx);
    return {*this, grow(collect(x, ctx), targets.numbers, targets.weights, targets.names.size(), ctx),
            std::move(targets.names)};
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class_target Y>
    requires std::is_same_v<In, dense_row>
  fitted<target_value<Y>> load(bundle_reader& r) const {
    return fitted<target_value<Y>>::load(r);
  }

  /// The trees for rows whose labels are numbers below `labels`: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
               std::size_t labels, const context& ctx) const;

  // What tree_classifier asks: sums are log-odds of the second of two labels, or a score of each label.
  static void to_probabilities(const trees& all, std::span<double> sums);
  static std::size_t labels_of(const trees& all) { return all.sums() == 1 ? 2 : all.sums(); }
  static std::pair<std::size_t, double> sum_of_label(const trees& all, std::size_t label) {
    if (all.sums() == 1) return {0, label == 0 ? -1.0 : 1.0};
    return {label, 1.0};
  }
  void save(bundle_writer& w) const;
  static gradient_boosting saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

/// A regression: as `gradient_boosting`, with the squared error as its loss.
///
///     dense_row, any number → float
///     (of sparse rows: features::dense before it)
///
/// Throws as gradient_boosting, and errc::invalid_argument for a target that is not finite.
/// Checked against scikit-learn 1.2.1's HistGradientBoostingRegressor.
struct gradient_boosting_regressor {
  std::size_t rounds = 100;  ///< as in gradient_boosting, as all below
  double learning_rate = 0.1;
  std::size_t max_leaves = 31;
  std::size_t max_depth = 0;
  std::size_t min_samples_leaf = 20;
  double l2 = 0;
  std::size_t max_bins = 255;
  double row_share = 1;
  double column_share = 1;
  early_stopping stopping{};
  static constexpr std::string_view kind = "gradient_boosting_regressor/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<boosting_notes>;
  using fitted = tree_regression<gradient_boosting_regressor>;

  /// Learns from rows and their numbers.
  template <row In, number_target Y>
    requires std::is_same_v<In, dense_row>
  fitted fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    check(x.size(), y.size());
    const auto targets = number_targets::of(y, ctx);
    return {*this, grow(collect(x, ctx), targets.values, targets.weights, ctx)};
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, number_target Y>
    requires std::is_same_v<In, dense_row>
  fitted load(bundle_reader& r) const {
    return fitted::load(r);
  }

  /// The trees: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
               const context& ctx) const;

  static double factor(const trees&) { return 1; }
  void save(bundle_writer& w) const;
  static gradient_boosting_regressor saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

/// What a ranking learns from: how relevant a record is to the query it belongs to.
struct in_query {
  float relevance = 0;      ///< 0: not at all; gains grow as 2^relevance − 1. 0 to 30
  std::uint64_t query = 0;  ///< records with the same number are ranked among each other
};

/// A ranking: learns scores whose order within each query has a high NDCG, by LambdaMART (Burges: From RankNet to
/// LambdaRank to LambdaMART, 2010). Two records of a query push each other apart by what swapping them would change NDCG.
///
///     dense_row, in_query → float, larger for records to be ranked first; only differences within a query mean something
///
/// Fit: as gradient_boosting, and O(records of a query · `top`) a query and round. Throws as gradient_boosting, and
/// errc::invalid_argument for a relevance outside 0 to 30.
struct gradient_boosting_ranker {
  std::size_t rounds = 100;  ///< as in gradient_boosting, as all below
  double learning_rate = 0.1;
  std::size_t max_leaves = 31;
  std::size_t max_depth = 0;
  std::size_t min_samples_leaf = 20;
  double l2 = 0;
  std::size_t max_bins = 255;
  double row_share = 1;
  double column_share = 1;
  early_stopping stopping{};
  std::size_t top = 30;  ///< only pairs with a record in the first `top` places push; NDCG at `top` is what is aimed at

  static constexpr std::string_view kind = "gradient_boosting_ranker/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<boosting_notes>;
  using fitted = tree_regression<gradient_boosting_ranker>;

  /// Learns from rows and the relevance of each to its query.
  template <row In, class Y>
    requires(std::is_same_v<In, dense_row> && std::is_same_v<target_value<Y>, in_query>)
  fitted fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    check(x.size(), y.size());
    std::vector<in_query> targets(y.size());
    values_of(y).for_each(ctx, [&](const block<in_query>& b) {
      for (std::size_t i = 0; i < b.size(); ++i) targets[b.first() + i] = b[i];
    });
    return {*this, grow(collect(x, ctx), targets, weights_of(y, ctx), ctx)};
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class Y>
    requires(std::is_same_v<In, dense_row> && std::is_same_v<target_value<Y>, in_query>)
  fitted load(bundle_reader& r) const {
    return fitted::load(r);
  }

  /// The trees: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const in_query> targets, std::span<const float> weights,
               const context& ctx) const;

  static double factor(const trees&) { return 1; }
  void save(bundle_writer& w) const;
  static gradient_boosting_ranker saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

}  // namespace bespoke::train
