// SPDX-License-Identifier: Apache-2.0
#pragma once
// A linear support vector machine that trusts a column the more, the more naive Bayes would: often a point better than
// linear_svm on texts, at about its price.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/linear_classifier.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bespoke::train {

using bespoke::operator|;

/// For each label against the others (for two labels: the second against the first) every column is multiplied by the size
/// of its naive Bayes log ratio, and a linear_svm with the squared hinge is fitted to the columns so scaled:
///
///     rₖ = | ln((pₖ + smoothing) / Σⱼ(pⱼ + smoothing)) − ln((qₖ + smoothing) / Σⱼ(qⱼ + smoothing)) |
///
/// pₖ is the sum of column k over the records of the label, qₖ over the others, each times its weight (Wang and Manning:
/// Baselines and bigrams, ACL 2012, there for counts of 0 and 1). What is kept are the weights of the columns as they are.
///
///     dense_row or sparse_row without negative values, any label → decision<label>, its score the margin of the label
///
/// Fit: as linear_svm, once for each label, labels side by side on all threads, each with a copy of the rows; the same bytes
/// for any number of threads. Throws as linear_svm, and errc::invalid_argument for a negative value. One record: as linear_svm.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's LinearSVC on columns scaled by numpy.
struct naive_bayes_svm {
  static constexpr std::string_view kind = "naive_bayes_svm/1";

  float c = 1.0f;                     ///< weight of the losses against the size of w: larger fits closer
  float smoothing = 0.1f;             ///< added to every sum of a column; 1 for counts, less for tf-idf
  double tolerance = 1e-4;            ///< as linear_svm
  std::size_t max_iterations = 1000;  ///< as linear_svm
  bool balanced = false;              ///< each label counts the same in sum, however many records it has

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In, label Label>
  using fitted = linear_classifier<naive_bayes_svm, In, Label>;

  /// Learns from rows and their labels.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return detail::fit_linear(*this, x, y, ctx);
  }

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return detail::load_linear<naive_bayes_svm, In, Y>(r);
  }

  /// The weights for rows whose labels are numbers below `labels`: what `fit` calls.
  linear_solution solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                        std::size_t labels, const context& ctx) const;
  linear_solution solve(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                        std::size_t labels, const context& ctx) const;

  /// Throws errc::invalid_argument for a parameter out of range, errc::empty_input, errc::shape.
  void check(std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w) const;                     ///< the parameters
  static naive_bayes_svm saved(const bundle_reader& r);  ///< and back
};

}  // namespace bespoke::train
