// SPDX-License-Identifier: Apache-2.0
#pragma once
// How good predictions are, from plain data: what was predicted beside what is true.
//
//     accuracy(predicted, actual);                                       // numbers of labels, see core/labels.hpp
//     averaged(confusion(predicted, actual, 3), averaging::macro).f;     // macro F1
//     roc_auc(scores, actual);                                           // a score a record, or one for each label
//
// Labels are their numbers, from 0. Scores of several labels stand in one row-major table, a row for each record; how many
// labels there are follows from its size. Weights, one a record, say how much each counts; none: all the same.
//
// Every function here throws errc::shape where lengths do not agree, errc::empty_input without records, and
// errc::invalid_argument for a weight that is negative or not finite, weights that are all 0, a label out of range, and a
// score or value that is no number. O(records) unless said otherwise. Definitions and figures: scikit-learn 1.2.1's.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke {

/// Numbers of labels, one a record.
using label_numbers = std::span<const std::uint32_t>;

/// The share of records whose label was predicted.
double accuracy(label_numbers predicted, label_numbers actual, std::span<const float> weights = {});

/// How often each label was predicted for each: the weight of the records, or their number.
struct confusion_matrix {
  std::size_t labels = 0;
  std::vector<double> counts{};  ///< row-major: a row for each actual label, a column for each predicted one

  double operator()(std::size_t actual, std::size_t predicted) const { return counts[actual * labels + predicted]; }
};

/// `labels`: how many there are; every number must be below it.
confusion_matrix confusion(label_numbers predicted, label_numbers actual, std::size_t labels,
                           std::span<const float> weights = {});

/// The mean over labels of the share of their records that was found (recall). Labels without records are left out.
double balanced_accuracy(const confusion_matrix& c);

/// How well one label is told apart, or the mean over labels. What would be a division by 0 is 0.
struct label_quality {
  double precision = 0;  ///< of what was given the label, the share that has it
  double recall = 0;     ///< of what has the label, the share that was given it
  double f = 0;          ///< (1 + β²) · precision · recall / (β² · precision + recall)
  double support = 0;    ///< weight of the records that have the label
};

/// For every label. `beta`: how many times as much as precision recall counts. O(labels²).
std::vector<label_quality> per_label(const confusion_matrix& c, double beta = 1);

/// How labels become one figure.
enum class averaging {
  macro,     ///< every label the same; a label that was neither there nor predicted is left out
  micro,     ///< every record the same: of all records together
  weighted,  ///< every label by its support
};

/// The figures of all labels in one; `support` is that of all records. O(labels²).
label_quality averaged(const confusion_matrix& c, averaging how, double beta = 1);

/// The chance that a record with a label scores higher for it than one without, ties counted half: the area under the ROC
/// curve. `scores`: one a record, where label 1 is to be told from label 0; or one for each label: of two labels the
/// second's is taken, of more the mean over each label against the rest. A label that no record or every record has is
/// left out; NaN where none is left. O(records · log records), for each label.
double roc_auc(std::span<const double> scores, label_numbers actual, std::span<const float> weights = {});

/// Average precision, the area under the precision-recall curve in steps: Σ (recallₙ − recallₙ₋₁) · precisionₙ. Scores and
/// labels as for `roc_auc`; a label that no record has is left out, NaN where none is left.
double average_precision(std::span<const double> scores, label_numbers actual, std::span<const float> weights = {});

/// −mean of ln(probability of the actual label). `probabilities`: of label 1 alone, or of every label; each is taken as at
/// least 2⁻⁵² and at most 1 − 2⁻⁵², then each row is divided by its sum.
double log_loss(std::span<const double> probabilities, label_numbers actual, std::span<const float> weights = {});

/// The mean squared difference between probability and truth (Brier, 1950): of label 1 where there are two labels or only
/// its probability is given, else summed over the labels.
double brier(std::span<const double> probabilities, label_numbers actual, std::span<const float> weights = {});

/// √(mean of (predicted − actual)²).
double rmse(std::span<const double> predicted, std::span<const double> actual, std::span<const float> weights = {});

/// The mean of |predicted − actual|.
double mae(std::span<const double> predicted, std::span<const double> actual, std::span<const float> weights = {});

/// R², the share of the variance that is explained: 1 − Σ(actual − predicted)² / Σ(actual − mean of actual)². Where all
/// actual values are the same, 1 if they were predicted, else 0.
double r_squared(std::span<const double> predicted, std::span<const double> actual,
                 std::span<const float> weights = {});

}  // namespace bespoke
