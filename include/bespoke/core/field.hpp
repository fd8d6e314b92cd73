// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a chain begins: a named member of the host's record, `field("body", &Ticket::body)`,
// or something computed from it, `field("length", [](const Ticket& t) { return float(t.body.size()); })`;
// and `map`, a stage that is a function and learns nothing.

#include <bespoke/core/text_form.hpp>
#include <bespoke/core/wiring.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace bespoke {

namespace detail {

/// The record that a member pointer or a function with its parameter written out reads, as `input`.
template <class Get>
struct signature {};
template <class Get>
  requires requires { sizeof(decltype(&Get::operator())); }
struct signature<Get> : signature<decltype(&Get::operator())> {};
template <class C, class R, class In>
struct signature<R (C::*)(In) const> {
  using input = std::remove_cvref_t<In>;
};
template <class C, class R, class In>
struct signature<R (C::*)(In) const noexcept> : signature<R (C::*)(In) const> {};
template <class Record, class T>
  requires std::is_member_object_pointer_v<T Record::*>
struct signature<T Record::*> {
  using input = Record;
};
template <class R, class Record>
struct signature<R (Record::*)() const> {  // a getter
  using input = Record;
};
template <class R, class Record>
struct signature<R (Record::*)() const noexcept> : signature<R (Record::*)() const> {};
template <class R, class In>
struct signature<R (*)(In)> {
  using input = std::remove_cvref_t<In>;
};

template <class F>
concept has_signature = requires { typename signature<F>::input; };

}  // namespace detail

/// A field as part of a chain. `Get` is a member pointer, or a function of a record.
/// It learns nothing; its name stands in reasons, messages and the bundle. Thread safety: const calls from any thread.
template <class Record, class Get>
struct field_stage {
  using record_type = Record;
  static constexpr bool is_member = std::is_member_object_pointer_v<Get>;
  using value_type = std::remove_cvref_t<std::invoke_result_t<const Get&, const Record&>>;

  std::string name;
  Get get;

  /// What `fit` gives: the same, able to answer. Members are given by reference, so nothing is copied.
  struct fitted {
    static constexpr std::string_view kind = "field/1";
    using output_type = std::invoke_result_t<const Get&, const Record&>;

    std::string name;
    Get get;

    output_type operator()(const Record& r) const { return std::invoke(get, r); }
    void save(bundle_writer& w) const {
      w.put("name", name);
      w.put("type", type_name<value_type>());
    }

    /// A block of records as a block of this member, in place.
    block<value_type> project(const block<Record>& records) const
      requires is_member
    {
      return {&(records[0].*get), records.stride(), records.size(), records.first()};
    }
  };

  template <class Y>
  fitted fit(const blocks<Record>&, const blocks<Y>&, const context&) const {
    return {name, get};
  }
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    r.must_equal("name", name);
    r.must_equal("type", type_name<value_type>());
    return {name, get};
  }
};

/// A named field of the host's record: `get` is a pointer to a data member, a getter (`&Ticket::body`, a const member function
/// without parameters), or a function of one record whose parameter is written out (no `auto`).
template <class Get>
auto field(std::string name, Get get) {
  constexpr bool reads_a_record = detail::has_signature<Get>;
  static_assert(reads_a_record,
                "bespoke: field needs a member, field(\"name\", &Record::member), or a function of one record whose "
                "parameter type is written out");
  if constexpr (reads_a_record)
    return field_stage<typename detail::signature<Get>::input, Get>{std::move(name), std::move(get)};
  else return detail::poison{};
}

/// A stage that is a function: it learns nothing. `name` is "what/version" and is checked when a bundle is loaded.
template <class F>
struct map_stage {
  std::string name;
  F function;

  template <class In>
  struct fitted {
    static constexpr std::string_view kind = "map/1";
    using output_type = std::invoke_result_t<const F&, const In&>;

    std::string name;
    F function;

    constexpr output_type operator()(const In& x) const { return std::invoke(function, x); }
    void save(bundle_writer& w) const { w.put("name", name); }
  };

  template <class In, class Y>
    requires std::is_invocable_v<const F&, const In&>
  fitted<In> fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return {name, function};
  }
  template <class In, class Y>
    requires std::is_invocable_v<const F&, const In&>
  fitted<In> load(bundle_reader& r) const {
    r.must_equal("name", name);
    return {name, function};
  }
};

/// `map("first_line/1", [](const Ticket& t) { … })`: a pure function as a stage. It must give the same answer to the same
/// input each time, from any thread; change the version in its name when what it answers changes.
template <class F>
auto map(std::string name, F function) {
  return map_stage<F>{std::move(name), std::move(function)};
}

namespace detail {
template <class R, class G>
inline constexpr bool is_part<field_stage<R, G>> = true;
template <class F>
inline constexpr bool is_part<map_stage<F>> = true;

/// A map whose function names its parameter knows the record it reads.
template <has_signature F>
struct record_of_spec<map_stage<F>> {
  using type = typename signature<F>::input;
};
}  // namespace detail

}  // namespace bespoke
