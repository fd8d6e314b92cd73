// SPDX-License-Identifier: Apache-2.0
#pragma once
// Columns: which column of a table, or which member of a JSON object, fills which member of the host's record.
//
//     column("amount", &Ticket::amount)                                       // by name in the header or object
//     column(3, &Ticket::amount)                                              // by position, the first being 0
//     column("user.name", &Ticket::user)                                      // JSON only: member of a member
//     column("level", &Ticket::level, {{"low", level::low}, {"high", level::high}})
//     column("day", &Ticket::day, date_format{"%d.%m.%Y"})
//     column("tags", &Ticket::tags, '|')
//     column("size", &Ticket::size, [](std::string_view text, size& out) { … }, "a size such as 10x20")
//
// Members may be integers, float, double, bool, std::string, std::chrono::sys_days and sys_seconds, std::vector<std::string>,
// an enum with its words, and std::optional of any of these; values.hpp says how each is written.
// For std::optional, a missing value (an empty field, one of the markers of the options, JSON null or no such member)
// gives nullopt; for other members it is an error, except that an empty field is an empty std::string or list.

#include <bespoke/ingest/values.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {
namespace ingest {

/// What a reader found for a column in one row.
enum class cell_kind : unsigned char {
  text,       ///< a value, as text
  missing,    ///< an empty field or a missing marker; `text` holds it
  null,       ///< JSON null, or no such member
  list,       ///< a JSON array of values, in `items`
  structure,  ///< a JSON object or an array of them; `text` is empty
};

struct cell {
  std::string_view text{};
  cell_kind kind = cell_kind::text;
  const std::vector<std::string>* items = nullptr;
};

/// A column's name, or its position counted from 0.
struct column_key {
  static constexpr std::size_t by_name = static_cast<std::size_t>(-1);

  column_key(std::string n) : name(std::move(n)) {}
  column_key(const char* n) : name(n) {}
  column_key(std::size_t p) : position(p) {}
  column_key(int p) : position(static_cast<std::size_t>(p)) {}

  std::string name{};
  std::size_t position = by_name;
};

/// What a reader knows of a column without knowing the record.
struct column_info {
  column_key key;
  std::string expected;  ///< what a value must be, for messages: "an integer from 0 to 255"
  bool optional = false;
};

/// A column of records of type `Record`; made by `column(...)`.
template <class Record>
struct record_column : column_info {
  std::function<bool(Record&, const cell&)> read;  ///< fills the member, or returns false
};

namespace detail {
template <class M>
struct member_value {
  using type = M;
  static constexpr bool optional = false;
};
template <class U>
struct member_value<std::optional<U>> {
  using type = U;
  static constexpr bool optional = true;
};
template <class M>
using member_value_t = typename member_value<M>::type;

template <class V>
inline constexpr bool is_list = std::is_same_v<V, std::vector<std::string>>;

template <class V>
concept parsed = requires(std::string_view text, V& out) { ingest::parse_value(text, out); };
template <class V>
concept parsed_date =
    requires(std::string_view text, const date_format& f, V& out) { ingest::parse_value(text, f, out); };

inline bool is_scalar(const cell& c) { return c.kind == cell_kind::text || c.kind == cell_kind::missing; }

template <class V>
std::string expected_of() {
  if constexpr (std::is_same_v<V, bool>) return "true or false";
  else if constexpr (std::is_integral_v<V>)
    return "an integer from " + std::to_string(std::numeric_limits<V>::min()) + " to " +
           std::to_string(std::numeric_limits<V>::max());
  else if constexpr (std::is_floating_point_v<V>)
    return std::is_same_v<V, float> ? "a number (float)" : "a number (double)";
  else if constexpr (std::is_same_v<V, std::chrono::sys_days>) return "a date such as 2024-05-31";
  else if constexpr (std::is_same_v<V, std::chrono::sys_seconds>) return "a time such as 2024-05-31T23:59:00Z";
  else if constexpr (is_list<V>) return "a list of texts";
  else return "text";
}

/// A column whose values are read by `read(const cell&, V&)`.
template <class Record, class M, class Read>
record_column<Record> make_column(column_key key, M Record::* member, std::string expected, Read read) {
  record_column<Record> out{{std::move(key), std::move(expected), member_value<M>::optional}, {}};
  if constexpr (member_value<M>::optional)
    out.read = [member, read = std::move(read)](Record& record, const cell& c) {
      if (c.kind != cell_kind::missing && c.kind != cell_kind::null) return read(c, (record.*member).emplace());
      (record.*member).reset();
      return true;
    };
  else out.read = [member, read = std::move(read)](Record& record, const cell& c) { return read(c, record.*member); };
  return out;
}

/// Reads a list: a JSON array as it is, a text cut at separators.
inline bool read_list(const cell& c, char separator, std::vector<std::string>& out) {
  if (c.kind == cell_kind::list) return out = *c.items, true;
  if (!is_scalar(c)) return false;
  split(c.text, separator, out);
  return true;
}
}  // namespace detail

}  // namespace ingest

/// A column of a type that can be read without being told how; lists are cut at commas.
template <class Record, class M>
ingest::record_column<Record> column(ingest::column_key key, M Record::* member) {
  using value = ingest::detail::member_value_t<M>;
  if constexpr (ingest::detail::is_list<value>) {
    return ingest::detail::make_column(
        std::move(key), member, ingest::detail::expected_of<value>(),
        [](const ingest::cell& c, value& out) { return ingest::detail::read_list(c, ',', out); });
  } else if constexpr (ingest::detail::parsed<value>) {
    return ingest::detail::make_column(std::move(key), member, ingest::detail::expected_of<value>(),
                                       [](const ingest::cell& c, value& out) {
                                         return ingest::detail::is_scalar(c) && ingest::parse_value(c.text, out);
                                       });
  } else {
    static_assert(!sizeof(M),
                  "bespoke: a member of this type needs its words, column(name, member, {{\"low\", level::low}}), or a "
                  "function");
    return ingest::record_column<Record>{{std::move(key), {}, false}, {}};
  }
}

/// A list, cut at `separator`: "a|b" gives {"a", "b"}. A JSON array is taken as it is.
template <class Record, class M>
  requires ingest::detail::is_list<ingest::detail::member_value_t<M>>
ingest::record_column<Record> column(ingest::column_key key, M Record::* member, char separator) {
  return ingest::detail::make_column(std::move(key), member, ingest::detail::expected_of<std::vector<std::string>>(),
                                     [separator](const ingest::cell& c, std::vector<std::string>& out) {
                                       return ingest::detail::read_list(c, separator, out);
                                     });
}

/// A date or a time written in the host's way.
template <class Record, class M>
  requires ingest::detail::parsed_date<ingest::detail::member_value_t<M>>
ingest::record_column<Record> column(ingest::column_key key, M Record::* member, ingest::date_format format) {
  std::string expected = "a date written as " + format.text;
  return ingest::detail::make_column(
      std::move(key), member, std::move(expected),
      [format = std::move(format)](const ingest::cell& c, ingest::detail::member_value_t<M>& out) {
        return ingest::detail::is_scalar(c) && ingest::parse_value(c.text, format, out);
      });
}

/// Words and what each stands for, usually an enum's. Spaces around a word are allowed, its case matters.
template <class Record, class M>
ingest::record_column<Record> column(
    ingest::column_key key, M Record::* member,
    std::initializer_list<std::pair<std::string_view, std::type_identity_t<ingest::detail::member_value_t<M>>>> words) {
  using value = ingest::detail::member_value_t<M>;
  std::vector<std::pair<std::string, value>> known(words.begin(), words.end());
  std::string expected = "one of";
  for (const auto& [word, _] : known) expected += (&word == &known.front().first ? " " : ", ") + word;
  return ingest::detail::make_column(std::move(key), member, std::move(expected),
                                     [known = std::move(known)](const ingest::cell& c, value& out) {
                                       if (!ingest::detail::is_scalar(c)) return false;
                                       const std::string_view text = ingest::trimmed(c.text);
                                       for (const auto& [word, v] : known)
                                         if (word == text) return out = v, true;
                                       return false;
                                     });
}

/// A type of the host's own: `read(std::string_view text, Value& out)` returns false where the text is something else, which
/// `expected` describes for messages. Called from several threads at once.
template <class Record, class M, std::predicate<std::string_view, ingest::detail::member_value_t<M>&> Read>
ingest::record_column<Record> column(ingest::column_key key, M Record::* member, Read read, std::string expected) {
  return ingest::detail::make_column(
      std::move(key), member, std::move(expected),
      [read = std::move(read)](const ingest::cell& c, ingest::detail::member_value_t<M>& out) {
        return ingest::detail::is_scalar(c) && read(c.text, out);
      });
}

namespace ingest {
using bespoke::column;
}

}  // namespace bespoke
