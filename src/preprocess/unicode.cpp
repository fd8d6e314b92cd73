// SPDX-License-Identifier: Apache-2.0
#include "unicode.hpp"

#include <bespoke/core/error.hpp>

#if BESPOKE_WITH_ICU

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utrans.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>

namespace bespoke::unicode {
namespace {

using units = std::span<char16_t>;

// Larger texts are cut, as ICU counts in 32 bits and folding may triple a length.
constexpr std::size_t largest_piece = std::size_t{1} << 28;
constexpr std::size_t readable_after = 16;
// What is changed character by character goes through pieces that stay in cache.
constexpr std::size_t small_piece = std::size_t{1} << 15;

void expect(UErrorCode status, const char* what) {
  if (U_SUCCESS(status)) return;
  throw error(errc::unsupported, {.stage = "words",
                                  .problem = std::string("ICU cannot ") + what,
                                  .got = u_errorName(status),
                                  .advice = "install ICU with its data"});
}

std::int32_t length(std::size_t n) { return static_cast<std::int32_t>(n); }

units to_utf16(std::string_view text, scratch& s) {
  const units out = s.take<char16_t>(text.size() + 1);
  std::int32_t n = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8WithSub(out.data(), length(out.size()), &n, text.data(), length(text.size()), 0xFFFD, nullptr, &status);
  expect(status, "decode UTF-8");
  return out.first(static_cast<std::size_t>(n));
}

/// Writes at most three bytes for each unit, gives their number.
std::size_t encode(std::span<const char16_t> text, char* out) {
  std::int32_t n = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8(out, length(3 * text.size() + 1), &n, text.data(), length(text.size()), &status);
  expect(status, "encode UTF-8");
  return static_cast<std::size_t>(n);
}

std::string_view to_utf8(std::span<const char16_t> text, scratch& s) {
  const auto out = s.take<char>(3 * text.size() + readable_after);
  return {out.data(), encode(text, out.data())};
}

units folded(std::span<const char16_t> text, scratch& s) {
  const units out = s.take<char16_t>(3 * text.size() + 1);
  UErrorCode status = U_ZERO_ERROR;
  const auto n =
      u_strFoldCase(out.data(), length(out.size()), text.data(), length(text.size()), U_FOLD_CASE_DEFAULT, &status);
  expect(status, "fold case");
  return out.first(static_cast<std::size_t>(n));
}

units lowered(std::span<const char16_t> text, scratch& s) {
  const units out = s.take<char16_t>(3 * text.size() + 1);
  UErrorCode status = U_ZERO_ERROR;
  const auto n = u_strToLower(out.data(), length(out.size()), text.data(), length(text.size()), "", &status);
  expect(status, "lowercase");
  return out.first(static_cast<std::size_t>(n));
}

/// ICU's versions differ in whether these two join words (UAX #29 leaves it to tailoring); here they never do.
units untailored(units text) {
  for (char16_t& c : text)
    if (c == u'@' || c == u':') c = u' ';
  return text;
}

bool letter(UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_L_MASK) != 0; }

bool letter_or_number(UChar32 c) { return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0; }

/// Python's `\w`: str.isalnum() or the underscore.
bool python_word(UChar32 c) {
  return letter(c) || c == '_' || u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

bool has_letter_or_number(std::span<const char16_t> text) {
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c;
    U16_NEXT(text.data(), i, text.size(), c);
    if (letter_or_number(c)) return true;
  }
  return false;
}

struct close {
  void operator()(UBreakIterator* b) const noexcept { ubrk_close(b); }
};
using word_breaks = std::unique_ptr<UBreakIterator, close>;

word_breaks open_word_breaks() {
  UErrorCode status = U_ZERO_ERROR;
  word_breaks breaks(ubrk_open(UBRK_WORD, "", nullptr, 0, &status));
  expect(status, "open its word boundaries");
  return breaks;
}

/// Opening one costs about as much as splitting 10 KB; each thread keeps its own.
UBreakIterator* breaks_of(std::span<const char16_t> text) {
  thread_local const word_breaks breaks = open_word_breaks();
  UErrorCode status = U_ZERO_ERROR;
  ubrk_setText(breaks.get(), text.data(), length(text.size()), &status);
  expect(status, "find word boundaries");
  return breaks.get();
}

void words_by_boundary(std::span<const char16_t> text, scratch& s, function_ref<void(std::string_view)> word) {
  UBreakIterator* const breaks = breaks_of(text);
  for (std::int32_t begin = ubrk_first(breaks), end = ubrk_next(breaks); end != UBRK_DONE;
       begin = end, end = ubrk_next(breaks)) {
    const auto segment = text.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    if (has_letter_or_number(segment)) word(to_utf8(folded(segment, s), s));
  }
}

void words_by_pattern(std::span<const char16_t> text, scratch& s, function_ref<void(std::string_view)> word) {
  std::size_t begin = 0, characters = 0;
  const auto finish = [&](std::size_t end) {
    if (characters >= 2) word(to_utf8(text.subspan(begin, end - begin), s));
    characters = 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t at = i;
    UChar32 c;
    U16_NEXT(text.data(), i, text.size(), c);
    if (!python_word(c)) finish(at);
    else if (characters++ == 0) begin = at;
  }
  finish(text.size());
}

/// The first bytes of a text, not ending within a character.
std::size_t piece(std::string_view text, std::size_t most = largest_piece) {
  if (text.size() <= most) return text.size();
  std::size_t n = most;
  while (n > most - 3 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  return n;
}

/// The same in smaller pieces, which end after a space or a newline where there is one: what a character becomes does not
/// depend on characters beyond it.
std::size_t small(std::string_view text) {
  if (text.size() <= small_piece) return text.size();
  const std::size_t space = text.find_last_of(" \n", small_piece - 1);
  return space == text.npos ? piece(text, small_piece) : space + 1;
}

const UNormalizer2* nfkc_normalizer() {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* const n = unorm2_getNFKCInstance(&status);
  expect(status, "open its normal form NFKC");
  return n;
}

units normalized(std::span<const char16_t> text, scratch& s) {
  units out = s.take<char16_t>(2 * text.size() + 64);
  for (;;) {
    UErrorCode status = U_ZERO_ERROR;
    const auto n = static_cast<std::size_t>(
        unorm2_normalize(nfkc_normalizer(), text.data(), length(text.size()), out.data(), length(out.size()), &status));
    if (status != U_BUFFER_OVERFLOW_ERROR) {
      expect(status, "normalise");
      return out.first(n);
    }
    out = s.take<char16_t>(n + 1);
  }
}

/// One piece in NFKC: the piece itself where it is that already.
std::string_view nfkc_piece(std::string_view text, scratch& s) {
  const units decoded = to_utf16(text, s);
  UErrorCode status = U_ZERO_ERROR;
  const auto check = unorm2_quickCheck(nfkc_normalizer(), decoded.data(), length(decoded.size()), &status);
  expect(status, "check the normal form");
  if (check == UNORM_YES && std::find(decoded.begin(), decoded.end(), u'\uFFFD') == decoded.end()) return text;
  return to_utf8(normalized(decoded, s), s);
}

std::string_view joined(std::span<const std::string_view> parts, scratch& s) {
  std::size_t size = 0, n = 0;
  for (const auto p : parts) size += p.size();
  const auto out = s.take<char>(size + readable_after);
  for (const auto p : parts) n += p.copy(out.data() + n, p.size());
  return {out.data(), n};
}

}  // namespace

void for_each_word(std::string_view text, word_rule rule, scratch& s, function_ref<void(std::string_view)> word) {
  while (!text.empty()) {
    const std::size_t n = piece(text);
    const units decoded = to_utf16(text.substr(0, n), s);
    if (rule == word_rule::unicode) words_by_boundary(untailored(decoded), s, word);
    else words_by_pattern(lowered(decoded, s), s, word);
    text.remove_prefix(n);
  }
}

std::string fold(std::string_view text) {
  std::string out;
  scratch& s = scratch::local();
  while (!text.empty()) {
    const scratch::frame frame(s);
    const std::size_t n = piece(text);
    out += to_utf8(folded(to_utf16(text.substr(0, n), s), s), s);
    text.remove_prefix(n);
  }
  return out;
}

std::string_view in_one_case(std::string_view text, word_rule rule, scratch& s) {
  const auto out = s.take<char>(3 * text.size() + readable_after);
  std::size_t n = 0;
  while (!text.empty()) {
    const scratch::frame frame(s);
    const std::size_t size = small(text);
    const units decoded = to_utf16(text.substr(0, size), s);
    n += encode(rule == word_rule::unicode ? folded(decoded, s) : lowered(decoded, s), out.data() + n);
    text.remove_prefix(size);
  }
  return {out.data(), n};
}

std::string_view nfkc(std::string_view text, scratch& s) {
  if (text.size() <= largest_piece) return nfkc_piece(text, s);
  const auto parts = s.take<std::string_view>(2 * text.size() / largest_piece + 2);
  std::size_t n = 0;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(piece(rest)))
    parts[n++] = nfkc_piece(rest.substr(0, piece(rest)), s);
  return joined(parts.first(n), s);
}

std::string simplifying_rules() {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UTransliterator, decltype(&utrans_close)> rules(
      utrans_openU(u"Traditional-Simplified", -1, UTRANS_FORWARD, nullptr, 0, nullptr, &status), &utrans_close);
  expect(status, "open Traditional-Simplified");
  const auto size = utrans_toRules(rules.get(), 0, nullptr, 0, &status);
  status = U_ZERO_ERROR;
  std::u16string text(static_cast<std::size_t>(size), u'\0');
  utrans_toRules(rules.get(), 0, text.data(), size, &status);
  expect(status, "tell the rules of Traditional-Simplified");
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  return std::string(to_utf8(text, s));
}

namespace {
constexpr std::uint32_t is_block = 1u << 16;
constexpr std::string_view block_prefix = "block ";
}  // namespace

std::uint32_t script_of(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  const auto script = uscript_getScript(static_cast<UChar32>(c), &status);
  if (U_SUCCESS(status) && script > USCRIPT_INHERITED && script != USCRIPT_UNKNOWN)
    return static_cast<std::uint32_t>(script);
  return is_block | static_cast<std::uint32_t>(ublock_getCode(static_cast<UChar32>(c)));
}

std::string script_name(std::uint32_t script) {
  const auto value = static_cast<std::int32_t>(script & ~is_block);
  if ((script & is_block) == 0) return u_getPropertyValueName(UCHAR_SCRIPT, value, U_SHORT_PROPERTY_NAME);
  return std::string(block_prefix) + u_getPropertyValueName(UCHAR_BLOCK, value, U_LONG_PROPERTY_NAME);
}

std::optional<std::uint32_t> script_by_name(const std::string& name) {
  const bool block = name.rfind(block_prefix, 0) == 0;
  const auto value = block ? u_getPropertyValueEnum(UCHAR_BLOCK, name.c_str() + block_prefix.size())
                           : u_getPropertyValueEnum(UCHAR_SCRIPT, name.c_str());
  if (value == UCHAR_INVALID_CODE) return std::nullopt;
  return static_cast<std::uint32_t>(value) | (block ? is_block : 0);
}

character_class class_of(char32_t c) {
  const auto character = static_cast<UChar32>(c);
  const auto mask = U_GET_GC_MASK(character);
  if ((mask & (U_GC_P_MASK | U_GC_S_MASK)) != 0) return character_class::punctuation;
  if ((mask & U_GC_ND_MASK) != 0) return character_class::digit;
  if ((mask & (U_GC_Z_MASK | U_GC_CC_MASK)) != 0) return character_class::space;
  return character_class::other;
}

}  // namespace bespoke::unicode

#else

namespace bespoke::unicode {
namespace {

[[noreturn]] void refuse() {
  throw error(errc::unsupported, {.stage = "words",
                                  .problem = "text is not all ASCII, and this build has no ICU",
                                  .advice = "build with BESPOKE_WITH_ICU=ON"});
}

}  // namespace

void for_each_word(std::string_view, word_rule, scratch&, function_ref<void(std::string_view)>) { refuse(); }

std::string fold(std::string_view) { refuse(); }

std::string_view in_one_case(std::string_view, word_rule, scratch&) { refuse(); }

std::string_view nfkc(std::string_view, scratch&) { refuse(); }

std::string simplifying_rules() { refuse(); }

std::uint32_t script_of(char32_t) { refuse(); }

std::string script_name(std::uint32_t) { refuse(); }

std::optional<std::uint32_t> script_by_name(const std::string&) { refuse(); }

character_class class_of(char32_t) { refuse(); }

}  // namespace bespoke::unicode

#endif
