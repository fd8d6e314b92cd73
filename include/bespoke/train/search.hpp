// SPDX-License-Identifier: Apache-2.0
#pragma once
// Searches: which settings of a chain are best, judged by cross-validation.
//
//     auto found = grid_search(spec, tickets, &Ticket::queue, {.folds = 5},
//                              axis<&train::linear_svm::c>({0.1f, 1.f, 10.f}),
//                              axis<&features::tfidf::min_df>({1, 2}));
//     for (const trial& t : found.evidence) …                          // every candidate: settings, mean, interval, seconds
//     auto triage = fit(found.best, tickets, &Ticket::queue);          // `best` is the spec with the best settings
//
// Candidates that agree up to a stage share what was fitted there: the six chains above need tf-idf twice for each fold.
// Settings inside `fuse` are settings of the whole fuse.

#include <array>
#include <bespoke/train/axis.hpp>
#include <bespoke/train/cross_validate.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define BESPOKE_SAYS_AXIS "bespoke: an axis is of a stage that this chain does not have: axis<&stage::setting>({...})"
#define BESPOKE_SAYS_AXES \
  "bespoke: several stages of this chain have the setting of an axis: say which by field, axis<...>({...}, \"body\")"

namespace bespoke {

/// What a search finds.
template <class Spec>
struct found {
  Spec best;                      ///< the spec with the settings of the best candidate
  std::size_t best_number = 0;    ///< its place in `evidence`
  std::string metric{};           ///< what candidates were judged by
  bool larger_is_better = true;   ///< whether more of it is better
  std::vector<trial> evidence{};  ///< every candidate, in the order of the axes, the last one moving fastest
};

/// How `random_search` goes about. Fields as in validation_options, and the number of candidates.
struct random_options {
  std::size_t candidates = 20;  ///< drawn; fewer where the axes have fewer different ones
  fold_plan folds = std::size_t{5};
  bespoke::metric metric{};
  progress_callback on_progress{};
  std::stop_token stop{};
  unsigned threads = 0;
  std::uint64_t seed = 1;
};

/// How `halving_search` goes about. Fields as in validation_options, and how fast it gives up on candidates.
struct halving_options {
  std::size_t factor = 3;  ///< after each round the best 1/factor go on, with factor times as many records; 2 or more
  fold_plan folds = std::size_t{5};
  bespoke::metric metric{};
  progress_callback on_progress{};
  std::stop_token stop{};
  unsigned threads = 0;
  std::uint64_t seed = 1;
};

namespace detail {

/// The numbers of axis values of each candidate.
using value_numbers = std::vector<std::vector<std::size_t>>;

value_numbers grid_of(std::span<const std::size_t> sizes);
/// `n` different draws: of the axes that are ranges the values in turn, of the others any.
value_numbers draws_of(std::span<const std::size_t> sizes, std::span<const bool> ranges, std::size_t n,
                       random_numbers& random);
/// Candidates have the same number at a stage where the values of its axes are the same.
stage_keys keys_of(const value_numbers& candidates, std::span<const std::size_t> depths, std::size_t stages);
void check_axis(const std::string& name, std::size_t size, bool is_range, bool may_be_range);
void check_factor(std::size_t factor);
std::vector<std::size_t> all_numbers(std::size_t n);

/// The candidate with the best mean of those that could be judged, of equal ones the first. Throws where there is none.
std::size_t best_of(const std::vector<trial>& all, std::span<const std::size_t> among, bool larger_is_better);
/// The best `n` of some candidates, in the order of `among`; what could not be judged comes last.
std::vector<std::size_t> best_few(const std::vector<trial>& all, std::span<const std::size_t> among, std::size_t n,
                                  bool larger_is_better);
/// How many rounds there are for so many candidates.
std::size_t rounds_of(std::size_t candidates, std::size_t factor);
/// A share of each fold's records, spread over the labels as all are; a smaller share is part of a larger.
std::vector<fold> share_of(const std::vector<fold>& folds, label_numbers labels, double share, std::uint64_t seed);

template <class Options>
validation_options validation_of(const Options& o) {
  return {.folds = o.folds,
          .metric = o.metric,
          .on_progress = o.on_progress,
          .stop = o.stop,
          .threads = o.threads,
          .seed = o.seed};
}

/// Specs to be tried, chains of one type.
template <class Chain>
struct candidate_list {
  std::vector<Chain> specs{};
  stage_keys keys{};
  std::vector<std::string> settings{};
};

template <class Chain>
inline constexpr std::size_t stages_in =
    std::tuple_size_v<std::remove_cvref_t<decltype(std::declval<Chain>().stages())>>;

/// A chain with the values of all axes, and the stages in which they are.
template <class Chain>
Chain settled(Chain spec, const std::size_t*, std::size_t*) {
  return spec;
}
template <class Chain, class Axis, class... More>
Chain settled(Chain spec, const std::size_t* values, std::size_t* depths, const Axis& axis, const More&... more) {
  auto [with, depth] = axis.applied(spec, *values);
  *depths = depth;
  return settled(std::move(with), values + 1, depths + 1, more...);
}

template <class Chain, class... Axis>
candidate_list<Chain> candidates_of(const Chain& base, const value_numbers& chosen, const Axis&... axes) {
  candidate_list<Chain> list;
  std::vector<std::size_t> depths(sizeof...(Axis));
  for (const auto& values : chosen) {
    list.specs.push_back(settled(base, values.data(), depths.data(), axes...));
    std::string text;
    std::size_t a = 0;
    ((text += (a == 0 ? "" : ", ") + axes.name() + " = " + axes.text(values[a]), ++a), ...);
    list.settings.push_back(std::move(text));
  }
  list.keys = keys_of(chosen, depths, stages_in<Chain>);
  return list;
}

/// The search that a list of candidates stands for, judged on all records.
template <class Data, class Chain>
std::vector<trial> run_trials(const Data& data, const candidate_list<Chain>& list, std::vector<fold> folds,
                              const metric& m) {
  trial_board board(list.keys, std::move(folds), data.actual(), m, false, false);
  data.run(list.specs, board);
  std::vector<trial> all;
  for (std::size_t c = 0; c < list.specs.size(); ++c) {
    all.push_back(board.of(c));
    all.back().settings = list.settings[c];
  }
  return all;
}

/// The same in rounds: of all candidates on few records, then of the best on more.
template <class Data, class Chain>
std::vector<trial> run_halving(const Data& data, const candidate_list<Chain>& list, const std::vector<fold>& folds,
                               const metric& m, std::size_t factor, std::vector<std::size_t>& alive) {
  std::vector<trial> all(list.specs.size());
  alive = all_numbers(all.size());
  double share = 1;
  for (std::size_t round = rounds_of(all.size(), factor); round-- > 1;) share /= static_cast<double>(factor);
  while (true) {
    candidate_list<Chain> some;
    for (const std::size_t c : alive) {
      some.specs.push_back(list.specs[c]);
      some.keys.push_back(list.keys[c]);
      some.settings.push_back(list.settings[c]);
    }
    const bool last = share > 0.999;
    auto trials = run_trials(data, some, last ? folds : share_of(folds, data.actual().labels, share, data.seed()), m);
    for (std::size_t i = 0; i < alive.size(); ++i) all[alive[i]] = std::move(trials[i]);
    if (last) return all;
    alive = best_few(all, alive, (alive.size() + factor - 1) / factor, m.larger_is_better);
    share *= static_cast<double>(factor);
  }
}

template <class Spec, class Chain>
Spec as_given(const Chain& best) {
  if constexpr (is_chain<Spec>) return best;
  else return std::get<0>(best.stages());
}

/// Judges a list and chooses; `factor` 0: without halving.
template <class Spec, class Data, class Chain>
found<Spec> judged_list(const Data& data, const candidate_list<Chain>& list, const validation_options& options,
                        std::size_t factor) {
  const metric m = or_default(options.metric, data.actual().values.empty());
  const auto folds = options.folds.folds(data.size(), data.actual().labels, options.seed);
  auto last = all_numbers(list.specs.size());
  auto evidence = factor == 0 ? run_trials(data, list, folds, m) : run_halving(data, list, folds, m, factor, last);
  const std::size_t best = best_of(evidence, last, m.larger_is_better);
  return {as_given<Spec>(list.specs[best]), best, m.name, m.larger_is_better, std::move(evidence)};
}

/// Runs the candidates that have these numbers of values of the axes.
template <class Spec, class Records, class Target, class... Axis>
found<Spec> run_search(std::string_view entry, const Spec& spec, const Records& records, const Target& target,
                       const validation_options& options, std::size_t factor, const value_numbers& chosen,
                       const Axis&... axes) {
  return with_trial_data(entry, spec, records, target, fitting(options), [&](const auto& data) {
    return judged_list<Spec>(data, candidates_of(whole_chain(spec), chosen, axes...), options, factor);
  });
}

/// What a search gives that cannot be run.
struct [[maybe_unused]] poison_found {
  poison best{};
  std::size_t best_number = 0;
  std::string metric{};
  bool larger_is_better = true;
  std::vector<trial> evidence{};
};

template <class Spec, class... Axis>
inline constexpr bool axes_present = is_poison<Spec> || ((count_of<typename Axis::stage, Spec>() > 0) && ...);
template <class Spec, class... Axis>
inline constexpr bool axes_clear =
    is_poison<Spec> || ((Axis::picked || count_of<typename Axis::stage, Spec>() < 2) && ...);

template <class Spec, class Records, class Target, class... Axis>
inline constexpr bool can_be_searched =
    can_be_tried<Spec, Records, Target> && axes_present<Spec, Axis...> && axes_clear<Spec, Axis...>;

}  // namespace detail

/// Tries every combination of the axes' values, each judged as by `cross_validate`, on the same folds.
///
/// A candidate that cannot be fitted (a vocabulary emptied by min_df) stays in the evidence with its error and is never
/// chosen; where no candidate is left, its first error is thrown. Throws errc::stopped when asked to stop, and
/// errc::invalid_argument for an axis without values or whose stage is not where it says.
/// Runs candidates, or folds, side by side on all threads; the same result for any number of them, apart from the times.
/// Features of one setting are held in memory where several candidates need them: a fold's rows for each thread.
template <class Spec, class Records, class Target, class... Axis>
[[nodiscard]] auto grid_search(const Spec& spec, const Records& records, const Target& target,
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
    (detail::check_axis(axes.name(), axes.size(), axes.is_range(), false), ...);
    const std::vector<std::size_t> sizes{axes.size()...};
    return detail::run_search("grid_search", spec, records, target, options, 0, detail::grid_of(sizes), axes...);
  }
}

/// Tries some combinations, drawn at random by the seed: of each axis a value, or a number of its range. Of axes that all
/// have values, no combination twice. Else as `grid_search`.
template <class Spec, class Records, class Target, class... Axis>
[[nodiscard]] auto random_search(const Spec& spec, const Records& records, const Target& target,
                                 const random_options& options, const Axis&... axes) {
  (void)sizeof(detail::says_trial<Spec, Records, Target>);
  constexpr bool learner = detail::can_be_judged<Spec, Records, Target>();
  static_assert(learner, BESPOKE_SAYS_NO_LEARNER);
  constexpr bool present = detail::axes_present<Spec, Axis...>, clear = detail::axes_clear<Spec, Axis...>;
  static_assert(present, BESPOKE_SAYS_AXIS);
  static_assert(clear, BESPOKE_SAYS_AXES);
  if constexpr (!detail::can_be_searched<Spec, Records, Target, Axis...>) {
    return detail::poison_found{};
  } else {
    (detail::check_axis(axes.name(), axes.size(), axes.is_range(), true), ...);
    random_numbers random(options.seed);
    const std::tuple drawn{axes.drawn(options.candidates, random)...};
    return std::apply(
        [&](const auto&... axis) {
          const std::vector<std::size_t> sizes{axis.size()...};
          const std::array<bool, sizeof...(Axis)> ranges{axis.is_range()...};
          return detail::run_search("random_search", spec, records, target, detail::validation_of(options), 0,
                                    detail::draws_of(sizes, ranges, options.candidates, random), axis...);
        },
        drawn);
  }
}

/// Tries every combination of the axes' values on few records, the best third of them on three times as many, and so on:
/// the best few on all (successive halving: Jamieson and Talwalkar, 2016). Much faster than `grid_search`, and as good
/// where candidates that are good on few records are good on many. Folds are those of all records, of which each round
/// takes a share; of what is held out, all of it up to 1,000 records. `evidence` has of each candidate the last round in which
/// it took part: `records` says how many it learned from. A candidate that cannot be fitted to few records (min_df
/// empties the vocabulary) goes no further. Else as `grid_search`. Throws errc::invalid_argument for a factor
/// below 2.
template <class Spec, class Records, class Target, class... Axis>
[[nodiscard]] auto halving_search(const Spec& spec, const Records& records, const Target& target,
                                  const halving_options& options, const Axis&... axes) {
  (void)sizeof(detail::says_trial<Spec, Records, Target>);
  constexpr bool learner = detail::can_be_judged<Spec, Records, Target>();
  static_assert(learner, BESPOKE_SAYS_NO_LEARNER);
  constexpr bool present = detail::axes_present<Spec, Axis...>, clear = detail::axes_clear<Spec, Axis...>;
  static_assert(present, BESPOKE_SAYS_AXIS);
  static_assert(clear, BESPOKE_SAYS_AXES);
  if constexpr (!detail::can_be_searched<Spec, Records, Target, Axis...>) {
    return detail::poison_found{};
  } else {
    (detail::check_axis(axes.name(), axes.size(), axes.is_range(), false), ...);
    detail::check_factor(options.factor);
    const std::vector<std::size_t> sizes{axes.size()...};
    return detail::run_search("halving_search", spec, records, target, detail::validation_of(options), options.factor,
                              detail::grid_of(sizes), axes...);
  }
}

}  // namespace bespoke
