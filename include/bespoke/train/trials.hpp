// SPDX-License-Identifier: Apache-2.0
#pragma once
// Trials: candidates, which are specs of one type, are fitted to parts of a data set and judged on what was held out.
// Cross-validation, searches and curves stand on it.
//
// A chain is gone through stage by stage: candidates whose settings agree up to a stage share what was fitted there, so that
// features are learned once for each fold and each setting of theirs, and not once for each candidate. All of the chain is
// fitted to the training part alone.

#include <bespoke/core/fit.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/held.hpp>
#include <bespoke/core/metric.hpp>
#include <bespoke/train/trial_board.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define BESPOKE_SAYS_NO_LEARNER \
  "bespoke: this chain ends in nothing that can be judged: end it with a classifier or a regression"

namespace bespoke {

namespace detail {

/// Whether values can be computed once and kept: rows and what owns its memory, not views and not what lies in the record.
template <class Output>
inline constexpr bool can_be_held = [] {
  using value = std::remove_cvref_t<Output>;
  return is_row<value> || std::is_arithmetic_v<value> ||
         (!std::is_reference_v<Output> && !std::is_trivially_copyable_v<value>);
}();

template <class T>
blocks<T> gathered(const held<T>& all, const std::vector<std::size_t>& records, const context& ctx) {
  return held<T>(all.part(records), ctx).all();
}

/// The last stage that a spec is fitted to, and what it takes.
template <class Spec, class Record, class Y>
struct end_of_chain {
  using fitted = fitted_t<Spec, Record, Y>;
  using stage = typename fitted::last_stage;
  using input = typename fitted::last_input;
  static constexpr bool labels = classifier<stage, input>;
  static constexpr bool values = std::is_arithmetic_v<typename stage::output_type> && number_target<Y>;
};

/// Labels of the targets where the chain ends in a classifier, nothing else.
template <class Y, bool Labels>
struct label_names {
  label_names(const blocks<Y>&, const context&) {}
};
template <class Y>
struct label_names<Y, true> {
  label_names(const blocks<Y>& y, const context& ctx) : all(labels<target_value<Y>>::of(values_of(y), ctx)) {}
  labels<target_value<Y>> all;
};

template <class Y, bool Labels>
truth truth_of(const blocks<Y>& y, const label_names<Y, Labels>& names, const context& ctx) {
  truth t;
  if constexpr (Labels) {
    t.labels = names.all.encode(values_of(y), ctx);
    t.weights = weights_of(y, ctx);
    for (std::size_t i = 0; i < names.all.size(); ++i) t.names.push_back(scalar_to_text(target_value<Y>(names.all[i])));
  } else {
    auto targets = number_targets::of(y, ctx);
    t.values = std::move(targets.values);
    t.weights = std::move(targets.weights);
  }
  return t;
}

/// What a fitted learner says of rows: `actual` and weights are left to the board.
template <class F, class X, class Names>
predictions answers_of(const F& f, const blocks<X>& x, const Names& names, const context& ctx) {
  predictions p;
  if constexpr (requires { names.all; }) {
    using label = std::remove_cvref_t<decltype(f.labels()[0])>;
    using known = std::conditional_t<std::is_same_v<label, std::string_view>, std::string, label>;
    std::vector<std::size_t> place;  // a fold may lack labels
    for (std::size_t i = 0; i < f.labels().size(); ++i) place.push_back(names.all.find(known(f.labels()[i])));
    p.label_count = names.all.size();
    p.probabilities = gives_probabilities<F>;
    if constexpr (requires { f.has_probabilities(); }) p.probabilities = f.has_probabilities();
    p.labels.resize(x.size());
    p.scores.assign(x.size() * p.label_count, p.probabilities ? 0 : -std::numeric_limits<double>::infinity());
    x.for_each(ctx, [&](const block<X>& b) {
      scratch& s = scratch::local();
      for (std::size_t i = 0; i < b.size(); ++i) {
        const scratch::frame frame(s);
        const std::span<const double> scores = f.scores(b[i], s);
        const std::size_t record = b.first() + i;
        p.labels[record] = static_cast<std::uint32_t>(place[largest(scores)]);
        for (std::size_t k = 0; k < scores.size(); ++k) p.scores[record * p.label_count + place[k]] = scores[k];
      }
    });
  } else {
    p.values.resize(x.size());
    x.for_each(ctx, [&](const block<X>& b) {
      scratch& s = scratch::local();
      for (std::size_t i = 0; i < b.size(); ++i) {
        const scratch::frame frame(s);
        p.values[b.first() + i] = static_cast<double>(apply(f, b[i], s));
      }
    });
  }
  return p;
}

/// Runs the trials of candidates of one type. `Names` is label_names.
template <class Spec, class Record, class Y, class Names>
class trial_runner {
 public:
  trial_runner(std::span<const Spec> candidates, const held<Record>& x, const held<Y>& y, const Names& names,
               const fit_options& options, const context& outer, trial_board& board)
      : candidates_(candidates),
        x_(x),
        y_(y),
        names_(names),
        outer_(outer),
        board_(board),
        whole_({.stop = options.stop, .threads = options.threads, .seed = options.seed}),
        serial_({.stop = options.stop, .threads = 1, .seed = options.seed}) {}

  /// Folds side by side where a fold has too little to keep all threads busy by itself, else one after another.
  void run() {
    const std::size_t folds = board_.folds().size(), threads = whole_.threads();
    if (threads > 1 && folds >= threads && board_.settings_before_last() < threads && board_.candidates() < 4 * threads)
      whole_.parallel(folds, [&](std::size_t f, scratch&) { one_fold(f, serial_); });
    else
      for (std::size_t f = 0; f < folds; ++f) one_fold(f, whole_);
  }

 private:
  static constexpr std::size_t length = std::tuple_size_v<std::remove_cvref_t<decltype(std::declval<Spec>().stages())>>;
  using members = std::span<const std::size_t>;

  template <class X>
  struct part {
    std::size_t number;  // of the fold
    const blocks<X>& train;
    const blocks<Y>& targets;
    const blocks<X>& test;
  };

  void one_fold(std::size_t f, const context& ctx) {
    const fold& records = board_.folds()[f];
    const auto train = gathered(x_, records.train, ctx), test = gathered(x_, records.test, ctx);
    const auto targets = gathered(y_, records.train, ctx);
    std::vector<std::size_t> all;
    for (std::size_t c = 0; c < candidates_.size(); ++c) all.push_back(c);
    descend<0>(members(all), part<Record>{f, train, targets, test}, ctx);
  }

  /// Candidates with different settings at this stage, side by side where there are as many as threads.
  template <std::size_t I, class X>
  void descend(members all, const part<X>& p, const context& ctx) {
    const auto groups = board_.groups(all, I);
    if (ctx.threads() > 1 && groups.size() >= ctx.threads())
      ctx.parallel(groups.size(), [&](std::size_t g, scratch&) { one_setting<I>(members(groups[g]), p, serial_); });
    else
      for (const auto& group : groups) one_setting<I>(members(group), p, ctx);
  }

  template <std::size_t I, class X>
  void one_setting(members group, const part<X>& p, const context& ctx) {
    const auto& stage = std::get<I>(candidates_[group[0]].stages());
    const auto began = std::chrono::steady_clock::now();
    const auto charge = [&] {
      board_.spent(group, p.number, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    };
    try {
      ctx.check();
      if constexpr (I + 1 == length) {
        const auto fitted = stage.fit(p.train, p.targets, ctx);
        auto test = answers_of(fitted, p.test, names_, ctx);
        auto train = board_.on_train() ? answers_of(fitted, p.train, names_, ctx) : predictions{};
        charge();
        board_.judged(group, p.number, std::move(test), std::move(train), outer_);
      } else {
        auto now = fit_with_output(stage, p.train, p.targets, ctx);
        using output = typename decltype(now.fitted)::output_type;
        auto test = applied(now.fitted, p.test);
        if constexpr (can_be_held<output>)
          if (group.size() > 1) {
            now.output = held<std::remove_cvref_t<output>>(now.output, ctx).all();
            test = held<std::remove_cvref_t<output>>(test, ctx).all();
          }
        charge();
        descend<I + 1>(group, part<std::remove_cvref_t<output>>{p.number, now.output, p.targets, test}, ctx);
      }
    } catch (const error& e) {
      board_.failed(group, p.number, e, outer_);
    }
  }

  std::span<const Spec> candidates_;
  const held<Record>& x_;
  const held<Y>& y_;
  const Names& names_;
  const context& outer_;
  trial_board& board_;
  context whole_, serial_;
};

template <class T>
held<T> held_records(std::span<const T> records, const context& ctx) {
  if constexpr (is_row<T>) return held<T>(blocks<T>(records), ctx);
  else return held<T>(records);
}

template <class Spec>
auto whole_chain(const Spec& spec) {
  return chain(stages_of(spec));
}
template <class Spec>
using chain_of = decltype(whole_chain(std::declval<const Spec&>()));

/// Records with their truth, ready for one or more rounds of trials of candidates `Spec`, a chain.
template <class Spec, class Record, class Y>
class trial_data {
 public:
  using end = end_of_chain<Spec, Record, Y>;

  trial_data(std::span<const Record> records, const blocks<Y>& y, fit_options options)
      : options_(std::move(options)),
        ctx_(options_),
        x_(held_records(records, ctx_)),
        y_(y, ctx_),
        names_(y, ctx_),
        truth_(truth_of(y, names_, ctx_)) {}

  const truth& actual() const noexcept { return truth_; }
  std::size_t size() const noexcept { return x_.size(); }
  std::uint64_t seed() const noexcept { return options_.seed; }

  void run(std::span<const Spec> candidates, trial_board& board) const {
    trial_runner<Spec, Record, Y, decltype(names_)>(candidates, x_, y_, names_, options_, ctx_, board).run();
  }

 private:
  fit_options options_;
  context ctx_;
  held<Record> x_;
  held<Y> y_;
  label_names<Y, end::labels> names_;
  truth truth_;
};

[[noreturn]] void throw_without_records(std::string_view entry);

/// Calls `use(trial_data)` with records in memory, or with what is needed of a flow's.
template <class Spec, class Records, class Target, class Use>
auto with_trial_data(std::string_view entry, const Spec& spec, const Records& records, const Target& target,
                     const fit_options& options, Use&& use) {
  using record = typename records_of<Records>::type;
  using y = target_of<Target, record>;
  const auto with = [&](std::span<const record> all) {
    if (all.empty()) throw_without_records(entry);
    return use(trial_data<chain_of<Spec>, record, y>(all, targets_of(all, target), options));
  };
  if constexpr (is_flow<Records>) {
    const context ctx(options);
    const std::vector<record> needed = needed_of(spec, records, target, ctx);
    return with(needed);
  } else {
    return with(std::span<const record>(std::ranges::data(records), std::ranges::size(records)));
  }
}

/// Whether a chain ends in what can be judged; true where it cannot be fitted, which is said instead.
template <class Spec, class Records, class Target>
consteval bool can_be_judged() {
  if constexpr (fault_of<Spec, Records, Target>() != fault::none) {
    return true;
  } else {
    using record = typename records_of<Records>::type;
    using end = end_of_chain<chain_of<Spec>, record, target_of<Target, record>>;
    return end::labels || end::values;
  }
}

template <class Spec, class Records, class Target>
inline constexpr bool can_be_tried =
    fault_of<Spec, Records, Target>() == fault::none && can_be_judged<Spec, Records, Target>();

/// Says what is wrong with the wiring of what is to be judged.
template <class Spec, class Records, class Target>
struct says_trial {
  static constexpr fault wrong = fault_of<Spec, Records, Target>();
  static_assert(wrong != fault::spec, BESPOKE_SAYS_SPEC);
  static_assert(wrong != fault::records, BESPOKE_SAYS_RECORDS);
  static_assert(wrong != fault::other_record, BESPOKE_SAYS_OTHER_RECORD);
  static_assert(wrong != fault::target, BESPOKE_SAYS_TARGET);
  static_assert(wrong != fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != fault::learning, BESPOKE_SAYS_LEARNING);
};

}  // namespace detail
}  // namespace bespoke
