// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every linear classifier learns: a weight for each column and label, and an intercept for each label.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace bespoke::train {

/// Scores of all labels for a row: scoreⱼ = interceptⱼ + Σ rowₖ·weightₖⱼ, summed in double in column order.
///
/// Weights lie column by column, [column][output], so that a sparse row reads one run of memory for each of its values.
/// Two labels share one output, the score of the second; the score of the first is its negative.
/// Copies share the weights. Thread safety: const calls from any thread.
class linear_scores {
 public:
  /// `weights` holds columns times `intercepts.size()` values. Throws errc::shape otherwise.
  linear_scores(std::size_t columns, aligned_vector<float> weights, std::vector<float> intercepts);

  std::size_t width() const noexcept { return learned_->columns; }
  std::size_t outputs() const noexcept { return learned_->intercepts.size(); }
  std::size_t labels() const noexcept { return outputs() == 1 ? 2 : outputs(); }
  std::span<const float> weights() const noexcept { return learned_->weights; }        ///< [column][output]
  std::span<const float> intercepts() const noexcept { return learned_->intercepts; }  ///< of each output

  /// The scores of all outputs, in `s`. Throws errc::shape unless the row has `width()` columns.
  /// O(stored values · outputs), no allocation.
  std::span<const double> operator()(const dense_row& r, scratch& s) const;
  std::span<const double> operator()(const sparse_row& r, scratch& s) const;

  /// The scores of all labels, in `s`: of two labels the first has the negative of the second's.
  template <row R>
  std::span<const double> of_labels(const R& r, scratch& s) const {
    const std::span<const double> scores = (*this)(r, s);
    if (scores.size() != 1) return scores;
    const auto both = s.take<double>(2);
    both[0] = -scores[0];
    both[1] = scores[0];
    return both;
  }

  /// The `k` columns that spoke most for label `index`: their weight in its score times their value.
  template <row R>
  std::vector<reason> reasons(const R& r, std::size_t index, std::size_t k, signs which) const {
    const std::size_t n = outputs(), output = n == 1 ? 0 : index;
    const float sign = n == 1 && index == 0 ? -1.0f : 1.0f;
    const auto weight_of = [&, w = weights()](std::size_t column) { return sign * w[column * n + output]; };
    return top_contributions(r, weight_of, k, which);
  }

  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle for weights that are not finite or do not fit together.
  static linear_scores load(const bundle_reader& r);

 private:
  struct learned {
    std::size_t columns = 0;
    aligned_vector<float> weights{};
    std::vector<float> intercepts{};
  };

  std::shared_ptr<const learned> learned_;
};

}  // namespace bespoke::train
