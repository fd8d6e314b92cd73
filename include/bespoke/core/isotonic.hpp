// SPDX-License-Identifier: Apache-2.0
#pragma once
// Isotonic regression: the rising function that comes closest to what was seen.
//
//     const isotonic f = fit_isotonic(scores, was_right);
//     f(0.3)                                              // the share of right ones that goes with a score of 0.3

#include <cstddef>
#include <span>
#include <vector>

namespace bespoke {

/// A function that never falls: through points, straight lines between them, level outside.
/// Thread safety: const calls from any thread.
struct isotonic {
  std::vector<double> at{};     ///< of each point, strictly ascending, finite
  std::vector<double> value{};  ///< of each point, never falling, finite

  /// The value at `x`; NaN for NaN. There must be a point. O(log points), no allocation.
  double operator()(double x) const noexcept;
  friend bool operator==(const isotonic&, const isotonic&) = default;
};

/// Minimises Σ weightᵢ·(f(xᵢ) − yᵢ)² over all functions f that never fall, by pooling adjacent violators (Ayer, Brunk, Ewing,
/// Reid, Silverman, 1955). Records with the same x count as one with the mean of their y. Of a level part only both ends
/// become points, so that there are at most two for each different value of f.
///
///     x, y     of each record, finite; as many of one as of the other
///     weights  of each record, finite and not negative, some above 0; empty where every record counts the same
///
/// O(n log n); sums in ascending order of x, of equal ones in record order. Thread safety: any thread.
/// Throws errc::empty_input without records, errc::shape where lengths differ, errc::invalid_argument for a number that is
/// not finite (with its record) or bad weights. Checked against scikit-learn 1.2.1's IsotonicRegression
/// (out_of_bounds="clip").
isotonic fit_isotonic(std::span<const double> x, std::span<const double> y, std::span<const float> weights = {});

}  // namespace bespoke
