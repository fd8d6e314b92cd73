// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/preprocess/isolation_forest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace bespoke::preprocess {

namespace {

constexpr const char* stage = "isolation_forest";
constexpr std::size_t most_trees = 10000, most_steps = 16, most_sampled = std::size_t{1} << most_steps;

using nodes = detail::isolation_trees::nodes;
using records = std::span<std::uint32_t>;

/// Grows one tree over a sample of the records.
class tree_grower {
 public:
  tree_grower(const bespoke::detail::number_columns& x, std::size_t sample, std::uint64_t seed)
      : x_(x),
        limit_(static_cast<std::size_t>(std::bit_width(sample - 1))),
        usual_(average_path_length(sample)),
        random_(seed) {}

  nodes grow(std::vector<std::uint32_t> all) {
    place(1);
    split(all, 0, 0);
    return std::move(tree_);
  }
  random_numbers& random() noexcept { return random_; }

 private:
  std::uint32_t place(std::size_t n) {
    const auto first = static_cast<std::uint32_t>(tree_.cut.size());
    tree_.column.resize(first + n);
    tree_.cut.resize(first + n);
    tree_.left.resize(first + n);
    return first;
  }

  std::pair<double, double> range(records some, std::size_t column) const {
    double low = x_.at(some[0], column), high = low;
    for (const std::uint32_t i : some) {
      const double v = x_.at(i, column);
      low = std::min(low, v), high = std::max(high, v);
    }
    return {low, high};
  }

  /// A column that varies, all of them equally likely; the width where none does.
  std::size_t varying(records some) {
    columns_.resize(x_.width());
    std::iota(columns_.begin(), columns_.end(), std::size_t{0});
    for (std::size_t left = columns_.size(); left > 0; --left) {
      const std::size_t at = random_.below(left);
      const auto [low, high] = range(some, columns_[at]);
      if (low < high) return columns_[at];
      columns_[at] = columns_[left - 1];
    }
    return x_.width();
  }

  void split(records some, std::uint32_t node, std::size_t depth) {
    const std::size_t column = some.size() < 2 || depth == limit_ ? x_.width() : varying(some);
    if (column == x_.width()) {
      // In units of c(sample), so that records that are all the same sum to exactly the score 0.5.
      tree_.cut[node] = usual_ > 0 ? (static_cast<double>(depth) + average_path_length(some.size())) / usual_ : 1;
      return;
    }
    const auto [low, high] = range(some, column);
    // Each half first: the difference of two doubles may be too large for one.
    double cut = low + 2 * (random_.unit() * (high / 2 - low / 2));
    if (!(cut < high)) cut = low;
    const auto middle =
        std::partition(some.begin(), some.end(), [&](std::uint32_t i) { return x_.at(i, column) <= cut; });
    const auto n = static_cast<std::size_t>(middle - some.begin());
    const std::uint32_t left = place(2);
    tree_.column[node] = static_cast<std::uint32_t>(column);
    tree_.cut[node] = cut;
    tree_.left[node] = left;
    split(some.first(n), left, depth + 1);
    split(some.subspan(n), left + 1, depth + 1);
  }

  const bespoke::detail::number_columns& x_;
  std::size_t limit_;  // ⌈log₂ sample⌉
  double usual_;
  random_numbers random_;
  nodes tree_;
  std::vector<std::size_t> columns_;
};

/// `n` different records below `size`, ascending (Floyd, 1987).
std::vector<std::uint32_t> sample_of(std::size_t size, std::size_t n, random_numbers& random) {
  std::vector<std::uint32_t> some;
  for (std::size_t j = size - n; j < size; ++j) {
    const auto pick = static_cast<std::uint32_t>(random.below(j + 1));
    const auto at = std::lower_bound(some.begin(), some.end(), pick);
    if (at == some.end() || *at != pick) some.insert(at, pick);
    else some.push_back(static_cast<std::uint32_t>(j));
  }
  return some;
}

void append(nodes& all, nodes tree) {
  const auto first = static_cast<std::uint32_t>(all.cut.size());
  for (std::uint32_t& left : tree.left)
    if (left != 0) left += first;
  all.column.insert(all.column.end(), tree.column.begin(), tree.column.end());
  all.cut.insert(all.cut.end(), tree.cut.begin(), tree.cut.end());
  all.left.insert(all.left.end(), tree.left.begin(), tree.left.end());
}

[[noreturn]] void out_of_range(std::string expected, std::string got) {
  throw error(errc::invalid_argument, {.stage = stage, .expected = std::move(expected), .got = std::move(got)});
}

/// The score above which a share of the records is.
double threshold_of(const detail::isolation_trees& trees, const bespoke::detail::number_columns& x, double share,
                    const context& ctx) {
  if (share == 0) return 0.5;
  std::vector<double> scores(x.size());
  ctx.parallel((x.size() + block_size - 1) / block_size, [&](std::size_t b, scratch& s) {
    auto row = s.take<double>(x.width());
    for (std::size_t i = b * block_size; i < std::min(x.size(), (b + 1) * block_size); ++i) {
      for (std::size_t c = 0; c < row.size(); ++c) row[c] = x.at(i, c);
      scores[i] = trees.score(row);
    }
  });
  std::sort(scores.begin(), scores.end());
  return bespoke::detail::quantile_of(scores, 1 - share);
}

}  // namespace

double average_path_length(std::size_t n) noexcept {
  if (n < 2) return 0;
  if (n == 2) return 1;
  const auto size = static_cast<double>(n);
  return 2 * (std::log(size - 1) + std::numbers::egamma) - 2 * (size - 1) / size;
}

void isolation_forest::check() const {
  if (trees < 1 || trees > most_trees)
    out_of_range(fmt::format("trees from 1 to {}", most_trees), fmt::format("{}", trees));
  if (sample < 2 || sample > most_sampled)
    out_of_range(fmt::format("sample from 2 to {}", most_sampled), fmt::format("{}", sample));
  if (!(share >= 0 && share <= 0.5)) out_of_range("share from 0 to 0.5", fmt::format("{}", share));
}

detail::isolation isolation_forest::learn(const bespoke::detail::number_columns& x, const context& ctx) const {
  const std::size_t n = std::min(sample, x.size());
  nodes all;
  std::vector<std::uint32_t> roots;
  random_numbers seeds(ctx.seed());
  const std::uint64_t base = seeds();
  ctx.reduce(
      trees,
      [&](std::size_t t, scratch&) {
        tree_grower grower(x, n, base + t * 0x9E3779B97F4A7C15u);
        return grower.grow(sample_of(x.size(), n, grower.random()));
      },
      [&](nodes tree) {
        roots.push_back(static_cast<std::uint32_t>(all.cut.size()));
        append(all, std::move(tree));
        ctx.report(stage, roots.size(), trees);
      });
  detail::isolation_trees grown(std::move(all), std::move(roots), x.width());
  const double threshold = threshold_of(grown, x, share, ctx);
  return {std::move(grown), threshold};
}

detail::isolation isolation_forest::read(const bundle_reader& r, std::string_view input) {
  r.must_equal("input", input);
  const double threshold = r.number("threshold");
  if (!(threshold >= 0 && threshold <= 1)) r.reject("the threshold is no score");
  return {detail::isolation_trees::load(r, input), threshold};
}

namespace detail {

double isolation_trees::score(std::span<const double> x) const {
  bespoke::detail::check_width(stage, width(), x.size());
  const nodes& all = learned_->all;
  double steps = 0;
  for (std::uint32_t at : learned_->roots) {
    while (all.left[at] != 0) at = all.left[at] + (x[all.column[at]] <= all.cut[at] ? 0 : 1);
    steps += all.cut[at];
  }
  return std::exp2(-steps / static_cast<double>(trees()));
}

void isolation_trees::save(bundle_writer& w) const {
  w.put("width", width());
  w.put("roots", std::span<const std::uint32_t>(learned_->roots));
  w.put("column", std::span<const std::uint32_t>(learned_->all.column));
  w.put("cut", std::span<const double>(learned_->all.cut));
  w.put("left", std::span<const std::uint32_t>(learned_->all.left));
}

isolation_trees isolation_trees::load(const bundle_reader& r, std::string_view input) {
  const std::int64_t width = r.integer("width");
  if (width < 0 || (input == "numbers" && width != 1)) r.reject("the width is out of range");
  const auto roots = r.tensor<std::uint32_t>("roots");
  const auto cut = r.tensor<double>("cut");
  const auto column = r.tensor<std::uint32_t>("column", cut.size()), left = r.tensor<std::uint32_t>("left", cut.size());
  if (roots.empty() || roots.size() > most_trees) r.reject("the number of trees is out of range");
  for (const std::uint32_t root : roots)
    if (root >= cut.size()) r.reject("a tree has no root");
  std::vector<std::uint8_t> depth(cut.size());
  for (std::size_t i = 0; i < cut.size(); ++i) {
    if (!std::isfinite(cut[i]) || (left[i] == 0 && cut[i] < 0)) r.reject("a cut or a path length is none");
    if (left[i] == 0) continue;
    // Children stand behind their parent and have no other, so every path ends soon.
    if (left[i] <= i || left[i] >= cut.size() - 1 || column[i] >= static_cast<std::uint64_t>(width))
      r.reject("a node's children or its column are out of range");
    if (depth[left[i]] != 0 || depth[left[i] + 1] != 0 || depth[i] >= most_steps) r.reject("a tree is none");
    depth[left[i]] = depth[left[i] + 1] = static_cast<std::uint8_t>(depth[i] + 1);
  }
  return {{{column.begin(), column.end()}, {cut.begin(), cut.end()}, {left.begin(), left.end()}},
          {roots.begin(), roots.end()},
          static_cast<std::size_t>(width)};
}

}  // namespace detail

}  // namespace bespoke::preprocess
