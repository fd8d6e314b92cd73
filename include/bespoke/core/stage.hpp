// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage is. Two types and two concepts, nothing to inherit from and nothing to register:
//
//   spec     configuration only, an aggregate with defaults: `tfidf{.min_df = 2}`. It has `fit` and `load`, and cannot answer.
//   fitted   what `fit` returns: immutable, answers by `operator()`, and is safe to call from many threads.
//
//     struct scale {                                                    // a whole stage
//       struct fitted {
//         static constexpr std::string_view kind = "scale/1";           // persistent name and format version
//         using output_type = float;
//         float factor;
//         float operator()(float x) const { return x * factor; }        // or (float x, scratch&) when it needs memory
//         void save(bundle_writer& w) const { w.put("factor", double{factor}); }
//       };
//       template <class Y> fitted fit(const blocks<float>& x, const blocks<Y>&, const context& ctx) const;
//       template <class In, class Y> fitted load(bundle_reader& r) const { return {float(r.number("factor"))}; }
//     };
//
// `Y` is the type of the target, `none` without one; this stage ignores it. A stage that learns from targets says
// `static constexpr bool supervised = true;` and takes weights too (core/target.hpp). One that gives rows, whatever the
// targets are, adds `template <class In> using output_for = dense_row;`, so that it can stand in a branch of `fuse`.
//
// What a stage still lacks, the compiler says after
//
//     static_assert(fitted_stage<scale::fitted, float>);    // what it answers for
//     static_assert(stage_spec<scale, float>);              // what it learns from; with targets stage_spec<S, dense_row, int>
//
// Members that a fitted stage may have beside these (width, column_name, origin, golden) stand at the end of this file.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace bespoke {

/// The target type of a fit without targets.
struct none {};

namespace detail {
template <class F, class In>
concept answers_plainly = requires(const F& f, const In& x) { f(x); };
template <class F, class In>
concept answers_with_scratch = requires(const F& f, const In& x, scratch& s) { f(x, s); };
}  // namespace detail

/// What a fit returns, for inputs of type `In`. `output_type` may be a view into the scratch, the input or the stage.
template <class F, class In>
concept fitted_stage = std::copy_constructible<F> && requires(const F& f, bundle_writer& w) {
  { F::kind } -> std::convertible_to<std::string_view>;
  typename F::output_type;
  f.save(w);
} && (detail::answers_plainly<F, In> || detail::answers_with_scratch<F, In>);

/// Applies a fitted stage to one value: the only way the library does it.
template <class F, class In>
constexpr decltype(auto) apply(const F& f, const In& x, scratch& s) {
  if constexpr (detail::answers_with_scratch<F, In>) return f(x, s);
  else return f(x);
}

/// True for stages whose call takes no scratch.
template <class F, class In>
inline constexpr bool needs_scratch = detail::answers_with_scratch<F, In>;

/// Configuration that can be fitted to values of type `In` with targets of type `Y`.
template <class S, class In, class Y = none>
concept stage_spec = std::copy_constructible<S> && requires(const S& s, const blocks<In>& x, const blocks<Y>& y,
                                                            const context& ctx, bundle_reader& r) {
  { s.fit(x, y, ctx) } -> fitted_stage<In>;
  { s.template load<In, Y>(r) } -> std::same_as<decltype(s.fit(x, y, ctx))>;
};

/// The fitted type of a spec.
template <class S, class In, class Y = none>
using fitted_t = decltype(std::declval<const S&>().fit(
    std::declval<const blocks<In>&>(), std::declval<const blocks<Y>&>(), std::declval<const context&>()));

/// A fitted stage that can learn more: gives the next value, leaves none behind.
template <class F, class In, class Y>
concept updatable = fitted_stage<F, In> && requires(F f, const blocks<In>& x, const blocks<Y>& y, const context& ctx) {
  { std::move(f).updated(x, y, ctx) } -> std::same_as<F>;
};

/// A fitted stage together with what it gives for its training values: what the optional `fit_rows` returns.
/// The values must equal those of `fit` followed by applying the stage, except where a stage learns from targets and gives
/// each training value what was learned without it (out of fold).
template <class F>
struct fitted_with_output {
  F fitted;
  blocks<std::remove_cvref_t<typename F::output_type>> output;
};

template <class S, class In, class Y>
concept fits_rows = requires(const S& s, const blocks<In>& x, const blocks<Y>& y, const context& ctx) {
  s.fit_rows(x, y, ctx).fitted;
  s.fit_rows(x, y, ctx).output;
};

/// The values a fitted stage gives for blocks, computed block by block when they are read.
template <class F, class In>
auto applied(const F& f, blocks<In> x) {
  using output = typename F::output_type;
  using value = std::remove_cvref_t<output>;
  struct source final : block_source<value> {
    source(const F& fitted, blocks<In> values) : f(fitted), x(std::move(values)) {}
    std::size_t size() const override { return x.size(); }
    void visit(std::size_t b, scratch& s, function_ref<void(const block<value>&)> use) const override {
      x.visit(b, s, [&](const block<In>& in) {
        const scratch::frame frame(s);
        if constexpr (requires { f.project(in); }) {
          use(f.project(in));
        } else if constexpr (std::is_trivially_copyable_v<value> && std::is_trivially_destructible_v<value>) {
          auto out = s.template take<value>(in.size());
          for (std::size_t i = 0; i < in.size(); ++i) out[i] = apply(f, in[i], s);
          use(block<value>(std::span<const value>(out), in.first()));
        } else {
          std::vector<value> out;
          out.reserve(in.size());
          for (std::size_t i = 0; i < in.size(); ++i) out.push_back(apply(f, in[i], s));
          use(block<value>(std::span<const value>(out), in.first()));
        }
      });
    }
    F f;
    blocks<In> x;
  };
  return blocks<value>(std::make_shared<source>(f, std::move(x)));
}

/// Fits a stage and gives the fitted stage with its training output, in one pass where the stage can do that.
template <class S, class In, class Y>
auto fit_with_output(const S& spec, const blocks<In>& x, const blocks<Y>& y, const context& ctx) {
  using fitted = fitted_t<S, In, Y>;
  if constexpr (fits_rows<S, In, Y>) {
    return spec.fit_rows(x, y, ctx);
  } else {
    fitted f = spec.fit(x, y, ctx);
    auto output = applied(f, x);
    return fitted_with_output<fitted>{std::move(f), std::move(output)};
  }
}

// Optional members of a fitted stage, used where they exist:
//   std::size_t width() const                          required of stages that give rows: columns of every row
//   std::string column_name(std::size_t column) const  what a column stands for, used in reasons
//   std::size_t origin(std::size_t column) const       instead of a name: which column of the rows it takes this one is, or
//                                                      is made of alone; it is then called as that one
//   template <class Before> std::string column_name(std::size_t column, const Before& before) const
//                                                      instead of both: a name made of those of the rows it takes, which
//                                                      before(column) gives: "age × weight"
//   In golden(std::uint64_t random) const              an input made up from what was learned (never a training value).
//                                                      Where the stage behind a field has none, that of a later stage is
//                                                      taken if it is of the field's type; else the field stays empty

/// The name of a column of a fitted stage's rows, where `before(column)` names those of the rows it takes: its own name, one
/// made of theirs, or "column 7" for stages that name none.
template <class F, class Before>
std::string column_name(const F& f, std::size_t column, const Before& before) {
  if constexpr (requires { f.column_name(column); }) return f.column_name(column);
  else if constexpr (requires { f.column_name(column, before); }) return f.column_name(column, before);
  else if constexpr (requires { f.origin(column); }) return before(f.origin(column));
  else return "column " + std::to_string(column);
}
/// The same, where the columns of the rows it takes have numbers only.
template <class F>
std::string column_name(const F& f, std::size_t column) {
  return column_name(f, column, [](std::size_t c) { return "column " + std::to_string(c); });
}

}  // namespace bespoke
