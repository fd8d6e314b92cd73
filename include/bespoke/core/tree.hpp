// SPDX-License-Identifier: Apache-2.0
#pragma once
// Decision trees as flat arrays: what every learner of trees leaves behind, and what answers.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace bespoke {

/// What makes one split of records better than another: how much purer both sides are than the whole.
enum class split_measure {
  gini,           ///< labels: 1 − Σ shareₖ²
  entropy,        ///< labels: −Σ shareₖ · log₂ shareₖ
  squared_error,  ///< numbers: the mean squared distance from the mean
};

/// One node: a question about one column, or a leaf. 16 bytes.
struct tree_node {
  float threshold = 0;         ///< values up to this go left
  std::uint32_t question = 0;  ///< the column; in the highest bit, whether a missing value (NaN) goes left
  std::uint32_t left = 0;      ///< number of the next node for values at most `threshold`; 0: this is a leaf
  std::uint32_t right = 0;     ///< and for values above it

  static constexpr std::uint32_t missing_bit = std::uint32_t{1} << 31;

  bool is_leaf() const noexcept { return left == 0; }
  std::uint32_t column() const noexcept { return question & ~missing_bit; }
  bool missing_left() const noexcept { return (question & missing_bit) != 0; }
  /// The next node of a row with this value in the column.
  std::uint32_t next(float value) const noexcept {
    const bool goes_right = missing_left() ? value > threshold : !(value <= threshold);
    return goes_right ? right : left;
  }
};

/// One tree as it was grown: nodes, the root first and each before its children, and `values.size() / nodes.size()`
/// numbers for each node, inner ones too.
struct grown_tree {
  std::vector<tree_node> nodes{};
  std::vector<float> values{};
};

/// Trees that are added up. Each leaf holds `outputs()` numbers; tree t adds them to the sums from place
/// (t mod turns) · outputs, so that one list holds the trees of all labels in turn. Every node has such numbers, not only
/// leaves: what they change by along the way to a leaf is the reason for an answer.
/// Thread safety: const calls from any thread.
class trees {
 public:
  /// For rows of `width` columns. `base`, one number a sum, is what sums begin with: zeros if empty.
  /// Throws errc::invalid_argument for no output or turn, errc::limit for 2³¹ columns or more, errc::shape for a base of
  /// another length.
  trees(std::size_t width, std::size_t outputs, std::size_t turns = 1, std::vector<double> base = {});

  /// Adds the next tree. Throws errc::shape for values that do not fit, errc::limit for 2³² nodes in all.
  void append(const grown_tree& tree);
  /// Keeps the first `count` trees.
  void keep(std::size_t count);

  std::size_t size() const noexcept { return roots_.size() - 1; }               ///< trees
  std::size_t width() const noexcept { return width_; }                         ///< columns of the rows
  std::size_t outputs() const noexcept { return outputs_; }                     ///< numbers in a leaf
  std::size_t turns() const noexcept { return turns_; }                         ///< trees in a round
  std::size_t sums() const noexcept { return turns_ * outputs_; }               ///< numbers that `add` gives
  std::span<const double> base() const noexcept { return base_; }               ///< what sums begin with
  std::span<const tree_node> nodes() const noexcept { return nodes_; }          ///< of all trees
  std::size_t root(std::size_t tree) const { return roots_[tree]; }             ///< number of a tree's first node
  std::size_t leaves() const noexcept { return (nodes_.size() + size()) / 2; }  ///< in all trees
  /// The numbers of a node.
  std::span<const float> values(std::size_t node) const noexcept {
    return {values_.data() + node * outputs_, outputs_};
  }

  /// The leaf of a row in a tree. A missing value goes the way that its node says. The row must have `width()` columns.
  std::size_t leaf(std::size_t tree, const dense_row& row) const noexcept {
    std::uint32_t at = roots_[tree];
    while (!nodes_[at].is_leaf()) at = nodes_[at].next(row.values[nodes_[at].column()]);
    return at;
  }
  /// Writes the base and the leaves' numbers, added in the order of the trees, to `sums() ` places of `out`. O(trees ·
  /// depth · outputs), no allocation. Throws errc::shape unless the row has `width()` columns.
  void add_up(const dense_row& row, std::span<double> out) const;

  /// What each column changed sum `sum` by: the change of the nodes' numbers at its questions on the row's ways, summed
  /// over the trees (Saabas: Interpreting random forests, 2014). With the numbers of the roots and the base they add up to
  /// the sum. Throws as `add_up`. O(trees · depth + columns).
  std::vector<double> contributions(const dense_row& row, std::size_t sum) const;

  /// Writes the tensors "columns", "thresholds", "missing_left", "left", "right", "values", "roots" and "base".
  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle unless every child is a node of the same tree after its parent and has one parent, columns
  /// are below the width, and all numbers are finite (a threshold may be +∞).
  static trees load(const bundle_reader& r);

 private:
  void check_width(const dense_row& row) const;
  void check_nodes(const bundle_reader& r) const;

  std::size_t width_, outputs_, turns_;
  std::vector<double> base_;
  std::vector<std::uint32_t> roots_{0};  // of each tree, and the number of nodes
  std::vector<tree_node> nodes_;
  std::vector<float> values_;  // [node][output]
};

}  // namespace bespoke
