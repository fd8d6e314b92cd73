// SPDX-License-Identifier: Apache-2.0
#pragma once
// What linear classifiers return from `fit`: the same function, whatever found its weights.

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
#include <bespoke/train/linear_scores.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

/// What the solver of a linear classifier finds.
struct linear_solution {
  linear_scores scores;
  bool converged;  ///< false where a label was still beyond the tolerance after the last iteration
};

/// A fitted linear classifier of a `Spec`, which says how scores become probabilities if they do, for rows `In` and targets `Label`. Copies share what was learned.
/// Thread safety: const calls from any thread.
template <class Spec, row In, label Label>
class linear_classifier {
 public:
  static constexpr std::string_view kind = Spec::kind;
  using output_type = decision<Label>;
  static constexpr bool gives_probabilities = bespoke::gives_probabilities<Spec>;

  linear_classifier(Spec spec, linear_solution found, bespoke::labels<Label> names)
      : spec_(spec), found_(std::move(found)), labels_(std::move(names)) {}

  /// The label with the largest score, of equal ones the first.
  decision<Label> operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// The score of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const {
    if constexpr (gives_probabilities) return Spec::probabilities(found_.scores(x, s), s);
    else return found_.scores.of_labels(x, s);
  }

  /// The `k` columns that spoke most for the answer, largest first; see core/reasons.hpp.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const {
    return found_.scores.reasons(x, (*this)(x, scratch::local()).index(), k, which);
  }

  std::size_t width() const noexcept { return found_.scores.width(); }       ///< columns of the rows it takes
  const linear_scores& linear() const noexcept { return found_.scores; }     ///< weights and intercepts
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  /// False where the solver stopped at its last iteration: allow more, or standardize the rows.
  bool converged() const noexcept { return found_.converged; }
  const Spec& spec() const noexcept { return spec_; }  ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    found_.scores.save(w);
    w.put("converged", found_.converged);
    labels_.save(w);
  }

 private:
  Spec spec_;
  linear_solution found_;
  bespoke::labels<Label> labels_;
};

namespace detail {

/// Fits any linear classifier: `spec.check(records, targets)` and `spec.solve(rows, targets, weights, labels, ctx)`.
template <class Spec, row In, class_target Y>
linear_classifier<Spec, In, target_value<Y>> fit_linear(const Spec& spec, const blocks<In>& x, const blocks<Y>& y,
                                                        const context& ctx) {
  spec.check(x.size(), y.size());
  auto targets = class_targets<target_value<Y>>::of(y, spec.balanced, ctx);
  auto found = spec.solve(collect(x, ctx), targets.numbers, targets.weights, targets.names.size(), ctx);
  return {spec, std::move(found), std::move(targets.names)};
}

/// Loads any linear classifier.
template <class Spec, row In, class_target Y>
linear_classifier<Spec, In, target_value<Y>> load_linear(bundle_reader& r) {
  linear_solution found{linear_scores::load(r), r.flag("converged")};
  auto names = labels<target_value<Y>>::load(r);
  if (found.scores.labels() != names.size()) r.reject("the number of labels is not that of the weights");
  return {Spec::saved(r), std::move(found), std::move(names)};
}

}  // namespace detail
}  // namespace bespoke::train
