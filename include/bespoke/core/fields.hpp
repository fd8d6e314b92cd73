// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fields that a chain reads: copied out of a flow's records, hashed into the training digest, and filled with
// made-up values for the golden records of a bundle. Works on specs and on fitted stages alike.

#include <bespoke/core/branches.hpp>
#include <bespoke/core/chain.hpp>
#include <bespoke/core/digest.hpp>
#include <bespoke/core/field.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/text_form.hpp>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace bespoke::detail {

/// Calls `f(field)` for every field that a spec or a fitted stage reads. Stages behind the first read no record.
template <class Part, class F>
void for_each_field(const Part&, F&&) {}
template <class R, class G, class F>
void for_each_field(const field_stage<R, G>& s, F&& f) {
  f(s);
}
template <class... S, class F>
void for_each_field(const chain<S...>& c, F&& f) {
  for_each_field(std::get<0>(c.stages()), f);
}
template <has_branches S, class F>
void for_each_field(const S& s, F&& f) {
  std::apply([&](const auto&... b) { (for_each_field(b, f), ...); }, s.branches());
}

/// Whether all that a spec reads of a record are members.
template <class Part>
inline constexpr bool reads_fields_only = false;
template <class R, class G>
inline constexpr bool reads_fields_only<field_stage<R, G>> = field_stage<R, G>::is_member;
template <class S, class... Rest>
inline constexpr bool reads_fields_only<chain<S, Rest...>> = reads_fields_only<S>;
template <class... B>
consteval bool all_read_fields(std::tuple<B...>*) {
  return (reads_fields_only<B> && ...);
}
template <has_branches S>
inline constexpr bool reads_fields_only<S> = all_read_fields(static_cast<typename S::branch_types*>(nullptr));

template <class Spec, class Record>
void copy_fields(const Spec& spec, const Record& from, Record& to) {
  for_each_field(spec, [&](const auto& f) { to.*(f.get) = from.*(f.get); });
}

template <class T>
void add_value(digest& d, const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) d.add(std::string_view(value));
  else if constexpr (std::is_arithmetic_v<T>) d.add(value);
  else if constexpr (std::is_enum_v<T>) d.add(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (has_text_form<T>) {
    const text_form text = to_text(value);
    d.add(text.size());
    for (const auto& t : text) d.add(std::string_view(t));
  }
}

template <class Y>
void add_target(digest& d, const Y& target) {
  add_value(d, target);
}
template <class V>
void add_target(digest& d, const weighted<V>& target) {
  add_value(d, target.value);
  add_value(d, target.weight);
}

/// What is known of a training set before the fit. The digest covers the fields and the targets that have a text form.
template <class Spec, class Record, class Y>
bundle_summary describe(const Spec& spec, const blocks<Record>& x, const blocks<Y>& y, const context& ctx) {
  bundle_summary summary;
  summary.seed = ctx.seed();
  summary.records = x.size();
  summary.label = std::is_same_v<Y, none> ? "" : type_name<target_value<Y>>();
  if constexpr (!reads_fields_only<Spec>) return summary;
  digest all;
  ctx.reduce(
      x.count(),
      [&](std::size_t b, scratch& s) {
        digest one;
        x.visit(b, s, [&](const block<Record>& records) {
          for (const Record& r : records)
            for_each_field(spec, [&](const auto& f) { add_value(one, std::invoke(f.get, r)); });
        });
        if constexpr (!std::is_same_v<Y, none>)
          y.visit(b, s, [&](const block<Y>& targets) {
            for (const Y& t : targets) add_target(one, t);
          });
        return one.hex();
      },
      [&](const std::string& block_digest) { all.add(std::string_view(block_digest)); });
  summary.training_digest = all.hex();
  return summary;
}

}  // namespace bespoke::detail
