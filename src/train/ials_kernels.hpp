// SPDX-License-Identifier: Apache-2.0
#pragma once
// The innermost loops of train/ials.hpp (ials_kernels.cpp). Rows of factors are `stride` floats apart, a multiple of 16, padded
// with zeros and 64-byte aligned, as are all vectors of floats here.

#include <cstddef>
#include <cstdint>

namespace bespoke::train::als {

/// What one user chose (or by whom one item was chosen): numbers of rows of the other side's factors, confidences, and what
/// squares of scores are weighted with beyond what all pairs are.
struct choices {
  const std::uint32_t* rows = nullptr;
  const float* confidences = nullptr;
  const float* weights = nullptr;
  std::size_t count = 0;
};

/// The other side's factors.
struct factor_view {
  const float* values = nullptr;
  std::size_t stride = 0;
  const float* row(std::size_t i) const noexcept { return values + i * stride; }
};

inline constexpr std::size_t together = 4;  ///< vectors that are multiplied with the Gram matrix at once

/// out += Σᵢ (confidenceᵢ·target − weightᵢ·yᵢ·p)·yᵢ over the rows of `c`, eight at a time, in order.
using pass_function = void (*)(const choices& c, const factor_view& y, const float* p, float target, float* out);
/// Σᵢ weightᵢ·(yᵢ·p)²
using squares_function = float (*)(const choices& c, const factor_view& y, const float* p);
/// out_b = gram·p_b for `together` vectors, which lie `stride` apart; gram is symmetric.
using gram_function = void (*)(const float* gram, std::size_t stride, const float* p, float* out);
/// Σₖ aₖ·bₖ
using dot_function = float (*)(const float* a, const float* b, std::size_t stride);

struct kernels {
  pass_function pass;
  squares_function squares;
  gram_function gram;
  dot_function dot;
};
/// For every processor; for one instruction set (null where this processor lacks it); and the fastest for this one. Results
/// differ by rounding.
const kernels& portable_kernels();
const kernels* avx2_kernels();
const kernels* avx512_kernels();
const kernels& best_kernels();

}  // namespace bespoke::train::als
