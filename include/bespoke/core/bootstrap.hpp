// SPDX-License-Identifier: Apache-2.0
#pragma once
// A mean and an interval around it, from values alone; and an interval around any figure.

#include <bespoke/core/context.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bespoke {

/// A mean, or another figure, and the interval around it.
struct estimate {
  double mean = 0, low = 0, high = 0;
  friend bool operator==(const estimate&, const estimate&) = default;
};

struct bootstrap_options {
  double confidence = 0.95;     ///< of the interval, inside (0, 1)
  std::size_t samples = 2'000;  ///< drawn with replacement, each as long as the values
  std::uint64_t seed = 1;
};

/// The mean of `values` with its percentile bootstrap interval (Efron, 1979): the values are drawn anew, with replacement,
/// and the interval holds the middle `confidence` of the means so found. The values must be independent of each other:
/// one for each held-out item or user. Of differences value by value it is a paired comparison of two methods.
/// Same seed, same interval. Throws errc::empty_input, errc::invalid_argument for options out of range.
/// O(values · samples).
estimate bootstrap_mean(std::span<const double> values, const bootstrap_options& options = {});

/// The same around any figure of `records` records: `figure` is called with the numbers of the records drawn, first with
/// all of them in order, which gives `mean`. Two methods are compared in pairs by a figure that is their difference on
/// the same records. Draws of which it is NaN are left out (an AUC of records with one label); NaN where none is left.
estimate bootstrap(std::size_t records, function_ref<double(std::span<const std::size_t>)> figure,
                   const bootstrap_options& options = {});

/// The mean of the scores of folds, with the interval of the corrected resampled t-test (Nadeau and Bengio, 2003): the
/// training parts of folds overlap, so that their scores vary together and their own spread says too little. The variance
/// is multiplied by 1/folds + `test_to_train`, the records held out for each one learned from. Of one fold both ends are
/// NaN. Throws errc::empty_input, errc::invalid_argument for a confidence outside (0, 1).
estimate mean_of_folds(std::span<const double> scores, double test_to_train, double confidence = 0.95);

/// The number that Student's t exceeds in magnitude with the chance 1 − `confidence`: 2.776 for 4 degrees of freedom and
/// 0.95. To 1e-12 of the value. Throws as above, and for 0 degrees of freedom.
double student_t(std::size_t degrees_of_freedom, double confidence);

}  // namespace bespoke
