// SPDX-License-Identifier: Apache-2.0
// Links between rows by hnswlib, whose header no other file knows. It is compiled without its own vector code, of which some
// would be defined a second time in a host that uses it too, and in a namespace of our own, so that the linker cannot mix the
// two either.
#include <bespoke/core/error.hpp>

#include <exception>
#include <memory>

#include "graph_top_k.hpp"

// One thread adds, so there is nothing to lock: what hnswlib calls std::mutex is this. (Its locks have no order that holds for
// all, which a thread sanitizer rightly reports.)
namespace bespoke_hnswlib::std {
using namespace ::std;
struct mutex {
  void lock() noexcept {}
  void unlock() noexcept {}
};
}  // namespace bespoke_hnswlib::std

#define NO_MANUAL_VECTORIZATION
#define hnswlib bespoke_hnswlib
#include <hnswlib/hnswlib.h>
#undef hnswlib
#undef NO_MANUAL_VECTORIZATION

namespace bespoke::graph {

namespace {

namespace hnsw = ::bespoke_hnswlib;
using index = hnsw::HierarchicalNSW<float>;

constexpr std::size_t seed = 1, rows_between_checks = 1000;

float distance(const void* a, const void* b, const void* width) {
  return -best_dot()(static_cast<const float*>(a), static_cast<const float*>(b),
                     *static_cast<const std::size_t*>(width));
}

struct inner_products final : hnsw::SpaceInterface<float> {
  explicit inner_products(std::size_t numbers) : width(numbers) {}
  std::size_t get_data_size() override { return width * sizeof(float); }
  hnsw::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return &width; }

  std::size_t width;
};

void copy_links(const index& from, std::size_t row, std::size_t level, std::size_t most,
                aligned_vector<std::uint32_t>& to) {
  auto* const list = from.get_linklist_at_level(static_cast<hnsw::tableint>(row), static_cast<int>(level));
  const std::size_t n = from.getListCount(list);
  for (std::size_t i = 0; i < most; ++i) to.push_back(i < n ? list[1 + i] : static_cast<std::uint32_t>(row));
}

links copied(const index& from, std::size_t rows, const row_graph_options& options) {
  links all;
  all.near.reserve(rows * 2 * options.links);
  all.far_at.push_back(0);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto levels = static_cast<std::size_t>(from.element_levels_[row]);
    copy_links(from, row, 0, 2 * options.links, all.near);
    for (std::size_t level = 1; level <= levels; ++level) copy_links(from, row, level, options.links, all.far);
    all.far_at.push_back(all.far_at.back() + levels);
  }
  all.entry = from.enterpoint_node_;
  return all;
}

links built(std::span<const float> rows, std::size_t width, const row_graph_options& options, const context& ctx) {
  inner_products space(width);
  const std::size_t n = rows.size() / width;
  const auto made = std::make_unique<index>(&space, n, options.links, options.build_width, seed);
  for (std::size_t i = 0; i < n; ++i) {
    if (i % rows_between_checks == 0) {
      ctx.check();
      ctx.report("graph", i, n);
    }
    made->addPoint(rows.data() + i * width, i);
  }
  ctx.report("graph", n, n);
  return copied(*made, n, options);
}

}  // namespace

links build(std::span<const float> rows, std::size_t width, const row_graph_options& options, const context& ctx) {
  try {
    return built(rows, width, options, ctx);
  } catch (const error&) {
    throw;
  } catch (const std::exception& e) {
    throw error(errc::limit, {.stage = "row_graph", .problem = e.what(), .advice = "search without a graph"});
  }
}

}  // namespace bespoke::graph
