// SPDX-License-Identifier: Apache-2.0
#pragma once
// A linear support vector machine: the strong, small, fast classifier for wide sparse rows such as tf-idf.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/linear_classifier.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bespoke::train {

using bespoke::operator|;

/// What a wrong side of the margin costs.
enum class svm_loss {
  squared_hinge,  ///< max(0, 1 − y·f)²
  hinge,          ///< max(0, 1 − y·f)
};

/// For each label against the others (for two labels: the second against the first), minimises
///
///     ½·Σ wₖ² + c · Σ weightᵢ · loss(yᵢ, w·rowᵢ),  y = ±1
///
/// by dual coordinate descent with shrinking (Hsieh, Chang, Lin, Keerthi, Sundararajan, ICML 2008), the method of
/// liblinear, until the duality gap proves that it is within the share `tolerance` of the least. The intercept is the
/// weight of a column of `intercept_scaling` and is penalised as the others are, as in liblinear. Answers the label with the
/// largest score, of equal ones the first in ascending order.
///
///     dense_row or sparse_row, any label → decision<label>, its score being the margin of the chosen label
///
/// Fit: the rows are copied once to one matrix; O(stored values · labels) an iteration, labels side by side on all threads,
/// the same bytes for any number of them. Throws errc::empty_input, errc::shape, and errc::invalid_argument for a
/// parameter out of range, a NaN or infinity in a row (with its record), or fewer than two labels.
/// One record: O(stored values · labels), no allocation. A row with a NaN gets the first label and the score NaN.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's LinearSVC (liblinear).
struct linear_svm {
  static constexpr std::string_view kind = "linear_svm/1";

  float c = 1.0f;                           ///< weight of the losses against the size of w: larger fits closer
  svm_loss loss = svm_loss::squared_hinge;  ///< what a wrong side costs
  bool intercept = true;                    ///< learn an intercept
  float intercept_scaling = 1.0f;           ///< value of the intercept's column: larger means less penalty on it
  double tolerance = 1e-4;                  ///< stops when the duality gap is this share of the objective, or less
  std::size_t max_iterations = 1000;        ///< passes over the rows, a label
  bool balanced = false;                    ///< each label counts the same in sum, however many records it has

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In, label Label>
  using fitted = linear_classifier<linear_svm, In, Label>;

  /// Learns from rows and their labels.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return detail::fit_linear(*this, x, y, ctx);
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return detail::load_linear<linear_svm, In, Y>(r);
  }

  /// The weights for rows whose labels are numbers below `labels`: what `fit` calls. `weights` of the records multiply
  /// `c`; empty where every record counts the same.
  linear_solution solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                        std::size_t labels, const context& ctx) const;
  linear_solution solve(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                        std::size_t labels, const context& ctx) const;

  /// Throws errc::invalid_argument for a parameter out of range, errc::empty_input, errc::shape.
  void check(std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w) const;                ///< the parameters
  static linear_svm saved(const bundle_reader& r);  ///< and back
};

}  // namespace bespoke::train
