// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decision tree: the learner whose every answer can be read as a few questions.

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
#include <span>
#include <string_view>
#include <utility>

namespace bespoke::train {

using bespoke::operator|;

/// A single tree notes nothing beside its nodes.
struct tree_notes {
  void save(bundle_writer&) const {}
  static tree_notes load(const bundle_reader&) { return {}; }
};

/// A classification tree (CART: Breiman, Friedman, Olshen, Stone, 1984). Every place between two neighbouring values of
/// a column is tried; the threshold is their middle. Of splits with equal gain the first column is taken, and in it the
/// smallest threshold. A node is split until it holds one label, or a limit below forbids it.
///
///     dense_row, any label → decision<label>, its score being the share of the label in the leaf
///     (of sparse rows: features::dense before it)
///
/// Missing values are NaN. At a split in training they go the way that gains more, to the right where both are equal; a
/// question that never saw one sends it the way most records went. To find out whether a value is missing is a question
/// too.
///
/// Fit: the rows are copied once; O(columns · records · depth), columns and subtrees on all threads, the same bytes for
/// any number of them. Throws errc::empty_input, errc::shape, and errc::invalid_argument for a parameter out of range, an
/// infinity in a row (with its record), or fewer than two labels.
/// One record: O(depth), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's DecisionTreeClassifier, which draws among equal gains.
struct decision_tree {
  split_measure measure = split_measure::gini;  ///< gini or entropy
  std::size_t max_depth = 0;                    ///< most questions on one way; 0: no limit
  std::size_t min_samples_split = 2;            ///< fewest records of a node that is split; 2 or more
  std::size_t min_samples_leaf = 1;             ///< fewest records of a leaf; 1 or more
  std::size_t max_leaves = 0;                   ///< most leaves, splitting where it gains most; 0: no limit
  std::size_t max_features = 0;                 ///< columns tried at a node, drawn by the fit's seed; 0: all
  double ccp_alpha = 0;                         ///< minimal cost-complexity pruning: larger prunes more; 0: none
  bool balanced = false;                        ///< each label counts the same in sum, however many records it has

  static constexpr std::string_view kind = "decision_tree/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<tree_notes>;
  template <label Label>
  using fitted = tree_classifier<decision_tree, Label>;

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

  /// The tree for rows whose labels are numbers below `labels`: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
               std::size_t labels, const context& ctx) const;

  // What tree_classifier asks: a tree's sums are the shares of the labels.
  static void to_probabilities(const trees&, std::span<double>) {}
  static std::size_t labels_of(const trees& t) { return t.outputs(); }
  static std::pair<std::size_t, double> sum_of_label(const trees&, std::size_t label) { return {label, 1.0}; }
  void save(bundle_writer& w) const;
  static decision_tree saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

/// A regression tree: as `decision_tree`, with the squared error as its measure. Its answer is the mean of the leaf.
///
///     dense_row, any number → float
///     (of sparse rows: features::dense before it)
///
/// Checked against scikit-learn 1.2.1's DecisionTreeRegressor. Throws as decision_tree, and errc::invalid_argument for a
/// target that is not finite.
struct decision_tree_regressor {
  std::size_t max_depth = 0;  ///< as in decision_tree, as all below
  std::size_t min_samples_split = 2;
  std::size_t min_samples_leaf = 1;
  std::size_t max_leaves = 0;
  std::size_t max_features = 0;
  double ccp_alpha = 0;

  static constexpr std::string_view kind = "decision_tree_regressor/1";
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  using learned = grown<tree_notes>;
  using fitted = tree_regression<decision_tree_regressor>;

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

  /// The tree: what `fit` calls. `weights`: of each record, or empty.
  learned grow(const dense_rows& rows, std::span<const double> targets, std::span<const float> weights,
               const context& ctx) const;

  static double factor(const trees&) { return 1; }
  void save(bundle_writer& w) const;
  static decision_tree_regressor saved(const bundle_reader& r);

 private:
  void check(std::size_t records, std::size_t targets) const;
};

}  // namespace bespoke::train
