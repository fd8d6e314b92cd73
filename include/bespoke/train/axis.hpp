// SPDX-License-Identifier: Apache-2.0
#pragma once
// Axes of a search: a setting of a stage, named by its member, and the values to try.
//
//     axis<&train::linear_svm::c>({0.1f, 1.f, 10.f})             // wherever the chain has its linear_svm, inside fuse too
//     axis<&features::tfidf::min_df>({1, 2}, "body")             // of several: the one in the branch of this field
//     axis<&features::tfidf::min_df>({1, 2}, 1)                  // or the second, as they are written
//     log_between<&train::linear_svm::c>(1e-3, 1e3)              // for random_search: drawn, each power as likely

#include <bespoke/core/error.hpp>
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/text_form.hpp>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

/// "linear_svm.c" of what a compiler calls &bespoke::train::linear_svm::c.
std::string short_member_name(std::string_view pretty);

/// "linear_svm" of what a compiler says in a function template whose parameter `L` is bespoke::train::linear_svm.
std::string short_type_name(std::string_view pretty);

template <auto Member>
std::string member_name() {
  return short_member_name(__PRETTY_FUNCTION__);
}

/// A setting's value as text; numbers are as short as they can be.
template <class T>
std::string setting_text(const T& v) {
  if constexpr (requires { std::string(name(v)); }) return name(v);
  else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string>)
    return scalar_to_text(v);
  else if constexpr (requires { v.low, v.high; }) return setting_text(v.low) + "-" + setting_text(v.high);
  else if constexpr (is_vector<T>::value) {
    std::string all;
    for (const auto& one : v) all += (all.empty() ? "" : " ") + setting_text(one);
    return "(" + all + ")";
  } else return {};
}

// What else may hold stages: the learner inside train::calibrated, the alternatives of train::any_of.
template <class S>
concept has_learner = std::is_class_v<S> && requires(S& s) { s.learner; };
template <class S>
concept has_learners = std::is_class_v<S> && requires(S& s) { std::tuple_size<decltype(s.learners)>::value; };
template <class S, class... B>
consteval bool made_of(const std::tuple<B...>*) {
  return std::is_constructible_v<S, B...> || requires(const S& s, const B&... b) { S(s.how(), b...); };
}
/// Branches that can be put together again after a change: fuse, vote.
template <class S>
concept holds_branches = requires(const S& s) {
  s.branches();
  requires made_of<S>(static_cast<std::remove_reference_t<decltype(s.branches())>*>(nullptr));
};

/// How many stages of class `S` a spec has, wherever they are.
template <class S, class Spec>
consteval std::size_t count_of();
template <class S, class... Part>
consteval std::size_t count_in(const std::tuple<Part...>*) {
  return (count_of<S, Part>() + ... + std::size_t{0});
}
template <class S, class Spec>
consteval std::size_t count_of() {
  constexpr std::size_t here = std::is_same_v<S, Spec> ? 1 : 0;
  using std::declval;
  if constexpr (is_chain<Spec>)
    return here +
           count_in<S>(static_cast<std::remove_reference_t<decltype(declval<const Spec&>().stages())>*>(nullptr));
  else if constexpr (holds_branches<Spec>)
    return here +
           count_in<S>(static_cast<std::remove_reference_t<decltype(declval<const Spec&>().branches())>*>(nullptr));
  else if constexpr (has_learners<Spec>) return here + count_in<S>(static_cast<decltype(Spec::learners)*>(nullptr));
  else if constexpr (has_learner<Spec>) return here + count_of<S, decltype(Spec::learner)>();
  else return here;
}

/// A copy of a spec on whose stages `edit(stage, field)` was called, in the order they are written; `field` names the
/// field at the beginning of the stage's branch.
template <class Spec, class Edit>
Spec edited(const Spec& spec, const std::string& field, Edit& edit) {
  if constexpr (is_chain<Spec>) {
    return std::apply(
        [&](const auto&... s) {
          return Spec(std::tuple<std::remove_cvref_t<decltype(s)>...>{edited(s, field, edit)...});
        },
        spec.stages());
  } else if constexpr (holds_branches<Spec>) {
    auto branches = std::apply(
        [&](const auto&... b) {
          return std::tuple<std::remove_cvref_t<decltype(b)>...>{edited(b, branch_name(b), edit)...};
        },
        spec.branches());
    return std::apply(
        [&](auto&... b) {
          if constexpr (requires { spec.how(); }) return Spec(spec.how(), std::move(b)...);
          else return Spec(std::move(b)...);
        },
        branches);
  } else {
    Spec copy = spec;
    edit(copy, field);
    if constexpr (has_learners<Spec>)
      std::apply([&](auto&... l) { ((l = edited(l, field, edit)), ...); }, copy.learners);
    else if constexpr (has_learner<Spec>) copy.learner = edited(copy.learner, field, edit);
    return copy;
  }
}

template <class M>
struct member_of;
template <class S, class T>
struct member_of<T S::*> {
  using stage = S;
  using value = T;
};

/// Which of several stages of a class is meant: that behind a field, or that with a number.
struct stage_choice {
  std::string field{};
  std::optional<std::size_t> number{};
};

[[noreturn]] void throw_no_stage(const std::string& axis);
[[noreturn]] void throw_bad_range(const std::string& axis, double low, double high, bool logarithmic);

}  // namespace detail

/// Values for a setting. Made by `axis`, `between` and `log_between`. `Picked`: it says which of several stages it means.
template <auto Member, bool Picked>
class search_axis {
 public:
  using stage = typename detail::member_of<decltype(Member)>::stage;
  using value = typename detail::member_of<decltype(Member)>::value;
  static constexpr bool picked = Picked;

  struct range {
    double low = 0, high = 0;
    bool logarithmic = false;
  };

  search_axis(std::vector<value> values, std::optional<range> from, detail::stage_choice which)
      : values_(std::move(values)), range_(from), which_(std::move(which)) {}

  /// "linear_svm.c", of a picked stage "tfidf.min_df of body".
  std::string name() const {
    std::string text = detail::member_name<Member>();
    if (!which_.field.empty()) text += " of " + which_.field;
    if (which_.number) text += " of number " + std::to_string(*which_.number);
    return text;
  }
  std::size_t size() const noexcept { return values_.size(); }
  bool is_range() const noexcept { return range_.has_value(); }
  value operator[](std::size_t i) const { return values_[i]; }
  std::string text(std::size_t i) const {
    const std::string t = detail::setting_text<value>(values_[i]);
    return t.empty() ? "value " + std::to_string(i) : t;
  }

  /// The same with `n` values drawn from its range; itself where it has values.
  search_axis drawn(std::size_t n, random_numbers& random) const {
    search_axis copy = *this;
    if constexpr (std::is_arithmetic_v<value>)
      for (std::size_t i = 0; range_ && i < n; ++i) copy.values_.push_back(draw(random.unit()));
    return copy;
  }

  /// A chain with value `i`, and the number of the stage (of those that stand behind each other) in which it is.
  template <class Chain>
  std::pair<Chain, std::size_t> applied(const Chain& spec, std::size_t i) const {
    std::size_t seen = 0, set = 0, place = 0, depth = 0;
    auto edit = [&]<class S>(S& s, const std::string& field) {
      if constexpr (std::is_same_v<S, stage>) {
        const bool here = which_.number ? *which_.number == seen : which_.field.empty() || which_.field == field;
        ++seen;
        if (here && set == 0) s.*Member = values_[i], ++set;
      }
    };
    const std::string field = detail::branch_name(spec);
    const auto one = [&](const auto& s) {
      const std::size_t before = set;
      auto e = detail::edited(s, field, edit);
      if (set != before) depth = place;
      ++place;
      return e;
    };
    Chain with =
        std::apply([&](const auto&... s) { return Chain(std::tuple<std::remove_cvref_t<decltype(s)>...>{one(s)...}); },
                   spec.stages());
    if (set == 0) detail::throw_no_stage(name());
    return {std::move(with), depth};
  }

 private:
  value draw(double unit) const {
    const auto [low, high, logarithmic] = *range_;
    const double x = logarithmic                 ? std::exp(std::log(low) + unit * (std::log(high) - std::log(low)))
                     : std::is_integral_v<value> ? std::floor(low + unit * (high - low + 1))
                                                 : low + unit * (high - low);
    return static_cast<value>(std::is_integral_v<value> && logarithmic ? std::round(x) : x);
  }

  std::vector<value> values_;
  std::optional<range> range_;
  detail::stage_choice which_;
};

/// The values to try for a setting: `Member` is a pointer to a data member of a stage's spec. Where the chain has several
/// stages of that class, the second argument says which: the name of the field before it, or its number, from 0, among
/// them as they are written.
template <auto Member>
auto axis(std::initializer_list<typename detail::member_of<decltype(Member)>::value> values) {
  return search_axis<Member, false>(values, {}, {});
}
template <auto Member>
auto axis(std::vector<typename detail::member_of<decltype(Member)>::value> values) {
  return search_axis<Member, false>(std::move(values), {}, {});
}
template <auto Member>
auto axis(std::initializer_list<typename detail::member_of<decltype(Member)>::value> values, std::string field) {
  return search_axis<Member, true>(values, {}, {.field = std::move(field)});
}
template <auto Member>
auto axis(std::initializer_list<typename detail::member_of<decltype(Member)>::value> values, std::size_t number) {
  return search_axis<Member, true>(values, {}, {.number = number});
}

namespace detail {
template <auto Member>
auto ranged_axis(double low, double high, bool logarithmic) {
  using value = typename member_of<decltype(Member)>::value;
  static_assert(std::is_arithmetic_v<value>,
                "bespoke: only a number can be drawn from a range: give values, axis<...>");
  if (!(std::isfinite(low) && std::isfinite(high) && low <= high && (!logarithmic || low > 0)))
    throw_bad_range(member_name<Member>(), low, high, logarithmic);
  using axis_type = search_axis<Member, false>;
  return axis_type({}, typename axis_type::range{low, high, logarithmic}, {});
}
}  // namespace detail

/// Drawn between `low` and `high`, each number as likely: for `random_search`. Throws errc::invalid_argument for bad ends.
template <auto Member>
auto between(double low, double high) {
  return detail::ranged_axis<Member>(low, high, false);
}
/// Drawn so that each power of ten is as likely; both ends must be above 0.
template <auto Member>
auto log_between(double low, double high) {
  return detail::ranged_axis<Member>(low, high, true);
}

}  // namespace bespoke
