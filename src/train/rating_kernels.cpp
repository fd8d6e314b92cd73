// SPDX-License-Identifier: Apache-2.0
#include "rating_kernels.hpp"

#include <bespoke/core/cpu.hpp>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::train::detail {

namespace {

float dot_portable(const float* a, const float* b, std::size_t width) {
  float sums[16] = {};
  std::size_t k = 0;
  for (; k + 16 <= width; k += 16)
    for (std::size_t j = 0; j < 16; ++j) sums[j] += a[k + j] * b[k + j];
  for (std::size_t j = 0; k + j < width; ++j) sums[j] += a[k + j] * b[k + j];
  for (std::size_t half = 8; half > 0; half /= 2)
    for (std::size_t j = 0; j < half; ++j) sums[j] += sums[j + half];
  return sums[0];
}

void step_portable(float* a, float* b, std::size_t width, float keep, float to_a, float to_b) {
  for (std::size_t k = 0; k < width; k += 8)
    for (std::size_t j = k; j < k + 8; ++j) {
      const float before = a[j];
      a[j] = keep * before + to_a * b[j];
      b[j] = keep * b[j] + to_b * before;
    }
}

void move_portable(float* a, const float* b, std::size_t width, float keep) {
  for (std::size_t k = 0; k < width; ++k) a[k] = keep * a[k] + b[k];
}

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) float dot_avx2(const float* a, const float* b, std::size_t width) {
  __m256 low = _mm256_setzero_ps(), high = _mm256_setzero_ps();
  std::size_t k = 0;
  for (; k + 16 <= width; k += 16) {
    low = _mm256_fmadd_ps(_mm256_loadu_ps(a + k), _mm256_loadu_ps(b + k), low);
    high = _mm256_fmadd_ps(_mm256_loadu_ps(a + k + 8), _mm256_loadu_ps(b + k + 8), high);
  }
  if (k < width) low = _mm256_fmadd_ps(_mm256_loadu_ps(a + k), _mm256_loadu_ps(b + k), low);
  low = _mm256_add_ps(low, high);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(low), _mm256_extractf128_ps(low, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

__attribute__((target("avx2,fma"))) void step_avx2(float* a, float* b, std::size_t width, float keep, float to_a,
                                                   float to_b) {
  const __m256 kept = _mm256_set1_ps(keep), pull_a = _mm256_set1_ps(to_a), pull_b = _mm256_set1_ps(to_b);
  for (std::size_t k = 0; k < width; k += 8) {
    const __m256 one = _mm256_loadu_ps(a + k), other = _mm256_loadu_ps(b + k);
    _mm256_storeu_ps(a + k, _mm256_fmadd_ps(kept, one, _mm256_mul_ps(pull_a, other)));
    _mm256_storeu_ps(b + k, _mm256_fmadd_ps(kept, other, _mm256_mul_ps(pull_b, one)));
  }
}

__attribute__((target("avx2,fma"))) void move_avx2(float* a, const float* b, std::size_t width, float keep) {
  const __m256 kept = _mm256_set1_ps(keep);
  for (std::size_t k = 0; k < width; k += 8)
    _mm256_storeu_ps(a + k, _mm256_fmadd_ps(kept, _mm256_loadu_ps(a + k), _mm256_loadu_ps(b + k)));
}

#endif

}  // namespace

const rating_kernels& portable_rating_kernels() {
  static constexpr rating_kernels all{dot_portable, step_portable, move_portable};
  return all;
}

const rating_kernels& best_rating_kernels() {
#if defined(__x86_64__)
  static constexpr rating_kernels fast{dot_avx2, step_avx2, move_avx2};
  if (widest_vector() >= vector_width::avx2) return fast;
#endif
  return portable_rating_kernels();
}

}  // namespace bespoke::train::detail
