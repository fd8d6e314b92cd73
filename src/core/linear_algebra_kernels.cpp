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

void add_products_portable(const small_tile& t) {
  for (std::size_t r = 0; r < t.rows; ++r)
    for (std::size_t j = 0; j < t.columns; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < t.depth; ++k) sum += t.a[k * t.step + r] * t.b[k * t.step + j];
      t.c[r * t.c_step + j] += t.factor * sum;
    }
}

double dot_portable(const double* a, const double* b, std::size_t n) {
  double sums[8] = {};
  std::size_t j = 0;
  for (; j + 8 <= n; j += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  for (std::size_t lane = 0; j + lane < n; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
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

// The last of `Vectors` vectors of a row has `columns` − 4·(Vectors − 1) numbers.
template <int Rows, int Vectors>
__attribute__((target("avx2,fma"))) void add_products_some(const small_tile& t) {
  const __m256i lanes = _mm256_set_epi64x(3, 2, 1, 0);
  const auto used = static_cast<long long>(t.columns) - 4 * (Vectors - 1);
  const __m256i mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x(used), lanes);
  __m256d sums[Rows][Vectors];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 3
    for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm256_setzero_pd();
  const double *a = t.a, *b = t.b;
  for (std::size_t k = 0; k < t.depth; ++k, a += t.step, b += t.step) {
    __m256d right[Vectors];
#pragma GCC unroll 3
    for (int v = 0; v + 1 < Vectors; ++v) right[v] = _mm256_loadu_pd(b + 4 * v);
    right[Vectors - 1] = _mm256_maskload_pd(b + 4 * (Vectors - 1), mask);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const __m256d left = _mm256_broadcast_sd(a + r);
#pragma GCC unroll 3
      for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm256_fmadd_pd(left, right[v], sums[r][v]);
    }
  }
  const __m256d factor = _mm256_set1_pd(t.factor);
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
    double* const c = t.c + static_cast<std::size_t>(r) * t.c_step;
#pragma GCC unroll 3
    for (int v = 0; v + 1 < Vectors; ++v)
      _mm256_storeu_pd(c + 4 * v, _mm256_fmadd_pd(factor, sums[r][v], _mm256_loadu_pd(c + 4 * v)));
    double* const end = c + 4 * (Vectors - 1);
    _mm256_maskstore_pd(end, mask, _mm256_fmadd_pd(factor, sums[r][Vectors - 1], _mm256_maskload_pd(end, mask)));
  }
}

template <int Rows>
void add_products_rows(const small_tile& t) {
  if (t.columns > 8) add_products_some<Rows, 3>(t);
  else if (t.columns > 4) add_products_some<Rows, 2>(t);
  else add_products_some<Rows, 1>(t);
}

void add_products_avx2(const small_tile& t) {
  if (t.rows == 4) add_products_rows<4>(t);
  else if (t.rows == 3) add_products_rows<3>(t);
  else if (t.rows == 2) add_products_rows<2>(t);
  else add_products_rows<1>(t);
}

__attribute__((target("avx2,fma"))) double dot_avx2(const double* a, const double* b, std::size_t n) {
  __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
  std::size_t j = 0;
  for (; j + 8 <= n; j += 8) {
    low = _mm256_fmadd_pd(_mm256_loadu_pd(a + j), _mm256_loadu_pd(b + j), low);
    high = _mm256_fmadd_pd(_mm256_loadu_pd(a + j + 4), _mm256_loadu_pd(b + j + 4), high);
  }
  low = _mm256_add_pd(low, high);
  __m128d two = _mm_add_pd(_mm256_castpd256_pd128(low), _mm256_extractf128_pd(low, 1));
  two = _mm_add_sd(two, _mm_unpackhi_pd(two, two));
  for (; j < n; ++j) two = _mm_fmadd_sd(_mm_load_sd(a + j), _mm_load_sd(b + j), two);
  return _mm_cvtsd_f64(two);
}

#endif

}  // namespace

const kernels& portable_kernels() {
  static constexpr kernels all{multiply_portable<double>, multiply_portable<float>, add_scaled_portable,
                               project_portable,          add_products_portable,    dot_portable};
  return all;
}

const kernels& best_kernels() {
#if defined(__x86_64__)
  static constexpr kernels fast{multiply_avx2, multiply_floats_avx2, add_scaled_avx2,
                                project_avx2,  add_products_avx2,    dot_avx2};
  static const bool can = widest_vector() >= vector_width::avx2;
  return can ? fast : portable_kernels();
#else
  return portable_kernels();
#endif
}

}  // namespace bespoke::linear
