// SPDX-License-Identifier: Apache-2.0
#pragma once
// The innermost loops of the models of ratings, over rows of floats of a width that is a multiple of 8.

#include <cstddef>

namespace bespoke::train::detail {

struct rating_kernels {
  /// Σ aₖ·bₖ, in 16 sums that are added up at the end.
  float (*dot)(const float* a, const float* b, std::size_t width);
  /// One step of gradient descent on both rows of a rating, at once: a = keep·a + to_a·b, b = keep·b + to_b·a.
  void (*step)(float* a, float* b, std::size_t width, float keep, float to_a, float to_b);
  /// a = keep·a + b
  void (*move)(float* a, const float* b, std::size_t width, float keep);
};

/// For every processor, and the fastest for this one. The results of the two differ by rounding.
const rating_kernels& portable_rating_kernels();
const rating_kernels& best_rating_kernels();

}  // namespace bespoke::train::detail
