// SPDX-License-Identifier: Apache-2.0
#pragma once
// The largest dot products of a query with many rows, exactly: how items are found for a user's factors, and vectors for a
// vector.
//
//     dot_rows items(factors);                                   // copies a matrix: one item a row
//     std::array<scored, 10> room;
//     auto best = items.top_k(user, room, [&](std::size_t i) { return !seen[i]; });   // allocates nothing
//
// Every row is looked at: no index to build, no answer missed. Bound by memory: one query reads every number once.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace bespoke {

/// Rows that dot products are taken with, in panels of 64: the first number of 64 rows side by side, then the second, … so that
/// a query goes straight through memory with no sum across a vector. Immutable.
///
/// A row's score is biasᵢ + Σₖ queryₖ·rowᵢₖ in float, summed in ascending k: the same bits whether one score is asked for, all,
/// or the best of one query or of many. Instruction sets (scalar, AVX2, AVX-512) are chosen at run time; with and without
/// fused multiplication they differ by rounding.
/// Every query must have `width()` entries. Thread safety: const calls from any thread.
class dot_rows {
 public:
  dot_rows() = default;
  /// Copies the rows; `biases` has one for each or is empty (all 0). Throws errc::shape for another number of biases.
  explicit dot_rows(const dense_rows& rows, std::span<const float> biases = {});

  std::size_t size() const noexcept { return size_; }
  std::size_t width() const noexcept { return width_; }

  float value(std::size_t row, std::size_t k) const noexcept { return panels_[place(row) + k * panel]; }
  float bias(std::size_t row) const noexcept { return biases_[row]; }
  /// Copies a row to `out`, which has `width()` entries.
  void row(std::size_t i, std::span<float> out) const;
  /// All rows as they were given.
  dense_rows rows() const;

  float score(std::span<const float> query, std::size_t row) const;
  /// The score of every row, to `out`, which has `size()` entries.
  void scores(std::span<const float> query, std::span<float> out) const;

  /// The best rows of those that `filter(row)` lets through, best first, in the front of `room`; the order is that of
  /// core/top_k.hpp. The filter is asked only of rows that would be kept. O(size · width); allocates nothing.
  std::span<scored> top_k(std::span<const float> query, std::span<scored> room,
                          function_ref<bool(std::size_t)> filter) const;
  std::span<scored> top_k(std::span<const float> query, std::span<scored> room) const;

  /// The best `k` rows for each query, as `top_k` gives them, bit by bit: those of query q are at `room[q·k]` and on,
  /// `found[q]` of them. `filter(query, row)` is called from all threads of `ctx`. Throws errc::shape unless queries are
  /// `width()` wide and there is room; errc::stopped.
  void top_k_of_all(const dense_rows& queries, std::size_t k, function_ref<bool(std::size_t, std::size_t)> filter,
                    std::span<scored> room, std::span<std::size_t> found, const context& ctx) const;

 private:
  friend class quantized_rows;  // takes panels, too
  static constexpr std::size_t panel = 64;

  std::size_t place(std::size_t row) const noexcept { return row / panel * panel * width_ + row % panel; }
  std::size_t panels() const noexcept { return (size_ + panel - 1) / panel; }

  std::size_t size_ = 0, width_ = 0;
  aligned_vector<float> panels_;
  aligned_vector<float> biases_;  // of whole panels
};

}  // namespace bespoke
