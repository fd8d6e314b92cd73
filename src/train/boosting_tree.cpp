// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <utility>

#include "boosting.hpp"
#include "boosting_cuts.hpp"

namespace bespoke::train::detail {

namespace {

constexpr std::size_t group = binned_rows::group, bins = binned_rows::bins;
// Nodes of more records keep their histogram, so that of two children one is the difference. For fewer, counting both
// costs less than the memory's way.
constexpr std::size_t records_to_keep = 1024;
// A unit of work is so many groups, or more where they have few records: to begin one takes time too.
constexpr std::size_t least_groups = 4, groups_records = 16384;

struct open_node {
  std::uint32_t number = 0;
  std::size_t begin = 0, end = 0, depth = 0;
  cell total{};
  cut best{};
  std::unique_ptr<std::vector<histogram>> kept{};  // of each group

  std::size_t size() const { return end - begin; }
};

}  // namespace

struct tree_booster::state {
  const binned_rows& rows;
  const boosting& rules;
  const context& ctx;
  std::vector<std::unique_ptr<std::vector<histogram>>> spare{};
  std::vector<cell> left_pulls{}, right_pulls{};
  std::vector<std::uint32_t> other{};

  // Of the tree that grows.
  scale by{};
  std::span<const pull> pulls{};
  std::span<const std::uint8_t> columns{};
  boosted_tree out{};

  std::unique_ptr<std::vector<histogram>> histograms() {
    if (spare.empty()) return std::make_unique<std::vector<histogram>>(rows.groups());
    auto some = std::move(spare.back());
    spare.pop_back();
    return some;
  }
  void give_back(std::unique_ptr<std::vector<histogram>> some) {
    if (some) spare.push_back(std::move(some));
  }

  std::span<const std::uint32_t> records(const open_node& n) const { return {out.order.data() + n.begin, n.size()}; }

  bool may_split(const open_node& n) const {
    return n.size() / 2 >= rules.min_samples_leaf && n.size() >= 2 &&
           (rules.max_depth == 0 || n.depth < rules.max_depth) && by.hessian_of(n.total) >= least_hessian;
  }

  std::span<const cell> gathered(const open_node& n, std::vector<cell>& into) const {
    into.resize(n.size());
    const auto some = records(n);
    for (std::size_t i = 0; i < some.size(); ++i) into[i] = by.whole(pulls[some[i]]);
    return into;
  }

  void cuts_in(std::size_t g, const histogram& h, const cutter& find, cut& best) const {
    for (std::size_t c = g * group; c < std::min(rows.width(), (g + 1) * group); ++c)
      if (columns[c] != 0 && (!rows.cuts(c).empty() || rows.has_missing(c)))
        find.look(h.data() + c % group * apart, rows.cuts(c).size() + 1, rows.has_missing(c),
                  static_cast<std::uint32_t>(c), best);
  }

  // Finds the best cuts of one node or of two siblings. Where `from` is given it holds their parent's histograms and becomes
  // those of the second, larger one.
  void look(open_node& small, open_node* large, std::unique_ptr<std::vector<histogram>> from) {
    const auto small_pulls = gathered(small, left_pulls);
    const auto large_pulls = large != nullptr && !from ? gathered(*large, right_pulls) : std::span<const cell>{};
    const bool keep = small.size() >= records_to_keep;
    if (keep) small.kept = histograms();
    const cutter in_small(by, rules, small.total), in_large(by, rules, large != nullptr ? large->total : small.total);
    const std::size_t counted = small.size() + (large != nullptr && !from ? large->size() : 0);
    const std::size_t groups_of_a_unit = std::max(least_groups, groups_records / (counted + bins));
    const std::size_t units = (rows.groups() + groups_of_a_unit - 1) / groups_of_a_unit;
    std::vector<std::pair<cut, cut>> best(units);
    const bool ask_small = may_split(small), ask_large = large != nullptr && may_split(*large);
    const auto look_at = [&](std::size_t unit, scratch& s) {
      histogram& own = s.take<histogram>(1)[0];
      for (std::size_t g = unit * groups_of_a_unit; g < std::min(rows.groups(), (unit + 1) * groups_of_a_unit); ++g) {
        histogram& h = keep ? (*small.kept)[g] : own;
        if (ask_small || from) count(rows, g, records(small), small_pulls.data(), h);
        if (ask_small) cuts_in(g, h, in_small, best[unit].first);
        if (!ask_large) continue;
        if (from) subtract((*from)[g], h);
        else count(rows, g, records(*large), large_pulls.data(), h);
        cuts_in(g, from ? (*from)[g] : h, in_large, best[unit].second);
      }
    };
    ctx.parallel(units, look_at);
    for (const auto& [a, b] : best) {
      if (a.better_than(small.best)) small.best = a;
      if (ask_large && b.better_than(large->best)) large->best = b;
    }
    if (from && ask_large && large->size() >= records_to_keep) large->kept = std::move(from);
    give_back(std::move(from));
  }

  std::uint32_t add_node(const cell& total) {
    const double step = -rules.learning_rate * by.gradient_of(total) / (by.hessian_of(total) + rules.l2);
    out.tree.nodes.emplace_back();
    out.tree.values.push_back(std::isfinite(step) ? static_cast<float>(step) : 0.0f);
    return static_cast<std::uint32_t>(out.tree.nodes.size() - 1);
  }

  // Records of a node to both sides, in their order. Gives where the right side begins.
  std::size_t divide(const open_node& n) {
    const cut& c = n.best;
    const std::uint8_t* codes = rows.codes(c.column / group) + c.column % group;
    const std::uint8_t missing = rows.missing_bin(c.column);
    other.clear();
    std::size_t to = n.begin;
    for (std::size_t i = n.begin; i < n.end; ++i) {
      const std::uint32_t r = out.order[i];
      const std::uint8_t code = codes[r * rows.stride()];
      if (code == missing ? c.missing_left : code <= c.bin) out.order[to++] = r;
      else other.push_back(r);
    }
    std::copy(other.begin(), other.end(), out.order.begin() + static_cast<std::ptrdiff_t>(to));
    return to;
  }

  bool sees_missing(const open_node& n) const {
    if (!rows.has_missing(n.best.column)) return false;
    const auto some = records(n);
    return std::any_of(some.begin(), some.end(),
                       [&](std::uint32_t r) { return rows.code(n.best.column, r) == rows.missing_bin(n.best.column); });
  }

  std::pair<open_node, open_node> split(open_node& n) {
    const cut& c = n.best;
    const bool missing = sees_missing(n);
    const std::size_t middle = divide(n);
    const bool missing_left = missing ? c.missing_left : middle - n.begin >= n.end - middle;
    cell right = n.total;
    right.gradient -= c.left.gradient, right.rest -= c.left.rest;
    const std::uint32_t l = add_node(c.left), r = add_node(right);
    const float threshold = c.only_missing_right ? std::numeric_limits<float>::infinity() : rows.cuts(c.column)[c.bin];
    out.tree.nodes[n.number] = {threshold, c.column | (missing_left ? tree_node::missing_bit : 0), l, r};
    return {open_node{l, n.begin, middle, n.depth + 1, c.left, {}, {}},
            open_node{r, middle, n.end, n.depth + 1, right, {}, {}}};
  }
};

tree_booster::tree_booster(const binned_rows& rows, const boosting& rules, const context& ctx)
    : state_(new state{rows, rules, ctx}) {}
tree_booster::~tree_booster() = default;

boosted_tree tree_booster::grow(std::vector<std::uint32_t> records, std::span<const pull> pulls,
                                std::span<const std::uint8_t> columns) {
  state& s = *state_;
  s.by = scale::of(records, pulls);
  s.pulls = pulls;
  s.columns = columns;
  s.out = {};
  s.out.order = std::move(records);
  cell total;
  for (const std::uint32_t r : s.out.order) total.add(s.by.whole(pulls[r]));
  std::vector<open_node> open;
  open.push_back({s.add_node(total), 0, s.out.order.size(), 0, total, {}, {}});
  s.look(open[0], nullptr, nullptr);
  while (open.size() < s.rules.max_leaves) {
    const auto best = std::max_element(open.begin(), open.end(), [](const open_node& a, const open_node& b) {
      return a.best.gain != b.best.gain ? a.best.gain < b.best.gain : a.number > b.number;
    });
    if (!best->best.found()) break;
    open_node parent = std::move(*best);
    open.erase(best);
    auto [left, right] = s.split(parent);
    const bool last = open.size() + 2 >= s.rules.max_leaves;
    const bool left_small = left.size() <= right.size();
    if (!last) s.look(left_small ? left : right, left_small ? &right : &left, std::move(parent.kept));
    else s.give_back(std::move(parent.kept));
    open.push_back(std::move(left));
    open.push_back(std::move(right));
  }
  for (open_node& n : open) {
    s.out.leaves.push_back({n.number, n.begin, n.end});
    s.give_back(std::move(n.kept));
  }
  return std::move(s.out);
}

}  // namespace bespoke::train::detail
