// SPDX-License-Identifier: Apache-2.0
#pragma once
// Linear discriminant analysis as a classifier: labels as normal distributions with one covariance.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/linear_scores.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// Answers the label with the largest probability, of equal ones the first in ascending order, where each label's rows are
/// taken for normally distributed around the label's mean, all with the covariance that rows have within their labels, and
/// labels for as frequent as in training. Nothing to choose, no iterations: a strong first answer on tables of few columns.
///
///     dense_row, any label → decision<label>, its score being the probability of the chosen label
///     (of sparse rows: features::dense before it)
///
/// Directions in which records hardly vary within their labels are left out, as in features::lda, whose definition of the
/// discriminants this shares; so constant and duplicate columns and more columns than records do no harm.
/// Record weights count as repeated records.
///
/// Fit: the rows are copied to one matrix and once more in double; O(larger side · smaller² + smaller³). Throws
/// errc::empty_input, errc::shape, and errc::invalid_argument for a NaN or infinity in a row (with its record), fewer than
/// two labels, no more records than labels, and where no column varies within the labels.
/// One record: O(columns · labels), no allocation. A row with a NaN gets the first label and the score NaN.
/// Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's LinearDiscriminantAnalysis (solver="svd").
struct linear_discriminant {
  bool balanced = false;  ///< each label is taken for as frequent as any other

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;

  template <label Label>
  class fitted;

  template <class In, class_target Y>
    requires std::is_same_v<In, dense_row>
  fitted<target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;

  template <class In, class_target Y>
    requires std::is_same_v<In, dense_row>
  fitted<target_value<Y>> load(bundle_reader& r) const;

  /// The weights and intercepts for rows whose labels are numbers below `labels`: what `fit` calls. `weights` of the records
  /// are empty where every record counts the same. Two labels share one output: the log of their odds.
  linear_scores solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                      std::size_t labels, const context& ctx) const;

 private:
  static std::span<const double> probabilities(const linear_scores& scores, const dense_row& x, scratch& s);
};

/// What `fit` returns for targets `Label`. Copies share what was learned.
template <label Label>
class linear_discriminant::fitted {
 public:
  static constexpr std::string_view kind = "linear_discriminant/1";
  static constexpr bool gives_probabilities = true;
  using output_type = decision<Label>;

  fitted(linear_discriminant spec, linear_scores scores, bespoke::labels<Label> names)
      : spec_(spec), scores_(std::move(scores)), labels_(std::move(names)) {}

  decision<Label> operator()(const dense_row& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// The probability of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const dense_row& x, scratch& s) const { return probabilities(scores_, x, s); }

  /// The `k` columns that spoke most for the answer, in the log of its odds; see core/reasons.hpp.
  std::vector<reason> reasons(const dense_row& x, std::size_t k, signs which = signs::positive) const {
    return scores_.reasons(x, (*this)(x, scratch::local()).index(), k, which);
  }

  std::size_t width() const noexcept { return scores_.width(); }             ///< columns of the rows it takes
  const linear_scores& linear() const noexcept { return scores_; }           ///< weights and intercepts
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  const linear_discriminant& spec() const noexcept { return spec_; }         ///< how it was trained

  void save(bundle_writer& w) const {
    w.put("balanced", spec_.balanced);
    scores_.save(w);
    labels_.save(w);
  }

 private:
  linear_discriminant spec_;
  linear_scores scores_;
  bespoke::labels<Label> labels_;
};

template <class In, class_target Y>
  requires std::is_same_v<In, dense_row>
linear_discriminant::fitted<target_value<Y>> linear_discriminant::fit(const blocks<In>& x, const blocks<Y>& y,
                                                                      const context& ctx) const {
  const auto rows = collect(x, ctx);
  auto targets = class_targets<target_value<Y>>::of(y, balanced, ctx);
  return {*this, solve(rows, targets.numbers, targets.weights, targets.names.size(), ctx), std::move(targets.names)};
}

template <class In, class_target Y>
  requires std::is_same_v<In, dense_row>
linear_discriminant::fitted<target_value<Y>> linear_discriminant::load(bundle_reader& r) const {
  const linear_discriminant spec{.balanced = r.flag("balanced")};
  auto scores = linear_scores::load(r);
  auto names = labels<target_value<Y>>::load(r);
  if (scores.labels() != names.size()) r.reject("the number of labels is not that of the weights");
  return {spec, std::move(scores), std::move(names)};
}

}  // namespace bespoke::train
