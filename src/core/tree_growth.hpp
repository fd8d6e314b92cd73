// SPDX-License-Identifier: Apache-2.0
#pragma once
// Grows one tree on exact splits: CART (Breiman, Friedman, Olshen, Stone: Classification and Regression Trees, 1984).

#include <bespoke/core/context.hpp>
#include <bespoke/core/tree.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tree_codes.hpp"
#include "tree_split.hpp"

namespace bespoke::detail {

/// How far a tree grows. 0 means no limit where a field says so.
struct tree_growth {
  split_measure measure = split_measure::gini;
  std::size_t max_depth = 0;          // questions on the longest way; 0: no limit
  std::size_t min_samples_split = 2;  // records of a node that is split
  std::size_t min_samples_leaf = 1;   // records of a leaf
  std::size_t max_leaves = 0;         // 0: no limit; else the node whose split gains most is split next
  std::size_t max_features = 0;       // columns tried at a node, drawn by the seed; 0: all
  double ccp_alpha = 0;               // prunes subtrees whose leaves gain less than this each
};

/// One tree over the records of `sample` whose weight is positive. The numbers of a node are the shares of the labels, or
/// the mean. With `ctx` the work of one tree is spread over its threads; without, it runs where it is called. The tree's
/// questions are the same either way. `check` is called for every node of more than a few records.
grown_tree grow_tree(const tree_sample& sample, const tree_growth& growth, std::uint64_t seed,
                     function_ref<void()> check, const context* ctx);

/// A tree while it grows: what pruning needs beside the nodes.
struct growing_tree {
  std::vector<tree_node> nodes{};
  std::vector<float> values{};
  std::vector<double> risks{};  // of each node as a leaf: its share of the weight times its impurity
};

/// Minimal cost-complexity pruning: while there is a subtree whose risk beyond the risk of its leaves is at most
/// `alpha` for each leaf it has too many, the weakest becomes a leaf.
void prune(growing_tree& tree, double alpha);

}  // namespace bespoke::detail
