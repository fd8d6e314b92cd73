// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fusion: several branches read the same record, and their rows stand side by side in one row.
//
//     fuse(field("body", &Ticket::body) | features::tfidf{}, field("amount", &Ticket::amount) | features::standardize{})
//
// A branch ends in a row or in a number, which is a row of one. The fused row is dense where all branches are dense
// and sparse where any is sparse; which of the two is known at compile time. Of a sparse fused row, zeros are left out.

#include <algorithm>
#include <array>
#include <bespoke/core/branches.hpp>
#include <bespoke/core/chain.hpp>
#include <bespoke/core/field.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

template <class T>
inline constexpr bool is_row_or_number = is_row<T> || std::is_arithmetic_v<T>;

template <class F>
std::size_t width_of(const F& f) {
  if constexpr (std::is_arithmetic_v<std::remove_cvref_t<typename F::output_type>>) return 1;
  else return f.width();
}

inline std::size_t stored(const dense_row& r) { return r.width(); }
inline std::size_t stored(const sparse_row& r) { return r.size(); }
template <class T>
  requires std::is_arithmetic_v<T>
std::size_t stored(T) {
  return 1;
}

template <class T>
  requires std::is_arithmetic_v<T>
void for_each_value(T number, auto&& f) {
  f(std::size_t{0}, static_cast<float>(number));
}

/// Writes branch outputs one after another into one dense row.
struct dense_join {
  using row_type = dense_row;
  std::span<float> out;
  std::size_t at = 0;

  dense_join(std::size_t width, std::size_t, scratch& s) : out(s.take<float>(width)) {}
  template <class V>
  void add(const V& v, std::size_t width) {
    using bespoke::for_each_value;
    for_each_value(v, [&](std::size_t c, float x) { out[at + c] = x; });
    at += width;
  }
  dense_row row(std::size_t) const { return {out}; }
};

/// The same into one sparse row, without zeros.
struct sparse_join {
  using row_type = sparse_row;
  std::span<std::uint32_t> columns;
  std::span<float> values;
  std::size_t at = 0, n = 0;

  sparse_join(std::size_t, std::size_t stored, scratch& s)
      : columns(s.take<std::uint32_t>(stored)), values(s.take<float>(stored)) {}
  template <class V>
  void add(const V& v, std::size_t width) {
    using bespoke::for_each_value;
    for_each_value(v, [&](std::size_t c, float x) {
      if (x == 0) return;
      columns[n] = static_cast<std::uint32_t>(at + c);
      values[n++] = x;
    });
    at += width;
  }
  sparse_row row(std::size_t width) const { return {columns.first(n), values.first(n), width}; }
};

template <class... Value>
using join_for = std::conditional_t<(std::is_same_v<Value, sparse_row> || ...), sparse_join, dense_join>;
/// The row of outputs side by side; void where one of them is not known.
template <class... Value>
using row_of_outputs = std::conditional_t<(std::is_void_v<Value> || ...), void, typename join_for<Value...>::row_type>;

}  // namespace detail

/// Fitted branches side by side. Thread safety: const calls from any thread.
template <class In, class... F>
class fitted_fuse : public detail::branched<F...> {
 public:
  static constexpr std::string_view kind = "fuse/1";
  using join = detail::join_for<std::remove_cvref_t<typename F::output_type>...>;
  using output_type = typename join::row_type;
  using detail::branched<F...>::parts;

  explicit fitted_fuse(std::tuple<F...> fitted) : detail::branched<F...>(std::move(fitted)) {
    std::size_t i = 0;
    std::apply([&](const auto&... b) { ((widths_[i++] = detail::width_of(b)), ...); }, this->parts());
    for (const std::size_t w : widths_) width_ += w;
  }

  output_type operator()(const In& x, scratch& s) const {
    return std::apply(
        [&](const auto&... b) {
          return joined(s, static_cast<std::remove_cvref_t<typename F::output_type>>(apply(b, x, s))...);
        },
        parts());
  }

  /// The fused row of rows that the branches gave already.
  template <class... Value>
  output_type joined(scratch& s, const Value&... values) const {
    join out(width_, (detail::stored(values) + ...), s);
    std::size_t i = 0;
    (out.add(values, widths_[i++]), ...);
    return out.row(width_);
  }

  void save(bundle_writer& w) const {
    w.put("width", width_);
    this->save_parts(w);
  }

  std::size_t width() const noexcept { return width_; }

  /// `"body: new york"`: the branch's field and the column's own name.
  std::string column_name(std::size_t column) const {
    std::string name;
    std::size_t i = 0;
    std::apply([&](const auto&... b) { ((named(b, widths_[i++], column, name)) || ...); }, parts());
    return name;
  }

 private:
  template <class B>
  static bool named(const B& branch, std::size_t width, std::size_t& column, std::string& name) {
    if (column >= width) return column -= width, false;
    name = detail::branch_name(branch);
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<typename B::output_type>>) {
      const std::string own = bespoke::column_name(branch, column);
      name += own.empty() ? "" : (name.empty() ? "" : ": ") + own;
    }
    return true;
  }

  std::array<std::size_t, sizeof...(F)> widths_{};
  std::size_t width_ = 0;
};

/// The spec of a fusion. Made by `fuse(...)`.
template <class... B>
class fuse_stage : public detail::branched_spec<B...> {
 public:
  using detail::branched_spec<B...>::branched_spec;

  /// With a branch that learns from targets: the row that all give, as far as it is known without them.
  template <class In>
    requires detail::branched_spec<B...>::supervised
  using output_for = detail::row_of_outputs<typename detail::part_output<B, In>::type...>;

  template <class In, class Y>
  auto fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fused<In>(this->fit_branches(x, y, ctx));
  }

  template <class In, class Y>
  auto fit_rows(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    auto parts = this->for_each_branch([&](const auto& b) { return b.fit_rows(x, y, ctx); });
    return std::apply([](auto&... p) { return side_by_side<In>(p...); }, parts);
  }

  template <class In, class Y>
  auto load(bundle_reader& r) const {
    auto out = fused<In>(this->template load_branches<In, Y>(r));
    if (out.width() != static_cast<std::size_t>(r.integer("width")))
      r.reject("the width is not the sum of its branches' widths");
    return out;
  }

  /// A spec has learned nothing: this says so.
  template <class... Args>
  auto operator()(Args&&...) const {
    constexpr bool answers = sizeof...(Args) > 99;
    static_assert(
        answers,
        "bespoke: fuse makes rows and has learned nothing: add a learner, fuse(...) | train::linear_svm{}, and call "
        "what fit(spec, records, target) returns");
    return detail::poison{};
  }

 private:
  template <class In, class... F>
  static auto fused(std::tuple<F...> parts) {
    return fitted_fuse<In, F...>(std::move(parts));
  }

  template <class Fitted, class... Value>
  struct fused_source final : block_source<typename Fitted::output_type> {
    using row_type = typename Fitted::output_type;
    fused_source(Fitted f, blocks<Value>... p) : fitted(std::move(f)), parts(std::move(p)...) {}
    std::size_t size() const override { return std::get<0>(parts).size(); }
    void visit(std::size_t b, scratch& s, function_ref<void(const block<row_type>&)> use) const override {
      visit_from<0>(b, s, use);
    }
    template <std::size_t I, class... Block>
    void visit_from(std::size_t b, scratch& s, function_ref<void(const block<row_type>&)> use,
                    const Block&... seen) const {
      if constexpr (I < sizeof...(Value)) {
        std::get<I>(parts).visit(b, s, [&](const auto& values) { visit_from<I + 1>(b, s, use, seen..., values); });
      } else {
        const auto& first = std::get<0>(std::tie(seen...));
        const scratch::frame frame(s);
        auto rows = s.template take<row_type>(first.size());
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = fitted.joined(s, seen[i]...);
        use(block<row_type>(std::span<const row_type>(rows), first.first()));
      }
    }
    Fitted fitted;
    std::tuple<blocks<Value>...> parts;
  };

  template <class In, class... Part>
  static auto side_by_side(Part&... parts) {
    using fitted = fitted_fuse<In, decltype(parts.fitted)...>;
    fitted f(std::tuple(std::move(parts.fitted)...));
    using source = fused_source<fitted, typename decltype(parts.output)::value_type...>;
    using row_type = typename fitted::output_type;
    blocks<row_type> output(
        std::static_pointer_cast<const block_source<row_type>>(std::make_shared<source>(f, parts.output...)));
    return fitted_with_output<fitted>{std::move(f), std::move(output)};
  }
};

namespace detail {
/// A branch must end in a row or a number, as far as that is known before the fit.
template <class B>
consteval bool gives_row() {
  using record = record_of<B>;
  if constexpr (std::is_void_v<record>) {
    return true;
  } else {
    using output = typename part_output<B, record>::type;
    if constexpr (std::is_void_v<output>) return !is_supervised<B>;
    else return is_row_or_number<output>;
  }
}
}  // namespace detail

/// Puts the rows of branches side by side. All branches read the same record type.
template <class... B>
auto fuse(B... branches) {
  static_assert(sizeof...(B) > 0, "bespoke: fuse needs at least one branch: fuse(field(...) | features::tfidf{}, ...)");
  if constexpr (sizeof...(B) == 0 || (detail::is_poison<B> || ...)) {
    return detail::poison{};
  } else if constexpr (!(detail::is_spec<B> && ...)) {
    constexpr bool all_stages = (detail::is_spec<B> && ...);
    static_assert(all_stages, "bespoke: a branch of fuse is no stage: a branch is field(...) | a feature stage");
    return detail::poison{};
  } else if constexpr (!detail::same_record<B...>()) {
    constexpr bool one_record = detail::same_record<B...>();
    static_assert(one_record,
                  "bespoke: the branches of fuse read fields of different records: all must read the same one");
    return detail::poison{};
  } else {
    constexpr bool rows = (detail::gives_row<B>() && ...);
    static_assert(
        rows,
        "bespoke: a branch of fuse does not end in a row or a number: end it with a feature stage (tfidf, one_hot, "
        "standardize)");
    if constexpr (rows) return fuse_stage<B...>(std::move(branches)...);
    else return detail::poison{};
  }
}

}  // namespace bespoke
