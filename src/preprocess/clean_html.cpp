// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "characters.hpp"
#include "clean_entities.hpp"
#include "clean_steps.hpp"

namespace bespoke::preprocess::detail {
namespace {

constexpr std::size_t none = std::string_view::npos;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

bool same_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

/// Tags inside a line of text, which leave no space; in order.
constexpr std::array<std::string_view, 31> inline_tags{
    "a",      "abbr",   "acronym", "b",   "bdi",  "bdo",  "big", "cite", "code", "del",   "dfn",
    "em",     "font",   "i",       "ins", "kbd",  "mark", "q",   "s",    "samp", "small", "span",
    "strike", "strong", "sub",     "sup", "time", "tt",   "u",   "var",  "wbr"};

/// Where things next occur. Positions are asked for in ascending order, so that all searches together are O(text).
class searcher {
 public:
  explicit searcher(std::string_view text) : text_(text) {}

  enum what { greater, quote, apostrophe, comment_end };
  std::size_t next(what w, std::size_t at) {
    static constexpr std::array<std::string_view, 4> patterns{">", "\"", "'", "-->"};
    std::size_t& found = next_[w];
    if (found != none && found < at) found = text_.find(patterns[w], at);
    return found;
  }

  /// The closing tag of a script or style.
  std::size_t closing(bool style, std::size_t at) {
    if (never_closed_[style]) return none;
    for (std::size_t i = text_.find("</", at); i != none; i = text_.find("</", i + 2))
      if (same_word(text_.substr(i + 2), style ? "style" : "script")) return i;
    never_closed_[style] = true;
    return none;
  }

 private:
  std::string_view text_;
  std::array<std::size_t, 4> next_{};
  std::array<bool, 2> never_closed_{};
};

class html_cleaner {
 public:
  html_cleaner(std::string_view text, std::span<char> out) : text_(text), out_(out.data()), search_(text) {}

  std::size_t run() {
    while (at_ < text_.size()) {
      std::size_t next = at_;
      while (next < text_.size() && text_[next] != '<' && text_[next] != '&') ++next;
      n_ += text_.copy(out_ + n_, next - at_, at_);
      at_ = next;
      if (at_ == text_.size()) break;
      if (!(text_[at_] == '<' ? tag() : entity())) out_[n_++] = text_[at_++];
    }
    return n_;
  }

 private:
  char ahead(std::size_t i) const { return at_ + i < text_.size() ? text_[at_ + i] : '\0'; }

  bool tag() {
    if (text_.substr(at_, 4) == "<!--") return skip_to(search_.next(searcher::comment_end, at_ + 4), 3, false);
    const bool closing = ahead(1) == '/';
    const std::size_t begin = at_ + (closing ? 2 : 1);
    std::size_t end = begin;
    while (end < text_.size() && (letter(text_[end]) || digit(text_[end]))) ++end;
    const bool declaration = ahead(1) == '!' || ahead(1) == '?';
    if (!declaration && (end == begin || !letter(text_[begin]))) return false;
    const std::string_view name = text_.substr(begin, std::min<std::size_t>(end - begin, 8));
    if (!skip_to(end_of_tag(end), 1, !is_inline(name))) return false;
    if (!closing && (is(name, "script") || is(name, "style"))) skip_content(name);
    return true;
  }

  static bool is(std::string_view name, std::string_view other) {
    return name.size() == other.size() && same_word(name, other);
  }
  static bool is_inline(std::string_view name) {
    return std::any_of(inline_tags.begin(), inline_tags.end(), [&](std::string_view t) { return is(name, t); });
  }

  /// The next > that is in no quoted value.
  std::size_t end_of_tag(std::size_t at) {
    const std::size_t plain = search_.next(searcher::greater, at);
    if (plain == none) return none;
    for (std::size_t i = at; i < plain; ++i) {
      if ((text_[i] != '"' && text_[i] != '\'') || text_[i - 1] != '=') continue;
      const std::size_t close = search_.next(text_[i] == '"' ? searcher::quote : searcher::apostrophe, i + 1);
      if (close == none) return plain;
      if (close > plain) {
        const std::size_t after = text_.find_first_of("<>", close);
        return after != none && text_[after] == '>' ? after : plain;
      }
      i = close;
    }
    return plain;
  }

  bool skip_to(std::size_t end, std::size_t length, bool space) {
    if (end == none) return false;
    at_ = end + length;
    if (space) out_[n_++] = ' ';
    return true;
  }

  void skip_content(std::string_view name) {
    const std::size_t close = search_.closing(is(name, "style"), at_);
    if (close != none) at_ = close;
  }

  bool entity() {
    if (ahead(1) == '#') return number();
    std::size_t end = at_ + 1;
    while (end < text_.size() && end - at_ < 10 && (letter(text_[end]) || digit(text_[end]))) ++end;
    if (end == text_.size() || text_[end] != ';') return false;
    const char32_t c = html_character(text_.substr(at_ + 1, end - at_ - 1));
    if (c == 0) return false;
    put(c);
    at_ = end + 1;
    return true;
  }

  bool number() {
    const bool hex = lower(ahead(2)) == 'x';
    std::size_t i = at_ + (hex ? 3 : 2);
    const std::size_t begin = i;
    std::uint32_t value = 0;
    for (; i < text_.size(); ++i) {
      const char c = lower(text_[i]);
      if (!digit(c) && !(hex && c >= 'a' && c <= 'f')) break;
      const auto next = static_cast<std::uint32_t>(digit(c) ? c - '0' : c - 'a' + 10);
      value = std::min<std::uint32_t>(value * (hex ? 16 : 10) + next, 0x110000);
    }
    if (i == begin || i == text_.size() || text_[i] != ';') return false;
    put(character_of(value));
    at_ = i + 1;
    return true;
  }

  static char32_t character_of(std::uint32_t number) {
    static constexpr std::array<char16_t, 32> windows{0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                      0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                      0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                      0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    if (number >= 0x80 && number < 0xA0) return windows[number - 0x80];
    if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number < 0xE000)) return 0xFFFD;
    return number;
  }

  void put(char32_t c) { n_ += put_character(c, out_ + n_); }

  std::string_view text_;
  char* out_;
  searcher search_;
  std::size_t at_ = 0, n_ = 0;
};

}  // namespace

std::string_view without_html(std::string_view text, scratch& s) {
  if (text.find('<') == none && text.find('&') == none) return text;
  const auto out = s.take<char>(text.size());
  return {out.data(), html_cleaner(text, out).run()};
}

}  // namespace bespoke::preprocess::detail
