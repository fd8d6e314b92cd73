// SPDX-License-Identifier: Apache-2.0
#pragma once
// The largest dot products of a query with very many rows, nearly: found along a graph of rows that are near to each other,
// without looking at most of them.
//
//     dot_rows items(factors);
//     row_graph graph(items, {}, ctx);                              // minutes for a million rows; kept in bundles
//     auto best = graph.top_k(items, user, room, filter);           // most of items.top_k(user, room, filter)
//
// Hierarchical navigable small worlds (Malkov and Yashunin, IEEE TPAMI 2020), built by hnswlib with dot products for nearness
// (Morozov and Babenko: Non-metric similarity graphs for maximum inner product search, NeurIPS 2018).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke {

struct row_graph_options {
  std::size_t links = 16;          ///< 2 to 64: of each row to others, twice as many at the bottom; more finds more
  std::size_t build_width = 60;    ///< 1 or more: rows among which those to link to are chosen
  std::size_t search_width = 200;  ///< 1 or more: best rows that a search keeps, k if that is more; more finds more
};

/// A graph over the rows of `dot_rows`. Immutable. Thread safety: const calls from any thread.
///
/// Rows are added one by one in their order, by one thread, with levels from a fixed seed: the same bytes for any number of
/// threads (on one kind of processor). O(size · build_width · links · width). 4·(width + 2·links) bytes a row, and more.
class row_graph {
 public:
  row_graph() = default;
  /// Reports "graph". Throws errc::invalid_argument for options out of their range and for a row that is not finite,
  /// errc::limit for 2³¹ rows and more and where there is no memory, errc::stopped.
  row_graph(const dot_rows& rows, const row_graph_options& options, const context& ctx);

  std::size_t size() const noexcept { return size_; }
  const row_graph_options& options() const noexcept { return options_; }

  /// Nearly what `rows.top_k(query, room, filter)` gives: each with its exact score, in the same order, but some may be missing
  /// with worse ones in their places. Where the filter lets too few through, twice as many rows are searched, and so on; where
  /// that comes near to looking at all, and for a query that is not finite, the answer is `rows.top_k`'s. So there are never
  /// fewer than there could be. `rows` are those that this was made of. Allocates nothing. Throws errc::shape where `rows` have
  /// another size or width.
  std::span<scored> top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room,
                          function_ref<bool(std::size_t)> filter) const;

  /// Tensors "graph_near", "graph_far" and "graph_levels", and the options and "graph_entry" as numbers.
  void save(bundle_writer& w) const;
  /// Of the same rows. Throws errc::bad_bundle unless every link leads to a row of its level.
  static row_graph load(const bundle_reader& r, const dot_rows& rows);

 private:
  struct search;

  explicit row_graph(const dot_rows& rows);
  bool is_sound() const;
  std::size_t levels(std::size_t row) const noexcept { return far_at_[row + 1] - far_at_[row]; }
  std::span<const std::uint32_t> near(std::size_t row) const noexcept {
    return {near_.data() + row * 2 * options_.links, 2 * options_.links};
  }
  std::span<const std::uint32_t> far(std::size_t row, std::size_t level) const noexcept {  // of level 1 and above
    return {far_.data() + (far_at_[row] + level - 1) * options_.links, options_.links};
  }

  row_graph_options options_{};
  std::size_t size_ = 0, width_ = 16;   // width: of a row here, with its bias, to a multiple of 16
  aligned_vector<float> rows_;          // row after row
  aligned_vector<std::uint32_t> near_;  // links at the bottom; unused ones lead to the row itself, as below
  aligned_vector<std::uint32_t> far_;   // above it
  aligned_vector<std::uint64_t> far_at_;
  std::size_t entry_ = 0;
};

}  // namespace bespoke
