// SPDX-License-Identifier: Apache-2.0
#include "characters.hpp"

#include <array>
#include <cstring>
#include <span>

#include "unicode.hpp"

namespace bespoke {
namespace {

constexpr std::size_t readable_after = 16;
using bytes = std::array<unsigned char, 256>;

constexpr bytes ascii_spaces = [] {
  bytes is{};
  for (const int c : {9, 10, 11, 12, 13, 28, 29, 30, 31, 32}) is[static_cast<std::size_t>(c)] = 1;
  return is;
}();

constexpr bytes same = [] {
  bytes of{};
  for (std::size_t c = 0; c < 256; ++c) of[c] = static_cast<unsigned char>(c);
  return of;
}();

constexpr bytes lower = [] {
  bytes of = same;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) of[c] = static_cast<unsigned char>(c + 32);
  return of;
}();

/// The length of the white-space character at `p`, 0 where there is none. Three bytes are read for some others.
std::size_t space_at(const char* p) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  if (byte(0) < 0x80) return ascii_spaces[byte(0)];
  if (byte(0) == 0xC2) return byte(1) == 0x85 || byte(1) == 0xA0 ? 2 : 0;
  if (byte(0) < 0xE1 || byte(0) > 0xE3) return 0;
  const unsigned c = (byte(0) & 15u) << 12 | (byte(1) & 63u) << 6 | (byte(2) & 63u);
  const bool space = c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
                     c == 0x205F || c == 0x3000;
  return space ? 3 : 0;
}

std::size_t collapse(std::string_view text, const bytes& cased, char* out) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t space = space_at(text.data() + i);
    if (space == 0) {
      out[n++] = static_cast<char>(cased[static_cast<unsigned char>(text[i++])]);
      continue;
    }
    std::size_t end = i + space, next = 0;
    while (end < text.size() && (next = space_at(text.data() + end)) != 0) end += next;
    if (end > i + space) out[n++] = ' ';
    else n += text.copy(out + n, space, i);
    i = end;
  }
  return n;
}

std::size_t space_out(std::string_view text, const bytes& cased, char* out) {
  std::size_t n = 0;
  out[n++] = ' ';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t space = space_at(text.data() + i);
    if (space == 0) out[n++] = static_cast<char>(cased[static_cast<unsigned char>(text[i++])]);
    else if (i += space; out[n - 1] != ' ') out[n++] = ' ';
  }
  if (out[n - 1] != ' ') out[n++] = ' ';
  return n == 1 ? 0 : n;
}

/// `text` must have two readable bytes after its last one, or be ASCII.
std::string_view spaced(std::string_view text, const bytes& cased, spacing how, scratch& s) {
  const auto out = s.take<char>(text.size() + 2 + readable_after);
  const std::size_t n =
      how == spacing::collapsed ? collapse(text, cased, out.data()) : space_out(text, cased, out.data());
  return {out.data(), n};
}

}  // namespace

std::string_view counted_characters(std::string_view text, word_rule rule, spacing how, scratch& s) {
  return spaced(is_ascii(text) ? text : unicode::in_one_case(text, rule, s), lower, how, s);
}

std::string_view spaced_characters(std::string_view text, spacing how, scratch& s) {
  const auto copy = s.take<char>(text.size() + readable_after);
  text.copy(copy.data(), text.size());
  std::memset(copy.data() + text.size(), 0, readable_after);
  return spaced({copy.data(), text.size()}, same, how, s);
}

}  // namespace bespoke
