// SPDX-License-Identifier: Apache-2.0
#pragma once
// From scores to probabilities, without overflow: what every classifier that adds up scores ends with.

#include <bespoke/core/classifier.hpp>
#include <cmath>
#include <cstddef>
#include <span>

namespace bespoke {

/// 1 / (1 + e⁻ˢ), the logistic function. NaN for NaN.
inline double expit(double score) noexcept {
  const double small = std::exp(-std::fabs(score));
  return score < 0 ? small / (1 + small) : 1 / (1 + small);
}

/// ln(1 + eˢ): the logistic loss of a score −s.
inline double softplus(double score) noexcept {
  return std::fmax(score, 0.0) + std::log1p(std::exp(-std::fabs(score)));
}

/// Replaces the scores of all labels by probabilities, pⱼ = e^sⱼ / Σ e^sₖ, summed in order.
/// Gives ln Σ e^sₖ, so that ln pⱼ = sⱼ − what it gives. All NaN where a score is NaN or +∞, or all are −∞.
inline double softmax(std::span<double> scores) noexcept {
  if (scores.empty()) return 0;
  const double most = scores[largest(scores)];
  double sum = 0;
  for (double& s : scores) sum += s = std::exp(s - most);
  for (double& s : scores) s /= sum;
  return most + std::log(sum);
}

}  // namespace bespoke
