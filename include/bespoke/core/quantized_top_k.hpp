// SPDX-License-Identifier: Apache-2.0
#pragma once
// The largest dot products of a query with many rows, exactly, from a quarter of the memory traffic: rows in 8 bits say which
// rows can be among the best, and only those are scored in float.
//
//     dot_rows items(factors);
//     quantized_rows small(items);
//     auto best = small.top_k(items, user, room, filter);   // items.top_k(user, room, filter), bit by bit
//
// Bound by memory as dot_rows are, and so about three times as fast where rows are too many for the caches.

#include <bespoke/core/context.hpp>
#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke {

/// Rows of `dot_rows` as whole numbers from −127 to 127, with a scale for each row. Immutable.
///
/// With a row r = s·a + e and a query q = t·b + f, where a and b are whole numbers, r·q = s·t·(a·b) + f·s·a + e·q, and the last
/// two are at most |f|·s·|a| + |e|·|q|. That, and what sums in float can be off by, is added to s·t·(a·b): a row for which it
/// does not reach the worst score kept so far is not among the best. All others get their score from the float rows.
/// Queries have 16 bits, so that nearly all of the bound is |e|·|q|, about .6 % of |r|·|q| with 64 normal numbers in a row.
/// Rows with numbers that are not finite or whose length is above 10¹⁸, and biases above 10³⁶, are always scored in float, and
/// so are all rows for such a query.
///
/// width + 8 bytes a row. Instruction sets (scalar, AVX2, AVX-512) are chosen at run time; answers do not depend on the bound.
/// Thread safety: const calls from any thread.
class quantized_rows {
 public:
  quantized_rows() = default;
  /// O(size · width).
  explicit quantized_rows(const dot_rows& rows);

  std::size_t size() const noexcept { return size_; }
  std::size_t width() const noexcept { return width_; }

  /// What `rows.top_k(query, room, filter)` gives, of the rows that this was made of; the filter is asked of the same rows in
  /// the same order. O(size · width), allocates nothing. Throws errc::shape where `rows` have another size or width.
  std::span<scored> top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room,
                          function_ref<bool(std::size_t)> filter) const;
  std::span<scored> top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room) const;

 private:
  void quantize(std::size_t row, std::span<const float> values, float bias);

  std::size_t size_ = 0, width_ = 0;
  aligned_vector<std::int8_t> panels_;  // of 64 rows: two numbers of each row, then the next two, …
  aligned_vector<float> scales_;        // of whole panels, as the next
  aligned_vector<float> biases_;        // with what rounding may add to a score; infinite where a row is always scored
  double residual_ = 0;                 // the largest |e| / s
};

}  // namespace bespoke
