// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "boosting.hpp"

namespace bespoke::train::detail {

namespace {

constexpr std::size_t group = binned_rows::group, bins = binned_rows::bins;
// Nodes of more records keep their histogram, so that of two children one is the difference. For fewer, counting both
// costs less than the memory's way.
constexpr std::size_t records_to_keep = 1024;
// A unit of work is so many groups, or more where they have few records: to begin one takes time too.
constexpr std::size_t least_groups = 4, groups_records = 16384;
constexpr double least_hessian = 1e-3;  // of a side of a split
constexpr int count_bits = 24;
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

// Sums over records, as integers: their order does not matter, and differences are exact. The hessian shares its integer
// with the count of records: hessian · 2²⁴ + count.
struct alignas(16) cell {
  std::int64_t gradient = 0, rest = 0;

  void add(const cell& other) { gradient += other.gradient, rest += other.rest; }
  std::int64_t count() const { return rest & ((std::int64_t{1} << count_bits) - 1); }
  std::int64_t hessian() const { return static_cast<std::int64_t>(static_cast<std::uint64_t>(rest) >> count_bits); }
};

// Of four columns, each a line of the cache further than a page: processors take a load for one that waits for a store
// where their addresses agree in the last 12 bits, and neighbouring columns are often alike.
constexpr std::size_t apart = bins + 4;
using histogram = std::array<cell, group * apart>;

// Between gradients as numbers and as integers: powers of two.
struct scale {
  double gradient = 1, hessian = 1;

  // Such that the sum of all stays below 2⁶² and 2³⁸.
  static scale of(std::span<const std::uint32_t> records, std::span<const pull> pulls) {
    double g = 0, h = 0;
    for (const std::uint32_t r : records) {
      g = std::max(g, std::fabs(pulls[r].gradient));
      h = std::max(h, pulls[r].hessian);
    }
    const double n = static_cast<double>(records.size());
    return {power(62, g * n), power(62 - count_bits, h * n)};
  }
  cell whole(const pull& p) const {
    return {std::llrint(p.gradient * gradient), (std::llrint(p.hessian * hessian) << count_bits) + 1};
  }
  // Exact: a power of two has an exact inverse.
  double gradient_of(const cell& c) const { return static_cast<double>(c.gradient) * (1 / gradient); }
  double hessian_of(const cell& c) const { return static_cast<double>(c.hessian()) * (1 / hessian); }

 private:
  static double power(int bits, double most) {
    if (!(most > 0)) return 1;
    return std::ldexp(1.0, std::clamp(bits - 1 - std::ilogb(most) - 1, -900, 900));
  }
};

struct cut {
  double gain = 0;
  std::uint32_t column = 0, bin = 0;
  bool missing_left = false, only_missing_right = false;
  cell left{};

  bool found() const { return gain > 0; }
  bool better_than(const cut& other) const { return gain > other.gain; }  // columns come in ascending order
};

struct open_node {
  std::uint32_t number = 0;
  std::size_t begin = 0, end = 0, depth = 0;
  cell total{};
  cut best{};
  std::unique_ptr<std::vector<histogram>> kept{};  // of each group

  std::size_t size() const { return end - begin; }
};

// Not inlined, with a pointer for each column and one load for four codes: so that an update is a shift, an addition and
// no address arithmetic.
[[gnu::noinline]] void count(const std::uint8_t* codes, std::size_t stride, std::span<const std::uint32_t> records,
                             const cell* pulls, cell* a, cell* b, cell* c, cell* d) {
  constexpr std::size_t ahead = 24;
  for (std::size_t i = 0; i < records.size(); ++i) {
    __builtin_prefetch(codes + records[std::min(i + ahead, records.size() - 1)] * stride);
    std::uint32_t four = 0;
    std::memcpy(&four, codes + records[i] * stride, group);
    const cell p = *pulls++;
    a[four & 255].add(p);
    b[four >> 8 & 255].add(p);
    c[four >> 16 & 255].add(p);
    d[four >> 24].add(p);
  }
}

void count(const binned_rows& rows, std::size_t g, std::span<const std::uint32_t> records, const cell* pulls,
           histogram& out) {
  static_assert(group == 4);
  out = {};
  constexpr bool low_first = std::endian::native == std::endian::little;
  const auto column = [&](std::size_t c) { return out.data() + (low_first ? c : group - 1 - c) * apart; };
  count(rows.codes(g), rows.stride(), records, pulls, column(0), column(1), column(2), column(3));
}

void subtract(histogram& from, const histogram& part) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    from[i].gradient -= part[i].gradient;
    from[i].rest -= part[i].rest;
  }
}

// What gains are made of: the sums of a node, and what is added to each side's hessian.
struct whole {
  double gradient = 0, hessian = 0, l2 = 0;
};

// Whether a cut with these sums on the left may gain what `bar` was made of, or more: `cutter::gain` compared without a
// division, and with room for what both round. 1 or 0, as a number, so that compilers do several at once.
double reaches(double bar, double g, double h, const whole& all) {
  const double right = all.gradient - g, a = h + all.l2, b = all.hessian - h + all.l2;
  return g * g * b + right * right * a < bar * a * b ? 0.0 : 1.0;
}

bool any_reaches(double bar, const double* g, const double* h, std::size_t n, const whole all) {
  std::int64_t any = 0;
  for (std::size_t i = 0; i < n; ++i) any |= std::bit_cast<std::int64_t>(reaches(bar, g[i], h[i], all));
  return any != 0;
}

// Looks for the best cut in one column of a node.
class cutter {
 public:
  cutter(const scale& by, const boosting& rules, const cell& total)
      : by_(by), rules_(rules), total_(total), all_{by.gradient_of(total), by.hessian_of(total), rules.l2} {
    without_ = all_.gradient * all_.gradient / (all_.hessian + rules.l2);
  }

  void look(const cell* cells, std::size_t known, bool missing, std::uint32_t column, cut& best) const {
    const cell nothing{}, absent = missing ? cells[known] : nothing;
    sweep(cells, absent.count() != 0 ? known : known - 1, nothing, false, column, best);
    if (absent.count() != 0) sweep(cells, known - 1, absent, true, column, best);
    if (best.column == column && best.found()) best.only_missing_right = !best.missing_left && best.bin + 1 == known;
  }

  /// Places where a node may be cut: in columns, so that several are weighed at once.
  struct places {
    std::array<std::int64_t, bins> gradient, rest;  // of a cell; what is not used is not cleared either
    std::array<std::uint8_t, bins> bin;
    std::array<double, bins> g, h;
    std::size_t size = 0;
  };

 private:
  // Looks at all places before bin `last`, the left side beginning with `left`.
  void sweep(const cell* cells, std::size_t last, cell left, bool missing_left, std::uint32_t column, cut& best) const {
    places p;
    collect(cells, last, left, p);
    const double bar = (best.gain + without_) * (1 - 1e-12);
    if (!any_reaches(bar, p.g.data(), p.h.data(), p.size, all_)) return;
    for (std::size_t i = 0; i < p.size; ++i) {
      if (reaches(bar, p.g[i], p.h[i], all_) == 0) continue;
      const double found = gain(p.g[i], p.h[i]);
      if (found > best.gain) best = {found, column, p.bin[i], missing_left, false, {p.gradient[i], p.rest[i]}};
    }
  }

  void collect(const cell* cells, std::size_t last, cell left, places& p) const {
    const auto least = static_cast<std::int64_t>(rules_.min_samples_leaf), all = total_.count();
    std::size_t n = 0;
    for (std::size_t b = 0; b < last; ++b) {
      left.add(cells[b]);
      const std::int64_t here = left.count();
      if (all - here < least) break;
      p.gradient[n] = left.gradient;
      p.rest[n] = left.rest;
      p.bin[n] = static_cast<std::uint8_t>(b);
      n += static_cast<std::size_t>((cells[b].rest != 0) & (here >= least));  // no record: as the place before
    }
    const double by_gradient = 1 / by_.gradient, by_hessian = 1 / by_.hessian;
    for (std::size_t i = 0; i < n; ++i) {
      p.g[i] = static_cast<double>(p.gradient[i]) * by_gradient;
      p.h[i] = static_cast<double>(p.rest[i] >> count_bits) * by_hessian;
    }
    p.size = n;
  }

  double gain(double g, double h) const {
    const double right = all_.gradient - g, rest = all_.hessian - h;
    if (std::min(h, rest) < least_hessian) return minus_infinity;
    return g * g / (h + all_.l2) + right * right / (rest + all_.l2) - without_;
  }

  const scale& by_;
  const boosting& rules_;
  cell total_;
  whole all_;
  double without_;
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
    const auto look_at = [&](std::size_t unit, scratch&) {
      histogram own;
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
