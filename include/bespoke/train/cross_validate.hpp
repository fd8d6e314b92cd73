// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cross-validation: how good a chain is on records that it has not seen.
//
//     const auto judged = cross_validate(spec, tickets, &Ticket::queue, {.folds = 5});
//     judged.score.mean;                                          // accuracy: the mean over the folds
//     judged.score.low, judged.score.high;                        // and its interval
//     judged.predicted.labels                                     // what was said of each record while it was held out
//
// All of the chain, features included, is fitted anew for each fold to what is not held out: nothing leaks.

#include <bespoke/train/trials.hpp>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace bespoke {

/// How to judge. `.folds = 5`, or `.folds = grouped_folds(…)` and the like of core/folds.hpp.
struct validation_options {
  fold_plan folds = std::size_t{5};
  bespoke::metric metric{};         ///< accuracy for labels and rmse for values, unless another is given
  progress_callback on_progress{};  ///< called with the fits that are done and their number in all
  std::stop_token stop{};           ///< a requested stop ends the work with errc::stopped
  unsigned threads = 0;             ///< 0: as many as the machine has
  std::uint64_t seed = 1;           ///< of the folds and of every fit
};

/// What cross-validation finds.
struct cross_validated {
  std::string metric{};                    ///< the metric's name
  estimate score{};                        ///< mean over the folds, and its interval (see mean_of_folds)
  std::vector<double> fold_scores{};       ///< fold by fold
  std::vector<fold> folds{};               ///< what was learned from and what was held out
  std::vector<std::string> label_names{};  ///< of the numbers in `predicted`; empty of a regression
  predictions predicted{};                 ///< of the records while they were held out, in the order of the records
  std::vector<std::size_t>
      records{};  ///< whose predictions these are, ascending (time folds never hold out the oldest)
};

namespace detail {

fit_options fitting(const validation_options& o);
/// Gathers what a board found of its only candidate; throws its error.
cross_validated only_candidate(const trial_board& board, const truth& actual, const std::string& metric_name);

template <class Spec, class Records, class Target>
cross_validated run_cross_validation(const Spec& spec, const Records& records, const Target& target,
                                     const validation_options& options) {
  return with_trial_data("cross_validate", spec, records, target, fitting(options), [&](const auto& data) {
    const auto& actual = data.actual();
    const auto one = whole_chain(spec);
    const metric m = or_default(options.metric, actual.values.empty());
    trial_board board({std::vector<std::uint32_t>(std::tuple_size_v<std::remove_cvref_t<decltype(one.stages())>>)},
                      options.folds.folds(data.size(), actual.labels, options.seed), actual, m, true, false);
    data.run({&one, 1}, board);
    return only_candidate(board, actual, m.name);
  });
}

}  // namespace detail

/// Fits `spec` to each fold's training part and judges it on what was held out. `records` are in memory or a flow, which is
/// read once to its end (given folds count its records from 0); `target` is a member pointer or a function of a record.
/// Weights of the targets count for the metric too. A label that a fold's training part lacks has the score 0 there, or
/// minus infinity where scores are no probabilities.
///
/// Throws what the stages throw, errc::empty_input without records, errc::invalid_argument for folds that do not fit.
/// Folds run side by side where that helps; the same result for any number of threads.
template <class Spec, class Records, class Target>
[[nodiscard]] auto cross_validate(const Spec& spec, const Records& records, const Target& target,
                                  const validation_options& options = {}) {
  (void)sizeof(detail::says_trial<Spec, Records, Target>);
  constexpr bool learner = detail::can_be_judged<Spec, Records, Target>();
  static_assert(learner, BESPOKE_SAYS_NO_LEARNER);
  if constexpr (!detail::can_be_tried<Spec, Records, Target>) return cross_validated{};
  else return detail::run_cross_validation(spec, records, target, options);
}

}  // namespace bespoke
