// SPDX-License-Identifier: Apache-2.0
#pragma once
// The innermost loops of train/bpr.hpp and train/warp.hpp (pairwise_kernels.cpp). Rows of factors are `width` floats, a multiple
// of 16, filled up with zeros and 64-byte aligned. The row of an item goes on with its bias and is 16 floats longer, so that two
// items never share a line of a cache.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bespoke::train::pairwise {

inline constexpr std::size_t bias_room = 16;

/// A user, an item that the user chose, and one that the user did not.
struct triple {
  std::uint32_t user, liked, other;
};

/// What is learned.
struct factor_rows {
  float *users = nullptr, *items = nullptr;
  std::size_t width = 0;

  float* user(std::size_t u) const noexcept { return users + u * width; }
  float* item(std::size_t i) const noexcept { return items + i * (width + bias_room); }
  float& bias(std::size_t i) const noexcept { return item(i)[width]; }
};

/// How far a step goes.
struct step_size {
  float rate = 0, l2 = 0;
};

/// σ(−d) = 1 / (1 + exp(d)), how steeply −ln σ(d) falls, within 1e-6: 2ᶠ by five terms of its series for |f| ≤ ½.
inline float logistic_slope(float d) noexcept {
  const float within = d < -60 ? -60 : d > 60 ? 60 : d;
  const float power = within * 1.44269504f, magic = 12582912.0f;  // 1.5 · 2²³: what is added to it is rounded
  const float shifted = power + magic;
  const float f = power - (shifted - magic);
  const float series =
      1 + f * (0.693147181f + f * (0.240226507f + f * (0.0555041087f + f * (0.00961812911f + f * 0.00133335581f))));
  std::uint32_t whole;
  std::memcpy(&whole, &shifted, sizeof whole);
  const std::uint32_t bits = (whole + 127u) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return 1 / (1 + series * scale);
}

/// How steeply the loss of a rank falls, which is 0 for ranks up to 1.
float log_rank(std::size_t rank);

/// Σ aₖ·bₖ
using dot_function = float (*)(const float* a, const float* b, std::size_t width);
/// One step of gradient descent on the rows of a triple, whose loss has the slope `slope`: x += rate·(slope·(y − z) − l2·x),
/// y += rate·(slope·x − l2·y), z += rate·(−slope·x − l2·z), all from what they were; biases alike.
using move_function = void (*)(const triple& t, const factor_rows& rows, step_size by, float slope);
/// Such a step for each triple, in order, with slope σ(−d), d being how much better the item scores that the user chose.
using logistic_function = void (*)(const triple* all, std::size_t n, const factor_rows& rows, step_size by);

struct kernels {
  dot_function dot;
  move_function move;
  logistic_function logistic;
};
/// For every processor; for one instruction set (null where this processor lacks it); and the fastest for this one. Results
/// differ by rounding.
const kernels& portable_kernels();
const kernels* avx2_kernels();
const kernels* avx512_kernels();
const kernels& best_kernels();

}  // namespace bespoke::train::pairwise
