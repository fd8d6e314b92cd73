// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the best rows for a query are found, chosen in one word: learners of factors have it as `.find`.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/graph_top_k.hpp>
#include <bespoke/core/quantized_top_k.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <span>
#include <variant>

namespace bespoke {

/// All but `approximate` give the same answers, bit by bit.
enum class retrieval {
  automatic,  ///< `quantized` where rows have 2¹⁷ numbers or more in all, `exact` below
  exact,      ///< by all numbers of all rows (core/dot_top_k.hpp)
  quantized,  ///< by rows in 8 bits first, a quarter more memory: a third faster within the caches, several times as fast beyond
  approximate  ///< along a graph (core/graph_top_k.hpp): most of the best; faster still from some 300,000 rows on, takes minutes
               ///< to learn a million, and more than twice the memory
};

/// Rows of `dot_rows`, which are not kept here, made ready to be searched. Immutable. Thread safety: const calls from any thread.
class row_search {
 public:
  row_search() = default;
  /// Throws errc::invalid_argument for rows that are not finite, errc::stopped: both where `how` is `approximate`.
  row_search(const dot_rows& rows, retrieval how, const context& ctx);

  /// What was asked for, `automatic` too.
  retrieval how() const noexcept { return how_; }

  /// The best of `rows`, those that this was made of; see the three headers.
  std::span<scored> top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room,
                          function_ref<bool(std::size_t)> filter) const;

  /// The text "retrieval" and, where there is one, the graph.
  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle.
  static row_search load(const bundle_reader& r, const dot_rows& rows);

 private:
  retrieval how_ = retrieval::exact;
  std::variant<std::monostate, quantized_rows, row_graph> by_;
};

}  // namespace bespoke
