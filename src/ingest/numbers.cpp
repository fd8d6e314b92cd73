// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/values.hpp>

#include <charconv>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace bespoke::ingest {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T>
bool from_whole_text(std::string_view text, T& out) {
  const char* end = text.data() + text.size();
  const auto [at, status] = std::from_chars(text.data(), end, out);
  return status == std::errc{} && at == end;
}

/// from_chars knows no plus sign; "+-1" must not become -1.
bool drop_plus(std::string_view& text) {
  if (text.empty() || text.front() != '+') return true;
  text.remove_prefix(1);
  return !text.empty() && text.front() != '-';
}

template <class T>
bool parse_integer(std::string_view text, T& out) {
  text = trimmed(text);
  return drop_plus(text) && from_whole_text(text, out);
}

/// A decimal of at most 19 digits without exponent: digits · 10^-decimals.
struct short_decimal {
  std::uint64_t digits = 0;
  unsigned decimals = 0;
  bool negative = false;
};

bool read_short_decimal(std::string_view text, short_decimal& out) {
  const char *at = text.data(), *end = at + text.size();
  if (at != end && *at == '-') out.negative = true, ++at;
  const char* first = at;
  for (; at != end && is_digit(*at); ++at) out.digits = out.digits * 10 + static_cast<unsigned>(*at - '0');
  auto count = at - first;
  if (at != end && *at == '.') {
    const char* point = ++at;
    for (; at != end && is_digit(*at); ++at) out.digits = out.digits * 10 + static_cast<unsigned>(*at - '0');
    out.decimals = static_cast<unsigned>(at - point);
    count += out.decimals;
  }
  return at == end && count > 0 && count <= 19;
}

constexpr double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Where digits and power of ten are both exact in T, one division rounds correctly (Clinger 1990).
template <class T>
bool parse_real(std::string_view text, T& out) {
  constexpr std::uint64_t exact_digits = std::uint64_t{1} << std::numeric_limits<T>::digits;
  constexpr unsigned exact_power = std::is_same_v<T, float> ? 10 : 22;
  text = trimmed(text);
  if (!drop_plus(text)) return false;
  short_decimal d;
  if (text.size() > 21) return from_whole_text(text, out);
  if (!read_short_decimal(text, d) || d.digits > exact_digits || d.decimals > exact_power)
    return from_whole_text(text, out);
  const T magnitude = static_cast<T>(d.digits) / static_cast<T>(powers_of_ten[d.decimals]);
  out = d.negative ? -magnitude : magnitude;
  return true;
}

bool is_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool parse_value(std::string_view text, signed char& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, short& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, int& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, long& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, long long& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, unsigned char& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, unsigned short& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, unsigned& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, unsigned long& out) { return parse_integer(text, out); }
bool parse_value(std::string_view text, unsigned long long& out) { return parse_integer(text, out); }

bool parse_value(std::string_view text, float& out) { return parse_real(text, out); }
bool parse_value(std::string_view text, double& out) { return parse_real(text, out); }

bool parse_value(std::string_view text, bool& out) {
  text = trimmed(text);
  for (const char* word : {"1", "true", "yes", "t", "y"})
    if (is_word(text, word)) return out = true, true;
  for (const char* word : {"0", "false", "no", "f", "n"})
    if (is_word(text, word)) return out = false, true;
  return false;
}

void split(std::string_view text, char separator, std::vector<std::string>& out) {
  out.clear();
  while (true) {
    const std::size_t end = text.find(separator);
    const std::string_view piece = trimmed(text.substr(0, end));
    if (!piece.empty()) out.emplace_back(piece);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace bespoke::ingest
