// SPDX-License-Identifier: Apache-2.0
#pragma once
// A random forest: many trees, each grown on records and columns drawn for it. Strong without tuning.

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

namespace bespoke::train {

using bespoke::operator|;

/// What a forest notes while it grows.
struct forest_notes {
  /// How good the forest is on records that its trees did not learn from: for labels the accuracy, for numbers R²
  /// (1 − squared error / squared distance from the mean). NaN where it was not asked for.
  double out_of_bag = std::numeric_limits<double>::quiet_NaN();

  void save(bundle_writer& w) const { w.put("out_of_bag_score", out_of_bag); }
  static forest_notes load(const bundle_reader& r) { return {r.number("out_of_bag_score")}; }
};

/// A forest of classification trees (Breiman: Random forests, 2001). Each tree learns from as many records as there are,
/// drawn with replacement, and tries some columns, drawn again, at every node. The probability of a label is the mean of
/// its shares in the leaves.
///
///     dense_row, any label → decision<label>, its score being the probability
///     (of sparse rows: features::dense before it)
///
/// Missing values are NaN; they, ties and limits are those of `decision_tree`.
/// Fit: the rows are copied once; trees side by side on all threads, each from a seed of its own, the same bytes for any
/// number of threads. O(trees · columns tried · records · depth). Throws as decision_tree does.
/// One record: O(trees · depth), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's RandomForestClassifier, which draws other random numbers.
struct random_forest {
  std::size_t trees = 100;                      ///< how many; 1 or more
  split_measure measure = split_measure::gini;  ///< gini or entropy
  std::size_t max_depth = 0;                    ///< most questions on one way; 0: no limit
  std::size_t min_samples_split = 2;            ///< fewest records of a node that is split; 2 or more
  std::size_t min_samples_leaf = 1;             ///< fewest records of a leaf; 1 or more
  std::size_t max_leaves = 0;                   ///< most leaves of a tree; 0: no limit
  std::size_t max_features = 0;                 ///< columns tried at a node; 0: the square root of their number
  double ccp_alpha = 0;                         ///< pruning, as in decision_tree
  bool bootstrap = true;                        ///< draw records; false: every tree learns from all
  bool out_of_bag = false;                      ///< measure the forest on the records each tree left out: `notes()`
  bool balanced = false;                        ///< each label counts the same in sum, however many records it has

  static constexpr std::string_view kind = "random_forest/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<forest_notes>;
  template <label Label>
  using fitted = tree_classifier<random_forest, Label>;

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

  /// The forest for rows whose labels are numbers below `labels`: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
               std::size_t labels, const context& ctx) const;

  // What tree_classifier asks: the sums are the shares of the labels, added up over the trees.
  static void to_probabilities(const bespoke::trees& all, std::span<double> sums) {
    for (double& s : sums) s /= static_cast<double>(all.size());
  }
  static std::size_t labels_of(const bespoke::trees& all) { return all.outputs(); }
  static std::pair<std::size_t, double> sum_of_label(const bespoke::trees& all, std::size_t label) {
    return {label, 1.0 / static_cast<double>(all.size())};
  }
  void save(bundle_writer& w) const;
  static random_forest saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

/// A forest of regression trees: as `random_forest`; the answer is the mean of the trees' answers.
///
///     dense_row, any number → float
///     (of sparse rows: features::dense before it)
///
/// Throws as random_forest, and errc::invalid_argument for a target that is not finite.
struct random_forest_regressor {
  std::size_t trees = 100;  ///< as in random_forest, as all below
  std::size_t max_depth = 0;
  std::size_t min_samples_split = 2;
  std::size_t min_samples_leaf = 1;
  std::size_t max_leaves = 0;
  std::size_t max_features = 0;  ///< columns tried at a node; 0: all
  double ccp_alpha = 0;
  bool bootstrap = true;
  bool out_of_bag = false;

  static constexpr std::string_view kind = "random_forest_regressor/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<forest_notes>;
  using fitted = tree_regression<random_forest_regressor>;

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

  /// The forest: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
               const context& ctx) const;

  static double factor(const bespoke::trees& all) { return 1.0 / static_cast<double>(all.size()); }
  void save(bundle_writer& w) const;
  static random_forest_regressor saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

}  // namespace bespoke::train
