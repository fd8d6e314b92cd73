// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calibration: a classifier whose scores are margins, or probabilities that are too sure of themselves, made to answer with
// probabilities that can be believed.
//
//     auto spec = fuse(…) | train::calibrated(train::linear_svm{}, {.method = train::calibration::isotonic});

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/out_of_fold.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// The shape of the function from a score to a probability.
enum class calibration {
  sigmoid,   ///< Platt's sigmoid, see core/sigmoid.hpp: two numbers a label, good from a few dozen records on
  isotonic,  ///< any rising function, see core/isotonic.hpp: for thousands of records, steps where they are few
};

/// How to calibrate.
struct calibration_options {
  calibration method = calibration::sigmoid;  ///< the shape of the function
  fold_plan folds = 5;                        ///< parts of the training data that are held out in turn
};

/// A function from scores to probabilities for each label; for two labels one, of the second label's score.
/// Copies share what was learned. Thread safety: const calls from any thread.
class score_curves {
 public:
  /// Learns from the scores of held-out records, [record][label], and the numbers of their labels: each label's function from
  /// "it is this label" against all others. Throws as `fit_sigmoid` and `fit_isotonic`.
  static score_curves fit(calibration method, std::span<const double> scores, std::span<const std::uint32_t> targets,
                          std::span<const float> weights, std::size_t labels, const context& ctx);

  /// The probabilities of all labels from their scores: each label's own, divided by their sum; all equal where each is 0.
  /// A NaN makes all of them NaN. O(labels), no allocation (isotonic: times the logarithm of its points).
  void operator()(std::span<const double> scores, std::span<double> probabilities) const noexcept;

  std::size_t labels() const noexcept;
  calibration method() const noexcept;

  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle for functions that fall, are not finite or do not fit together.
  static score_curves load(const bundle_reader& r);

 private:
  struct learned;
  explicit score_curves(std::shared_ptr<const learned> l) : learned_(std::move(l)) {}
  double at(std::size_t curve, double score) const noexcept;

  std::shared_ptr<const learned> learned_;
};

/// What `fit` returns: the learner fitted to all rows, and the functions behind it.
template <row In, class Inner>
class fitted_calibrated {
 public:
  static constexpr std::string_view kind = "calibrated/1";
  static constexpr bool gives_probabilities = true;
  using output_type = typename Inner::output_type;

  fitted_calibrated(Inner inner, score_curves curves) : inner_(std::move(inner)), curves_(std::move(curves)) {}

  output_type operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels(), scores(x, s));
  }

  /// The probability of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const {
    const auto out = s.take<double>(labels().size());
    const scratch::frame temporaries(s);
    curves_(inner_.scores(x, s), out);
    return out;
  }

  /// The reasons of the learner for its own answer, before calibration: near a tie that may be another label.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const
    requires requires(const Inner& f) { f.reasons(x, k, which); }
  {
    return inner_.reasons(x, k, which);
  }

  const auto& labels() const noexcept { return inner_.labels(); }  ///< in the order of the scores
  const Inner& learner() const noexcept { return inner_; }         ///< what gives the scores
  const score_curves& curves() const noexcept { return curves_; }  ///< what makes probabilities of them
  /// Columns of the rows it takes.
  std::size_t width() const noexcept
    requires requires(const Inner& f) { f.width(); }
  {
    return inner_.width();
  }

  void save(bundle_writer& w) const {
    curves_.save(w);
    bundle_writer section = w.stage(Inner::kind);
    inner_.save(section);
  }

 private:
  Inner inner_;
  score_curves curves_;
};

/// A classifier that is calibrated on its own training data. Made by `calibrated(learner, options)`.
///
///     dense_row or sparse_row, any label → decision<label>, its score being the probability of the chosen label
///
/// Fit: each of the folds (of a number: each holds every label about equally often) is scored by the learner fitted to
/// the other parts; the functions are learned from all these scores, and the learner that answers is
/// fitted to all rows: as scikit-learn's CalibratedClassifierCV with ensemble=False. What becomes of a label that has fewer
/// records than there are folds, says train/out_of_fold.hpp. The same bytes for any number of threads.
/// Throws errc::invalid_argument for fewer than two labels or bad folds, and what the learner throws.
/// One record: as the learner, and O(labels). Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's CalibratedClassifierCV.
template <class Learner>
struct calibrated_learner {
  Learner learner{};
  calibration_options options{};

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In> && bespoke::detail::takes<Learner, In>;

  /// Learns from rows and their labels.
  template <row In, class_target Y>
    requires classifier<fitted_t<Learner, In, Y>, In>
  fitted_calibrated<In, fitted_t<Learner, In, Y>> fit(const blocks<In>& x, const blocks<Y>& y,
                                                      const context& ctx) const {
    detail::check_counts("calibrated", x.size(), y.size());
    const auto targets = class_targets<target_value<Y>>::of(y, false, ctx);
    detail::check_labels("calibrated", targets.names.size(), x.size());
    const auto data = in_folds("calibrated", x, y, targets.numbers, options.folds, ctx);
    const auto scores = out_of_fold_scores(learner, data, targets, "calibrated", ctx);
    return {learner.fit(data.x.all(), data.y.all(), ctx),
            score_curves::fit(options.method, scores, targets.numbers, targets.weights, targets.names.size(), ctx)};
  }

  /// All comes from the file: what was learned says which shape the functions have.
  template <row In, class_target Y>
    requires classifier<fitted_t<Learner, In, Y>, In>
  fitted_calibrated<In, fitted_t<Learner, In, Y>> load(bundle_reader& r) const {
    using inner = fitted_t<Learner, In, Y>;
    auto curves = score_curves::load(r);
    bundle_reader section = r.stage(inner::kind);
    inner within = learner.template load<In, Y>(section);
    if (within.labels().size() != curves.labels()) r.reject("the number of labels is not that of the learner");
    return {std::move(within), std::move(curves)};
  }
};

/// Makes a classifier answer with probabilities.
template <class Learner>
calibrated_learner<Learner> calibrated(Learner learner, calibration_options options = {}) {
  return {std::move(learner), options};
}

}  // namespace bespoke::train
