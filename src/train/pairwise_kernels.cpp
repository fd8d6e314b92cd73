// SPDX-License-Identifier: Apache-2.0
// The functions for one processor hold intrinsics only, so that no code for it can leak into the rest.
#include "pairwise_kernels.hpp"

#include <bespoke/core/cpu.hpp>

#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::train::pairwise {

namespace {

float dot_portable(const float* a, const float* b, std::size_t width) {
  float lanes[16] = {};
  for (std::size_t k = 0; k < width; k += 16)
    for (std::size_t l = 0; l < 16; ++l) lanes[l] += a[k + l] * b[k + l];
  for (std::size_t half = 8; half != 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  return lanes[0];
}

inline void move_biases(float* y, float* z, float keep, float pull) {
  *y = keep * *y + pull;
  *z = keep * *z - pull;
}

void move_portable(const triple& t, const factor_rows& rows, step_size by, float slope) {
  float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
  const float keep = 1 - by.rate * by.l2, pull = by.rate * slope;
  for (std::size_t k = 0; k < rows.width; ++k) {
    const float user = x[k], liked = y[k], other = z[k];
    x[k] = keep * user + pull * (liked - other);
    y[k] = keep * liked + pull * user;
    z[k] = keep * other - pull * user;
  }
  move_biases(y + rows.width, z + rows.width, keep, pull);
}

void logistic_portable(const triple* all, std::size_t n, const factor_rows& rows, step_size by) {
  for (std::size_t i = 0; i < n; ++i) {
    const triple& t = all[i];
    const float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
    const float liked = dot_portable(x, y, rows.width) + y[rows.width];
    const float other = dot_portable(x, z, rows.width) + z[rows.width];
    move_portable(t, rows, by, logistic_slope(liked - other));
  }
}

#if defined(__x86_64__)

#define BESPOKE_AVX2 __attribute__((target("avx2,fma")))
#define BESPOKE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))

constexpr std::size_t ahead = 6;  // triples whose rows are asked for before they are needed

BESPOKE_AVX2 inline void ask_for(const triple& t, const factor_rows& rows) {
  const float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
  for (std::size_t k = 0; k < rows.width; k += 16) {
    _mm_prefetch(reinterpret_cast<const char*>(x + k), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(y + k), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(z + k), _MM_HINT_T0);
  }
  _mm_prefetch(reinterpret_cast<const char*>(y + rows.width), _MM_HINT_T0);
  _mm_prefetch(reinterpret_cast<const char*>(z + rows.width), _MM_HINT_T0);
}

BESPOKE_AVX2 inline float sum_of(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

BESPOKE_AVX2 float dot_avx2(const float* a, const float* b, std::size_t width) {
  __m256 low = _mm256_setzero_ps(), high = low;
  for (std::size_t k = 0; k < width; k += 16) {
    low = _mm256_fmadd_ps(_mm256_load_ps(a + k), _mm256_load_ps(b + k), low);
    high = _mm256_fmadd_ps(_mm256_load_ps(a + k + 8), _mm256_load_ps(b + k + 8), high);
  }
  return sum_of(_mm256_add_ps(low, high));
}

BESPOKE_AVX2 inline void move_avx2(const triple& t, const factor_rows& rows, step_size by, float slope) {
  float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
  const float keep = 1 - by.rate * by.l2, pull = by.rate * slope;
  const __m256 kept = _mm256_set1_ps(keep), pulled = _mm256_set1_ps(pull);
  for (std::size_t k = 0; k < rows.width; k += 8) {
    const __m256 user = _mm256_load_ps(x + k), liked = _mm256_load_ps(y + k), other = _mm256_load_ps(z + k);
    const __m256 by_user = _mm256_mul_ps(pulled, user);
    _mm256_store_ps(x + k, _mm256_fmadd_ps(pulled, _mm256_sub_ps(liked, other), _mm256_mul_ps(kept, user)));
    _mm256_store_ps(y + k, _mm256_fmadd_ps(kept, liked, by_user));
    _mm256_store_ps(z + k, _mm256_fmsub_ps(kept, other, by_user));
  }
  move_biases(y + rows.width, z + rows.width, keep, pull);
}
BESPOKE_AVX2 void one_move_avx2(const triple& t, const factor_rows& rows, step_size by, float slope) {
  move_avx2(t, rows, by, slope);
}

BESPOKE_AVX2 void logistic_avx2(const triple* all, std::size_t n, const factor_rows& rows, step_size by) {
  for (std::size_t i = 0; i < n; ++i) {
    const triple t = all[i];
    if (i + ahead < n) ask_for(all[i + ahead], rows);
    const float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
    __m256 low = _mm256_setzero_ps(), high = low;
    for (std::size_t k = 0; k < rows.width; k += 16) {
      const __m256 first = _mm256_sub_ps(_mm256_load_ps(y + k), _mm256_load_ps(z + k));
      const __m256 second = _mm256_sub_ps(_mm256_load_ps(y + k + 8), _mm256_load_ps(z + k + 8));
      low = _mm256_fmadd_ps(_mm256_load_ps(x + k), first, low);
      high = _mm256_fmadd_ps(_mm256_load_ps(x + k + 8), second, high);
    }
    const float d = sum_of(_mm256_add_ps(low, high)) + (y[rows.width] - z[rows.width]);
    move_avx2(t, rows, by, logistic_slope(d));
  }
}

// With masks, as g++ 12 warns of what other forms leave undefined.
BESPOKE_AVX512 inline float sum_of(__m512 v) {
  return sum_of(_mm256_add_ps(_mm512_maskz_extractf32x8_ps(255, v, 0), _mm512_maskz_extractf32x8_ps(255, v, 1)));
}

BESPOKE_AVX512 float dot_avx512(const float* a, const float* b, std::size_t width) {
  __m512 sum = _mm512_setzero_ps();
  for (std::size_t k = 0; k < width; k += 16) sum = _mm512_fmadd_ps(_mm512_load_ps(a + k), _mm512_load_ps(b + k), sum);
  return sum_of(sum);
}

BESPOKE_AVX512 inline void move_avx512(const triple& t, const factor_rows& rows, step_size by, float slope) {
  float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
  const float keep = 1 - by.rate * by.l2, pull = by.rate * slope;
  const __m512 kept = _mm512_set1_ps(keep), pulled = _mm512_set1_ps(pull);
  for (std::size_t k = 0; k < rows.width; k += 16) {
    const __m512 user = _mm512_load_ps(x + k), liked = _mm512_load_ps(y + k), other = _mm512_load_ps(z + k);
    const __m512 by_user = _mm512_mul_ps(pulled, user);
    _mm512_store_ps(x + k, _mm512_fmadd_ps(pulled, _mm512_sub_ps(liked, other), _mm512_mul_ps(kept, user)));
    _mm512_store_ps(y + k, _mm512_fmadd_ps(kept, liked, by_user));
    _mm512_store_ps(z + k, _mm512_fmsub_ps(kept, other, by_user));
  }
  move_biases(y + rows.width, z + rows.width, keep, pull);
}
BESPOKE_AVX512 void one_move_avx512(const triple& t, const factor_rows& rows, step_size by, float slope) {
  move_avx512(t, rows, by, slope);
}

BESPOKE_AVX512 void logistic_avx512(const triple* all, std::size_t n, const factor_rows& rows, step_size by) {
  for (std::size_t i = 0; i < n; ++i) {
    const triple t = all[i];
    if (i + ahead < n) ask_for(all[i + ahead], rows);
    const float *const x = rows.user(t.user), *const y = rows.item(t.liked), *const z = rows.item(t.other);
    __m512 sum = _mm512_setzero_ps();
    for (std::size_t k = 0; k < rows.width; k += 16)
      sum = _mm512_fmadd_ps(_mm512_load_ps(x + k), _mm512_sub_ps(_mm512_load_ps(y + k), _mm512_load_ps(z + k)), sum);
    const float d = sum_of(sum) + (y[rows.width] - z[rows.width]);
    move_avx512(t, rows, by, logistic_slope(d));
  }
}

#endif

}  // namespace

float log_rank(std::size_t rank) { return rank > 1 ? std::log(static_cast<float>(rank)) : 0.0f; }

const kernels& portable_kernels() {
  static constexpr kernels all{dot_portable, move_portable, logistic_portable};
  return all;
}

const kernels* avx2_kernels() {
#if defined(__x86_64__)
  static constexpr kernels all{dot_avx2, one_move_avx2, logistic_avx2};
  if (widest_vector() >= vector_width::avx2) return &all;
#endif
  return nullptr;
}

const kernels* avx512_kernels() {
#if defined(__x86_64__)
  static constexpr kernels all{dot_avx512, one_move_avx512, logistic_avx512};
  if (widest_vector() >= vector_width::avx512) return &all;
#endif
  return nullptr;
}

const kernels& best_kernels() {
  if (const kernels* const all = avx512_kernels()) return *all;
  if (const kernels* const all = avx2_kernels()) return *all;
  return portable_kernels();
}

}  // namespace bespoke::train::pairwise
