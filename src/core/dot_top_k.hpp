// SPDX-License-Identifier: Apache-2.0
#pragma once
// Kernels of core/dot_top_k.hpp (dot_top_k_kernels.cpp). A panel is 64 rows: value k of row i at panel[k·64 + i].

#include <cstddef>
#include <cstdint>

namespace bespoke::dots {

inline constexpr std::size_t panel = 64;
inline constexpr std::size_t group = 6;  ///< queries that are scored together

/// Scores of a panel's rows to `out`, and a bit for each row whose score is not at or below `bar`: NaN, and all where the
/// bar is NaN. All arrays but `query` are 64-byte aligned.
using panel_function = std::uint64_t (*)(const float* rows, const float* biases, const float* query, std::size_t width,
                                         float bar, float* out);
/// The same for `group` queries: value k of query q at queries[k·group + q]; scores to out[q·64 + i], bits to above[q].
using group_function = void (*)(const float* rows, const float* biases, const float* queries, std::size_t width,
                                const float* bars, float* out, std::uint64_t* above);
/// The score of one row, whose numbers are 64 apart.
using one_function = float (*)(const float* row, float bias, const float* query, std::size_t width);

struct kernels {
  panel_function one_query;
  group_function some_queries;
  one_function one_row;
};
/// For every processor; for one instruction set (null where this processor lacks it); and the fastest for this one.
const kernels& portable_kernels();
const kernels* avx2_kernels();
const kernels* avx512_kernels();
const kernels& best_kernels();

}  // namespace bespoke::dots
