// SPDX-License-Identifier: Apache-2.0
// The innermost loops of core/quantized_top_k.hpp. The functions for one processor hold intrinsics only, so that no code for it
// can leak into the rest. Whole numbers sum to the same everywhere; the bound that is made of them may differ by rounding,
// which it has room for.
#include <bespoke/core/cpu.hpp>

#include "quantized_top_k.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::quantized {

namespace {

std::uint64_t reach_portable(const std::int8_t* rows, const float* scales, const float* biases, const query& q,
                             float bar) {
  std::int32_t sums[panel] = {};
  for (std::size_t p = 0; p < q.count; ++p, rows += 2 * panel) {
    const std::int32_t first = static_cast<std::int16_t>(q.pairs[p] & 0xffff), second = q.pairs[p] >> 16;
    for (std::size_t i = 0; i < panel; ++i) sums[i] += first * rows[2 * i] + second * rows[2 * i + 1];
  }
  std::uint64_t above = 0;
  for (std::size_t i = 0; i < panel; ++i) {
    const float most = biases[i] + scales[i] * (q.step * static_cast<float>(sums[i]) + q.slack);
    above |= std::uint64_t{!(most <= bar)} << i;
  }
  return above;
}

#if defined(__x86_64__)

#define BESPOKE_AVX2 __attribute__((target("avx2,fma")))
#define BESPOKE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))

BESPOKE_AVX2 std::uint64_t reach_avx2(const std::int8_t* rows, const float* scales, const float* biases, const query& q,
                                      float bar) {
  __m256i sums[8];
#pragma GCC unroll 8
  for (int v = 0; v < 8; ++v) sums[v] = _mm256_setzero_si256();
  for (std::size_t p = 0; p < q.count; ++p, rows += 2 * panel) {
    const __m256i two = _mm256_set1_epi32(q.pairs[p]);
#pragma GCC unroll 8
    for (int v = 0; v < 8; ++v) {
      const __m128i row = _mm_load_si128(reinterpret_cast<const __m128i*>(rows + 16 * v));
      sums[v] = _mm256_add_epi32(sums[v], _mm256_madd_epi16(_mm256_cvtepi8_epi16(row), two));
    }
  }
  const __m256 step = _mm256_set1_ps(q.step), slack = _mm256_set1_ps(q.slack), least = _mm256_set1_ps(bar);
  std::uint64_t above = 0;
#pragma GCC unroll 8
  for (int v = 0; v < 8; ++v) {
    const __m256 inner = _mm256_fmadd_ps(step, _mm256_cvtepi32_ps(sums[v]), slack);
    const __m256 most = _mm256_fmadd_ps(_mm256_load_ps(scales + 8 * v), inner, _mm256_load_ps(biases + 8 * v));
    const int bits = _mm256_movemask_ps(_mm256_cmp_ps(most, least, _CMP_NLE_UQ));
    above |= static_cast<std::uint64_t>(static_cast<unsigned>(bits)) << (8 * v);
  }
  return above;
}

BESPOKE_AVX512 std::uint64_t reach_avx512(const std::int8_t* rows, const float* scales, const float* biases,
                                          const query& q, float bar) {
  __m512i sums[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) sums[v] = _mm512_setzero_si512();
  for (std::size_t p = 0; p < q.count; ++p, rows += 2 * panel) {
    const __m512i two = _mm512_set1_epi32(q.pairs[p]);
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const __m256i row = _mm256_load_si256(reinterpret_cast<const __m256i*>(rows + 32 * v));
      sums[v] = _mm512_add_epi32(sums[v], _mm512_madd_epi16(_mm512_cvtepi8_epi16(row), two));
    }
  }
  constexpr __mmask16 all = 0xffff;  // without a mask, g++ 12 warns of its own header
  const __m512 step = _mm512_set1_ps(q.step), slack = _mm512_set1_ps(q.slack), least = _mm512_set1_ps(bar);
  std::uint64_t above = 0;
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    const __m512 inner = _mm512_fmadd_ps(step, _mm512_maskz_cvtepi32_ps(all, sums[v]), slack);
    const __m512 most = _mm512_fmadd_ps(_mm512_load_ps(scales + 16 * v), inner, _mm512_load_ps(biases + 16 * v));
    above |= static_cast<std::uint64_t>(_mm512_cmp_ps_mask(most, least, _CMP_NLE_UQ)) << (16 * v);
  }
  return above;
}

#undef BESPOKE_AVX2
#undef BESPOKE_AVX512

#endif

}  // namespace

reach_function portable_reach() { return reach_portable; }

#if defined(__x86_64__)
reach_function avx2_reach() { return widest_vector() >= vector_width::avx2 ? reach_avx2 : nullptr; }
reach_function avx512_reach() { return widest_vector() >= vector_width::avx512 ? reach_avx512 : nullptr; }
#else
reach_function avx2_reach() { return nullptr; }
reach_function avx512_reach() { return nullptr; }
#endif

reach_function best_reach() {
  static const reach_function best = avx512_reach() ? avx512_reach() : avx2_reach() ? avx2_reach() : portable_reach();
  return best;
}

}  // namespace bespoke::quantized
