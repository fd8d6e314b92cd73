// SPDX-License-Identifier: Apache-2.0
#pragma once
// The chain: stages one after another, `a | b | c`, itself a stage.
//
//     auto spec = field("body", &Ticket::body) | features::tfidf{} | train::linear_svm{};
//
// `|` checks at once that each stage can take what the one on its left gives; where it cannot, the compiler says so in one
// sentence. Fitting goes from left to right: a stage is fitted to the training values, its output becomes the input of
// the next, in one pass where the stage has `fit_rows`. The fitted chain is one inlined call.
//
// A flow continues with record stages by the same `|`: `ingest::csv<Ticket>(…) | preprocess::distinct(&Ticket::body)`.

#include <bespoke/core/classifier.hpp>
#include <bespoke/core/flow.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/wiring.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

/// Whether no stage of a fitted chain asks for scratch: then the chain asks for none, and costs what its functions cost.
template <class In, class F, class... Rest>
consteval bool all_plain() {
  if constexpr (needs_scratch<F, In>) return false;
  else if constexpr (sizeof...(Rest) == 0) return true;
  else return all_plain<std::remove_cvref_t<typename F::output_type>, Rest...>();
}

/// A stage that names its reasons itself, as a vote does: its members.
template <class F, class In>
concept names_reasons = requires(const F& f, const In& x, std::size_t k, scratch& s) {
  { f.reasons(x, k, s) } -> std::same_as<std::vector<named_reason>>;
};
/// One whose reasons are columns of the row it takes, which have their names from the stage before.
template <class F, class In>
concept has_reasons = requires(const F& f, const In& x, std::size_t k) { f.reasons(x, k); };

template <class In, class F, class... Rest>
struct last_input : last_input<std::remove_cvref_t<typename F::output_type>, Rest...> {};
template <class In, class F>
struct last_input<In, F> {
  using type = In;
};

}  // namespace detail

/// Fitted stages in order; `In` is what the first takes. Thread safety: const calls from any thread.
template <class In, class... F>
class fitted_chain {
 public:
  static constexpr std::string_view kind = "chain/1";
  static constexpr std::size_t length = sizeof...(F);
  using input_type = In;
  using last_stage = std::tuple_element_t<length - 1, std::tuple<F...>>;
  using output_type = typename last_stage::output_type;
  /// What the last stage takes.
  using last_input = typename detail::last_input<In, F...>::type;

  explicit fitted_chain(F... stages) : stages_(std::move(stages)...) {}

  template <std::size_t I>
  const auto& stage() const noexcept {
    return std::get<I>(stages_);
  }
  const std::tuple<F...>& stages() const noexcept { return stages_; }
  const last_stage& last() const noexcept { return std::get<length - 1>(stages_); }

  output_type operator()(const In& x, scratch& s) const
    requires(!detail::all_plain<In, F...>())
  {
    return through<0>(x, s);
  }
  output_type operator()(const In& x) const
    requires(detail::all_plain<In, F...>())
  {
    return plainly<0>(x);
  }

  void save(bundle_writer& w) const { save_from<0>(w); }

  std::size_t width() const
    requires requires(const last_stage& f) { f.width(); }
  {
    return last().width();
  }
  std::string column_name(std::size_t column) const { return name_after<length - 1>(column); }

  /// The `k` columns, or members of a vote, that moved the answer most, with their names. For chains that end in a stage
  /// with reasons.
  std::vector<named_reason> reasons(const In& x, std::size_t k, scratch& s) const
    requires(detail::names_reasons<last_stage, last_input> ||
             (length >= 2 && detail::has_reasons<last_stage, last_input>))
  {
    return explain<0>(x, k, s);
  }

  /// The labels of a chain that ends in a classifier, and their scores for a record, in `s`; see core/classifier.hpp.
  const auto& labels() const noexcept
    requires requires(const last_stage& f) { f.labels(); }
  {
    return last().labels();
  }
  static constexpr bool gives_probabilities = bespoke::gives_probabilities<last_stage>;
  std::span<const double> scores(const In& x, scratch& s) const
    requires requires(const last_stage& f, const last_input& r, scratch& t) { f.scores(r, t); }
  {
    return score_through<0>(x, s);
  }

  /// Learns more at the last stage; the stages before it stay as they are.
  template <class Y>
  fitted_chain updated(const blocks<In>& x, const blocks<Y>& y, const context& ctx) && {
    return std::move(*this).template update_from<0>(x, y, ctx);
  }

 private:
  // One nested expression, so that every value between two stages lives until the last stage has answered.
  template <std::size_t I, class X>
  output_type through(const X& x, scratch& s) const {
    if constexpr (I + 1 == length) return apply(std::get<I>(stages_), x, s);
    else return through<I + 1>(apply(std::get<I>(stages_), x, s), s);
  }
  template <std::size_t I, class X>
  constexpr output_type plainly(const X& x) const {
    if constexpr (I + 1 == length) return std::get<I>(stages_)(x);
    else return plainly<I + 1>(std::get<I>(stages_)(x));
  }

  template <std::size_t I, class X>
  std::span<const double> score_through(const X& x, scratch& s) const {
    if constexpr (I + 1 == length) return std::get<I>(stages_).scores(x, s);
    else return score_through<I + 1>(apply(std::get<I>(stages_), x, s), s);
  }

  template <std::size_t I>
  void save_from(bundle_writer& w) const {
    const auto& f = std::get<I>(stages_);
    bundle_writer section = w.stage(f.kind);
    f.save(section);
    if constexpr (I + 1 < length) save_from<I + 1>(w);
  }

  // What a column of stage I's rows stands for: the stage's own name for it, or made of those of the stage before it.
  template <std::size_t I>
  std::string name_after(std::size_t column) const {
    const auto& f = std::get<I>(stages_);
    if constexpr (I == 0) return bespoke::column_name(f, column);
    else return bespoke::column_name(f, column, [this](std::size_t c) { return name_after<I - 1>(c); });
  }

  template <std::size_t I, class X>
  std::vector<named_reason> explain(const X& x, std::size_t k, scratch& s) const {
    constexpr bool named_by_last = detail::names_reasons<last_stage, last_input>;
    if constexpr (I + (named_by_last ? 1 : 2) < length) {
      return explain<I + 1>(apply(std::get<I>(stages_), x, s), k, s);
    } else if constexpr (named_by_last) {
      return last().reasons(x, k, s);
    } else {
      std::vector<named_reason> named;
      for (const reason& r : last().reasons(apply(std::get<I>(stages_), x, s), k))
        named.push_back({name_after<I>(r.column), r.contribution});
      return named;
    }
  }

  template <std::size_t I, class X, class Y>
  fitted_chain update_from(const blocks<X>& x, const blocks<Y>& y, const context& ctx) && {
    if constexpr (I + 1 == length) {
      std::get<I>(stages_) = std::move(std::get<I>(stages_)).updated(x, y, ctx);
      return std::move(*this);
    } else {
      const auto values = applied(std::get<I>(stages_), x);
      return std::move(*this).template update_from<I + 1>(values, y, ctx);
    }
  }

  std::tuple<F...> stages_;
};

/// Specs in order; itself a spec. Made by `|`.
template <class... S>
class chain {
 public:
  using first_stage = std::tuple_element_t<0, std::tuple<S...>>;
  using last_stage = std::tuple_element_t<sizeof...(S) - 1, std::tuple<S...>>;
  using record_type = detail::record_of<first_stage>;
  static constexpr bool supervised = (detail::is_supervised<S> || ...);

  explicit constexpr chain(std::tuple<S...> stages) : stages_(std::move(stages)) {}

  const std::tuple<S...>& stages() const noexcept { return stages_; }

  template <class In>
  static constexpr bool accepts = detail::takes<first_stage, In>;

  template <class In, class Y>
  auto fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fit_from<In, 0>(x, y, ctx);
  }
  /// `fit`, and what the chain gives for its training values.
  template <class In, class Y>
  auto fit_rows(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fit_rows_from<In, 0>(x, y, ctx);
  }
  template <class In, class Y>
  auto load(bundle_reader& r) const {
    return load_from<In, 0, In, Y>(r);
  }

  /// A spec has learned nothing: this says so.
  template <class... Args>
  auto operator()(Args&&...) const {
    constexpr bool answers = sizeof...(Args) > 99;
    static_assert(
        answers,
        "bespoke: this is a spec and has learned nothing: call fit(spec, records, target) and use what it returns");
    return detail::poison{};
  }

 private:
  template <class In, std::size_t I, class X, class Y, class... Done>
  auto fit_from(const blocks<X>& x, const blocks<Y>& y, const context& ctx, Done&&... done) const {
    const auto& spec = std::get<I>(stages_);
    if constexpr (I + 1 == sizeof...(S)) {
      auto last = spec.fit(x, y, ctx);
      return fitted_chain<In, std::remove_cvref_t<Done>..., decltype(last)>(std::forward<Done>(done)...,
                                                                            std::move(last));
    } else {
      auto now = fit_with_output(spec, x, y, ctx);
      return fit_from<In, I + 1>(now.output, y, ctx, std::forward<Done>(done)..., std::move(now.fitted));
    }
  }

  template <class In, std::size_t I, class X, class Y, class... Done>
  auto fit_rows_from(const blocks<X>& x, const blocks<Y>& y, const context& ctx, Done&&... done) const {
    auto now = fit_with_output(std::get<I>(stages_), x, y, ctx);
    if constexpr (I + 1 == sizeof...(S)) {
      using fitted = fitted_chain<In, std::remove_cvref_t<Done>..., decltype(now.fitted)>;
      return fitted_with_output<fitted>{fitted(std::forward<Done>(done)..., std::move(now.fitted)),
                                        std::move(now.output)};
    } else {
      return fit_rows_from<In, I + 1>(now.output, y, ctx, std::forward<Done>(done)..., std::move(now.fitted));
    }
  }

  template <class In, std::size_t I, class X, class Y, class... Done>
  auto load_from(bundle_reader& r, Done&&... done) const {
    const auto& spec = std::get<I>(stages_);
    using fitted = fitted_t<std::remove_cvref_t<decltype(spec)>, X, Y>;
    bundle_reader section = r.stage(fitted::kind);
    auto now = spec.template load<X, Y>(section);
    if constexpr (I + 1 == sizeof...(S)) {
      return fitted_chain<In, std::remove_cvref_t<Done>..., fitted>(std::forward<Done>(done)..., std::move(now));
    } else {
      using next = std::remove_cvref_t<typename fitted::output_type>;
      return load_from<In, I + 1, next, Y>(r, std::forward<Done>(done)..., std::move(now));
    }
  }

  std::tuple<S...> stages_;
};

namespace detail {

template <class... S>
inline constexpr bool is_part<chain<S...>> = true;
template <class T>
inline constexpr bool is_chain = false;
template <class... S>
inline constexpr bool is_chain<chain<S...>> = true;

template <class S>
std::tuple<S> stages_of(S s) {
  return {std::move(s)};
}
template <class... S>
std::tuple<S...> stages_of(chain<S...> c) {
  return c.stages();
}

template <class In, class S, class... Rest>
struct output_along {
  using type = typename output_along<output_of<S, In>, Rest...>::type;
};
template <class In, class S>
struct output_along<In, S> {
  using type = output_of<S, In>;
};
/// What a part gives for records of type `In`; void where that depends on targets.
template <class Part, class In>
struct part_output {
  using type = output_of<Part, In>;
};
template <class In, class... S>
struct part_output<chain<S...>, In> {
  using type = typename output_along<In, S...>::type;
};

/// Whether each stage can be fitted to what the one before it gives, with targets of type `Y`.
template <class S, class In, class Y>
inline constexpr bool fits_through = stage_spec<S, In, Y>;
template <class In, class Y, class S, class... Rest>
consteval bool fits_along() {
  if constexpr (!fits_through<S, In, Y>) return false;
  else if constexpr (sizeof...(Rest) == 0) return true;
  else return fits_along<std::remove_cvref_t<typename fitted_t<S, In, Y>::output_type>, Y, Rest...>();
}
template <class In, class Y, class... S>
inline constexpr bool fits_through<chain<S...>, In, Y> = fits_along<In, Y, S...>();

template <class A, class B>
consteval bool connects() {
  using record = record_of<A>;
  if constexpr (std::is_void_v<record>) {
    return true;  // generic stages only: checked when it is known what they read
  } else {
    using output = typename part_output<A, record>::type;
    if constexpr (std::is_void_v<output>) return true;
    else return takes<B, output>;
  }
}

/// Whether all that is wrong is that B takes dense rows only, and A gives sparse ones.
template <class A, class B>
consteval bool lacks_dense() {
  using record = record_of<A>;
  if constexpr (connects<A, B>()) return false;
  else return std::is_same_v<typename part_output<A, record>::type, sparse_row> && takes<B, dense_row>;
}

}  // namespace detail

/// Puts two parts together: stages and chains give a chain, a flow and a record stage give a flow.
template <class A, class B>
  requires detail::pipes<std::remove_cvref_t<A>, std::remove_cvref_t<B>>
auto operator|(A&& a, B&& b) {
  using left = std::remove_cvref_t<A>;
  using right = std::remove_cvref_t<B>;
  if constexpr (detail::is_poison<left> || detail::is_poison<right>) {
    return detail::poison{};
  } else if constexpr (detail::is_flow<left>) {
    constexpr bool record_stage = flow_stage<right, typename left::record_type>;
    static_assert(
        record_stage,
        "bespoke: what stands right of | after a flow is no stage for its records: use distinct, filter or your own "
        "(see flow_stage)");
    if constexpr (record_stage) return through(std::forward<A>(a), std::forward<B>(b));
    else return detail::poison{};
  } else if constexpr (!detail::is_spec<left> || !detail::is_spec<right>) {
    constexpr bool stage = detail::is_spec<left> && detail::is_spec<right>;
    static_assert(stage,
                  "bespoke: one side of | is no stage: a stage is a struct with fit and load (bespoke/core/stage.hpp)");
    return detail::poison{};
  } else {
    constexpr bool fits = detail::connects<left, right>(), dense_is_missing = detail::lacks_dense<left, right>();
    static_assert(
        !dense_is_missing,
        "bespoke: the stage right of | takes dense rows and is given sparse ones: put features::dense{} between");
    static_assert(
        fits || dense_is_missing,
        "bespoke: the stage right of | cannot take what the left side gives: the order is field, features, learner "
        "(your own: core/stage.hpp)");
    if constexpr (fits)
      return chain(std::tuple_cat(detail::stages_of(std::forward<A>(a)), detail::stages_of(std::forward<B>(b))));
    else return detail::poison{};
  }
}

/// Records in memory are no flow: this says so.
template <class Records, class Stage>
  requires(std::ranges::contiguous_range<const Records> && flow_stage<Stage, std::ranges::range_value_t<const Records>>)
detail::poison operator|(const Records&, const Stage&) {
  constexpr bool a_flow = detail::is_flow<Records>;
  static_assert(a_flow, "bespoke: records in memory are no flow: ingest::memory(records) | stage");
  return {};
}

}  // namespace bespoke
