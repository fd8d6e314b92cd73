// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text to typed values: what a column of a table does with each field.
//
// Every function reads the whole text and returns false where it is something else or out of range; then `out` may hold
// anything. Spaces and tabs around the value are allowed, except in text. No locale is consulted. Thread-safe.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::ingest {

/// Decimal integers with an optional sign; no hexadecimal, no thousands separators.
bool parse_value(std::string_view text, signed char& out);
bool parse_value(std::string_view text, short& out);
bool parse_value(std::string_view text, int& out);
bool parse_value(std::string_view text, long& out);
bool parse_value(std::string_view text, long long& out);
bool parse_value(std::string_view text, unsigned char& out);
bool parse_value(std::string_view text, unsigned short& out);
bool parse_value(std::string_view text, unsigned& out);
bool parse_value(std::string_view text, unsigned long& out);
bool parse_value(std::string_view text, unsigned long long& out);

/// Decimal numbers with a point and an optional exponent, `nan`, `inf`, `infinity` in any case; correctly rounded.
/// A number that is too large or too small for the type is out of range.
bool parse_value(std::string_view text, float& out);
bool parse_value(std::string_view text, double& out);

/// true/false, yes/no, t/f, y/n in any case, 1/0.
bool parse_value(std::string_view text, bool& out);

/// The text as it stands.
inline bool parse_value(std::string_view text, std::string& out) {
  out.assign(text);
  return true;
}

/// ISO 8601: `2024-05-31`.
bool parse_value(std::string_view text, std::chrono::sys_days& out);
/// ISO 8601: `2024-05-31T23:59:30Z`, a space for the T, seconds, their fraction (dropped) and the zone (`Z`, `+02:00`,
/// `+0200`, `+02`; UTC where there is none) may be left out, and so may the whole time of day (midnight).
bool parse_value(std::string_view text, std::chrono::sys_seconds& out);

/// How dates and times are written, by the signs of strptime: %Y (4 digits), %y (2 digits: 69–99 are 19.., 00–68 are 20..),
/// %m, %d, %H, %M, %S, %b (English month name, short or whole), %z (Z, +0200, +02:00), %s (seconds since 1970), %%.
/// Numbers may lack leading zeros. Every other character stands for itself.
struct date_format {
  std::string text{};
};
bool parse_value(std::string_view text, const date_format& format, std::chrono::sys_days& out);
bool parse_value(std::string_view text, const date_format& format, std::chrono::sys_seconds& out);

/// The pieces of `text` between separators, without spaces and tabs around them, without empty ones.
void split(std::string_view text, char separator, std::vector<std::string>& out);

/// `text` without the spaces and tabs around it.
std::string_view trimmed(std::string_view text);

}  // namespace bespoke::ingest
