// SPDX-License-Identifier: Apache-2.0
#include "tree_growth.hpp"

#include <bespoke/core/random.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace bespoke::detail {

namespace {

// Nodes up to this many records are left to one thread each, with all that is below them.
constexpr std::size_t records_of_a_task = 4096;
// Where a node has a small part of the sample's records, their codes are copied side by side, for the cache.
constexpr std::size_t part_at_most = 4096, part_at_least = 64, part_share = 8;
constexpr std::size_t columns_of_a_unit = 16;

struct rules {
  const tree_growth& growth;
  double weight;  // of all records
  function_ref<void()> check;
  const context* ctx;
};

// A node that waits to be looked at: records from `begin` to `end` of the grower's order.
struct waiting {
  std::uint32_t parent = 0;
  bool is_right = false;
  std::size_t begin = 0, end = 0, depth = 0;
  std::uint64_t seed = 0;
  std::vector<std::uint32_t> columns{};  // that are not the same for all records; all where columns are drawn

  std::size_t size() const { return end - begin; }
};

float threshold_of(const tree_codes& codes, const split& s) {
  if (s.above == split::nothing_above) return std::numeric_limits<float>::infinity();
  const double lower = double{codes.value(s.column, s.below)}, upper = double{codes.value(s.column, s.above)};
  const double middle = lower / 2 + upper / 2;
  const auto rounded = static_cast<float>(middle);
  // Rounded down, so that every float is on the side of it where it is of the middle.
  return double{rounded} > middle ? std::nextafter(rounded, -std::numeric_limits<float>::infinity()) : rounded;
}

std::uint64_t child_seed(std::uint64_t seed, bool right) { return random_numbers(seed * 2 + (right ? 1 : 0))(); }

class grower {
 public:
  grower(const tree_sample& sample, const rules& r, std::vector<std::uint32_t> records)
      : sample_(sample), rules_(r), order_(std::move(records)) {}

  growing_tree depth_first(waiting first) {
    std::vector<waiting> stack;
    std::vector<waiting> tasks;
    stack.push_back(std::move(first));
    while (!stack.empty()) {
      waiting w = std::move(stack.back());
      stack.pop_back();
      if (rules_.ctx != nullptr && w.size() <= records_of_a_task) tasks.push_back(std::move(w));
      else if (is_part(w)) splice(subtree(w), w);
      else grow(w, stack);
    }
    run(tasks);
    return std::move(tree_);
  }

  growing_tree best_first(waiting first) {
    struct candidate {
      waiting node;
      split where;
      std::uint32_t number;
      double worth;
    };
    std::vector<candidate> open;
    const auto add = [&](waiting w) {
      const auto [number, where, worth] = look(w);
      if (where.found) open.push_back({std::move(w), where, number, worth});
    };
    add(std::move(first));
    for (std::size_t leaves = 1; leaves < rules_.growth.max_leaves && !open.empty(); ++leaves) {
      const auto best = std::max_element(open.begin(), open.end(), [](const candidate& a, const candidate& b) {
        return a.worth != b.worth ? a.worth < b.worth : a.number > b.number;
      });
      candidate c = std::move(*best);
      open.erase(best);
      auto [left, right] = divide(c.node, c.where, c.number);
      add(std::move(left));
      add(std::move(right));
    }
    return std::move(tree_);
  }

 private:
  struct looked_at {
    std::uint32_t number;
    split where;
    double worth;  // what the split takes from the risk
  };

  void grow(waiting& w, std::vector<waiting>& stack) {
    const looked_at found = look(w);
    if (!found.where.found) return;
    auto [left, right] = divide(w, found.where, found.number);
    stack.push_back(std::move(right));
    stack.push_back(std::move(left));
  }

  std::span<const std::uint32_t> records(const waiting& w) const { return {order_.data() + w.begin, w.size()}; }

  bool is_part(const waiting& w) const {
    const std::size_t drawn = rules_.growth.max_features;
    // Where columns are drawn, to copy all must not cost more than the levels below will read.
    const bool pays = drawn == 0 || drawn * static_cast<std::size_t>(std::bit_width(w.size())) >= sample_.codes.width();
    return pays && w.size() <= part_at_most && w.size() >= part_at_least &&
           sample_.codes.records() / w.size() >= part_share;
  }

  // Makes the node, and finds its split where it may have one.
  looked_at look(waiting& w) {
    if (w.size() >= part_at_least) rules_.check();
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const node_records node(sample_, records(w), s);
    const std::uint32_t number = add_node(w, node);
    const tree_growth& g = rules_.growth;
    const bool is_leaf = node.pure || w.size() < g.min_samples_split || w.size() / 2 < g.min_samples_leaf ||
                         (g.max_depth != 0 && w.depth >= g.max_depth);
    if (is_leaf) return {number, {}, 0};
    const split best = g.max_features != 0 ? best_of_drawn(w, node) : best_of_all(w, node, s);
    return {number, best, best.found ? worth(w, best, tree_.risks[number]) : 0};
  }

  std::uint32_t add_node(const waiting& w, const node_records& node) {
    const auto number = static_cast<std::uint32_t>(tree_.nodes.size());
    if (number != 0) (w.is_right ? tree_.nodes[w.parent].right : tree_.nodes[w.parent].left) = number;
    tree_.nodes.emplace_back();
    tree_.risks.push_back(node.weight / rules_.weight * impurity(rules_.growth.measure, node));
    if (sample_.label_count == 0) tree_.values.push_back(static_cast<float>(node.totals[1] / node.weight));
    else
      for (const double t : node.totals) tree_.values.push_back(static_cast<float>(t / node.weight));
    return number;
  }

  split_rules search_rules() const { return {rules_.growth.measure, rules_.growth.min_samples_leaf}; }

  split best_of_all(waiting& w, const node_records& node, scratch& own) {
    const std::size_t n = w.columns.size(), units = (n + columns_of_a_unit - 1) / columns_of_a_unit;
    const auto best = own.take<split>(units);
    const auto differs = own.take<std::uint8_t>(n);
    std::fill(best.begin(), best.end(), split{});
    const auto look_at = [&](std::size_t unit, scratch& s) {
      for (std::size_t i = unit * columns_of_a_unit; i < std::min(n, (unit + 1) * columns_of_a_unit); ++i)
        differs[i] = best_split(sample_, node, w.columns[i], search_rules(), s, best[unit]);
    };
    if (rules_.ctx != nullptr) rules_.ctx->parallel(units, look_at);
    else
      for (std::size_t unit = 0; unit < units; ++unit) look_at(unit, own);
    split first;
    for (const split& b : best)
      if (b.better_than(first)) first = b;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (differs[i] != 0) w.columns[kept++] = w.columns[i];
    w.columns.resize(kept);
    return first;
  }

  // Columns in random order, until enough were tried and one of them was not the same for all records.
  split best_of_drawn(waiting& w, const node_records& node) {
    random_numbers random(w.seed);
    drawn_.resize(sample_.codes.width());
    std::iota(drawn_.begin(), drawn_.end(), 0u);
    split best;
    bool any = false;
    for (std::size_t i = 0; i < drawn_.size() && (i < rules_.growth.max_features || !any); ++i) {
      std::swap(drawn_[i], drawn_[i + random.below(drawn_.size() - i)]);
      any |= best_split(sample_, node, drawn_[i], search_rules(), scratch::local(), best);
    }
    return best;
  }

  double worth(const waiting& w, const split& s, double risk) const {
    std::vector<std::uint32_t> left, right;
    const coded_column column = sample_.codes.column_for(s.column, w.size());
    for (const std::uint32_t r : records(w)) (goes_left(column, r, s) ? left : right).push_back(r);
    const auto risk_of = [&](std::span<const std::uint32_t> some) {
      const scratch::frame temporaries(scratch::local());
      const node_records node(sample_, some, scratch::local());
      return node.weight / rules_.weight * impurity(rules_.growth.measure, node);
    };
    return risk - risk_of(left) - risk_of(right);
  }

  static bool goes_left(const coded_column& column, std::uint32_t record, const split& s) {
    const std::uint32_t code = column[record];
    return code == column.known ? s.missing_left : code <= s.below;
  }

  // Splits a node: its records keep their order on both sides.
  std::pair<waiting, waiting> divide(waiting& w, const split& s, std::uint32_t number) {
    const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(w.begin),
               end = begin + static_cast<std::ptrdiff_t>(w.size());
    const coded_column column = sample_.codes.column_for(s.column, w.size());
    const bool missing = column.missing && std::any_of(begin, end, [&](auto r) { return column[r] == column.known; });
    other_.clear();
    auto to = begin;
    for (auto it = begin; it != end; ++it) {
      if (goes_left(column, *it, s)) *to++ = *it;
      else other_.push_back(*it);
    }
    std::copy(other_.begin(), other_.end(), to);
    const std::size_t middle = static_cast<std::size_t>(to - order_.begin());
    const bool missing_left = missing ? s.missing_left : middle - w.begin >= w.end - middle;
    tree_.nodes[number].threshold = threshold_of(sample_.codes, s);
    tree_.nodes[number].question = s.column | (missing_left ? tree_node::missing_bit : 0);
    waiting left{number, false, w.begin, middle, w.depth + 1, child_seed(w.seed, false), w.columns};
    waiting right{number, true, middle, w.end, w.depth + 1, child_seed(w.seed, true), std::move(w.columns)};
    return {std::move(left), std::move(right)};
  }

  // The tree below a node, on a copy of its records, on this thread.
  growing_tree subtree(waiting& w) const {
    const auto some = records(w);
    std::vector<std::uint32_t> labels, all(some.size());
    std::vector<double> numbers, weights;
    for (const std::uint32_t r : some) {
      if (sample_.label_count != 0) labels.push_back(sample_.labels[r]);
      else numbers.push_back(sample_.numbers[r]);
      if (!sample_.weights.empty()) weights.push_back(sample_.weights[r]);
    }
    const tree_sample part{sample_.codes.part(some), labels, sample_.label_count, numbers, weights};
    std::iota(all.begin(), all.end(), 0u);
    rules alone = rules_;
    alone.ctx = nullptr;
    return grower(part, alone, std::move(all)).depth_first({0, false, 0, some.size(), w.depth, w.seed, w.columns});
  }

  void splice(const growing_tree& below, const waiting& w) {
    const auto first = static_cast<std::uint32_t>(tree_.nodes.size());
    if (first != 0) (w.is_right ? tree_.nodes[w.parent].right : tree_.nodes[w.parent].left) = first;
    for (tree_node n : below.nodes) {
      if (!n.is_leaf()) n.left += first, n.right += first;
      tree_.nodes.push_back(n);
    }
    tree_.values.insert(tree_.values.end(), below.values.begin(), below.values.end());
    tree_.risks.insert(tree_.risks.end(), below.risks.begin(), below.risks.end());
  }

  void run(std::vector<waiting>& tasks) {
    if (tasks.empty()) return;
    std::vector<growing_tree> done(tasks.size());
    rules_.ctx->parallel(tasks.size(), [&](std::size_t i, scratch&) { done[i] = subtree(tasks[i]); });
    for (std::size_t i = 0; i < tasks.size(); ++i) splice(done[i], tasks[i]);
  }

  const tree_sample& sample_;
  const rules& rules_;
  std::vector<std::uint32_t> order_, other_, drawn_;
  growing_tree tree_;
};

}  // namespace

grown_tree grow_tree(const tree_sample& sample, const tree_growth& growth, std::uint64_t seed,
                     function_ref<void()> check, const context* ctx) {
  std::vector<std::uint32_t> records, columns;
  double weight = 0;
  for (std::uint32_t i = 0; i < sample.codes.records(); ++i)
    if (sample.weight(i) > 0) records.push_back(i), weight += sample.weight(i);
  if (growth.max_features == 0) {
    columns.resize(sample.codes.width());
    std::iota(columns.begin(), columns.end(), 0u);
  }
  const rules r{growth, weight, check, ctx};
  waiting root{0, false, 0, records.size(), 0, seed, std::move(columns)};
  grower g(sample, r, std::move(records));
  growing_tree tree = growth.max_leaves == 0 ? g.depth_first(std::move(root)) : g.best_first(std::move(root));
  if (growth.ccp_alpha > 0) prune(tree, growth.ccp_alpha);
  return {std::move(tree.nodes), std::move(tree.values)};
}

}  // namespace bespoke::detail
