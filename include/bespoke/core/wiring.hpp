// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a wrong chain is answered: one sentence from the compiler, at the place where the parts were put together.
//
// Every entry point that finds its parts wrongly wired says one `static_assert` sentence and gives back a `poison`,
// which every later entry point takes without a word. So the sentence is the only error.

#include <bespoke/core/stage.hpp>
#include <compare>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace bespoke {

template <class Record>
class flow;

namespace detail {

/// What a wrongly wired expression gives: it swallows all that hosts do with a chain, a function, an answer or a reason.
struct [[maybe_unused]] poison {
  using record_type = void;
  static const poison name, contribution, id, version, answer;

  template <class... Args>
  constexpr poison operator()(Args&&...) const {
    return {};
  }
  constexpr poison operator[](std::size_t) const { return {}; }
  constexpr poison label() const { return {}; }
  constexpr poison score() const { return {}; }
  constexpr poison index() const { return {}; }
  constexpr poison stage() const { return {}; }
  constexpr poison summary() const { return {}; }
  constexpr std::size_t size() const { return 0; }
  constexpr std::size_t width() const { return 0; }
  template <class... Args>
  constexpr poison reasons(Args&&...) const {
    return {};
  }
  constexpr const poison* begin() const { return nullptr; }
  constexpr const poison* end() const { return nullptr; }

  /// To a number, a text, a decision: never run, so never defined. A `model` takes it as a function instead.
  template <class T>
    requires(!std::is_pointer_v<T> && !requires { typename T::record_type; })
  operator T() const;
  template <class T>
  friend constexpr bool operator==(poison, const T&) {
    return true;
  }
  template <class T>
  friend constexpr std::strong_ordering operator<=>(poison, const T&) {
    return std::strong_ordering::equal;
  }
};
inline constexpr poison poison::name{}, poison::contribution{}, poison::id{}, poison::version{}, poison::answer{};

template <class T>
inline constexpr bool is_poison = std::is_same_v<std::remove_cvref_t<T>, poison>;

/// The parts that the library itself puts together: chain, fuse, field, map. Specialised beside each.
template <class T>
inline constexpr bool is_part = is_poison<T>;

/// The record type a spec reads: known where it begins with a field, void otherwise.
template <class S>
struct record_of_spec {
  using type = void;
};
template <class S>
  requires requires { typename S::record_type; }
struct record_of_spec<S> {
  using type = typename S::record_type;
};
template <class S>
using record_of = typename record_of_spec<S>::type;

template <class S>
concept says_supervised = requires { requires S::supervised; };
/// True for specs that learn from targets.
template <class S>
inline constexpr bool is_supervised = says_supervised<S>;

template <class S, class In>
concept says_accepts = requires { S::template accepts<In>; };

template <class S, class In>
consteval bool takes_input() {
  if constexpr (says_accepts<S, In>) return S::template accepts<In>;
  else return is_supervised<S> || stage_spec<S, In, none>;
}
/// Whether a spec can stand behind something that gives `In`. A learner that says nothing is believed until it is fitted.
template <class S, class In>
inline constexpr bool takes = takes_input<S, In>();

// A class that also inherits another `fit` cannot say which it means, if it has one itself: so templates are found too.
struct other_fit {
  int fit;
};
template <class S>
struct with_other_fit : S, other_fit {};
template <class S>
concept names_fit =
    std::is_class_v<S> && (requires { &S::fit; } || (!std::is_final_v<S> && !requires { &with_other_fit<S>::fit; }));

/// Whether `S` is a spec for anything: a struct that has a member called `fit`.
template <class S>
inline constexpr bool is_spec = is_part<S> || is_supervised<S> || names_fit<S>;

template <class S, class In>
struct output_of_spec {
  using type = void;
};
// A feature that learns from targets says what it gives, whatever they are.
template <class S, class In>
  requires requires { typename S::template output_for<In>; }
struct output_of_spec<S, In> {
  using type = typename S::template output_for<In>;
};
template <class S, class In>
  requires(!is_supervised<S> && stage_spec<S, In, none>)
struct output_of_spec<S, In> {
  using type = std::remove_cvref_t<typename fitted_t<S, In, none>::output_type>;
};
/// What a spec gives for `In`, where that does not depend on targets; void otherwise.
template <class S, class In>
using output_of = typename output_of_spec<S, In>::type;

template <class T>
inline constexpr bool is_flow = false;
template <class R>
inline constexpr bool is_flow<flow<R>> = true;

template <class A, class B>
concept pipes = is_flow<A> || is_part<A> || is_part<B> || (is_spec<A> && is_spec<B>);

}  // namespace detail

/// Puts two parts together; see chain.hpp. Declared here so that each stage's namespace can say `using bespoke::operator|;`,
/// and `features::tfidf{} | train::linear_svm{}` finds it.
template <class A, class B>
  requires detail::pipes<std::remove_cvref_t<A>, std::remove_cvref_t<B>>
auto operator|(A&& a, B&& b);

}  // namespace bespoke
