// SPDX-License-Identifier: Apache-2.0
#pragma once
// save and load: a fitted chain as one file, and back through the spec that made it.
//
//     save(triage, "triage.safetensors");
//     auto again = load(spec, "triage.safetensors", &Ticket::queue);     // or load<std::string>(spec, "…")
//
// The spec is the schema of the file: stages, fields, label kind and every parameter that changes answers must agree;
// what only training used comes from the file. The file also holds golden records: made-up values of the fields, drawn from
// the vocabularies and value ranges that were learned, with the answers they got. `load` asks them again and refuses a
// bundle that would answer differently here. No record of the training data enters a bundle.

#include <bespoke/core/fit.hpp>
#include <bespoke/core/golden.hpp>
#include <bespoke/core/version.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#define BESPOKE_SAYS_RECORD                                                                               \
  "bespoke: load cannot tell which record this spec reads: begin it with field, or name it, load<Label, " \
  "Record>(spec, "                                                                                        \
  "path)"
#define BESPOKE_SAYS_LABEL \
  "bespoke: this chain ends in a learner, so load needs the label: load(spec, path, &Record::member) or load<Label>"
#define BESPOKE_SAYS_LOAD_TARGET \
  "bespoke: the target given to load is no member or function of the record that this chain reads"

namespace bespoke {

/// What `save` may be given beside the function.
template <class Record>
struct save_options {
  /// Golden records of the host's own, instead of made-up ones. A chain that reads whole records has only these.
  std::span<const Record> golden{};
  /// Figures to keep with the model, by name: {"accuracy", 0.93}.
  std::vector<std::pair<std::string, double>> metrics{};
};

/// What `load` may be given beside the spec.
template <class Record>
struct load_options {
  /// The same golden records that `save` was given, for a chain that reads whole records; elsewhere they are in the file.
  std::span<const Record> golden{};
};

namespace detail {

template <class T>
inline constexpr bool is_fitted = false;
template <class Record, class Stage>
inline constexpr bool is_fitted<fitted<Record, Stage>> = true;

template <class Record, class Stage>
bundle_summary summary_for(const fitted<Record, Stage>& f, const save_options<Record>& options) {
  bundle_summary summary = f.summary();
  summary.library = version();
  summary.vector_width = machine_width();
  if (!options.metrics.empty()) summary.metrics = options.metrics;
  golden_set<Record, Stage>::ask(f, options.golden, summary);
  return summary;
}

template <class Record, class Stage>
bundle_writer written(const Stage& stage) {
  bundle_writer w;
  if constexpr (requires { stage.template stage<0>(); }) {
    stage.save(w);
  } else {
    bundle_writer section = w.stage(stage.kind);
    stage.save(section);
  }
  return w;
}

/// The record that a spec reads, or else the one that its target reads.
template <class Spec, class Target>
struct record_from {
  using type = record_of<Spec>;
};
template <class Spec, has_signature Target>
  requires std::is_void_v<record_of<Spec>>
struct record_from<Spec, Target> {
  using type = typename signature<Target>::input;
};
template <class Spec, class Target>
using record_to_load = typename record_from<Spec, Target>::type;

void check_label_kind(const bundle_reader& r, const std::string& here);
/// Throws what a load found wrong, with the file's name and what to do.
[[noreturn]] void rethrow_from(const std::filesystem::path& path, const error& e);

template <class Spec, class Record, class Y>
auto loaded(const Spec& spec, bundle_reader file, std::span<const Record> golden) {
  check_label_kind(file, std::is_same_v<Y, none> ? "" : type_name<target_value<Y>>());
  const auto finished = [&](auto stage) {
    file.finish();
    fitted<Record, decltype(stage)> f(std::move(stage), file.summary());
    golden_set<Record, decltype(stage)>::check(f, golden, file);
    return f;
  };
  if constexpr (is_chain<Spec>) {
    return finished(spec.template load<Record, Y>(file));
  } else {
    bundle_reader section = file.stage(fitted_t<Spec, Record, Y>::kind);
    return finished(spec.template load<Record, Y>(section));
  }
}

/// Golden records of a host; of no type where the record is not known.
template <class Record>
using given_golden = std::span<const std::conditional_t<std::is_void_v<Record>, none, Record>>;

/// What can be wrong with the wiring of a load.
enum class load_fault { none, told, record, label, target, input, learning };

template <class Spec, class Record, class Y>
consteval load_fault load_fault_of() {
  if constexpr (is_poison<Spec>) return load_fault::told;
  else if constexpr (std::is_void_v<Record>) return load_fault::record;
  else if constexpr (std::is_same_v<Y, none> && is_supervised<Spec>) return load_fault::label;
  else if constexpr (!takes<Spec, Record>) return load_fault::input;
  else if constexpr (!fits_through<Spec, Record, Y>) return load_fault::learning;
  else return load_fault::none;
}

template <class Spec, class Record, class Target>
consteval load_fault load_fault_with() {
  if constexpr (is_poison<Spec> || is_poison<Target>) return load_fault::told;
  else if constexpr (!target_fits<Target, Record>) return load_fault::target;
  else return load_fault_of<Spec, Record, target_of<Target, Record>>();
}

template <class Spec, class Record, class Y>
auto load_file(const Spec& spec, const std::filesystem::path& path, given_golden<Record> golden) {
  try {
    return loaded<Spec, Record, Y>(spec, bundle_reader::open(path), golden);
  } catch (const error& e) {
    rethrow_from(path, e);
  }
}

}  // namespace detail

/// Writes the whole chain to `path`, atomically: whatever happens, the last complete file stays readable. Deterministic.
/// Throws errc::io.
template <class Record, class Stage>
void save(const fitted<Record, Stage>& f, const std::filesystem::path& path, const save_options<Record>& options = {}) {
  detail::written<Record>(f.stage()).write(path, detail::summary_for(f, options));
}
/// What is no such function cannot be saved: this says so.
template <class T>
  requires(!detail::is_fitted<T>)
void save(const T&, const std::filesystem::path&, const save_options<none>& = {}) {
  constexpr bool function = detail::is_poison<T>;
  static_assert(function, "bespoke: save takes what fit returned: save(fit(spec, records, target), path)");
}

/// Reads a chain back. `Label` is the target's type, left out for chains without targets; `Record` is needed only for specs
/// that do not begin with a field. Throws errc::io, errc::bad_bundle, errc::bundle_mismatch (another chain, field, label or
/// parameter), errc::golden_mismatch (it would answer differently here).
template <class Label = none, class Record = void, class Spec>
[[nodiscard]] auto load(const Spec& spec, const std::filesystem::path& path) {
  using record = std::conditional_t<std::is_void_v<Record>, detail::record_of<Spec>, Record>;
  constexpr auto wrong = detail::load_fault_of<Spec, record, Label>();
  static_assert(wrong != detail::load_fault::record, BESPOKE_SAYS_RECORD);
  static_assert(wrong != detail::load_fault::label, BESPOKE_SAYS_LABEL);
  static_assert(wrong != detail::load_fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != detail::load_fault::learning, BESPOKE_SAYS_LEARNING);
  if constexpr (wrong != detail::load_fault::none) return detail::poison{};
  else return detail::load_file<Spec, record, Label>(spec, path, {});
}

/// The same with the target that the chain was fitted to, from which the label's type follows.
template <class Spec, class Target>
[[nodiscard]] auto load(const Spec& spec, const std::filesystem::path& path, const Target&) {
  using record = detail::record_to_load<Spec, Target>;
  constexpr auto wrong = detail::load_fault_with<Spec, record, Target>();
  static_assert(wrong != detail::load_fault::target, BESPOKE_SAYS_LOAD_TARGET);
  static_assert(wrong != detail::load_fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != detail::load_fault::learning, BESPOKE_SAYS_LEARNING);
  if constexpr (wrong != detail::load_fault::none) return detail::poison{};
  else return detail::load_file<Spec, record, detail::target_of<Target, record>>(spec, path, {});
}

/// The same for a chain that reads whole records, with the golden records that `save` was given.
template <class Label = none, class Spec, class Record>
[[nodiscard]] auto load(const Spec& spec, const std::filesystem::path& path, const load_options<Record>& options) {
  constexpr auto wrong = detail::load_fault_of<Spec, Record, Label>();
  static_assert(wrong != detail::load_fault::label, BESPOKE_SAYS_LABEL);
  static_assert(wrong != detail::load_fault::input, BESPOKE_SAYS_INPUT);
  static_assert(wrong != detail::load_fault::learning, BESPOKE_SAYS_LEARNING);
  if constexpr (wrong != detail::load_fault::none) return detail::poison{};
  else return detail::load_file<Spec, Record, Label>(spec, path, options.golden);
}

/// The `try_` forms: a result instead of an exception.
template <class... Args>
[[nodiscard]] result<void> try_save(Args&&... args) {
  return try_call([&] { save(std::forward<Args>(args)...); });
}
template <class Label = none, class Spec, class... Args>
[[nodiscard]] auto try_load(const Spec& spec, const std::filesystem::path& path, const Args&... args) {
  return try_call([&] {
    if constexpr (std::is_same_v<Label, none>) return load(spec, path, args...);
    else return load<Label>(spec, path, args...);
  });
}

}  // namespace bespoke
