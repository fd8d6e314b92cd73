// SPDX-License-Identifier: Apache-2.0
#pragma once
// A score as a probability: Platt's sigmoid, fitted to scores whose outcomes are known.
//
//     const sigmoid s = fit_sigmoid(scores, was_right);   // scores of records that the classifier was not trained on
//     s(2.5)                                              // the probability that goes with a score of 2.5

#include <cmath>
#include <cstdint>
#include <span>

namespace bespoke {

/// Turns a score into the probability 1 / (1 + exp(a·score + b)): with `a` below 0 larger scores are more probable.
struct sigmoid {
  double a = -1;
  double b = 0;

  /// Between 0 and 1 for every finite score; NaN for NaN. O(1), no overflow.
  double operator()(double score) const noexcept {
    const double z = a * score + b;
    if (z < 0) return 1 / (1 + std::exp(z));
    const double e = std::exp(-z);
    return e / (1 + e);
  }
  friend bool operator==(const sigmoid&, const sigmoid&) = default;
};

/// The sigmoid under which what happened is most likely, with Platt's soft targets: with N₊ the weight of all positive
/// records and N₋ that of all others, a positive record counts as (N₊ + 1)/(N₊ + 2) and another as 1/(N₋ + 2), which keeps
/// separable scores from driving `a` to infinity. So N₊ = 0 or N₋ = 0 still has an answer.
///
///     scores   of each record, finite; best from records that the classifier has not learned from
///     targets  1 for positive records, 0 for others; as many as scores
///     weights  of each record, finite and not negative, some above 0; empty where every record counts the same
///
/// Newton's method with backtracking (Lin, Lin, Weng: A note on Platt's probabilistic outputs, 2007) on scores shifted
/// and scaled to variance 1, so that the answer follows any change of unit. Scores that are all equal give `a = 0`.
/// O(scores) a step, some ten steps. Sums in record order. Thread safety: any thread.
/// Throws errc::empty_input without scores, errc::shape where lengths differ, errc::invalid_argument for a score that is
/// not finite, a target above 1 (each with its record), or bad weights. Checked against scikit-learn 1.2.1's
/// CalibratedClassifierCV (method "sigmoid").
sigmoid fit_sigmoid(std::span<const double> scores, std::span<const std::uint8_t> targets,
                    std::span<const float> weights = {});

}  // namespace bespoke
