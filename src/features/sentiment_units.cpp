// SPDX-License-Identifier: Apache-2.0
// A text as words, phrases, emoticons and emoji, with the ends of sentences.
#include <bespoke/preprocess/words.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "preprocess/characters.hpp"
#include "preprocess/unicode.hpp"
#include "sentiment_terms.hpp"

namespace bespoke::features::detail {
namespace {

constexpr std::string_view curly = "\xE2\x80\x99";  // ’
constexpr std::size_t longest_emoticon = 16;

bool high(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr auto word_characters = [] {
  std::array<bool, 256> of{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
    of[static_cast<unsigned char>(c)] = true;
  return of;
}();
bool of_word(char c) { return word_characters[static_cast<unsigned char>(c)]; }
bool white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view without_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(".,!?");
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

/// As many units as a text can have: words of ASCII and what separates them, and one for each other byte.
std::size_t most_units(std::string_view text) {
  std::size_t changes = 2, others = 0;
  bool before = false;
  for (const char c : text) {
    const bool now = of_word(c);
    changes += now != before;
    others += high(c);
    before = now;
  }
  return changes + others;
}

class unit_finder {
 public:
  unit_finder(std::string_view text, const sentiment_terms* terms, scratch& s)
      : text_(text),
        terms_(terms),
        s_(s),
        out_(s.take<unit>(most_units(text))),
        folded_(s.take<char>(is_ascii(text) ? text.size() + 1 : 4 * text.size() + 64)) {}

  std::span<unit> run() {
    for (std::size_t at = 0; at < text_.size();) {
      while (at < text_.size() && white(text_[at])) ++at;
      std::size_t end = at;
      while (end < text_.size() && !white(text_[end])) ++end;
      chunk(text_.substr(at, end - at));
      at = end;
    }
    if (terms_ != nullptr) join_phrases();
    return out_.first(n_);
  }

 private:
  void push(std::string_view word, const term* known, bool capitals) {
    if (n_ == out_.size()) return;
    out_[n_++] = {word, known, capitals, sentence_, clause_, parted_};
    sentence_ = clause_ = parted_ = false;
  }

  bool push_sign(std::string_view raw) {
    if (terms_ == nullptr || !terms_->has_signs() || raw.empty()) return false;
    const term* known = terms_->sign(raw);
    if (known == nullptr) return false;
    push(raw, known, false);
    return true;
  }

  /// What stands between white space: an emoticon, or words with punctuation around them.
  void chunk(std::string_view c) {
    if (c.size() <= longest_emoticon && !std::all_of(c.begin(), c.end(), of_word)) {
      if (push_sign(c)) return;
      if (const auto kept = without_end(c); push_sign(kept)) return separate(c.substr(kept.size()));
    }
    for (std::size_t at = 0; at < c.size();) {
      const std::size_t end = end_of_word(c, at);
      if (end > at) word(c.substr(at, end - at));
      at = end > at ? end : end_of_gap(c, at);
    }
  }

  static bool word_at(std::string_view c, std::size_t at) {
    if (at >= c.size()) return false;
    if (!high(c[at])) return of_word(c[at]);
    const char32_t character = next_character(c, at);
    if (character == 0xFFFD) return false;
    const auto what = unicode::class_of(character);
    return what == unicode::character_class::other || what == unicode::character_class::digit;
  }

  /// An apostrophe joins what stands on its sides, a full stop digits only: "good.But" is two words.
  static std::size_t end_of_word(std::string_view c, std::size_t at) {
    while (word_at(c, at)) {
      do at += high(c[at]) ? character_bytes(c[at]) : 1;
      while (word_at(c, at));
      const std::size_t joint = c.substr(at).starts_with(curly) ? curly.size() : 1;
      if (at >= c.size() || !word_at(c, at + joint)) return at;
      const bool joins = joint > 1 || c[at] == '\'' || (c[at] == '.' && digit(c[at - 1]) && digit(c[at + 1]));
      if (!joins) return at;
      at += joint;
    }
    return at;
  }

  /// Punctuation of ASCII up to the next word, or one other character.
  std::size_t end_of_gap(std::string_view c, std::size_t at) {
    std::size_t end = at;
    if (high(c[at])) {
      const char32_t character = next_character(c, end);
      push_sign(c.substr(at, end - at));
      separate(character);
      return end;
    }
    while (end < c.size() && !high(c[end]) && !of_word(c[end])) ++end;
    const auto gap = c.substr(at, end - at);
    if (at > 0 && gap.size() > 1 && !push_sign(gap)) push_sign(without_end(gap));
    separate(gap);
    return end;
  }

  void separate(std::string_view gap) {
    sentence_ |= gap.find_first_of(".!?;") != gap.npos;
    parted_ |= gap.find_first_not_of('-') != gap.npos;
  }
  void separate(char32_t c) {
    sentence_ |= c == U'。' || c == U'！' || c == U'？' || c == U'；';
    clause_ |= c == U'，' || c == U'、';
    parted_ |= c == 0xFFFD || unicode::class_of(c) != unicode::character_class::space;
  }

  void word(std::string_view raw) {
    const bool plain = is_ascii(raw);
    const std::string_view copy = plain ? keep(raw) : keep_straight(raw);
    if (!plain && !is_ascii(copy)) return split(copy);
    bool lower = false, upper = false, other = false;
    char* const to = folded_.data() + (copy.data() - folded_.data());
    for (std::size_t i = 0; i < copy.size(); ++i) {
      const bool capital = copy[i] >= 'A' && copy[i] <= 'Z';
      upper |= capital;
      lower |= !capital && letter(copy[i]);
      other |= copy[i] != '_';
      if (capital) to[i] = static_cast<char>(copy[i] | 0x20);
    }
    if (other) push(copy, nullptr, upper && !lower);
  }

  std::string_view keep(std::string_view bytes) {
    if (folded_.size() - used_ < bytes.size()) return {};
    char* const to = folded_.data() + used_;
    std::memcpy(to, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {to, bytes.size()};
  }

  /// A copy with plain apostrophes.
  std::string_view keep_straight(std::string_view raw) {
    const std::size_t begin = used_;
    for (std::size_t at = 0; at < raw.size();) {
      const std::size_t next = std::min(raw.find(curly, at), raw.size());
      keep(raw.substr(at, next - at));
      if (next < raw.size()) keep("'");
      at = next + (next < raw.size() ? curly.size() : 0);
    }
    return {folded_.data() + begin, used_ - begin};
  }

  void split(std::string_view raw) {
    const scratch::frame frame(s_);
    for (const std::string_view w : split_words(raw, word_rule::unicode, s_))
      if (const auto kept = keep(w); !kept.empty() && !push_apart(kept)) push(kept, nullptr, false);
  }

  /// ICU's dictionary has "very good" (很好) and "I do not" (我不) as words. Where the lexicon does not, a word of degree or
  /// negation before one of the lexicon is a unit of its own, and so is a word of negation at the end.
  bool push_apart(std::string_view word) {
    if (terms_ == nullptr || character_bytes(word[0]) < 3 || terms_->word(word) != nullptr) return false;
    for (std::size_t at = character_bytes(word[0]); at < word.size(); at += character_bytes(word[at])) {
      const term* first = terms_->word(word.substr(0, at));
      const term* rest = terms_->word(word.substr(at));
      if (rest == nullptr) continue;
      const bool modifies = first != nullptr && (first->degree != 0 || first->negates);
      if (!rest->negates && !(modifies && rest->scored)) continue;
      push(word.substr(0, at), first, false);
      push(word.substr(at), rest, false);
      return true;
    }
    return false;
  }

  void join_phrases() {
    const auto key = s_.take<char>(terms_->longest_bytes() + 1);
    std::size_t n = 0;
    for (std::size_t i = 0; i < n_; ++n) {
      unit u = out_[i];
      std::size_t words = 1;
      if (u.known == nullptr && (u.known = terms_->word(u.word)) != nullptr)
        for (std::size_t k = std::min<std::size_t>(u.known->longest, n_ - i); k > 1; --k)
          if (const term* t = phrase(i, k, key, u.word)) {
            u.known = t;
            words = k;
            break;
          }
      for (std::size_t k = 1; k < words; ++k) u.capitals = u.capitals && out_[i + k].capitals;
      out_[n] = u;
      i += words;
    }
    n_ = n;
  }

  /// The term of `k` units from `first` on; `word` becomes their words.
  const term* phrase(std::size_t first, std::size_t k, std::span<char> key, std::string_view& word) {
    std::size_t size = 0;
    for (std::size_t j = first; j < first + k; ++j) {
      const unit& u = out_[j];
      if (u.word.size() + 1 > key.size() - size || (j > first && (u.parted || u.known))) return nullptr;
      std::memcpy(key.data() + size, u.word.data(), u.word.size());
      size += u.word.size();
      key[size++] = ' ';
    }
    const std::string_view asked(key.data(), size - 1);
    const term* t = terms_->word(asked);
    if (t == nullptr) return nullptr;
    const auto copy = s_.take<char>(asked.size());
    std::memcpy(copy.data(), asked.data(), asked.size());
    word = {copy.data(), copy.size()};
    return t;
  }

  std::string_view text_;
  const sentiment_terms* terms_;
  scratch& s_;
  std::span<unit> out_;
  std::span<char> folded_;
  std::size_t n_ = 0, used_ = 0;
  bool sentence_ = true, clause_ = false, parted_ = true;
};

}  // namespace

std::span<unit> units_of(std::string_view text, const sentiment_terms* terms, scratch& s) {
  return unit_finder(text, terms, s).run();
}

}  // namespace bespoke::features::detail
