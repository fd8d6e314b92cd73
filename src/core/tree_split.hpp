// SPDX-License-Identifier: Apache-2.0
#pragma once
// The best split of one node: every place between two neighbouring values of a column is tried.

#include <bespoke/core/scratch.hpp>
#include <bespoke/core/tree.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "tree_codes.hpp"

namespace bespoke::detail {

/// What trees learn from. Records have either labels or numbers.
struct tree_sample {
  tree_codes codes{};
  std::span<const std::uint32_t> labels{};
  std::size_t label_count = 0;
  std::span<const double> numbers{};
  std::span<const double> weights{};  // empty: all 1

  /// Numbers that sums over records are made of: one a label, or the weight and the weighted number.
  std::size_t sums() const noexcept { return label_count != 0 ? label_count : 2; }
  double weight(std::size_t i) const noexcept { return weights.empty() ? 1.0 : weights[i]; }
};

/// The records of one node, gathered in a scratch.
struct node_records {
  std::span<const std::uint32_t> records{};
  std::span<std::uint32_t> labels{};
  std::span<double> numbers{}, weights{}, totals{};  // sums() totals
  double weight = 0;
  bool pure = false;  // nothing is left to tell apart

  node_records(const tree_sample& sample, std::span<const std::uint32_t> of, scratch& s);
};

/// How impure a node is.
double impurity(split_measure measure, const node_records& node);

/// A place to split. Codes up to `below` go left; `above` is the next code of the node,
/// `nothing_above` where only missing values go right.
struct split {
  static constexpr std::uint32_t nothing_above = std::numeric_limits<std::uint32_t>::max();

  double gain = -std::numeric_limits<double>::infinity();
  std::uint32_t column = 0, below = 0, above = 0;
  bool missing_left = false;
  bool found = false;

  bool better_than(const split& other) const noexcept {
    if (!found || !other.found) return found;
    return gain != other.gain ? gain > other.gain : column < other.column;
  }
};

struct split_rules {
  split_measure measure = split_measure::gini;
  std::size_t min_samples_leaf = 1;
};

/// Looks for the best split of a node in one column: of equal gains the smallest threshold, missing values to the right.
/// `best` is replaced by a better one. False where the column is the same for all records. O(records + their values ·
/// labels), and records · log records in wide columns; buffers come from `s`.
bool best_split(const tree_sample& sample, const node_records& node, std::uint32_t column, const split_rules& rules,
                scratch& s, split& best);

}  // namespace bespoke::detail
