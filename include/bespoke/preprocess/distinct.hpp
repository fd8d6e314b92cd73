// SPDX-License-Identifier: Apache-2.0
#pragma once
// Drops the records of a flow whose key was seen before.
//
//     auto tickets = ingest::csv<Ticket>(…) | preprocess::distinct(&Ticket::body);
//     auto orders  = source | preprocess::distinct(&Order::customer, [](const Order& o) { return lower(o.item); });

#include <array>
#include <bespoke/core/chain.hpp>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::preprocess {

using bespoke::operator|;

namespace detail {

/// A set of byte strings that keeps 16 bytes of each: its BLAKE2b-128 hash.
class seen_set {
 public:
  /// True where these bytes were not in the set; they are now. O(bytes), amortised.
  bool insert(std::string_view bytes);
  void clear() noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  using hash = std::array<std::uint64_t, 2>;  // {0, 0}: an empty place
  void grow();
  static bool place(std::vector<hash>& table, const hash& h) noexcept;

  std::vector<hash> table_;
  std::size_t size_ = 0;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
consteval bool is_key() {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_convertible_v<const T&, std::string_view>)
    return true;
  else if constexpr (is_optional<T>) return is_key<typename T::value_type>();
  else if constexpr (std::ranges::sized_range<const T>) return is_key<std::ranges::range_value_t<const T>>();
  else return false;
}
template <class T>
concept key_value = is_key<T>();

inline void put_bytes(std::string& out, const void* data, std::size_t n) {
  out.append(static_cast<const char*>(data), n);
}
inline void put_size(std::string& out, std::uint64_t n) { put_bytes(out, &n, sizeof n); }

// Equal values give equal bytes and, because texts and lists carry their lengths, others give others: "ab", "c" is not
// "a", "bc". 0 and -0 are equal, and so are all NaN: they mark the same absence.
template <class T>
void put_key(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.push_back(value ? '\1' : '\0');
  } else if constexpr (std::is_floating_point_v<T>) {
    const double number = value == 0 ? 0.0 : static_cast<double>(value);
    const std::uint64_t bits = number != number ? 0x7FF8000000000000u : std::bit_cast<std::uint64_t>(number);
    put_bytes(out, &bits, sizeof bits);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    put_bytes(out, &value, sizeof value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    const std::string_view text = value;
    put_size(out, text.size());
    out.append(text);
  } else if constexpr (is_optional<T>) {
    out.push_back(value ? '\1' : '\0');
    if (value) put_key(out, *value);
  } else {
    put_size(out, std::ranges::size(value));
    for (const auto& element : value) put_key(out, static_cast<const std::ranges::range_value_t<const T>&>(element));
  }
}

template <class Get, class Record>
using key_of = std::remove_cvref_t<std::invoke_result_t<const Get&, const Record&>>;

}  // namespace detail

/// A record stage that keeps the first record of each key and drops the later ones. A key is one or several members or
/// functions of the record: text, numbers, enums, optionals, and lists of these.
///
/// Keeps 16 bytes a distinct record (a hash; 18 to 37 bytes with the free places of its table), whatever the key's
/// length. Two different keys are taken for one with probability n²/2¹²⁹ among n distinct ones: 10⁻²¹ for a billion; and
/// nobody can make such a pair on purpose (BLAKE2b). The same records give the same result in every run.
/// Copies have their own memory. Thread safety: one thread at a time, as a flow is read.
template <class... Get>
class distinct {
  static_assert(sizeof...(Get) > 0, "bespoke: distinct needs a key: distinct(&Ticket::body)");

 public:
  explicit distinct(Get... keys) : keys_(std::move(keys)...) {}

  template <class Record>
    requires(std::is_invocable_v<const Get&, const Record&> && ...)
  void operator()(std::vector<Record>& records) {
    constexpr bool keys = (detail::key_value<detail::key_of<Get, Record>> && ...);
    static_assert(
        keys,
        "bespoke: distinct cannot compare this key: give a text, a number, an enum, an optional or a list of these");
    if constexpr (keys) std::erase_if(records, [&](const Record& r) { return !seen_.insert(bytes_of(r)); });
  }

  /// Forgets what was seen: the flow begins again.
  void reset() noexcept { seen_.clear(); }
  /// Distinct keys so far.
  std::size_t size() const noexcept { return seen_.size(); }

 private:
  template <class Record>
  std::string_view bytes_of(const Record& r) {
    key_.clear();
    std::apply(
        [&](const auto&... get) {
          (detail::put_key<detail::key_of<std::remove_cvref_t<decltype(get)>, Record>>(key_, std::invoke(get, r)), ...);
        },
        keys_);
    return key_;
  }

  std::tuple<Get...> keys_;
  detail::seen_set seen_;
  std::string key_;
};

}  // namespace bespoke::preprocess
