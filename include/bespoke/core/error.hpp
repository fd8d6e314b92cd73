// SPDX-License-Identifier: Apache-2.0
#pragma once
// What went wrong with data, files and arguments, and where. Wrong wiring of a chain is a compile error instead.
//
// Every entry point that can fail throws `error`; its `try_` form returns `result<T>` for hosts without exceptions.
// This header compiles as C++17, so that files that must be C++17 (LibTorch's) can use it.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace bespoke {

/// The kind of a failure: stable numbers, fit for a switch, a log or a metric.
enum class errc : std::uint16_t {
  invalid_argument = 1,  ///< a parameter of a spec or a call is outside what its documentation allows
  io = 2,                ///< the operating system refused to open, read, write or rename
  parse = 3,             ///< input text is malformed: a number, a quote, a JSON line
  encoding = 4,          ///< bytes are not valid in the encoding they were said to be in
  missing_column = 5,    ///< a table lacks a column that was asked for
  limit = 6,             ///< input is larger than a stated limit: a line, a number of bad rows, a vocabulary
  empty_input = 7,       ///< there is nothing to learn from
  shape = 8,             ///< lengths or widths do not agree: targets and records, a row and a model
  bad_bundle = 9,        ///< a bundle is damaged or hostile
  bundle_mismatch = 10,  ///< a bundle is sound but belongs to another chain, label or version
  golden_mismatch = 11,  ///< a bundle would answer differently here than where it was saved
  stopped = 12,          ///< a stop token ended the work
  unsupported = 13,      ///< this build or this machine lacks what was asked for
};

/// The name of a code: "parse", "bad_bundle".
const char* name(errc code) noexcept;

/// Where and what: fill in what is known, leave the rest. Everything given appears in `error::what()`.
struct error_details {
  static constexpr std::size_t unknown = static_cast<std::size_t>(-1);

  std::string stage{};           ///< the stage or entry point: "ingest::csv", "fuse/body/tfidf"
  std::string source{};          ///< a file name or another place
  std::size_t line = unknown;    ///< 1-based
  std::size_t column = unknown;  ///< 1-based, in bytes for text, in fields for tables
  std::size_t record = unknown;  ///< 0-based index of the record
  std::string problem{};         ///< one clause: "a quoted field is never closed"
  std::string expected{};        ///< "a number", "3 fields"
  std::string got{};             ///< the offending text or figure, shortened
  std::string advice{};          ///< what to do next: "pass .separator = ';'"
};

/// A failure with its code and place. Thread safety: as std::exception; copies share nothing.
class error : public std::exception {
 public:
  error(errc code, error_details details);

  /// All of it in one line: `ingest::csv: tickets.csv:12:3: expected a number, got "abc" (column amount); …advice`.
  const char* what() const noexcept override { return text_.c_str(); }
  errc code() const noexcept { return code_; }
  const error_details& details() const noexcept { return details_; }

  /// The same error seen from outside: `outer` goes before its stage, "body" and "tfidf" give "body/tfidf".
  error within(std::string_view outer) const;

 private:
  errc code_;
  error_details details_;
  std::string text_;
};

/// Shortens foreign text for a message: at most `limit` bytes, whole UTF-8 characters, control bytes as \xNN, in quotes.
std::string in_quotes(std::string_view text, std::size_t limit = 40);

/// A value or an error: what the `try_` forms return.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(bespoke::error e) : state_(std::in_place_index<1>, std::move(e)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; throws the stored error if there is none.
  const T& value() const& { return has_value() ? *std::get_if<0>(&state_) : throw *std::get_if<1>(&state_); }
  T&& value() && { return has_value() ? std::move(*std::get_if<0>(&state_)) : throw *std::get_if<1>(&state_); }

  /// Unchecked: `has_value()` must hold.
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// The error, or null when there is a value.
  const bespoke::error* failure() const noexcept { return std::get_if<1>(&state_); }

 private:
  std::variant<T, bespoke::error> state_;
};

/// Success or an error, of an operation that gives nothing back.
template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(bespoke::error e) : failure_(std::in_place_index<1>, std::move(e)) {}

  bool has_value() const noexcept { return failure_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (auto* e = failure()) throw *e;
  }
  const bespoke::error* failure() const noexcept { return std::get_if<1>(&failure_); }

 private:
  std::variant<std::monostate, bespoke::error> failure_;
};

/// Calls `f` and turns a thrown `error` into a `result`. Anything else that is thrown passes through.
template <class F>
auto try_call(F&& f) -> result<decltype(f())> {
  try {
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      return {};
    } else {
      return f();
    }
  } catch (const error& e) {
    return e;
  }
}

}  // namespace bespoke
