// SPDX-License-Identifier: Apache-2.0
#pragma once
// Kernels of core/quantized_top_k.hpp (quantized_top_k_kernels.cpp). A panel is 64 rows: numbers 2p and 2p + 1 of row i at
// panel[p·128 + 2i].

#include <cstddef>
#include <cstdint>

namespace bespoke::quantized {

inline constexpr std::size_t panel = 64;

/// What is compared with the bar is bias + scale·(step·(row · query) + slack).
struct query {
  const std::int32_t* pairs = nullptr;  ///< number 2p in the lower half, 2p + 1 in the upper
  std::size_t count = 0;                ///< of pairs
  float step = 0, slack = 0;
};

/// A bit for each row of a panel that is not at or below `bar`: all where the bar is NaN. Arrays are 64-byte aligned, and
/// sums of products must fit into 31 bits.
using reach_function = std::uint64_t (*)(const std::int8_t* rows, const float* scales, const float* biases,
                                         const query& q, float bar);

/// For every processor; for one instruction set (null where this processor lacks it); and the fastest for this one.
reach_function portable_reach();
reach_function avx2_reach();
reach_function avx512_reach();
reach_function best_reach();

}  // namespace bespoke::quantized
