// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/fold.hpp>
#include <bespoke/preprocess/words.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "ascii.hpp"
#include "unicode.hpp"

namespace bespoke {
namespace {

/// Of each ASCII character: bit 0 letter, bit 1 digit, bit 2 joins two letters ("can't"), bit 3 joins two digits ("3.14").
constexpr std::array<std::uint8_t, 128> joining = [] {
  std::array<std::uint8_t, 128> of{};
  for (std::size_t c = 'a'; c <= 'z'; ++c) of[c] = 1;
  for (std::size_t c = '0'; c <= '9'; ++c) of[c] = 2;
  of['.'] = of['\''] = 4 | 8;
  of[','] = of[';'] = 8;
  return of;
}();

/// A text in lower case with a bit for each byte: is it a word's, is it not ASCII.
struct classified {
  std::span<char> lower;
  std::span<std::uint64_t> word, high;
  bool ascii = true;
};

classified classify(std::string_view text, scratch& s) {
  const std::size_t n = ascii::strides(text.size()), whole = text.size() / ascii::stride;
  classified c{s.take<char>(n * ascii::stride + 16), s.take<std::uint64_t>(n), s.take<std::uint64_t>(n)};
  std::uint64_t high = 0;
  const auto add = [&](std::size_t i, const char* from) {
    const ascii::masks m = ascii::lower(from, c.lower.data() + i * ascii::stride);
    c.word[i] = m.word;
    c.high[i] = m.high;
    high |= m.high;
  };
  for (std::size_t i = 0; i < whole; ++i) add(i, text.data() + i * ascii::stride);
  if (whole < n) {
    char rest[ascii::stride] = {};
    std::memcpy(rest, text.data() + whole * ascii::stride, text.size() - whole * ascii::stride);
    add(whole, rest);
  }
  c.ascii = high == 0;
  return c;
}

/// No word reaches over these, and what stands before and after one is split the same with or without the other side.
bool separates(char c) { return c == ' ' || c == '\n'; }

class splitter {
 public:
  splitter(std::string_view text, word_rule rule, scratch& s)
      : text_(text), rule_(rule), s_(s), c_(classify(text, s)), out_(s.take<std::string_view>(most_words())) {}

  std::span<const std::string_view> run() {
    if (c_.ascii) plain(0, text_.size());
    else mixed();
    return out_.first(n_);
  }

 private:
  // ASCII words have at least a byte between them; others may follow each other directly.
  std::size_t most_words() const {
    if (rule_ == word_rule::sklearn) return text_.size() / 3 + 1;
    return c_.ascii ? text_.size() / 2 + 1 : text_.size();
  }

  void add(std::string_view word) { out_[n_++] = word; }

  void plain(std::size_t at, std::size_t end) {
    if (rule_ == word_rule::sklearn) runs(at, end);
    else joined_runs(at, end);
  }

  void runs(std::size_t at, std::size_t end) {
    const std::uint64_t* const bits = c_.word.data();
    while ((at = ascii::find_set(bits, at, end)) < end) {
      const std::size_t stop = ascii::find_clear(bits, at, end);
      out_[n_] = {c_.lower.data() + at, stop - at};
      n_ += stop - at > 1;
      at = stop;
    }
  }

  /// UAX #29 for ASCII: letters, digits and underscores, and what joins two letters or two digits (WB5 to WB13b).
  void joined_runs(std::size_t at, std::size_t end) {
    const std::uint64_t* const bits = c_.word.data();
    const auto of = [&](std::size_t i) { return joining[static_cast<unsigned char>(c_.lower[i]) & 127]; };
    while ((at = ascii::find_set(bits, at, end)) < end) {
      std::size_t stop = ascii::find_clear(bits, at, end);
      while (stop + 1 < end && ((of(stop) >> 2) & of(stop - 1) & of(stop + 1) & 3) != 0)
        stop = ascii::find_clear(bits, stop + 1, end);
      const std::string_view word{c_.lower.data() + at, stop - at};
      if (word[0] != '_' || word.find_first_not_of('_') != word.npos) add(word);
      at = stop;
    }
  }

  /// ICU gets the stretches between separators that have other characters, the fast path those between them.
  void mixed() {
    const std::uint64_t* const high = c_.high.data();
    const std::size_t end = text_.size();
    for (std::size_t at = 0; at < end;) {
      const std::size_t odd = ascii::find_set(high, at, end);
      const std::size_t begin = odd == end ? end : start_of_stretch(at, odd);
      plain(at, begin);
      at = begin < end ? end_of_stretch(odd) : end;
      unicode::for_each_word(text_.substr(begin, at - begin), rule_, s_, [&](std::string_view word) { add(word); });
    }
  }

  // The separator goes along: a combining mark that follows belongs to it.
  std::size_t start_of_stretch(std::size_t low, std::size_t at) const {
    while (at > low && !separates(text_[at])) --at;
    return at;
  }

  /// The end of the last of the neighbouring stretches that have such characters.
  std::size_t end_of_stretch(std::size_t at) const {
    const std::size_t end = text_.size();
    for (;;) {
      while (at < end && !separates(text_[at])) ++at;
      std::size_t next = at < end ? at + 1 : end;
      bool odd = false;
      while (next < end && !separates(text_[next])) odd |= (static_cast<unsigned char>(text_[next++]) & 0x80) != 0;
      if (!odd) return at;
      at = next;
    }
  }

  std::string_view text_;
  word_rule rule_;
  scratch& s_;
  classified c_;
  std::span<std::string_view> out_;
  std::size_t n_ = 0;
};

}  // namespace

const char* name(word_rule rule) noexcept { return rule == word_rule::unicode ? "unicode" : "sklearn"; }

std::span<const std::string_view> split_words(std::string_view text, word_rule rule, scratch& s) {
  return splitter(text, rule, s).run();
}

std::string fold_case(std::string_view text) {
  const auto high = [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; };
  if (std::any_of(text.begin(), text.end(), high)) return unicode::fold(text);
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

preprocess::words::fitted::output_type preprocess::words::fitted::operator()(std::string_view text, scratch& s) const {
  const scratch::frame frame(s);
  const auto found = split_words(text, rule, s);
  return {found.begin(), found.end()};
}

}  // namespace bespoke
