// SPDX-License-Identifier: Apache-2.0
#pragma once
// What core/graph_top_k.hpp is built of: products of rows (graph_kernels.cpp) and the one file that knows hnswlib
// (graph_build.cpp).

#include <bespoke/core/context.hpp>
#include <bespoke/core/graph_top_k.hpp>
#include <bespoke/core/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke::graph {

inline constexpr std::size_t step = 16;  ///< widths are multiples of this

/// Σ aₖ·bₖ of `width` numbers, a multiple of 16; in float, a fixed order for an instruction set.
using dot_function = float (*)(const float* a, const float* b, std::size_t width);

/// For every processor; with AVX2 (null where this processor lacks it); and the fastest for this one.
dot_function portable_dot();
dot_function avx2_dot();
dot_function best_dot();

/// Links between rows, as row_graph has them.
struct links {
  aligned_vector<std::uint32_t> near, far;
  aligned_vector<std::uint64_t> far_at;
  std::size_t entry = 0;
};

/// `rows`: one after the other, each of `width` numbers, one or more.
links build(std::span<const float> rows, std::size_t width, const row_graph_options& options, const context& ctx);

}  // namespace bespoke::graph
