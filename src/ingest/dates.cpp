// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/values.hpp>

#include <array>
#include <cstdint>

namespace bespoke::ingest {

namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

/// What a date's text said, before it is checked.
struct moment {
  int year = 1970;
  unsigned month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  int offset = 0;  // seconds east of UTC
  bool has_epoch = false;
  std::int64_t epoch = 0;
};

struct cursor {
  std::string_view rest;

  bool done() const { return rest.empty(); }
  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// From `least` to `most` digits.
  template <class T>
  bool number(std::size_t least, std::size_t most, T& out) {
    std::size_t n = 0;
    std::int64_t value = 0;
    for (; n < most && n < rest.size() && rest[n] >= '0' && rest[n] <= '9'; ++n) value = value * 10 + (rest[n] - '0');
    rest.remove_prefix(n);
    out = static_cast<T>(value);
    return n >= least;
  }
};

bool read_zone(cursor& in, moment& m) {
  if (in.take('Z') || in.take('z')) return true;
  const bool east = in.take('+');
  if (!east && !in.take('-')) return false;
  int hours = 0, minutes = 0;
  if (!in.number(2, 2, hours)) return false;
  const bool colon = in.take(':');
  const bool more = colon || (!in.done() && in.rest.front() >= '0' && in.rest.front() <= '9');
  if (more && !in.number(2, 2, minutes)) return false;
  m.offset = (hours * 60 + minutes) * (east ? 60 : -60);
  return hours < 24 && minutes < 60;
}

bool read_date(cursor& in, moment& m) {
  return in.number(4, 4, m.year) && in.take('-') && in.number(2, 2, m.month) && in.take('-') && in.number(2, 2, m.day);
}

bool read_seconds(cursor& in, moment& m) {
  if (!in.take(':')) return true;
  if (!in.number(2, 2, m.second)) return false;
  std::int64_t fraction = 0;
  if (in.take('.') || in.take(',')) return in.number(1, 18, fraction);
  return true;
}

bool read_time(cursor& in, moment& m) {
  if (in.done()) return true;
  if (!in.take('T') && !in.take('t') && !in.take(' ')) return false;
  if (!in.number(2, 2, m.hour) || !in.take(':') || !in.number(2, 2, m.minute) || !read_seconds(in, m)) return false;
  return in.done() || read_zone(in, m);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool starts_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (lower(text[i]) != word[i]) return false;
  return true;
}

bool read_month_name(cursor& in, moment& m) {
  static constexpr std::array<std::string_view, 12> names = {"january",   "february", "march",    "april",
                                                             "may",       "june",     "july",     "august",
                                                             "september", "october",  "november", "december"};
  for (unsigned i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i];
    if (!starts_with_word(in.rest, name.substr(0, 3))) continue;
    in.rest.remove_prefix(starts_with_word(in.rest, name) ? name.size() : 3);
    m.month = i + 1;
    return true;
  }
  return false;
}

bool read_short_year(cursor& in, moment& m) {
  if (!in.number(2, 2, m.year)) return false;
  m.year += m.year >= 69 ? 1900 : 2000;
  return true;
}

bool read_epoch(cursor& in, moment& m) {
  m.has_epoch = true;
  const bool negative = in.take('-');
  if (!in.number(1, 12, m.epoch)) return false;
  if (negative) m.epoch = -m.epoch;
  return true;
}

bool read_sign(char sign, cursor& in, moment& m) {
  switch (sign) {
    case 'Y': return in.number(4, 4, m.year);
    case 'y': return read_short_year(in, m);
    case 'm': return in.number(1, 2, m.month);
    case 'd': return in.number(1, 2, m.day);
    case 'H': return in.number(1, 2, m.hour);
    case 'M': return in.number(1, 2, m.minute);
    case 'S': return in.number(1, 2, m.second);
    case 'b': return read_month_name(in, m);
    case 'z': return read_zone(in, m);
    case 's': return read_epoch(in, m);
    default: return sign == '%' && in.take('%');
  }
}

bool read_format(std::string_view text, std::string_view format, moment& m) {
  cursor in{trimmed(text)};
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool sign = format[i] == '%' && i + 1 < format.size();
    if (sign ? !read_sign(format[++i], in, m) : !in.take(format[i])) return false;
  }
  return in.done();
}

bool to_seconds(const moment& m, sys_seconds& out) {
  using namespace std::chrono;
  if (m.has_epoch) return out = sys_seconds(seconds(m.epoch)), true;
  const year_month_day date{year(m.year), month(m.month), day(m.day)};
  if (!date.ok() || m.hour > 23 || m.minute > 59 || m.second > 60) return false;
  out = sys_days(date) + hours(m.hour) + minutes(m.minute) + seconds(m.second) - seconds(m.offset);
  return true;
}

bool to_days(const moment& m, sys_days& out) {
  sys_seconds at;
  if (!to_seconds(m, at)) return false;
  out = std::chrono::floor<std::chrono::days>(at);
  return true;
}

}  // namespace

bool parse_value(std::string_view text, sys_days& out) {
  moment m;
  cursor in{trimmed(text)};
  return read_date(in, m) && in.done() && to_days(m, out);
}

bool parse_value(std::string_view text, sys_seconds& out) {
  moment m;
  cursor in{trimmed(text)};
  return read_date(in, m) && read_time(in, m) && in.done() && to_seconds(m, out);
}

bool parse_value(std::string_view text, const date_format& format, sys_days& out) {
  moment m;
  return read_format(text, format.text, m) && to_days(m, out);
}

bool parse_value(std::string_view text, const date_format& format, sys_seconds& out) {
  moment m;
  return read_format(text, format.text, m) && to_seconds(m, out);
}

}  // namespace bespoke::ingest
