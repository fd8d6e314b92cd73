// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rules of sentiment know of a word, ready to be looked up; and a text as units: words, phrases, emoticons.

#include <bespoke/core/scratch.hpp>
#include <bespoke/features/sentiment.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bespoke::features::detail {

/// VADER's constants.
inline constexpr double degree_step = 0.293, capitals_step = 0.733, negation_factor = -0.74;

/// What is known of a word or a phrase.
struct term {
  double valence = 0;
  double degree = 0;    ///< what it adds to a word behind it
  bool scored = false;  ///< the lexicon has it
  bool negates = false;
  bool contrasts = false;    ///< "but"
  std::uint8_t longest = 1;  ///< words of the longest phrase that begins with this word
};

/// Terms by their spelling: collected in a map, then looked up in a table beside it that fits in cache. What nearly every
/// word of a text finds is an empty place.
class known_terms {
 public:
  term& operator[](std::string_view key) { return terms_[std::string(key)]; }
  const term* collected(const std::string& key) const {
    const auto at = terms_.find(key);
    return at == terms_.end() ? nullptr : &at->second;
  }
  void finish();  ///< before the first `find`; nothing is added after it
  const term* find(std::string_view key) const noexcept {
    const std::size_t hash = std::hash<std::string_view>()(key);
    for (std::size_t at = hash & mask_; places_[at].entry != nullptr; at = (at + 1) & mask_)
      if (places_[at].hash == hash && places_[at].entry->first == key) return &places_[at].entry->second;
    return nullptr;
  }
  bool empty() const noexcept { return terms_.empty(); }

 private:
  using map = std::unordered_map<std::string, term>;
  struct place {
    std::size_t hash = 0;
    const map::value_type* entry = nullptr;
  };
  map terms_;
  std::vector<place> places_;  // at least half of them empty
  std::size_t mask_ = 0;
};

/// The words of a lexicon and the rules' own, under the spelling that a rule looks for. Thread safety: const calls.
class sentiment_terms {
 public:
  sentiment_terms(const sentiment_lexicon& lexicon, polarity_rule rule);
  sentiment_terms(const sentiment_terms&) = delete;
  sentiment_terms& operator=(const sentiment_terms&) = delete;

  /// Of a folded word, or of folded words with a space between them; null where nothing is known.
  const term* word(std::string_view folded) const noexcept { return words_.find(folded); }
  /// Of an emoticon or emoji, as it is spelled.
  const term* sign(std::string_view raw) const noexcept { return signs_.find(raw); }
  bool has_signs() const noexcept { return !signs_.empty(); }
  std::size_t longest_bytes() const noexcept { return longest_bytes_; }  ///< of what `word` knows

 private:
  term& entry(std::string_view phrase, scratch& s);
  void add_vader(const sentiment_lexicon& lexicon);
  void add_words(const sentiment_lexicon& lexicon, scratch& s);
  void add_idioms(scratch& s);
  void add_modifiers(scratch& s);

  known_terms words_, signs_;
  std::size_t longest_bytes_ = 0;
};

/// A word, a phrase or an emoticon of a text.
struct unit {
  std::string_view word{};      ///< folded; of a phrase its words with spaces
  const term* known = nullptr;  ///< null: the rules know nothing of it
  bool capitals = false;        ///< all of its letters are
  bool sentence = false;        ///< a sentence begins here
  bool clause = false;          ///< a part of one
  bool parted = false;          ///< more than white space or hyphens stands before it
};

/// The units of a text, in `s`, as word_rule::unicode finds words; with `terms`, phrases longest first, emoticons and emoji.
std::span<unit> units_of(std::string_view text, const sentiment_terms* terms, scratch& s);

/// A text's units and what each says, after all rules.
struct valued_units {
  std::span<const unit> units{};
  std::span<double> valences{};
  double emphasis = 0;  ///< of "!" and "?"
};

valued_units graded_units(std::string_view text, const sentiment_terms& terms, scratch& s);
valued_units summed_units(std::string_view text, const sentiment_terms& terms, scratch& s);
valued_units vader_units(std::string_view text, const sentiment_terms& terms, scratch& s);

/// .292 for each of up to four exclamation marks; .18 for each of two or three question marks, .96 for more.
double emphasis_of(std::size_t exclamations, std::size_t questions);

}  // namespace bespoke::features::detail
