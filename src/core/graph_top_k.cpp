// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/graph_top_k.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "graph_top_k.hpp"

namespace bespoke {

namespace {

constexpr std::size_t most_rows = std::size_t{1} << 31, most_links = 64;

void check_options(const row_graph_options& options) {
  const auto require = [](const char* what, std::size_t value, std::size_t least, std::size_t most) {
    if (value >= least && value <= most) return;
    throw error(errc::invalid_argument, {.stage = "row_graph",
                                         .expected = fmt::format("{} from {} to {}", what, least, most),
                                         .got = fmt::format("{}", value)});
  };
  require("links", options.links, 2, most_links);
  require("build_width", options.build_width, 1, most_rows);
  require("search_width", options.search_width, 1, most_rows);
}

bool is_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

void check_shape(const char* what, std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(errc::shape, {.stage = "row_graph",
                              .expected = fmt::format("{} {}, as it was made of", expected, what),
                              .got = fmt::format("{}", got)});
}

}  // namespace

// The best rows so far, in order, each with whether its links have been followed.
struct row_graph::search {
  struct place {
    scored row;
    bool followed;
  };

  search(const row_graph& g, std::span<const float> values, std::size_t width, scratch& s)
      : graph(g),
        query(s.take<float>(g.width_)),
        seen(s.take<std::uint64_t>((g.size_ + 63) / 64)),
        places(s.take<place>(width)) {
    std::fill(std::copy(values.begin(), values.end(), query.begin()), query.end(), 0.0f);
    query[values.size()] = 1;  // of the bias
    std::fill(seen.begin(), seen.end(), std::uint64_t{0});
  }

  float score(std::size_t row) const {
    return dot(query.data(), graph.rows_.data() + row * graph.width_, query.size());
  }

  /// The best row that links of the upper levels lead to.
  scored entry() const {
    scored best{graph.entry_, score(graph.entry_)};
    for (std::size_t level = graph.levels(best.index); level > 0; --level)
      for (bool closer = true; closer;) {
        closer = false;
        for (const std::uint32_t to : graph.far(best.index, level))
          if (const scored one{to, score(to)}; one.score > best.score) best = one, closer = true;
      }
    return best;
  }

  bool is_new(std::size_t row) {
    const std::uint64_t bit = std::uint64_t{1} << row % 64;
    if (seen[row / 64] & bit) return false;
    seen[row / 64] |= bit;
    return true;
  }

  void add(const scored& one) {
    const bool full = n == places.size();
    if (full && (n == 0 || !ranks_before(one, places[n - 1].row))) return;
    const auto end = places.begin() + static_cast<std::ptrdiff_t>(full ? n - 1 : n++);
    const auto at = std::upper_bound(places.begin(), end, one,
                                     [](const scored& a, const place& b) { return ranks_before(a, b.row); });
    std::copy_backward(at, end, end + 1);
    *at = {one, false};
    next = std::min(next, static_cast<std::size_t>(at - places.begin()));
  }

  void follow(std::size_t row) {
    const auto links = graph.near(row);
    for (const std::uint32_t to : links) {
      const char* const from = reinterpret_cast<const char*>(graph.rows_.data() + to * graph.width_);
      for (std::size_t b = 0; b < graph.width_ * sizeof(float); b += 64) __builtin_prefetch(from + b);
    }
    for (const std::uint32_t to : links)
      if (is_new(to)) add({to, score(to)});
  }

  void run() {
    const scored first = entry();
    is_new(first.index);
    add(first);
    while (next < n) {
      place& p = places[next++];
      if (p.followed) continue;
      p.followed = true;
      follow(p.row.index);
    }
  }

  const row_graph& graph;
  graph::dot_function dot = graph::best_dot();
  std::span<float> query;
  std::span<std::uint64_t> seen;
  std::span<place> places;
  std::size_t n = 0, next = 0;  // all before `next` are followed
};

row_graph::row_graph(const dot_rows& rows)
    : size_(rows.size()),
      width_((rows.width() / graph::step + 1) * graph::step),
      rows_(detail::values_in(size_, width_)) {
  for (std::size_t i = 0; i < size_; ++i) {
    const std::span<float> row(rows_.data() + i * width_, width_);
    rows.row(i, row.first(rows.width()));
    row[rows.width()] = rows.bias(i);
  }
}

row_graph::row_graph(const dot_rows& rows, const row_graph_options& options, const context& ctx) : row_graph(rows) {
  check_options(options);
  if (size_ >= most_rows) throw error(errc::limit, {.stage = "row_graph", .problem = "there are 2^31 rows or more"});
  for (std::size_t i = 0; i < size_; ++i)
    if (!is_finite({rows_.data() + i * width_, width_}))
      throw error(errc::invalid_argument,
                  {.stage = "row_graph", .expected = "finite numbers", .got = fmt::format("row {}", i)});
  options_ = options;
  far_at_ = {0};
  if (size_ == 0) return;
  auto all = graph::build(rows_, width_, options, ctx);
  near_ = std::move(all.near);
  far_ = std::move(all.far);
  far_at_ = std::move(all.far_at);
  entry_ = all.entry;
}

void row_graph::save(bundle_writer& w) const {
  std::vector<std::uint8_t> levels_of;
  for (std::size_t i = 0; i < size_; ++i) levels_of.push_back(static_cast<std::uint8_t>(levels(i)));
  w.put("graph_near", std::span<const std::uint32_t>(near_));
  w.put("graph_far", std::span<const std::uint32_t>(far_));
  w.put("graph_levels", std::span<const std::uint8_t>(levels_of));
  w.put("graph_entry", entry_);
  w.put("graph_links", options_.links);
  w.put("graph_build_width", options_.build_width);
  w.put("graph_search_width", options_.search_width);
}

row_graph row_graph::load(const bundle_reader& r, const dot_rows& rows) {
  row_graph g(rows);
  const auto whole = [&](const char* name, std::size_t least, std::size_t most) {
    const auto value = static_cast<std::uint64_t>(r.integer(name));
    if (value < least || value > most) r.reject(fmt::format("{} is {}", name, value));
    return static_cast<std::size_t>(value);
  };
  g.options_ = {whole("graph_links", 2, most_links), whole("graph_build_width", 1, most_rows),
                whole("graph_search_width", 1, most_rows)};
  const std::size_t links = g.options_.links;
  const auto near = r.tensor<std::uint32_t>("graph_near", g.size_ * 2 * links);
  g.far_at_ = {0};
  for (const std::uint8_t n : r.tensor<std::uint8_t>("graph_levels", g.size_))
    g.far_at_.push_back(g.far_at_.back() + n);
  const auto far = r.tensor<std::uint32_t>("graph_far", g.far_at_.back() * links);
  g.near_.assign(near.begin(), near.end());
  g.far_.assign(far.begin(), far.end());
  if (g.size_ > 0) g.entry_ = whole("graph_entry", 0, g.size_ - 1);
  if (!g.is_sound()) r.reject("a link of the graph leads nowhere");
  return g;
}

// Whether every link leads to a row that has its level.
bool row_graph::is_sound() const {
  const auto leads = [&](std::span<const std::uint32_t> links, std::size_t level) {
    return std::all_of(links.begin(), links.end(), [&](std::size_t to) { return to < size_ && levels(to) >= level; });
  };
  for (std::size_t row = 0; row < size_; ++row) {
    if (!leads(near(row), 0)) return false;
    for (std::size_t level = 1; level <= levels(row); ++level)
      if (!leads(far(row, level), level)) return false;
  }
  return true;
}

std::span<scored> row_graph::top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room,
                                   function_ref<bool(std::size_t)> filter) const {
  check_shape("rows", size_, rows.size());
  check_shape("numbers a row, to a multiple of 16", width_, (rows.width() / graph::step + 1) * graph::step);
  if (room.empty()) return room;
  scratch& s = scratch::local();
  const std::size_t most = is_finite(query) ? size_ / options_.links : 0;
  for (std::size_t width = std::max(options_.search_width, room.size()); width < most; width *= 2) {
    const scratch::frame temporaries(s);
    search look(*this, query, width, s);
    look.run();
    best_of best(room);
    std::size_t n = 0;
    for (std::size_t i = 0; i < look.n && n < room.size(); ++i)
      if (const std::size_t row = look.places[i].row.index; filter(row)) best.offer({row, rows.score(query, row)}), ++n;
    if (n == room.size()) return best.ranked();
  }
  return rows.top_k(query, room, filter);
}

}  // namespace bespoke
