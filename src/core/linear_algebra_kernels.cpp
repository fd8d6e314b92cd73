// SPDX-License-Identifier: Apache-2.0
// The innermost loops of linear algebra. The functions for one processor hold intrinsics only, so that no code for it can
// leak into the rest.
#include <bespoke/core/cpu.hpp>

#include <algorithm>
#include <cstdint>

#include "linear_algebra.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::linear {

namespace {

template <class T>
void multiply_portable(const T* a, const T* b, std::size_t depth, T* out) {
  std::fill_n(out, tile * panel<T>, T{});
  for (std::size_t k = 0; k < depth; ++k, a += panel<T>, b += panel<T>)
    for (std::size_t r = 0; r < tile; ++r)
      for (std::size_t j = 0; j < panel<T>; ++j) out[r * panel<T> + j] += a[r] * b[j];
}

void add_scaled_portable(double factor, const double* from, double* to, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) to[j] += factor * from[j];
}

void project_portable(const double* values, const std::uint32_t* columns, std::size_t n, const float* weights,
                      std::size_t stride, double* out) {
  std::fill_n(out, stride, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    const float* const w = weights + (columns ? columns[i] : i) * stride;
    for (std::size_t j = 0; j < stride; ++j) out[j] += values[i] * static_cast<double>(w[j]);
  }
}

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) void multiply_avx2(const double* a, const double* b, std::size_t depth,
                                                       double* out) {
  __m256d sums[4][3];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) sums[r][0] = sums[r][1] = sums[r][2] = _mm256_setzero_pd();
  for (std::size_t k = 0; k < depth; ++k, a += 12, b += 12) {
    const __m256d b0 = _mm256_load_pd(b), b1 = _mm256_load_pd(b + 4), b2 = _mm256_load_pd(b + 8);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const __m256d v = _mm256_broadcast_sd(a + r);
      sums[r][0] = _mm256_fmadd_pd(v, b0, sums[r][0]);
      sums[r][1] = _mm256_fmadd_pd(v, b1, sums[r][1]);
      sums[r][2] = _mm256_fmadd_pd(v, b2, sums[r][2]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    _mm256_storeu_pd(out + r * 12, sums[r][0]);
    _mm256_storeu_pd(out + r * 12 + 4, sums[r][1]);
    _mm256_storeu_pd(out + r * 12 + 8, sums[r][2]);
  }
}

__attribute__((target("avx2,fma"))) void multiply_floats_avx2(const float* a, const float* b, std::size_t depth,
                                                              float* out) {
  __m256 sums[4][3];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) sums[r][0] = sums[r][1] = sums[r][2] = _mm256_setzero_ps();
  for (std::size_t k = 0; k < depth; ++k, a += 24, b += 24) {
    const __m256 b0 = _mm256_load_ps(b), b1 = _mm256_load_ps(b + 8), b2 = _mm256_load_ps(b + 16);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const __m256 v = _mm256_broadcast_ss(a + r);
      sums[r][0] = _mm256_fmadd_ps(v, b0, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(v, b1, sums[r][1]);
      sums[r][2] = _mm256_fmadd_ps(v, b2, sums[r][2]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    _mm256_storeu_ps(out + r * 24, sums[r][0]);
    _mm256_storeu_ps(out + r * 24 + 8, sums[r][1]);
    _mm256_storeu_ps(out + r * 24 + 16, sums[r][2]);
  }
}

__attribute__((target("avx2,fma"))) void add_scaled_avx2(double factor, const double* from, double* to, std::size_t n) {
  const __m256d f = _mm256_set1_pd(factor);
  std::size_t j = 0;
  for (; j + 4 <= n; j += 4)
    _mm256_storeu_pd(to + j, _mm256_fmadd_pd(f, _mm256_loadu_pd(from + j), _mm256_loadu_pd(to + j)));
  for (; j < n; ++j)
    _mm_store_sd(to + j, _mm_fmadd_sd(_mm256_castpd256_pd128(f), _mm_load_sd(from + j), _mm_load_sd(to + j)));
}

// `Vectors` times 4 sums stay in registers while all values pass.
template <int Vectors>
__attribute__((target("avx2,fma"))) void project_some(const double* values, const std::uint32_t* columns, std::size_t n,
                                                      const float* weights, std::size_t stride, double* out) {
  __m256d sums[Vectors];
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) sums[v] = _mm256_setzero_pd();
  for (std::size_t i = 0; i < n; ++i) {
    const float* const w = weights + (columns ? columns[i] : i) * stride;
    const __m256d value = _mm256_broadcast_sd(values + i);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v)
      sums[v] = _mm256_fmadd_pd(value, _mm256_cvtps_pd(_mm_loadu_ps(w + 4 * v)), sums[v]);
  }
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) _mm256_storeu_pd(out + 4 * v, sums[v]);
}

void project_avx2(const double* values, const std::uint32_t* columns, std::size_t n, const float* weights,
                  std::size_t stride, double* out) {
  std::size_t j = 0;
  for (; j + 32 <= stride; j += 32) project_some<8>(values, columns, n, weights + j, stride, out + j);
  for (; j < stride; j += 8) project_some<2>(values, columns, n, weights + j, stride, out + j);
}

#endif

}  // namespace

const kernels& portable_kernels() {
  static constexpr kernels all{multiply_portable<double>, multiply_portable<float>, add_scaled_portable,
                               project_portable};
  return all;
}

const kernels& best_kernels() {
#if defined(__x86_64__)
  static constexpr kernels fast{multiply_avx2, multiply_floats_avx2, add_scaled_avx2, project_avx2};
  static const bool can = widest_vector() >= vector_width::avx2;
  return can ? fast : portable_kernels();
#else
  return portable_kernels();
#endif
}

}  // namespace bespoke::linear
