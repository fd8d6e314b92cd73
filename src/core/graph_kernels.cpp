// SPDX-License-Identifier: Apache-2.0
// Products of rows for core/graph_top_k.hpp. The functions for one processor hold intrinsics only, so that no code for it can
// leak into the rest.
#include <bespoke/core/cpu.hpp>

#include "graph_top_k.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::graph {

namespace {

float dot_portable(const float* a, const float* b, std::size_t width) {
  float sums[step] = {};
  for (std::size_t k = 0; k < width; k += step)
    for (std::size_t i = 0; i < step; ++i) sums[i] += a[k + i] * b[k + i];
  for (std::size_t half = step / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  return sums[0];
}

#if defined(__x86_64__)

#define BESPOKE_AVX2 __attribute__((target("avx2,fma")))

BESPOKE_AVX2 float sum_of_eight(__m256 v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

BESPOKE_AVX2 float dot_avx2(const float* a, const float* b, std::size_t width) {
  __m256 low = _mm256_setzero_ps(), high = _mm256_setzero_ps();
  for (std::size_t k = 0; k < width; k += step) {
    low = _mm256_fmadd_ps(_mm256_loadu_ps(a + k), _mm256_loadu_ps(b + k), low);
    high = _mm256_fmadd_ps(_mm256_loadu_ps(a + k + 8), _mm256_loadu_ps(b + k + 8), high);
  }
  return sum_of_eight(_mm256_add_ps(low, high));
}

#undef BESPOKE_AVX2

#endif

}  // namespace

dot_function portable_dot() { return dot_portable; }

dot_function avx2_dot() {
#if defined(__x86_64__)
  return widest_vector() >= vector_width::avx2 ? dot_avx2 : nullptr;
#else
  return nullptr;
#endif
}

dot_function best_dot() {
  static const dot_function best = avx2_dot() ? avx2_dot() : portable_dot();
  return best;
}

}  // namespace bespoke::graph
