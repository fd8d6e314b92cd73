// SPDX-License-Identifier: Apache-2.0
#pragma once
// A text as characters that are counted: in one case, its white space reduced.

#include <bespoke/core/scratch.hpp>
#include <bespoke/preprocess/words.hpp>
#include <cstddef>
#include <string_view>

namespace bespoke {

/// What is done with white space: two or more such characters become one space, a single one stays as it is; or each run
/// of them becomes one space, and the text begins and ends with one: " new york ".
enum class spacing { collapsed, around_words };

/// UTF-8, in `s`, with 16 readable bytes from the last one on. White space is what Python's str.isspace takes, and case
/// follows `rule`: folded, or lowered. Bytes that are not UTF-8 become U+FFFD. At most three times as long as `text`, and
/// two bytes. Throws errc::unsupported for text that is not ASCII where the library was built without ICU.
std::string_view counted_characters(std::string_view text, word_rule rule, spacing how, scratch& s);

/// The same without a change of case, for text that may not be UTF-8 and stays so.
std::string_view spaced_characters(std::string_view text, spacing how, scratch& s);

inline bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

/// Writes a character as UTF-8, at most four bytes; gives their number.
inline std::size_t put_character(char32_t c, char* out) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  const auto rest = [&](unsigned shift) { return byte(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return out[0] = byte(c), 1;
  if (c < 0x800) return out[0] = byte(0xC0 | c >> 6), out[1] = rest(0), 2;
  if (c < 0x10000) return out[0] = byte(0xE0 | c >> 12), out[1] = rest(6), out[2] = rest(0), 3;
  return out[0] = byte(0xF0 | c >> 18), out[1] = rest(12), out[2] = rest(6), out[3] = rest(0), 4;
}

/// The character at `at`, which moves behind it. A byte that is no part of UTF-8 is U+FFFD. `at` is below the text's size.
inline char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const char32_t first = byte(at++);
  if (first < 0x80) return first;
  const unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < more) return 0xFFFD;
  char32_t c = first & (0x3Fu >> more);
  for (unsigned i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0xFFFD;
    c = c << 6 | (byte(at + i) & 0x3Fu);
  }
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return 0xFFFD;
  at += more;
  return c;
}

/// The length of a UTF-8 character by its first byte; 1 for a byte that begins none.
inline unsigned character_bytes(char first) {
  const auto c = static_cast<unsigned char>(first);
  return 1u + unsigned{c >= 0xC0} + unsigned{c >= 0xE0} + unsigned{c >= 0xF0};
}

}  // namespace bespoke
