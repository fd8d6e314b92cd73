// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/sentiment_lexicon.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <utility>

#include "preprocess/characters.hpp"
#include "sentiment_words.hpp"

namespace bespoke::features {
namespace {

constexpr std::size_t longest_word = 256;
constexpr double largest_valence = 100;

bool by_word(const word_valence& a, const word_valence& b) { return a.word < b.word; }

bool is_utf8(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (next_character(text, at) == 0xFFFD && text.substr(before, 3) != replacement) return false;
  }
  return true;
}

/// What is wrong with an entry: empty if nothing is.
error_details problem_of(const word_valence& w) {
  if (w.word.empty() || w.word.size() > longest_word)
    return {.stage = "sentiment_lexicon",
            .expected = fmt::format("a word of 1 to {} bytes", longest_word),
            .got = w.word.empty() ? "an empty one" : in_quotes(w.word)};
  if (!is_utf8(w.word)) return {.stage = "sentiment_lexicon", .expected = "a word in UTF-8", .got = in_quotes(w.word)};
  if (!(std::fabs(w.valence) <= largest_valence))
    return {.stage = "sentiment_lexicon",
            .expected = fmt::format("a valence from -{0:g} to {0:g}", largest_valence),
            .got = fmt::format("{:g} for {}", w.valence, in_quotes(w.word))};
  return {};
}

bool is_fine(const error_details& d) { return d.stage.empty(); }

/// Sorted by word; of equal ones the last.
std::vector<word_valence> in_order(std::vector<word_valence> words) {
  std::stable_sort(words.begin(), words.end(), by_word);
  std::size_t n = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (i + 1 == words.size() || words[i].word != words[i + 1].word) {
      if (n != i) words[n] = std::move(words[i]);
      ++n;
    }
  words.resize(n);
  return words;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// One of the two kinds of files.
struct file_format {
  const char* reader;
  bool whole_numbers;  // and nothing behind them
  const char* expected;
};

class file_reader {
 public:
  file_reader(const std::filesystem::path& path, file_format format) : path_(path.string()), format_(format) {}

  sentiment_lexicon read() {
    std::ifstream file(path_, std::ios::binary);
    if (!file) fail(errc::io, {.problem = std::string("cannot be read: ") + std::strerror(errno)});
    std::vector<word_valence> words;
    for (std::string line; std::getline(file, line);) {
      ++line_;
      if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      if (const auto kept = trimmed(line); !kept.empty()) words.push_back(entry(kept));
    }
    if (file.bad()) fail(errc::io, {.problem = "reading it failed"});
    line_ = 0;
    if (words.empty()) fail(errc::empty_input, {.problem = "it has no words"});
    return sentiment_lexicon(std::move(words));
  }

 private:
  [[noreturn]] void fail(errc code, error_details d) const {
    d.stage = format_.reader;
    d.source = path_;
    if (line_ > 0) d.line = line_;
    throw error(code, std::move(d));
  }

  word_valence entry(std::string_view line) const {
    if (!is_utf8(line)) fail(errc::encoding, {.expected = "UTF-8", .got = in_quotes(line)});
    const std::size_t tab = line.find('\t');
    if (tab == line.npos) malformed(line);
    const std::string_view rest = line.substr(tab + 1), number = rest.substr(0, rest.find('\t'));
    word_valence w{std::string(trimmed(line.substr(0, tab))), 0};
    const auto end = std::from_chars(number.data(), number.data() + number.size(), w.valence);
    if (end.ec != std::errc{} || end.ptr != number.data() + number.size()) malformed(line);
    if (format_.whole_numbers && (number.size() != rest.size() || w.valence != std::trunc(w.valence))) malformed(line);
    if (auto problem = problem_of(w); !is_fine(problem)) fail(errc::invalid_argument, std::move(problem));
    return w;
  }

  [[noreturn]] void malformed(std::string_view line) const {
    fail(errc::parse, {.expected = format_.expected, .got = in_quotes(line)});
  }

  std::string path_;
  file_format format_;
  std::size_t line_ = 0;  // 0: none
};

void add_words(std::vector<word_valence>& all, const valence_group& group, bool phrases) {
  std::string_view rest = group.words;
  while (!(rest = rest.substr(std::min(rest.find_first_not_of(" \n"), rest.size()))).empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
    std::string word(rest.substr(0, end));
    if (phrases) std::replace(word.begin(), word.end(), '_', ' ');
    all.push_back({std::move(word), group.valence});
    rest.remove_prefix(end);
  }
}

}  // namespace

sentiment_lexicon::sentiment_lexicon() : words_(std::make_shared<const std::vector<word_valence>>()) {}

sentiment_lexicon::sentiment_lexicon(std::vector<word_valence> words) {
  for (const word_valence& w : words)
    if (auto problem = problem_of(w); !is_fine(problem)) throw error(errc::invalid_argument, std::move(problem));
  words_ = std::make_shared<const std::vector<word_valence>>(in_order(std::move(words)));
}

const sentiment_lexicon& sentiment_lexicon::standard() {
  static const sentiment_lexicon own = [] {
    std::vector<word_valence> all;
    for (const auto groups : {english_valences(), chinese_valences()})
      for (const valence_group& group : groups) add_words(all, group, true);
    for (const valence_group& group : sign_valences()) add_words(all, group, false);
    return sentiment_lexicon(std::move(all));
  }();
  return own;
}

std::optional<double> sentiment_lexicon::valence(std::string_view word) const noexcept {
  const auto at = std::lower_bound(words_->begin(), words_->end(), word,
                                   [](const word_valence& w, std::string_view asked) { return w.word < asked; });
  if (at == words_->end() || at->word != word) return std::nullopt;
  return at->valence;
}

sentiment_lexicon sentiment_lexicon::merged(const sentiment_lexicon& others) const {
  std::vector<word_valence> all(words_->begin(), words_->end());
  all.insert(all.end(), others.words_->begin(), others.words_->end());
  return sentiment_lexicon(std::move(all));
}

sentiment_lexicon sentiment_lexicon::without(std::span<const std::string> words) const {
  std::vector<std::string_view> dropped(words.begin(), words.end());
  std::sort(dropped.begin(), dropped.end());
  std::vector<word_valence> kept;
  for (const word_valence& w : *words_)
    if (!std::binary_search(dropped.begin(), dropped.end(), std::string_view(w.word))) kept.push_back(w);
  return sentiment_lexicon(std::move(kept));
}

sentiment_lexicon read_vader(const std::filesystem::path& path) {
  return file_reader(path, {"read_vader", false, "a word, a tab and a number"}).read();
}

sentiment_lexicon read_afinn(const std::filesystem::path& path) {
  return file_reader(path, {"read_afinn", true, "a word, a tab and a whole number"}).read();
}

}  // namespace bespoke::features
