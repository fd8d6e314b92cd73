// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "tree_growth.hpp"

namespace bespoke::detail {

namespace {

constexpr std::uint32_t no_parent = std::numeric_limits<std::uint32_t>::max();

// The risk of the leaves below each node, and their number.
class subtrees {
 public:
  explicit subtrees(const growing_tree& tree)
      : tree_(tree), parent_(tree.nodes.size(), no_parent), risk_(tree.risks), leaves_(tree.nodes.size(), 1) {
    for (std::size_t i = tree.nodes.size(); i-- > 0;) {
      const tree_node& n = tree.nodes[i];
      if (n.is_leaf()) continue;
      parent_[n.left] = parent_[n.right] = static_cast<std::uint32_t>(i);
      risk_[i] = risk_[n.left] + risk_[n.right];
      leaves_[i] = leaves_[n.left] + leaves_[n.right];
    }
  }
  // What each leaf beyond one saves.
  double strength(std::size_t i) const { return (tree_.risks[i] - risk_[i]) / static_cast<double>(leaves_[i] - 1); }
  void becomes_leaf(std::uint32_t i) {
    risk_[i] = tree_.risks[i];
    leaves_[i] = 1;
    for (std::uint32_t p = parent_[i]; p != no_parent; p = parent_[p]) {
      const tree_node& n = tree_.nodes[p];
      risk_[p] = risk_[n.left] + risk_[n.right];
      leaves_[p] = leaves_[n.left] + leaves_[n.right];
    }
  }

 private:
  const growing_tree& tree_;
  std::vector<std::uint32_t> parent_;
  std::vector<double> risk_;
  std::vector<std::size_t> leaves_;
};

// Nodes that are inner ones and can be reached, parents first.
std::vector<std::uint32_t> inner_nodes(const growing_tree& tree) {
  std::vector<bool> reached(tree.nodes.size());
  std::vector<std::uint32_t> inner;
  reached[0] = true;
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const tree_node& n = tree.nodes[i];
    if (!reached[i] || n.is_leaf()) continue;
    reached[n.left] = reached[n.right] = true;
    inner.push_back(i);
  }
  return inner;
}

void drop_unreached(growing_tree& tree) {
  const std::size_t outputs = tree.values.size() / tree.nodes.size();
  std::vector<bool> kept(tree.nodes.size());
  kept[0] = true;
  for (const std::uint32_t i : inner_nodes(tree)) kept[tree.nodes[i].left] = kept[tree.nodes[i].right] = true;
  std::vector<std::uint32_t> number(tree.nodes.size());
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) number[i] = next++;
  growing_tree some;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    tree_node n = tree.nodes[i];
    if (!n.is_leaf()) n.left = number[n.left], n.right = number[n.right];
    some.nodes.push_back(n);
    some.risks.push_back(tree.risks[i]);
    const auto values = tree.values.begin() + static_cast<std::ptrdiff_t>(i * outputs);
    some.values.insert(some.values.end(), values, values + static_cast<std::ptrdiff_t>(outputs));
  }
  tree = std::move(some);
}

}  // namespace

void prune(growing_tree& tree, double alpha) {
  subtrees below(tree);
  for (;;) {
    const auto inner = inner_nodes(tree);
    if (inner.empty()) break;
    const auto weakest = *std::min_element(inner.begin(), inner.end(), [&](std::uint32_t a, std::uint32_t b) {
      return below.strength(a) < below.strength(b);
    });
    if (below.strength(weakest) > alpha) break;
    below.becomes_leaf(weakest);
    tree.nodes[weakest] = {};
  }
  drop_unreached(tree);
}

}  // namespace bespoke::detail
