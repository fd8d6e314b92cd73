// SPDX-License-Identifier: Apache-2.0
#pragma once
// A linear support vector machine: the strong, small, fast classifier for wide sparse rows such as tf-idf.

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
#include <utility>
#include <vector>

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
/// liblinear, until the duality gap proves that it is within the share `tolerance` of the least. The intercept is the weight of a column of `intercept_scaling` and is penalised as the others are, as in
/// liblinear. Answers the label with the largest score, of equal ones the first in ascending order.
///
///     dense_row or sparse_row, any label → decision<label>, its score being the margin of the chosen label
///
/// Fit: the rows are copied once to one matrix; O(stored values · labels) an iteration, labels side by side on all threads,
/// the same bytes for any number of them. Throws errc::empty_input, errc::shape, and errc::invalid_argument for a
/// parameter out of range, a NaN or infinity in a row (with its record), or fewer than two labels.
/// One record: O(stored values · labels), no allocation. A row with a NaN gets the first label and the score NaN.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's LinearSVC (liblinear).
struct linear_svm {
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
  class fitted;

  /// Learns from rows and their labels.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const;

  /// What `solve` finds.
  struct solution {
    linear_scores scores;
    bool converged;  ///< false where a label was still beyond `tolerance` after `max_iterations`
  };

  /// The weights for rows whose labels are numbers below `labels`: what `fit` calls. `weights` of the records multiply
  /// `c`; empty where every record counts the same.
  solution solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                 std::size_t labels, const context& ctx) const;
  solution solve(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                 std::size_t labels, const context& ctx) const;

 private:
  void check(std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w) const;
  static linear_svm saved(const bundle_reader& r);
};

/// What `fit` returns for rows `In` and targets `Label`. Copies share what was learned.
template <row In, label Label>
class linear_svm::fitted {
 public:
  static constexpr std::string_view kind = "linear_svm/1";
  using output_type = decision<Label>;

  fitted(linear_svm spec, solution found, bespoke::labels<Label> names)
      : spec_(spec), found_(std::move(found)), labels_(std::move(names)) {}

  decision<Label> operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// The margin of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const { return found_.scores.of_labels(x, s); }

  /// The `k` columns that spoke most for the answer, largest first; see core/reasons.hpp.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const {
    return found_.scores.reasons(x, (*this)(x, scratch::local()).index(), k, which);
  }

  std::size_t width() const noexcept { return found_.scores.width(); }       ///< columns of the rows it takes
  const linear_scores& linear() const noexcept { return found_.scores; }     ///< weights and intercepts
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  /// False where the descent stopped at `max_iterations`: raise it, or standardize the rows.
  bool converged() const noexcept { return found_.converged; }
  const linear_svm& spec() const noexcept { return spec_; }  ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    found_.scores.save(w);
    w.put("converged", found_.converged);
    labels_.save(w);
  }

 private:
  linear_svm spec_;
  solution found_;
  bespoke::labels<Label> labels_;
};

template <row In, class_target Y>
linear_svm::fitted<In, target_value<Y>> linear_svm::fit(const blocks<In>& x, const blocks<Y>& y,
                                                        const context& ctx) const {
  check(x.size(), y.size());
  auto targets = class_targets<target_value<Y>>::of(y, balanced, ctx);
  return {*this, solve(collect(x, ctx), targets.numbers, targets.weights, targets.names.size(), ctx),
          std::move(targets.names)};
}

template <row In, class_target Y>
linear_svm::fitted<In, target_value<Y>> linear_svm::load(bundle_reader& r) const {
  solution found{linear_scores::load(r), r.flag("converged")};
  auto names = labels<target_value<Y>>::load(r);
  if (found.scores.labels() != names.size()) r.reject("the number of labels is not that of the weights");
  return {saved(r), std::move(found), std::move(names)};
}

}  // namespace bespoke::train
