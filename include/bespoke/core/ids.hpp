// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ids: the host's own names of users and items, and the numbers from 0 that stand for them in a matrix.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/text_form.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace bespoke {

namespace detail {
template <class Id>
concept hashable = requires(const Id& id) {
  { std::hash<Id>{}(id) } -> std::convertible_to<std::size_t>;
};

/// Text is found by a view of it.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

template <class Id>
struct id_numbers : std::type_identity<std::map<Id, std::uint32_t>> {};
template <hashable Id>
struct id_numbers<Id> : std::type_identity<std::unordered_map<Id, std::uint32_t>> {};
template <>
struct id_numbers<std::string>
    : std::type_identity<std::unordered_map<std::string, std::uint32_t, text_hash, std::equal_to<>>> {};
}  // namespace detail

/// What may name a user or an item: a value with == and either std::hash or an order.
template <class Id>
concept id = std::regular<Id> && (detail::hashable<Id> || std::totally_ordered<Id>);

/// Ids and their numbers, in the order in which they were first added.
/// Thread safety: const calls from any thread.
template <id Id>
class id_table {
 public:
  /// How an id is asked for and given out: text as a view (given out, of this table), anything else as it is.
  using view = std::conditional_t<std::same_as<Id, std::string>, std::string_view, Id>;

  /// The number of an id; a new one gets the next. Throws errc::invalid_argument for a NaN, errc::limit for more than
  /// 2³² − 2 ids. Expected O(1), O(log size()) for ids without std::hash.
  std::uint32_t add(const Id& one) {
    const auto [at, is_new] = numbers_.try_emplace(one, static_cast<std::uint32_t>(all_.size()));
    if (!is_new) return at->second;
    if (one == one && all_.size() < most) return all_.push_back(one), at->second;
    numbers_.erase(at);
    if (all_.size() >= most) throw error(errc::limit, {.stage = "ids", .problem = "there are more than 2^32 - 2 ids"});
    throw error(errc::invalid_argument, {.stage = "ids", .expected = "an id that equals itself", .got = "nan"});
  }

  /// The number of an id, `size()` for one that was never added. Same cost as `add`.
  std::size_t find(const view& one) const {
    const auto at = numbers_.find(one);
    return at == numbers_.end() ? all_.size() : at->second;
  }

  view operator[](std::size_t number) const { return all_[number]; }  ///< of a number below `size()`
  std::size_t size() const noexcept { return all_.size(); }

  /// Writes the ids as the tensor `name`. They must be text, integers, enums or floating point numbers.
  void save(bundle_writer& w, std::string_view name) const {
    static_assert(storable,
                  "bespoke: ids of this type cannot be saved: use std::string, an integer, an enum or a number");
    if constexpr (std::same_as<Id, std::string>) {
      w.put(name, std::span<const std::string>(all_));
    } else if constexpr (storable) {
      std::vector<stored> values;
      values.reserve(all_.size());
      for (const Id& one : all_) values.push_back(static_cast<stored>(one));
      w.put(name, std::span<const stored>(values));
    }
  }

  /// Throws errc::bad_bundle for an id that is there twice or does not fit into `Id`.
  static id_table load(const bundle_reader& r, std::string_view name) {
    static_assert(storable,
                  "bespoke: ids of this type cannot be loaded: use std::string, an integer, an enum or a number");
    id_table ids;
    if constexpr (std::same_as<Id, std::string>) {
      for (const std::string& one : r.strings(name)) ids.add_new(one, r);
    } else if constexpr (storable) {
      for (const stored value : r.template tensor<stored>(name)) {
        const auto one = static_cast<Id>(value);
        if (static_cast<stored>(one) != value) r.reject("an id does not fit into the type of this recommender's ids");
        ids.add_new(one, r);
      }
    }
    return ids;
  }

 private:
  static constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() - 1;
  static constexpr bool storable = std::same_as<Id, std::string> || std::is_arithmetic_v<Id> || std::is_enum_v<Id>;
  using stored = std::conditional_t<std::is_floating_point_v<Id>, double, std::int64_t>;
  using table = typename detail::id_numbers<Id>::type;

  void add_new(const Id& one, const bundle_reader& r) {
    const std::size_t before = all_.size();
    if (!(one == one) || add(one) != before) r.reject("an id is not unique");
  }

  std::vector<Id> all_;
  table numbers_;
};

}  // namespace bespoke
