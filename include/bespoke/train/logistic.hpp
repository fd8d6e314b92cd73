// SPDX-License-Identifier: Apache-2.0
#pragma once
// Logistic regression: a linear classifier whose scores are probabilities.

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

/// Minimises, over a weight for each column and label and intercepts that are not penalised,
///
///     ½·Σ wₖⱼ² + c · Σ weightᵢ · −ln p(labelᵢ | rowᵢ)
///
/// where p is the softmax of the scores bⱼ + Σ rowₖ·wₖⱼ of all labels (multinomial); of two labels one set of weights is
/// learned, and p of the second is 1 / (1 + e^−score) (binomial). The intercepts of a softmax sum to 0.
///
///     dense_row or sparse_row, any label → decision<label>, its score being the probability of the chosen label
///
/// Fit: Newton's method, whose steps are found by conjugate gradients preconditioned by the Hessian's diagonal and
/// shortened until the loss falls enough (Lin, Weng, Keerthi: Trust region Newton method for logistic regression, 2008;
/// Galli and Lin: Truncated Newton methods with line search, 2021). O(stored values · labels) for each of its products on
/// all threads, the same bytes for any number of them; memory for a copy of the rows and about ten numbers for each
/// column and label. Throws errc::empty_input, errc::shape, and errc::invalid_argument for a parameter out of range, a NaN
/// or infinity in a row (with its record), or fewer than two labels.
/// One record: O(stored values · labels), no allocation. A row with a NaN gets the first label and the score NaN.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's LogisticRegression.
struct logistic {
  static constexpr std::string_view kind = "logistic/1";

  float c = 1.0f;                    ///< weight of the losses against the size of w: larger fits closer
  bool intercept = true;             ///< learn intercepts; else they are 0
  double tolerance = 1e-5;           ///< stops where the gradient is this many times as long as for w = 0
  std::size_t max_iterations = 100;  ///< Newton steps at most
  bool balanced = false;             ///< each label counts the same in sum, however many records it has

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In, label Label>
  using fitted = linear_classifier<logistic, In, Label>;

  /// Learns from rows and their labels.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return detail::fit_linear(*this, x, y, ctx);
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return detail::load_linear<logistic, In, Y>(r);
  }

  /// The weights for rows whose labels are numbers below `labels`: what `fit` calls. `weights` of the records multiply
  /// `c`; empty where every record counts the same.
  linear_solution solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                        std::size_t labels, const context& ctx) const;
  linear_solution solve(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                        std::size_t labels, const context& ctx) const;

  /// Throws errc::invalid_argument for a parameter out of range, errc::empty_input, errc::shape.
  void check(std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w) const;              ///< the parameters
  static logistic saved(const bundle_reader& r);  ///< and back

  static constexpr bool gives_probabilities = true;
  /// The probabilities that follow from the scores of `linear_scores`, in `s`.
  static std::span<const double> probabilities(std::span<const double> scores, scratch& s);
};

}  // namespace bespoke::train
