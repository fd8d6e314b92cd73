// SPDX-License-Identifier: Apache-2.0
#pragma once
// Logistic regression: a linear classifier whose scores are probabilities.

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
  float c = 1.0f;                    ///< weight of the losses against the size of w: larger fits closer
  bool intercept = true;             ///< learn intercepts; else they are 0
  double tolerance = 1e-5;           ///< stops where the gradient is this many times as long as for w = 0
  std::size_t max_iterations = 100;  ///< Newton steps at most
  bool balanced = false;             ///< each label counts the same in sum, however many records it has

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
    bool converged;  ///< false where the gradient was still longer after `max_iterations`
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
  static logistic saved(const bundle_reader& r);
  static std::span<const double> probabilities(std::span<const double> scores, scratch& s);
};

/// What `fit` returns for rows `In` and targets `Label`. Copies share what was learned.
template <row In, label Label>
class logistic::fitted {
 public:
  static constexpr std::string_view kind = "logistic/1";
  using output_type = decision<Label>;
  static constexpr bool gives_probabilities = true;

  fitted(logistic spec, solution found, bespoke::labels<Label> names)
      : spec_(spec), found_(std::move(found)), labels_(std::move(names)) {}

  decision<Label> operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// The probability of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const { return probabilities(found_.scores(x, s), s); }

  /// The `k` columns that spoke most for the answer, by their part in its score before the softmax; see core/reasons.hpp.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const {
    return found_.scores.reasons(x, (*this)(x, scratch::local()).index(), k, which);
  }

  std::size_t width() const noexcept { return found_.scores.width(); }       ///< columns of the rows it takes
  const linear_scores& linear() const noexcept { return found_.scores; }     ///< weights and intercepts
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  /// False where Newton's method stopped at `max_iterations`: raise it, or standardize the rows.
  bool converged() const noexcept { return found_.converged; }
  const logistic& spec() const noexcept { return spec_; }  ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    found_.scores.save(w);
    w.put("converged", found_.converged);
    labels_.save(w);
  }

 private:
  logistic spec_;
  solution found_;
  bespoke::labels<Label> labels_;
};

template <row In, class_target Y>
logistic::fitted<In, target_value<Y>> logistic::fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
  check(x.size(), y.size());
  auto targets = class_targets<target_value<Y>>::of(y, balanced, ctx);
  return {*this, solve(collect(x, ctx), targets.numbers, targets.weights, targets.names.size(), ctx),
          std::move(targets.names)};
}

template <row In, class_target Y>
logistic::fitted<In, target_value<Y>> logistic::load(bundle_reader& r) const {
  solution found{linear_scores::load(r), r.flag("converged")};
  auto names = labels<target_value<Y>>::load(r);
  if (found.scores.labels() != names.size()) r.reject("the number of labels is not that of the weights");
  return {saved(r), std::move(found), std::move(names)};
}

}  // namespace bespoke::train
