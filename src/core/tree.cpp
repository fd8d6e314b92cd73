// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/tree.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace bespoke {

namespace {

constexpr const char* stage = "trees";
constexpr std::size_t most_nodes = std::numeric_limits<std::uint32_t>::max();

// What of a stored size fits the arrays it belongs to.
std::size_t size_of(const bundle_reader& r, const char* name, std::size_t least) {
  const std::int64_t n = r.integer(name);
  if (n < static_cast<std::int64_t>(least) || n >= std::int64_t{1} << 31) r.reject(fmt::format("{} is {}", name, n));
  return static_cast<std::size_t>(n);
}

template <class T, class Of>
std::vector<T> each(std::span<const tree_node> nodes, Of&& of) {
  std::vector<T> all(nodes.size());
  std::transform(nodes.begin(), nodes.end(), all.begin(), of);
  return all;
}

}  // namespace

trees::trees(std::size_t width, std::size_t outputs, std::size_t turns, std::vector<double> base)
    : width_(width), outputs_(outputs), turns_(turns), base_(std::move(base)) {
  if (outputs == 0 || turns == 0)
    throw error(errc::invalid_argument, {.stage = stage, .expected = "one output and one turn, or more", .got = "0"});
  if (width >= tree_node::missing_bit)
    throw error(errc::limit, {.stage = stage, .expected = "fewer than 2^31 columns", .got = fmt::format("{}", width)});
  if (base_.empty()) base_.assign(sums(), 0.0);
  if (base_.size() != sums())
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a base of {} numbers", sums()),
                              .got = fmt::format("{}", base_.size())});
}

void trees::append(const grown_tree& tree) {
  const std::size_t first = nodes_.size();
  if (tree.nodes.empty() || tree.values.size() != tree.nodes.size() * outputs_)
    throw error(errc::shape, {.stage = stage, .problem = "a tree's values do not fit its nodes"});
  if (first + tree.nodes.size() > most_nodes)
    throw error(errc::limit,
                {.stage = stage, .problem = "more than 2^32 nodes", .advice = "grow fewer or smaller trees"});
  for (tree_node n : tree.nodes) {
    if (!n.is_leaf()) n.left += static_cast<std::uint32_t>(first), n.right += static_cast<std::uint32_t>(first);
    nodes_.push_back(n);
  }
  values_.insert(values_.end(), tree.values.begin(), tree.values.end());
  roots_.push_back(static_cast<std::uint32_t>(nodes_.size()));
}

void trees::keep(std::size_t count) {
  if (count >= size()) return;
  roots_.resize(count + 1);
  nodes_.resize(roots_.back());
  values_.resize(nodes_.size() * outputs_);
}

void trees::check_width(const dense_row& row) const {
  if (row.width() != width_)
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a row of {} columns", width_),
                              .got = fmt::format("{}", row.width())});
}

void trees::add_up(const dense_row& row, std::span<double> out) const {
  check_width(row);
  std::copy(base_.begin(), base_.end(), out.begin());
  for (std::size_t t = 0; t < size(); ++t) {
    const float* value = values_.data() + leaf(t, row) * outputs_;
    double* sum = out.data() + t % turns_ * outputs_;
    for (std::size_t k = 0; k < outputs_; ++k) sum[k] += static_cast<double>(value[k]);
  }
}

std::vector<double> trees::contributions(const dense_row& row, std::size_t sum) const {
  check_width(row);
  std::vector<double> parts(width_);
  const std::size_t output = sum % outputs_;
  const auto value = [&](std::size_t node) { return static_cast<double>(values_[node * outputs_ + output]); };
  for (std::size_t t = sum / outputs_; t < size(); t += turns_)
    for (std::uint32_t at = roots_[t]; !nodes_[at].is_leaf();) {
      const std::uint32_t column = nodes_[at].column(), next = nodes_[at].next(row.values[column]);
      parts[column] += value(next) - value(at);
      at = next;
    }
  return parts;
}

void trees::save(bundle_writer& w) const {
  w.put("width", width_);
  w.put("outputs", outputs_);
  w.put("turns", turns_);
  const auto put = [&]<class T>(const char* name, const std::vector<T>& all) { w.put(name, std::span<const T>(all)); };
  put("columns", each<std::uint32_t>(nodes_, [](const tree_node& n) { return n.column(); }));
  put("thresholds", each<float>(nodes_, [](const tree_node& n) { return n.threshold; }));
  put("missing_left", each<std::uint8_t>(nodes_, [](const tree_node& n) { return n.missing_left(); }));
  put("left", each<std::uint32_t>(nodes_, [](const tree_node& n) { return n.left; }));
  put("right", each<std::uint32_t>(nodes_, [](const tree_node& n) { return n.right; }));
  w.put("values", std::span<const float>(values_), {nodes_.size(), outputs_});
  w.put("roots", std::span<const std::uint32_t>(roots_));
  w.put("base", std::span<const double>(base_));
}

trees trees::load(const bundle_reader& r) {
  const std::size_t width = size_of(r, "width", 0), outputs = size_of(r, "outputs", 1), turns = size_of(r, "turns", 1);
  const auto base = r.tensor<double>("base", outputs * turns);
  trees all(width, outputs, turns, {base.begin(), base.end()});
  const auto columns = r.tensor<std::uint32_t>("columns");
  const std::size_t n = columns.size();
  const auto thresholds = r.tensor<float>("thresholds", n);
  const auto missing = r.tensor<std::uint8_t>("missing_left", n);
  const auto left = r.tensor<std::uint32_t>("left", n), right = r.tensor<std::uint32_t>("right", n);
  const auto values = r.tensor<float>("values", n * outputs);
  const auto roots = r.tensor<std::uint32_t>("roots");
  for (std::size_t i = 0; i < n; ++i) {
    if (columns[i] >= tree_node::missing_bit || missing[i] > 1) r.reject(fmt::format("node {} is malformed", i));
    all.nodes_.push_back(
        {thresholds[i], columns[i] | (missing[i] != 0 ? tree_node::missing_bit : 0), left[i], right[i]});
  }
  all.values_.assign(values.begin(), values.end());
  all.roots_.assign(roots.begin(), roots.end());
  all.check_nodes(r);
  return all;
}

void trees::check_nodes(const bundle_reader& r) const {
  const auto finite = [](auto x) { return std::isfinite(x); };
  if (!std::all_of(values_.begin(), values_.end(), finite) || !std::all_of(base_.begin(), base_.end(), finite))
    r.reject("a tree's value is not finite");
  if (roots_.empty() || roots_[0] != 0 || roots_.back() != nodes_.size()) r.reject("the trees' roots do not fit");
  for (std::size_t t = 0; t + 1 < roots_.size(); ++t) {
    if (roots_[t] >= roots_[t + 1]) r.reject(fmt::format("tree {} has no node", t));
    std::vector<std::uint8_t> has_parent(roots_[t + 1] - roots_[t]);
    const auto is_child = [&](std::size_t parent, std::size_t child) {
      if (child <= parent || child >= roots_[t + 1]) return false;
      return std::exchange(has_parent[child - roots_[t]], std::uint8_t{1}) == 0;
    };
    for (std::size_t i = roots_[t]; i < roots_[t + 1]; ++i) {
      const tree_node& n = nodes_[i];
      if (n.is_leaf() && n.right == 0) continue;
      if (!is_child(i, n.left) || !is_child(i, n.right))
        r.reject(fmt::format("the children of node {} are not later nodes of its tree", i));
      if (n.column() >= width_) r.reject(fmt::format("node {} asks for column {} of {}", i, n.column(), width_));
      if (std::isnan(n.threshold)) r.reject(fmt::format("the threshold of node {} is not a number", i));
    }
  }
}

}  // namespace bespoke
