// SPDX-License-Identifier: Apache-2.0
#pragma once
// Out-of-fold answers: what a learner says of the records of its own training data, each fold asked of what was learned
// from all other folds. Calibration, weights of votes and stacks learn from these, so that no learner judges records that
// it has seen.

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/held.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/target.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

/// A training set in memory, cut into parts that are held out in turn. Copies share the records.
template <class In, class Y>
struct folded {
  held<In> x;
  held<Y> y;
  std::vector<fold> folds;  ///< that hold out every record once
};

namespace detail {

/// Throws errc::empty_input without records, errc::shape unless there is a target for each.
void check_counts(const char* stage, std::size_t records, std::size_t targets);
/// Throws errc::invalid_argument unless the targets have two labels or more.
void check_labels(const char* stage, std::size_t labels, std::size_t targets);
/// Throws errc::invalid_argument unless the folds hold out every record exactly once.
void check_each_once(const char* stage, const std::vector<fold>& folds, std::size_t records);

/// The label of these records, `labels` where they have several.
std::size_t only_label(std::span<const std::uint32_t> numbers, std::span<const std::size_t> records,
                       std::size_t labels);
/// A sure answer without a learner: probability 1, or a margin of 1 against −1.
void write_constant(std::span<double> row, std::size_t label, bool probabilities);

/// Where each label of a learner stands among all labels.
template <class Label>
std::vector<std::size_t> places(const labels<Label>& some, const labels<Label>& all) {
  std::vector<std::size_t> at(some.size());
  for (std::size_t i = 0; i < at.size(); ++i) at[i] = all.find(Label(some[i]));
  return at;
}

/// `use(record number, value, scratch)` for each value of a fold, on all threads.
template <class In, class Use>
void for_each_held(const held<In>& x, const std::vector<std::size_t>& chosen, const context& ctx, Use&& use) {
  const blocks<In> part = x.part(chosen);
  ctx.parallel(part.count(), [&](std::size_t b, scratch& s) {
    part.visit(b, s, [&](const block<In>& values) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const scratch::frame frame(s);
        use(chosen[values.first() + i], values[i], s);
      }
    });
  });
}

/// Writes the scores of a learner that may not know all labels: those it does not know get the probability 0, or the
/// smallest margin of the record.
inline void write_scores(std::span<double> row, std::span<const double> scores, std::span<const std::size_t> places,
                         bool probabilities) {
  if (scores.size() < row.size())
    std::fill(row.begin(), row.end(), probabilities ? 0.0 : *std::min_element(scores.begin(), scores.end()));
  for (std::size_t i = 0; i < scores.size(); ++i) row[places[i]] = scores[i];
}

}  // namespace detail

/// The data in folds. `numbers` are those of the records' labels, empty where the targets are numbers: see `fold_plan`.
/// Throws errc::invalid_argument, naming `stage`, where the plan does not hold out every record once.
template <class In, class Y>
folded<In, Y> in_folds(const char* stage, const blocks<In>& x, const blocks<Y>& y,
                       std::span<const std::uint32_t> numbers, const fold_plan& plan, const context& ctx) {
  auto folds = plan.folds(x.size(), numbers, ctx.seed());
  detail::check_each_once(stage, folds, x.size());
  return {held<In>(x, ctx), held<Y>(y, ctx), std::move(folds)};
}

/// The scores of all labels for each record, [record][label], from `spec` fitted to the other folds. `targets` are those of
/// `data.y`. Reports as `stage`, one unit a fold.
///
/// A label whose records all lie in one fold is unknown to what is learned without that fold: the records of the fold get
/// for it the probability 0, or the smallest of their margins. Where only one label is left to learn from, nothing is
/// fitted: probability 1 for it and 0 for others, or margins of 1 and −1.
/// Throws what the fit throws; errc::stopped between folds.
template <class Spec, class In, class Y>
std::vector<double> out_of_fold_scores(const Spec& spec, const folded<In, Y>& data,
                                       const class_targets<target_value<Y>>& targets, std::string_view stage,
                                       const context& ctx) {
  using learned = fitted_t<Spec, In, Y>;
  constexpr bool probabilities = gives_probabilities<learned>;
  const std::size_t labels = targets.names.size();
  std::vector<double> all(data.x.size() * labels);
  const auto row = [&](std::size_t i) { return std::span(all).subspan(i * labels, labels); };
  for (std::size_t k = 0; k < data.folds.size(); ++k) {
    ctx.check();
    const fold& now = data.folds[k];
    const std::size_t only = detail::only_label(targets.numbers, now.train, labels);
    if (only != labels) {
      for (const std::size_t i : now.test) detail::write_constant(row(i), only, probabilities);
    } else {
      const learned f = spec.fit(data.x.part(now.train), data.y.part(now.train), ctx);
      const auto places = detail::places(f.labels(), targets.names);
      detail::for_each_held(data.x, now.test, ctx, [&](std::size_t i, const In& x, scratch& s) {
        detail::write_scores(row(i), f.scores(x, s), places, probabilities);
      });
    }
    ctx.report(stage, k + 1, data.folds.size());
  }
  return all;
}

/// The same for a regression: its number for each record.
template <class Spec, class In, class Y>
std::vector<double> out_of_fold_numbers(const Spec& spec, const folded<In, Y>& data, std::string_view stage,
                                        const context& ctx) {
  std::vector<double> all(data.x.size());
  for (std::size_t k = 0; k < data.folds.size(); ++k) {
    ctx.check();
    const fold& now = data.folds[k];
    const auto f = spec.fit(data.x.part(now.train), data.y.part(now.train), ctx);
    detail::for_each_held(data.x, now.test, ctx, [&](std::size_t i, const In& x, scratch& s) {
      all[i] = static_cast<double>(apply(f, x, s));
    });
    ctx.report(stage, k + 1, data.folds.size());
  }
  return all;
}

}  // namespace bespoke::train
