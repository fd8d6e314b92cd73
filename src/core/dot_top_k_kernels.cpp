// SPDX-License-Identifier: Apache-2.0
// The innermost loops of core/dot_top_k.hpp. The functions for one processor hold intrinsics only, so that no code for it
// can leak into the rest. All sum in the same order: k ascending, one sum for each row.
#include <bespoke/core/cpu.hpp>

#include "dot_top_k.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::dots {

namespace {

std::uint64_t one_query_portable(const float* rows, const float* biases, const float* query, std::size_t width,
                                 float bar, float* out) {
  for (std::size_t i = 0; i < panel; ++i) out[i] = biases[i];
  for (std::size_t k = 0; k < width; ++k)
    for (std::size_t i = 0; i < panel; ++i) out[i] += query[k] * rows[k * panel + i];
  std::uint64_t above = 0;
  for (std::size_t i = 0; i < panel; ++i) above |= std::uint64_t{!(out[i] <= bar)} << i;
  return above;
}

void some_queries_portable(const float* rows, const float* biases, const float* queries, std::size_t width,
                           const float* bars, float* out, std::uint64_t* above) {
  for (std::size_t q = 0; q < group; ++q)
    for (std::size_t i = 0; i < panel; ++i) out[q * panel + i] = biases[i];
  for (std::size_t k = 0; k < width; ++k)
    for (std::size_t q = 0; q < group; ++q)
      for (std::size_t i = 0; i < panel; ++i) out[q * panel + i] += queries[k * group + q] * rows[k * panel + i];
  for (std::size_t q = 0; q < group; ++q) {
    above[q] = 0;
    for (std::size_t i = 0; i < panel; ++i) above[q] |= std::uint64_t{!(out[q * panel + i] <= bars[q])} << i;
  }
}

float one_row_portable(const float* row, float bias, const float* query, std::size_t width) {
  float sum = bias;
  for (std::size_t k = 0; k < width; ++k) sum += query[k] * row[k * panel];
  return sum;
}

#if defined(__x86_64__)

#define BESPOKE_AVX2 __attribute__((target("avx2,fma")))
#define BESPOKE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))

BESPOKE_AVX2 float one_row_avx2(const float* row, float bias, const float* query, std::size_t width) {
  __m128 sum = _mm_set_ss(bias);
  for (std::size_t k = 0; k < width; ++k) sum = _mm_fmadd_ss(_mm_load_ss(query + k), _mm_load_ss(row + k * panel), sum);
  return _mm_cvtss_f32(sum);
}

BESPOKE_AVX2 std::uint64_t one_query_avx2(const float* rows, const float* biases, const float* query, std::size_t width,
                                          float bar, float* out) {
  __m256 sums[8];
#pragma GCC unroll 8
  for (int v = 0; v < 8; ++v) sums[v] = _mm256_load_ps(biases + 8 * v);
  for (std::size_t k = 0; k < width; ++k, rows += panel) {
    const __m256 q = _mm256_broadcast_ss(query + k);
#pragma GCC unroll 8
    for (int v = 0; v < 8; ++v) sums[v] = _mm256_fmadd_ps(q, _mm256_load_ps(rows + 8 * v), sums[v]);
  }
  const __m256 least = _mm256_set1_ps(bar);
  std::uint64_t above = 0;
#pragma GCC unroll 8
  for (int v = 0; v < 8; ++v) {
    _mm256_store_ps(out + 8 * v, sums[v]);
    const int bits = _mm256_movemask_ps(_mm256_cmp_ps(sums[v], least, _CMP_NLE_UQ));
    above |= static_cast<std::uint64_t>(static_cast<unsigned>(bits)) << (8 * v);
  }
  return above;
}

// 16 rows and all queries of a group stay in registers.
BESPOKE_AVX2 void some_queries_avx2(const float* rows, const float* biases, const float* queries, std::size_t width,
                                    const float* bars, float* out, std::uint64_t* above) {
  for (std::size_t q = 0; q < group; ++q) above[q] = 0;
  for (std::size_t first = 0; first < panel; first += 16) {
    const __m256 b0 = _mm256_load_ps(biases + first), b1 = _mm256_load_ps(biases + first + 8);
    __m256 sums[6][2];
#pragma GCC unroll 6
    for (int q = 0; q < 6; ++q) sums[q][0] = b0, sums[q][1] = b1;
    const float* row = rows + first;
    const float* query = queries;
    for (std::size_t k = 0; k < width; ++k, row += panel, query += group) {
      const __m256 r0 = _mm256_load_ps(row), r1 = _mm256_load_ps(row + 8);
#pragma GCC unroll 6
      for (int q = 0; q < 6; ++q) {
        const __m256 v = _mm256_broadcast_ss(query + q);
        sums[q][0] = _mm256_fmadd_ps(v, r0, sums[q][0]);
        sums[q][1] = _mm256_fmadd_ps(v, r1, sums[q][1]);
      }
    }
#pragma GCC unroll 6
    for (int q = 0; q < 6; ++q) {
      float* const to = out + static_cast<std::size_t>(q) * panel + first;
      _mm256_store_ps(to, sums[q][0]);
      _mm256_store_ps(to + 8, sums[q][1]);
      const __m256 bar = _mm256_broadcast_ss(bars + q);
      const int low = _mm256_movemask_ps(_mm256_cmp_ps(sums[q][0], bar, _CMP_NLE_UQ));
      const int high = _mm256_movemask_ps(_mm256_cmp_ps(sums[q][1], bar, _CMP_NLE_UQ));
      above[q] |= static_cast<std::uint64_t>(static_cast<unsigned>(low | high << 8)) << first;
    }
  }
}

BESPOKE_AVX512 std::uint64_t one_query_avx512(const float* rows, const float* biases, const float* query,
                                              std::size_t width, float bar, float* out) {
  __m512 sums[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) sums[v] = _mm512_load_ps(biases + 16 * v);
  for (std::size_t k = 0; k < width; ++k, rows += panel) {
    const __m512 q = _mm512_set1_ps(query[k]);
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) sums[v] = _mm512_fmadd_ps(q, _mm512_load_ps(rows + 16 * v), sums[v]);
  }
  const __m512 least = _mm512_set1_ps(bar);
  std::uint64_t above = 0;
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    _mm512_store_ps(out + 16 * v, sums[v]);
    above |= static_cast<std::uint64_t>(_mm512_cmp_ps_mask(sums[v], least, _CMP_NLE_UQ)) << (16 * v);
  }
  return above;
}

BESPOKE_AVX512 void some_queries_avx512(const float* rows, const float* biases, const float* queries, std::size_t width,
                                        const float* bars, float* out, std::uint64_t* above) {
  __m512 sums[6][4];
#pragma GCC unroll 6
  for (int q = 0; q < 6; ++q)
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) sums[q][v] = _mm512_load_ps(biases + 16 * v);
  for (std::size_t k = 0; k < width; ++k, rows += panel, queries += group) {
    __m512 row[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) row[v] = _mm512_load_ps(rows + 16 * v);
#pragma GCC unroll 6
    for (int q = 0; q < 6; ++q) {
      const __m512 value = _mm512_set1_ps(queries[q]);
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) sums[q][v] = _mm512_fmadd_ps(value, row[v], sums[q][v]);
    }
  }
#pragma GCC unroll 6
  for (int q = 0; q < 6; ++q) {
    const __m512 bar = _mm512_set1_ps(bars[q]);
    above[q] = 0;
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      _mm512_store_ps(out + static_cast<std::size_t>(q) * panel + 16 * v, sums[q][v]);
      above[q] |= static_cast<std::uint64_t>(_mm512_cmp_ps_mask(sums[q][v], bar, _CMP_NLE_UQ)) << (16 * v);
    }
  }
}

#undef BESPOKE_AVX2
#undef BESPOKE_AVX512

#endif

}  // namespace

const kernels& portable_kernels() {
  static constexpr kernels all{one_query_portable, some_queries_portable, one_row_portable};
  return all;
}

#if defined(__x86_64__)
const kernels* avx2_kernels() {
  static constexpr kernels all{one_query_avx2, some_queries_avx2, one_row_avx2};
  return widest_vector() >= vector_width::avx2 ? &all : nullptr;
}

const kernels* avx512_kernels() {
  static constexpr kernels all{one_query_avx512, some_queries_avx512, one_row_avx2};
  return widest_vector() >= vector_width::avx512 ? &all : nullptr;
}
#else
const kernels* avx2_kernels() { return nullptr; }
const kernels* avx512_kernels() { return nullptr; }
#endif

const kernels& best_kernels() {
  static const kernels& best = avx512_kernels() ? *avx512_kernels()
                               : avx2_kernels() ? *avx2_kernels()
                                                : portable_kernels();
  return best;
}

}  // namespace bespoke::dots
