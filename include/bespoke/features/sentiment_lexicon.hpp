// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words and phrases with their valence: how much good or bad a word says. What `sentiment` looks words up in, and what
// `learned_sentiment` learns.
//
//     auto words = read_vader("vader_lexicon.txt").merged({{"unkaputtbar", 2.5}, {"out of stock", -1.5}});
//     field("body", &Post::body) | features::sentiment{.lexicon = words}

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::features {

/// A word, a phrase ("fed up"), an emoticon or an emoji, and its valence: VADER's range is −4 … 4, AFINN's −5 … 5.
struct word_valence {
  std::string word{};
  double valence = 0;
  friend bool operator==(const word_valence&, const word_valence&) = default;
};

/// A value: never changes, copies share it. Words are kept as they are spelled; rules say how they are looked up.
/// Thread safety: const calls from any thread.
class sentiment_lexicon {
 public:
  /// Without words.
  sentiment_lexicon();
  /// A word given twice has the last valence. Throws errc::invalid_argument for a word that is empty or longer than 256
  /// bytes, and for a valence that is not finite or outside −100 … 100. O(n log n).
  sentiment_lexicon(std::vector<word_valence> words);
  sentiment_lexicon(std::initializer_list<word_valence> words) : sentiment_lexicon(std::vector<word_valence>(words)) {}

  /// This project's own lexicon, written for it: about 1,600 forms of English words, 900 Chinese words, some emoticons
  /// and emoji. Valences are our judgement, −4 … 4.
  static const sentiment_lexicon& standard();

  std::size_t size() const noexcept { return words_->size(); }
  /// All of them, in the order of their bytes.
  std::span<const word_valence> words() const noexcept { return *words_; }
  /// Of a word spelled like this. O(log n).
  std::optional<double> valence(std::string_view word) const noexcept;

  /// These and those of `others`, whose valences win. O(n log n).
  sentiment_lexicon merged(const sentiment_lexicon& others) const;
  /// These without some. O(n log n).
  sentiment_lexicon without(std::span<const std::string> words) const;

  friend bool operator==(const sentiment_lexicon& a, const sentiment_lexicon& b) { return *a.words_ == *b.words_; }

 private:
  std::shared_ptr<const std::vector<word_valence>> words_;
};

/// Reads a file as VADER has it (Hutto and Gilbert 2014; the file is MIT): UTF-8, on each line a word, a tab and its valence;
/// what follows a second tab is ignored, as are empty lines. White space around a line is none of the word.
/// Throws errc::io, errc::encoding for a line that is not UTF-8, errc::parse for a line without a tab or without a number
/// behind it, and errc::invalid_argument for a word or valence out of range, each with the line; errc::empty_input for a
/// file without words. O(bytes).
sentiment_lexicon read_vader(const std::filesystem::path& path);

/// Reads a file as AFINN has it (Nielsen 2011; AFINN-en-165 is Apache-2.0): UTF-8, on each line a word or phrase, a tab and a
/// whole number. Throws as read_vader, errc::parse also for a number with a fraction and for a second tab.
sentiment_lexicon read_afinn(const std::filesystem::path& path);

}  // namespace bespoke::features
