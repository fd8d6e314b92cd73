// SPDX-License-Identifier: Apache-2.0
#pragma once
// select: tries learners that suit the data, and gives the best with its evidence.
//
//     auto features = fuse(field("body", &Ticket::body) | features::tfidf{}, field("amount", …) | features::standardize{});
//     auto chosen = select(features, tickets, &Ticket::queue, {.folds = 5});
//     for (const trial& t : chosen.evidence) …                          // "linear_svm, linear_svm.c = 0.3", .912, …
//     auto triage = fit(chosen.best, tickets, &Ticket::queue);          // features | the best learner
//
// or with learners of one's own choice, each with its settings:
//
//     auto chosen = select_among(features | train::any_of(train::linear_svm{}, mine{}), tickets, &Ticket::queue, {},
//                                axis<&train::linear_svm::c>({0.1f, 1}), axis<&mine::depth>({2, 4}));

#include <bespoke/train/any_of.hpp>
#include <bespoke/train/gaussian_naive_bayes.hpp>
#include <bespoke/train/gradient_boosting.hpp>
#include <bespoke/train/kernel_svm.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/logistic.hpp>
#include <bespoke/train/naive_bayes.hpp>
#include <bespoke/train/random_forest.hpp>
#include <bespoke/train/ridge.hpp>
#include <bespoke/train/search.hpp>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

template <class T>
inline constexpr bool is_any_of = false;
template <class... L>
inline constexpr bool is_any_of<train::any_of_learners<L...>> = true;

template <class Spec>
using last_of = std::tuple_element_t<stages_in<chain_of<Spec>> - 1,
                                     std::remove_cvref_t<decltype(std::declval<chain_of<Spec>>().stages())>>;

/// Whether an axis says something of the learner with this number, or of what stands before all learners.
template <class Axis, class Features, class... L>
std::vector<bool> axis_concerns(const std::tuple<L...>*) {
  const bool before = count_of<typename Axis::stage, Features>() > (count_of<typename Axis::stage, L>() + ...);
  return {(before || count_of<typename Axis::stage, L>() > 0)...};
}

/// The candidates of each learner, one learner after the other: the first number is its choice, the others are those of
/// the axes that concern it, and 0 for the rest.
value_numbers choices_of(std::span<const std::size_t> sizes, const std::vector<std::vector<bool>>& concerns,
                         std::size_t learners);

template <class L>
std::string learner_name() {
  return short_type_name(__PRETTY_FUNCTION__);
}
template <class... L>
std::vector<std::string> learner_names(const std::tuple<L...>*) {
  return {learner_name<L>()...};
}

/// A chain that ends in any_of, with that choice.
template <class Chain>
Chain with_choice(const Chain& spec, std::size_t choice) {
  auto stages = spec.stages();
  std::get<stages_in<Chain> - 1>(stages).choice = choice;
  return Chain(std::move(stages));
}

/// Records beyond which `select` leaves a learner out, because its training grows with their square.
template <class L>
inline constexpr std::size_t most_records = static_cast<std::size_t>(-1);
template <>
inline constexpr std::size_t most_records<train::kernel_svm> = 10'000;
template <class... L>
std::vector<bool> affordable(const std::tuple<L...>*, std::size_t records) {
  return {(records <= most_records<L>)...};
}

/// `tried`: of each learner; empty: all.
template <class Chain, class... Axis>
candidate_list<Chain> choice_candidates(const Chain& base, const std::vector<bool>& tried, const Axis&... axes) {
  using learners = decltype(last_of<Chain>::learners);
  constexpr const learners* none = nullptr;
  const std::vector<std::size_t> sizes{axes.size()...};
  const std::vector<std::vector<bool>> concerns{axis_concerns<Axis, Chain>(none)...};
  const auto chosen = choices_of(sizes, concerns, std::tuple_size_v<learners>);
  const auto names = learner_names(none);
  candidate_list<Chain> list;
  value_numbers kept;
  std::vector<std::size_t> depths(sizeof...(Axis) + 1, stages_in<Chain> - 1);
  for (const auto& values : chosen) {
    if (!tried.empty() && !tried[values[0]]) continue;
    kept.push_back(values);
    list.specs.push_back(with_choice(settled(base, values.data() + 1, depths.data() + 1, axes...), values[0]));
    std::string text = names[values[0]];
    std::size_t a = 0;
    const auto tell = [&](const auto& axis) {
      if (concerns[a][values[0]]) text += ", " + axis.name() + " = " + axis.text(values[a + 1]);
      ++a;
    };
    (tell(axes), ...);
    list.settings.push_back(std::move(text));
  }
  list.keys = keys_of(kept, depths, stages_in<Chain>);
  return list;
}

/// Learners for the kind of rows and targets, and small grids for them: what `select` tries.
template <class In, bool Labels>
struct suitable;

template <>
struct suitable<sparse_row, true> {
  static auto learners() {
    return train::any_of(train::linear_svm{}, train::logistic{}, train::complement_naive_bayes{},
                         train::multinomial_naive_bayes{});
  }
  template <class Use>
  static auto with_axes(Use&& use) {
    return use(axis<&train::linear_svm::c>({0.1f, 0.3f, 1, 3}), axis<&train::logistic::c>({1, 10, 100}),
               axis<&train::complement_naive_bayes::alpha>({0.1, 0.5, 1}),
               axis<&train::multinomial_naive_bayes::alpha>({0.02, 0.1, 0.5}));
  }
};

template <>
struct suitable<dense_row, true> {
  static auto learners() {
    return train::any_of(train::linear_svm{}, train::logistic{}, train::gaussian_naive_bayes{}, train::random_forest{},
                         train::gradient_boosting{}, train::kernel_svm{});
  }
  template <class Use>
  static auto with_axes(Use&& use) {
    return use(axis<&train::linear_svm::c>({0.01f, 0.1f, 1}), axis<&train::logistic::c>({0.1f, 1, 10}),
               axis<&train::random_forest::min_samples_leaf>({1, 3}),
               axis<&train::gradient_boosting::learning_rate>({0.05, 0.1}), axis<&train::kernel_svm::c>({1, 10}));
  }
};

template <>
struct suitable<dense_row, false> {
  static auto learners() {
    return train::any_of(train::ridge{}, train::random_forest_regressor{}, train::gradient_boosting_regressor{});
  }
  template <class Use>
  static auto with_axes(Use&& use) {
    return use(axis<&train::ridge::alpha>({0.01f, 0.1f, 1, 10, 100}),
               axis<&train::random_forest_regressor::min_samples_leaf>({1, 3}),
               axis<&train::gradient_boosting_regressor::learning_rate>({0.05, 0.1}));
  }
};

template <>
struct suitable<sparse_row, false> {
  static auto learners() { return train::any_of(train::ridge{}); }
  template <class Use>
  static auto with_axes(Use&& use) {
    return use(axis<&train::ridge::alpha>({0.01f, 0.1f, 1, 10, 100}));
  }
};

/// What a spec of features gives for these records.
template <class Features, class Records, class Target>
using row_given =
    std::remove_cvref_t<typename fitted_t<Features, typename records_of<Records>::type,
                                          target_of<Target, typename records_of<Records>::type>>::output_type>;

/// `sparing`: leaves out learners that so many records would keep busy for hours.
template <class Spec, class Records, class Target, class... Axis>
found<Spec> run_choice(const Spec& spec, const Records& records, const Target& target,
                       const validation_options& options, bool sparing, const Axis&... axes) {
  return with_trial_data("select", spec, records, target, fitting(options), [&](const auto& data) {
    constexpr const decltype(last_of<Spec>::learners)* none = nullptr;
    const auto tried = sparing ? affordable(none, data.size()) : std::vector<bool>{};
    return judged_list<Spec>(data, choice_candidates(whole_chain(spec), tried, axes...), options, 0);
  });
}

}  // namespace detail

/// Tries every learner of the `train::any_of` in which `spec` ends, with every combination of those axes that say something
/// of it or of the features; axes of other learners are left out. Else as `grid_search`. `best` has the choice made.
template <class Spec, class Records, class Target, class... Axis>
[[nodiscard]] auto select_among(const Spec& spec, const Records& records, const Target& target,
                                const validation_options& options, const Axis&... axes) {
  (void)sizeof(detail::says_trial<Spec, Records, Target>);
  constexpr bool learner = detail::can_be_judged<Spec, Records, Target>();
  static_assert(learner, BESPOKE_SAYS_NO_LEARNER);
  constexpr bool present = detail::axes_present<Spec, Axis...>, clear = detail::axes_clear<Spec, Axis...>;
  static_assert(present, BESPOKE_SAYS_AXIS);
  static_assert(clear, BESPOKE_SAYS_AXES);
  if constexpr (!detail::can_be_searched<Spec, Records, Target, Axis...>) {
    return detail::poison_found{};
  } else {
    constexpr bool choice = detail::is_any_of<detail::last_of<Spec>>;
    static_assert(choice, "bespoke: select_among needs a chain that ends in train::any_of(learner, learner)");
    (detail::check_axis(axes.name(), axes.size(), axes.is_range(), false), ...);
    if constexpr (choice) return detail::run_choice(spec, records, target, options, false, axes...);
    else return detail::poison_found{};
  }
}

/// Tries learners that suit what `features` gives, each with a few settings, and gives features | the best of them:
///
///     sparse rows, labels    linear_svm, logistic, complement_naive_bayes, multinomial_naive_bayes
///     dense rows, labels     linear_svm, logistic, gaussian_naive_bayes, random_forest, gradient_boosting, and up to
///                            10,000 records kernel_svm
///     dense rows, targets that are float or double     ridge, random_forest_regressor, gradient_boosting_regressor
///     sparse rows, targets that are float or double    ridge
///
/// A learner that cannot learn from these rows (naive Bayes from counts below 0) is in the evidence with its error.
/// Targets of an integer type are labels. Else as `grid_search`.
template <class Features, class Records, class Target>
[[nodiscard]] auto select(const Features& features, const Records& records, const Target& target,
                          const validation_options& options = {}) {
  constexpr detail::fault wrong = detail::fault_of<Features, Records, Target>();
  (void)sizeof(detail::says_trial<Features, Records, Target>);
  if constexpr (wrong != detail::fault::none) {
    return detail::poison_found{};
  } else {
    using row_type = detail::row_given<Features, Records, Target>;
    constexpr bool rows = is_row<row_type>;
    static_assert(rows,
                  "bespoke: select needs features that end in rows: field(...) | features::tfidf{}, or fuse(...)");
    if constexpr (!rows) {
      return detail::poison_found{};
    } else {
      using value = target_value<detail::target_of<Target, typename detail::records_of<Records>::type>>;
      using tried = detail::suitable<row_type, !std::is_floating_point_v<value>>;
      return tried::with_axes([&](const auto&... axes) {
        return detail::run_choice(features | tried::learners(), records, target, options, true, axes...);
      });
    }
  }
}

}  // namespace bespoke
