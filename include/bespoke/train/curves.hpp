// SPDX-License-Identifier: Apache-2.0
#pragma once
// Curves: how good a chain is with more records, and with more of a setting; for what was learned from and for what was
// held out.
//
//     const auto c = learning_curve(spec, tickets, &Ticket::queue);
//     page.line("Learning curve", {{"learned from", c.x, means(c.train)}, {"held out", c.x, means(c.test)}},
//               {c.x_name, c.metric});
//
// Where both curves have met, more records will not help; where they stand apart and the lower one still rises, they will.

#include <bespoke/train/search.hpp>
#include <cstddef>
#include <stop_token>
#include <string>
#include <type_traits>
#include <vector>

namespace bespoke {

/// A curve as plain data: the metric at each x.
struct curve {
  std::string x_name{};
  std::string metric{};
  bool larger_is_better = true;
  std::vector<double> x{};            ///< records learned from, or values of the setting
  std::vector<estimate> train{};      ///< judged on the records that were learned from; NaN where there was an error
  std::vector<estimate> test{};       ///< judged on what was held out
  std::vector<std::string> errors{};  ///< at each x: why there is none; empty where there is
};

/// The means of estimates, for a plot.
std::vector<double> means(const std::vector<estimate>& all);

/// How to draw a learning curve. Fields as in validation_options, and the sizes.
struct curve_options {
  std::vector<double> shares{0.1, 0.325, 0.55, 0.775, 1.0};  ///< of each fold's training part, above 0 and at most 1
  fold_plan folds = std::size_t{5};
  bespoke::metric metric{};
  progress_callback on_progress{};
  std::stop_token stop{};
  unsigned threads = 0;
  std::uint64_t seed = 1;
};

namespace detail {

void check_shares(const std::vector<double>& shares);
/// The folds with a share of their training parts, spread over the labels as all are; what is held out stays.
std::vector<fold> with_share(const std::vector<fold>& folds, label_numbers labels, double share, std::uint64_t seed);
/// Adds what a board found of a candidate.
void add_point(curve& c, double x, const trial_board& board, std::size_t candidate);

template <class T>
double as_number(const T& value, std::size_t position) {
  if constexpr (std::is_arithmetic_v<T>) return static_cast<double>(value);
  else return static_cast<double>(position);
}

template <class Spec, class Records, class Target>
curve run_learning_curve(const Spec& spec, const Records& records, const Target& target, const curve_options& options) {
  check_shares(options.shares);
  return with_trial_data(
      "learning_curve", spec, records, target, fitting(validation_of(options)), [&](const auto& data) {
        const auto& actual = data.actual();
        const auto one = whole_chain(spec);
        const metric m = or_default(options.metric, actual.values.empty());
        const auto folds = options.folds.folds(data.size(), actual.labels, options.seed);
        curve c{.x_name = "records", .metric = m.name, .larger_is_better = m.larger_is_better};
        for (const double share : options.shares) {
          trial_board board({std::vector<std::uint32_t>(stages_in<chain_of<Spec>>)},
                            with_share(folds, actual.labels, share, options.seed), actual, m, false, true);
          data.run({&one, 1}, board);
          add_point(c, static_cast<double>(board.of(0).records), board, 0);
        }
        return c;
      });
}

template <class Spec, class Records, class Target, class Axis>
curve run_validation_curve(const Spec& spec, const Records& records, const Target& target,
                           const validation_options& options, const Axis& axis) {
  return with_trial_data("validation_curve", spec, records, target, fitting(options), [&](const auto& data) {
    const std::vector<std::size_t> sizes{axis.size()};
    const auto list = candidates_of(whole_chain(spec), grid_of(sizes), axis);
    const metric m = or_default(options.metric, data.actual().values.empty());
    trial_board board(list.keys, options.folds.folds(data.size(), data.actual().labels, options.seed), data.actual(), m,
                      false, true);
    data.run(list.specs, board);
    curve c{.x_name = axis.name(), .metric = m.name, .larger_is_better = m.larger_is_better};
    for (std::size_t i = 0; i < axis.size(); ++i) add_point(c, as_number(axis[i], i), board, i);
    return c;
  });
}

}  // namespace detail

/// The metric with growing shares of the records, each judged by cross-validation on the same held-out parts. A smaller
/// share is part of a larger, and has the labels as all records have. `x` is the mean number of records learned from. A
/// point where nothing could be fitted has an error. Throws errc::invalid_argument for bad shares; else as cross_validate.
/// What is judged on the training part sees the rows of the fit: of a feature that learns from targets those out of fold.
template <class Spec, class Records, class Target>
[[nodiscard]] auto learning_curve(const Spec& spec, const Records& records, const Target& target,
                                  const curve_options& options = {}) {
  (void)sizeof(detail::says_trial<Spec, Records, Target>);
  constexpr bool learner = detail::can_be_judged<Spec, Records, Target>();
  static_assert(learner, BESPOKE_SAYS_NO_LEARNER);
  if constexpr (!detail::can_be_tried<Spec, Records, Target>) return curve{};
  else return detail::run_learning_curve(spec, records, target, options);
}

/// The metric for each value of one setting; see train/axis.hpp. `x` has the values of a number, of others their places.
/// Throws as grid_search, but a value that cannot be fitted is a point with an error.
template <class Spec, class Records, class Target, class Axis>
[[nodiscard]] auto validation_curve(const Spec& spec, const Records& records, const Target& target,
                                    const validation_options& options, const Axis& axis) {
  (void)sizeof(detail::says_trial<Spec, Records, Target>);
  constexpr bool learner = detail::can_be_judged<Spec, Records, Target>();
  static_assert(learner, BESPOKE_SAYS_NO_LEARNER);
  constexpr bool present = detail::axes_present<Spec, Axis>, clear = detail::axes_clear<Spec, Axis>;
  static_assert(present, BESPOKE_SAYS_AXIS);
  static_assert(clear, BESPOKE_SAYS_AXES);
  if constexpr (!detail::can_be_searched<Spec, Records, Target, Axis>) {
    return curve{};
  } else {
    detail::check_axis(axis.name(), axis.size(), axis.is_range(), false);
    return detail::run_validation_curve(spec, records, target, options, axis);
  }
}

}  // namespace bespoke
