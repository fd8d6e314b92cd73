// SPDX-License-Identifier: Apache-2.0
#pragma once
// Field values as text, for the records in a bundle and the events in a log: exact both ways.

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// One string for a scalar, none for an absent value, n for a list.
using text_form = std::vector<std::string>;

namespace detail {
template <class T>
inline constexpr bool is_scalar_text = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string>;
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T, class A>
struct is_vector<std::vector<T, A>> : std::true_type {};
}  // namespace detail

/// Types with a text form: numbers, bool, enums, std::string, and std::optional or std::vector of these.
template <class T>
concept has_text_form = detail::is_scalar_text<T> || [] {
  if constexpr (detail::is_optional<T>::value || detail::is_vector<T>::value)
    return detail::is_scalar_text<typename T::value_type>;
  else return false;
}();

namespace detail {

template <class T>
std::string scalar_to_text(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) return value;
  else if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
  else if constexpr (std::is_enum_v<T>) return scalar_to_text(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (sizeof(T) == 1) return scalar_to_text(static_cast<int>(value));
  else {
    std::array<char, 64> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end.ptr};
  }
}

template <class T>
bool scalar_from_text(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, std::string>) return value = text, true;
  else if constexpr (std::is_same_v<T, bool>) return value = text == "true", value || text == "false";
  else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number{};
    const bool ok = scalar_from_text(text, number);
    return value = static_cast<T>(number), ok;
  } else if constexpr (sizeof(T) == 1) {
    int number = 0;
    const bool ok = scalar_from_text(text, number) && number == static_cast<int>(static_cast<T>(number));
    return value = static_cast<T>(number), ok;
  } else {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    return end.ec == std::errc{} && end.ptr == text.data() + text.size();
  }
}

}  // namespace detail

/// The text form of a value. Numbers are written so that they read back bit for bit.
template <has_text_form T>
text_form to_text(const T& value) {
  if constexpr (detail::is_optional<T>::value) {
    return value ? text_form{detail::scalar_to_text(*value)} : text_form{};
  } else if constexpr (detail::is_vector<T>::value) {
    text_form all;
    for (const auto& v : value) all.push_back(detail::scalar_to_text<typename T::value_type>(v));
    return all;
  } else {
    return {detail::scalar_to_text(value)};
  }
}

/// The value of a text form; false where the text is none of such a value.
template <has_text_form T>
bool from_text(const text_form& text, T& value) {
  if constexpr (detail::is_optional<T>::value) {
    if (text.empty()) return value.reset(), true;
    return text.size() == 1 && detail::scalar_from_text(text[0], value.emplace());
  } else if constexpr (detail::is_vector<T>::value) {
    value.clear();
    for (const auto& one : text) {
      typename T::value_type v{};
      if (!detail::scalar_from_text(one, v)) return false;
      value.push_back(std::move(v));
    }
    return true;
  } else {
    return text.size() == 1 && detail::scalar_from_text(text[0], value);
  }
}

/// What a value is called in a bundle: "string", "float", "int", "bool", "enum", "list of string", "optional float", "other".
template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, bool>) return "bool";
  else if constexpr (std::is_floating_point_v<T>) return "float";
  else if constexpr (std::is_integral_v<T>) return "int";
  else if constexpr (std::is_enum_v<T>) return "enum";
  else if constexpr (std::is_convertible_v<const T&, std::string_view>) return "string";
  else if constexpr (detail::is_optional<T>::value) return "optional " + type_name<typename T::value_type>();
  else if constexpr (detail::is_vector<T>::value) return "list of " + type_name<typename T::value_type>();
  else return "other";
}

}  // namespace bespoke
