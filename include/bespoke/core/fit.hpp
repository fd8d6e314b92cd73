// SPDX-License-Identifier: Apache-2.0
#pragma once
// fit: a spec and records give a function.
//
//     auto triage = fit(spec, tickets, &Ticket::queue);                       // from a vector, a span or a flow
//     auto triage = fit(spec, tickets, &Ticket::queue, {.on_progress = progress_bar{}, .seed = 7});
//     auto rows   = fit(fuse(...), tickets);                                  // without a target: what only describes
//
// The same spec, records, target and seed give the same function on any number of threads, byte for byte.

#include <bespoke/core/chain.hpp>
#include <bespoke/core/fields.hpp>
#include <bespoke/core/fitted.hpp>
#include <bespoke/core/flow.hpp>
#include <bespoke/core/fuse.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <ranges>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// The sentences for what is wrong. Each entry point asserts them itself: one function deeper, and the compiler's message
// would be three lines longer. A message must be a literal, so they are macros.
#define BESPOKE_SAYS_SPEC "bespoke: the first argument of fit is no spec: pass a chain or a stage with fit and load"
#define BESPOKE_SAYS_RECORDS \
  "bespoke: the second argument of fit is neither records in memory (a vector or span) nor a flow"
#define BESPOKE_SAYS_OTHER_RECORD "bespoke: this chain reads fields of another record than these records"
#define BESPOKE_SAYS_NO_TARGET \
  "bespoke: this chain ends in a learner, which needs a target: fit(spec, records, &Record::member)"
#define BESPOKE_SAYS_TARGET "bespoke: the target is no member or function of these records: pass &Record::member"
#define BESPOKE_SAYS_INPUT \
  "bespoke: this chain cannot take these records: begin it with field(\"name\", &Record::member)"
#define BESPOKE_SAYS_LEARNING \
  "bespoke: a stage cannot learn from what it is given: check the target's type, and fit and load of your own stages"

namespace bespoke {

namespace detail {

/// Records as `fit` takes them.
template <class Records>
struct records_of {
  using type = void;
};
template <class Records>
  requires(std::ranges::contiguous_range<const Records> && std::ranges::sized_range<const Records>)
struct records_of<Records> {
  using type = std::ranges::range_value_t<const Records>;
};
template <class R>
struct records_of<flow<R>> {
  using type = R;
};

/// Stands for "no target".
struct no_target {
  template <class Record>
  none operator()(const Record&) const {
    return {};
  }
};

template <class Target, class Record>
using target_of = std::remove_cvref_t<std::invoke_result_t<const Target&, const Record&>>;

template <class Target, class Record>
inline constexpr bool target_fits = std::is_invocable_v<const Target&, const Record&>;

/// The targets of records in memory: members in place, computed ones in a vector.
template <class Record, class Target>
auto targets_of(std::span<const Record> records, const Target& target) {
  using value = target_of<Target, Record>;
  if constexpr (std::is_same_v<Target, no_target>) {
    static constexpr none nothing{};
    return blocks<none>(&nothing, 0, records.size(), nullptr);
  } else if constexpr (std::is_member_object_pointer_v<Target>) {
    return blocks<value>(records.empty() ? nullptr : &(records.front().*target), sizeof(Record), records.size(),
                         nullptr);
  } else {
    struct cell {
      value target;
    };
    auto cells = std::make_shared<std::vector<cell>>();
    cells->reserve(records.size());
    for (const Record& r : records) cells->push_back({std::invoke(target, r)});
    return blocks<value>(cells->data(), sizeof(cell), cells->size(), cells);
  }
}

/// Of a flow's records, what a fit needs: the fields that the chain reads, or all of a record that it reads whole.
template <class Spec, class Record, class Target>
std::vector<Record> needed_of(const Spec& spec, flow<Record> records, const Target& target, const context& ctx) {
  std::vector<Record> all, some;
  while (records.next(some)) {
    ctx.check();
    for (Record& r : some) {
      if constexpr (reads_fields_only<Spec> && std::is_default_constructible_v<Record> &&
                    (std::is_member_object_pointer_v<Target> || std::is_same_v<Target, no_target>)) {
        Record& kept = all.emplace_back();
        copy_fields(spec, r, kept);
        if constexpr (std::is_member_object_pointer_v<Target>) kept.*target = r.*target;
      } else {
        all.push_back(std::move(r));
      }
    }
    ctx.report("ingest", all.size(), 0);
  }
  return all;
}

template <class Stage, class Record>
struct fitted_rows {
  fitted<Record, Stage> function;
  bespoke::rows_of<std::remove_cvref_t<typename Stage::output_type>> rows;
};

/// What can be wrong with the wiring of a fit.
enum class fault { none, told, spec, records, other_record, no_target, target, input, learning };

template <class Spec, class Records, class Target>
consteval fault fault_of() {
  using record = typename records_of<Records>::type;
  if constexpr (is_poison<Spec> || is_poison<Records> || is_poison<Target>) return fault::told;
  else if constexpr (!is_spec<Spec>) return fault::spec;
  else if constexpr (std::is_void_v<record>) return fault::records;
  else if constexpr (!std::is_void_v<record_of<Spec>> && !std::is_same_v<record_of<Spec>, record>)
    return fault::other_record;
  else if constexpr (std::is_same_v<Target, no_target> && is_supervised<Spec>) return fault::no_target;
  else if constexpr (!target_fits<Target, record>) return fault::target;
  else if constexpr (!takes<Spec, record>) return fault::input;
  else if constexpr (!fits_through<Spec, record, target_of<Target, record>>) return fault::learning;
  else return fault::none;
}

/// What `fit_rows` gives where it cannot give rows.
struct [[maybe_unused]] poison_rows {
  poison function{}, rows{};
};

template <class Spec, class Record, class Target, class Fit>
auto fit_in_memory(const Spec& spec, std::span<const Record> records, const Target& target, const context& ctx,
                   Fit&& fit) {
  if (records.empty())
    throw error(errc::empty_input, {.stage = "fit",
                                    .problem = "there are no records to learn from",
                                    .advice = "check the source and what its filters drop; a flow that was read before "
                                              "is at its end: rewind() it"});
  const blocks<Record> x(records);
  const auto y = targets_of(records, target);
  bundle_summary summary = describe(spec, x, y, ctx);
  return fit(x, y, std::move(summary));
}

template <class Spec, class Records, class Target, class Fit>
auto fit_any(const Spec& spec, const Records& records, const Target& target, const fit_options& options, Fit&& fit) {
  using record = typename records_of<Records>::type;
  const context ctx(options);
  const auto with = [&](std::span<const record> all) {
    return fit_in_memory(spec, all, target, ctx, [&](const auto& x, const auto& y, bundle_summary summary) {
      return fit(x, y, ctx, std::move(summary));
    });
  };
  if constexpr (is_flow<Records>) {
    const std::vector<record> needed = needed_of(spec, records, target, ctx);
    return with(needed);
  } else {
    return with(std::span<const record>(std::ranges::data(records), std::ranges::size(records)));
  }
}

template <class Spec, class Records, class Target>
auto fit_function(const Spec& spec, const Records& records, const Target& target, const fit_options& options) {
  return fit_any(spec, records, target, options,
                 [&]<class R>(const blocks<R>& x, const auto& y, const context& ctx, bundle_summary summary) {
                   auto stage = spec.fit(x, y, ctx);
                   return fitted<R, decltype(stage)>(std::move(stage), std::move(summary));
                 });
}

}  // namespace detail

/// Fits a spec to records and their targets. `target` is a member pointer, or a function of one record.
///
/// `records` are in memory, or a flow, which is read once to its end: of each record only the fields that the chain and the
/// target read are kept (all of it where a stage or the target is a function of the whole record).
/// Returns `fitted<Record, …>`, a function. Throws errc::empty_input without records, errc::stopped when asked to stop, and
/// what the source and the stages throw.
template <class Spec, class Records, class Target>
  requires(!std::same_as<std::remove_cvref_t<Target>, fit_options>)
[[nodiscard]] auto fit(const Spec& spec, const Records& records, const Target& target,
                       const fit_options& options = {}) {
  constexpr detail::fault wrong = detail::fault_of<Spec, Records, Target>();
  static_assert(wrong != detail::fault::spec, BESPOKE_SAYS_SPEC);
  static_assert(wrong != detail::fault::records, BESPOKE_SAYS_RECORDS);
  static_assert(wrong != detail::fault::other_record, BESPOKE_SAYS_OTHER_RECORD);
  static_assert(wrong != detail::fault::target, BESPOKE_SAYS_TARGET);
  static_assert(wrong != detail::fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != detail::fault::learning, BESPOKE_SAYS_LEARNING);
  if constexpr (wrong != detail::fault::none) return detail::poison{};
  else return detail::fit_function(spec, records, target, options);
}

/// Fits a spec that needs no targets: features, filters, unsupervised models.
template <class Spec, class Records>
[[nodiscard]] auto fit(const Spec& spec, const Records& records, const fit_options& options = {}) {
  constexpr detail::fault wrong = detail::fault_of<Spec, Records, detail::no_target>();
  static_assert(wrong != detail::fault::spec, BESPOKE_SAYS_SPEC);
  static_assert(wrong != detail::fault::records, BESPOKE_SAYS_RECORDS);
  static_assert(wrong != detail::fault::other_record, BESPOKE_SAYS_OTHER_RECORD);
  static_assert(wrong != detail::fault::no_target, BESPOKE_SAYS_NO_TARGET);
  static_assert(wrong != detail::fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != detail::fault::learning, BESPOKE_SAYS_LEARNING);
  if constexpr (wrong != detail::fault::none) return detail::poison{};
  else return detail::fit_function(spec, records, detail::no_target{}, options);
}

/// Fits a spec that gives rows, and returns the function together with the rows of `records`, from one pass where the
/// stages can do that: `auto [items, rows] = fit_rows(spec, packages);`.
template <class Spec, class Records>
[[nodiscard]] auto fit_rows(const Spec& spec, const Records& records, const fit_options& options = {}) {
  constexpr detail::fault wrong = detail::fault_of<Spec, Records, detail::no_target>();
  static_assert(wrong != detail::fault::spec, BESPOKE_SAYS_SPEC);
  static_assert(wrong != detail::fault::records, BESPOKE_SAYS_RECORDS);
  static_assert(wrong != detail::fault::other_record, BESPOKE_SAYS_OTHER_RECORD);
  static_assert(wrong != detail::fault::no_target, BESPOKE_SAYS_NO_TARGET);
  static_assert(wrong != detail::fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != detail::fault::learning, BESPOKE_SAYS_LEARNING);
  if constexpr (wrong != detail::fault::none) {
    return detail::poison_rows{};
  } else {
    return detail::fit_any(spec, records, detail::no_target{}, options,
                           [&]<class R>(const blocks<R>& x, const auto& y, const context& ctx, bundle_summary summary) {
                             auto both = fit_with_output(spec, x, y, ctx);
                             auto rows = collect(both.output, ctx);
                             return detail::fitted_rows<decltype(both.fitted), R>{
                                 {std::move(both.fitted), std::move(summary)}, std::move(rows)};
                           });
  }
}

/// The next version of a fitted chain whose last stage is `updatable`: learns from more records in memory, keeps the
/// features as they are. The given function stays as it was.
template <class Record, class Stage, class Records, class Target>
  requires std::same_as<typename detail::records_of<Records>::type, Record>
[[nodiscard]] fitted<Record, Stage> updated(const fitted<Record, Stage>& f, const Records& records,
                                            const Target& target, const fit_options& options = {}) {
  const context ctx(options);
  const std::span<const Record> all(std::ranges::data(records), std::ranges::size(records));
  Stage next = f.stage();
  return {std::move(next).updated(blocks<Record>(all), detail::targets_of(all, target), ctx), f.summary()};
}

template <class... Args>
detail::poison updated(detail::poison, const Args&...) {
  return {};
}

/// A fitted function and one more fitted stage behind it, as one function: for a learner that was fitted to other rows than
/// those the features were learned from, as a user's profile is, learned from a few of the items:
///
///     auto [items, rows] = fit_rows(features, packages);
///     auto taste = followed_by<float>(items, train::user_profile{}.fit(some_rows, ratings, ctx));
///     save(taste, "taste.safetensors");                       // load<float>(features | train::user_profile{}, …)
///
/// `Target` is the type of the learner's targets, `training_digest` what the bundle is to say of its training data.
template <class Target, class Record, class Stage, class Next>
[[nodiscard]] auto followed_by(const fitted<Record, Stage>& f, Next next, std::string training_digest = {}) {
  auto both = [&] {
    if constexpr (requires { f.stage().stages(); })
      return std::apply(
          [&](const auto&... stages) {
            return fitted_chain<Record, std::remove_cvref_t<decltype(stages)>..., Next>(stages..., std::move(next));
          },
          f.stage().stages());
    else return fitted_chain<Record, Stage, Next>(f.stage(), std::move(next));
  }();
  bundle_summary summary = f.summary();
  summary.label = type_name<target_value<Target>>();
  summary.training_digest = std::move(training_digest);
  return fitted<Record, decltype(both)>(std::move(both), std::move(summary));
}

/// The `try_` form of `fit`: a result instead of an exception.
template <class... Args>
[[nodiscard]] auto try_fit(Args&&... args) {
  return try_call([&] { return fit(std::forward<Args>(args)...); });
}

}  // namespace bespoke
