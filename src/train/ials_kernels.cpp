// SPDX-License-Identifier: Apache-2.0
// The functions for one processor hold intrinsics only, so that no code for it can leak into the rest. Rows are taken eight at
// a time: their products with p are summed across vectors together, and they are still in the nearest cache when they are
// added up.
#include "ials_kernels.hpp"

#include <bespoke/core/cpu.hpp>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::train::als {

namespace {

float dot_portable(const float* a, const float* b, std::size_t stride) {
  float lanes[16] = {};
  for (std::size_t j = 0; j < stride; j += 16)
    for (std::size_t l = 0; l < 16; ++l) lanes[l] += a[j + l] * b[j + l];
  for (std::size_t half = 8; half != 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  return lanes[0];
}

void pass_portable(const choices& c, const factor_view& y, const float* p, float target, float* out) {
  for (std::size_t i = 0; i < c.count; ++i) {
    const float* const row = y.row(c.rows[i]);
    const float missing = c.confidences[i] * target - c.weights[i] * dot_portable(row, p, y.stride);
    for (std::size_t j = 0; j < y.stride; ++j) out[j] += missing * row[j];
  }
}

float squares_portable(const choices& c, const factor_view& y, const float* p) {
  float sum = 0;
  for (std::size_t i = 0; i < c.count; ++i) {
    const float t = dot_portable(y.row(c.rows[i]), p, y.stride);
    sum += c.weights[i] * t * t;
  }
  return sum;
}

void gram_portable(const float* gram, std::size_t stride, const float* p, float* out) {
  for (std::size_t b = 0; b < together; ++b, p += stride, out += stride) {
    for (std::size_t j = 0; j < stride; ++j) out[j] = 0;
    for (std::size_t i = 0; i < stride; ++i)
      for (std::size_t j = 0; j < stride; ++j) out[j] += p[i] * gram[i * stride + j];
  }
}

#if defined(__x86_64__)

#define BESPOKE_AVX2 __attribute__((target("avx2,fma")))
#define BESPOKE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))

// Eight rows from number `i` on, and their confidences and weights. Where fewer are left, the last stands in with zeros.
struct eight {
  const float* rows[8];
  alignas(32) float confidences[8], weights[8];
};
inline __attribute__((always_inline)) void take_eight(const choices& c, const factor_view& y, std::size_t i, eight& e) {
  if (i + 8 <= c.count) {
    for (std::size_t l = 0; l < 8; ++l) {
      e.rows[l] = y.row(c.rows[i + l]);
      e.confidences[l] = c.confidences[i + l];
      e.weights[l] = c.weights[i + l];
    }
    return;
  }
  for (std::size_t l = 0; l < 8; ++l) {
    const bool there = i + l < c.count;
    e.rows[l] = y.row(c.rows[there ? i + l : c.count - 1]);
    e.confidences[l] = there ? c.confidences[i + l] : 0.0f;
    e.weights[l] = there ? c.weights[i + l] : 0.0f;
  }
}

// The sums of eight vectors.
BESPOKE_AVX2 inline __m256 sums_of(const __m256* s) {
  const __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(s[0], s[1]), _mm256_hadd_ps(s[2], s[3]));
  const __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(s[4], s[5]), _mm256_hadd_ps(s[6], s[7]));
  return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}
BESPOKE_AVX2 inline float sum_of(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

BESPOKE_AVX2 inline __m256 dots_avx2(const eight& e, const float* p, std::size_t stride) {
  __m256 sums[8];
#pragma GCC unroll 8
  for (int l = 0; l < 8; ++l) sums[l] = _mm256_setzero_ps();
  for (std::size_t j = 0; j < stride; j += 8) {
    const __m256 v = _mm256_load_ps(p + j);
#pragma GCC unroll 8
    for (int l = 0; l < 8; ++l) sums[l] = _mm256_fmadd_ps(_mm256_load_ps(e.rows[l] + j), v, sums[l]);
  }
  return sums_of(sums);
}

// How far eight rows are from their target, times their confidences.
BESPOKE_AVX2 inline __m256 missing(const eight& e, __m256 dots, float target) {
  const __m256 wanted = _mm256_mul_ps(_mm256_load_ps(e.confidences), _mm256_set1_ps(target));
  return _mm256_fnmadd_ps(_mm256_load_ps(e.weights), dots, wanted);
}

BESPOKE_AVX2 void pass_avx2(const choices& c, const factor_view& y, const float* p, float target, float* out) {
  for (std::size_t i = 0; i < c.count; i += 8) {
    eight e;
    take_eight(c, y, i, e);
    alignas(32) float weights[8];
    _mm256_store_ps(weights, missing(e, dots_avx2(e, p, y.stride), target));
    for (std::size_t j = 0; j < y.stride; j += 8) {
      __m256 sum = _mm256_load_ps(out + j);
#pragma GCC unroll 8
      for (int l = 0; l < 8; ++l)
        sum = _mm256_fmadd_ps(_mm256_broadcast_ss(weights + l), _mm256_load_ps(e.rows[l] + j), sum);
      _mm256_store_ps(out + j, sum);
    }
  }
}

BESPOKE_AVX2 float squares_avx2(const choices& c, const factor_view& y, const float* p) {
  __m256 sum = _mm256_setzero_ps();
  for (std::size_t i = 0; i < c.count; i += 8) {
    eight e;
    take_eight(c, y, i, e);
    const __m256 t = dots_avx2(e, p, y.stride);
    sum = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_load_ps(e.weights), t), t, sum);
  }
  return sum_of(sum);
}

BESPOKE_AVX2 void gram_avx2(const float* gram, std::size_t stride, const float* p, float* out) {
  for (std::size_t j = 0; j < stride; j += 16) {
    __m256 sums[4][2];
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b) sums[b][0] = sums[b][1] = _mm256_setzero_ps();
    for (std::size_t i = 0; i < stride; ++i) {
      const float* const g = gram + i * stride + j;
      const __m256 g0 = _mm256_load_ps(g), g1 = _mm256_load_ps(g + 8);
#pragma GCC unroll 4
      for (int b = 0; b < 4; ++b) {
        const __m256 v = _mm256_broadcast_ss(p + static_cast<std::size_t>(b) * stride + i);
        sums[b][0] = _mm256_fmadd_ps(v, g0, sums[b][0]);
        sums[b][1] = _mm256_fmadd_ps(v, g1, sums[b][1]);
      }
    }
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b) {
      _mm256_store_ps(out + static_cast<std::size_t>(b) * stride + j, sums[b][0]);
      _mm256_store_ps(out + static_cast<std::size_t>(b) * stride + j + 8, sums[b][1]);
    }
  }
}

BESPOKE_AVX2 float dot_avx2(const float* a, const float* b, std::size_t stride) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0;
  for (std::size_t j = 0; j < stride; j += 16) {
    s0 = _mm256_fmadd_ps(_mm256_load_ps(a + j), _mm256_load_ps(b + j), s0);
    s1 = _mm256_fmadd_ps(_mm256_load_ps(a + j + 8), _mm256_load_ps(b + j + 8), s1);
  }
  return sum_of(_mm256_add_ps(s0, s1));
}

// The two halves of a vector added. (The intrinsic for the lower half warns with g++ 12.)
BESPOKE_AVX512 inline __m256 folded(__m512 v) {
  return _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xff, v, 0), _mm512_maskz_extractf32x8_ps(0xff, v, 1));
}

BESPOKE_AVX512 inline __m256 dots_avx512(const eight& e, const float* p, std::size_t stride) {
  __m512 sums[8];
#pragma GCC unroll 8
  for (int l = 0; l < 8; ++l) sums[l] = _mm512_setzero_ps();
  for (std::size_t j = 0; j < stride; j += 16) {
    const __m512 v = _mm512_load_ps(p + j);
#pragma GCC unroll 8
    for (int l = 0; l < 8; ++l) sums[l] = _mm512_fmadd_ps(_mm512_load_ps(e.rows[l] + j), v, sums[l]);
  }
  __m256 halves[8];
#pragma GCC unroll 8
  for (int l = 0; l < 8; ++l) halves[l] = folded(sums[l]);
  return sums_of(halves);
}

// While eight rows are added up, the next eight are fetched.
BESPOKE_AVX512 void pass_avx512(const choices& c, const factor_view& y, const float* p, float target, float* out) {
  eight e, next;
  if (c.count != 0) take_eight(c, y, 0, next);
  for (std::size_t i = 0; i < c.count; i += 8) {
    e = next;
    if (i + 8 < c.count) take_eight(c, y, i + 8, next);
    alignas(32) float weights[8];
    _mm256_store_ps(weights, missing(e, dots_avx512(e, p, y.stride), target));
    __m512 w[8];
#pragma GCC unroll 8
    for (int l = 0; l < 8; ++l) w[l] = _mm512_set1_ps(weights[l]);
    for (std::size_t j = 0; j < y.stride; j += 16) {
      __m512 sum = _mm512_load_ps(out + j);
#pragma GCC unroll 8
      for (int l = 0; l < 8; ++l) {
        _mm_prefetch(reinterpret_cast<const char*>(next.rows[l] + j), _MM_HINT_T0);
        sum = _mm512_fmadd_ps(w[l], _mm512_load_ps(e.rows[l] + j), sum);
      }
      _mm512_store_ps(out + j, sum);
    }
  }
}

BESPOKE_AVX512 float squares_avx512(const choices& c, const factor_view& y, const float* p) {
  __m256 sum = _mm256_setzero_ps();
  for (std::size_t i = 0; i < c.count; i += 8) {
    eight e;
    take_eight(c, y, i, e);
    const __m256 t = dots_avx512(e, p, y.stride);
    sum = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_load_ps(e.weights), t), t, sum);
  }
  return sum_of(sum);
}

// `Vectors` times 16 columns of the result for `together` vectors stay in registers.
template <int Vectors>
BESPOKE_AVX512 inline void gram_columns(const float* gram, std::size_t stride, const float* p, float* out) {
  __m512 sums[4][Vectors];
#pragma GCC unroll 4
  for (int b = 0; b < 4; ++b)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sums[b][v] = _mm512_setzero_ps();
  for (std::size_t i = 0; i < stride; ++i, gram += stride) {
    __m512 g[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) g[v] = _mm512_load_ps(gram + 16 * v);
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b) {
      const __m512 value = _mm512_set1_ps(p[static_cast<std::size_t>(b) * stride + i]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sums[b][v] = _mm512_fmadd_ps(value, g[v], sums[b][v]);
    }
  }
#pragma GCC unroll 4
  for (int b = 0; b < 4; ++b)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) _mm512_store_ps(out + static_cast<std::size_t>(b) * stride + 16 * v, sums[b][v]);
}

BESPOKE_AVX512 void gram_avx512(const float* gram, std::size_t stride, const float* p, float* out) {
  std::size_t j = 0;
  for (; j + 64 <= stride; j += 64) gram_columns<4>(gram + j, stride, p, out + j);
  for (; j < stride; j += 16) gram_columns<1>(gram + j, stride, p, out + j);
}

BESPOKE_AVX512 float dot_avx512(const float* a, const float* b, std::size_t stride) {
  __m512 s = _mm512_setzero_ps();
  for (std::size_t j = 0; j < stride; j += 16) s = _mm512_fmadd_ps(_mm512_load_ps(a + j), _mm512_load_ps(b + j), s);
  return sum_of(folded(s));
}

#undef BESPOKE_AVX2
#undef BESPOKE_AVX512

#endif

}  // namespace

const kernels& portable_kernels() {
  static constexpr kernels all{pass_portable, squares_portable, gram_portable, dot_portable};
  return all;
}

#if defined(__x86_64__)
const kernels* avx2_kernels() {
  static constexpr kernels all{pass_avx2, squares_avx2, gram_avx2, dot_avx2};
  return widest_vector() >= vector_width::avx2 ? &all : nullptr;
}

const kernels* avx512_kernels() {
  static constexpr kernels all{pass_avx512, squares_avx512, gram_avx512, dot_avx512};
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

}  // namespace bespoke::train::als
