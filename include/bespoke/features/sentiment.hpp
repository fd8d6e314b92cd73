// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sentiment polarity: how much good and how much bad a text says, by a lexicon and rules.
//
//     auto spec = field("body", &Post::body) | features::sentiment{} | train::linear_svm{};
//     features::sentiment{.lexicon = read_vader("vader_lexicon.txt"), .rule = polarity_rule::vader}
//     features::sentiment{.lexicon = read_afinn("AFINN-en-165.txt"), .rule = polarity_rule::sum}
//
// The rules and their constants are VADER's (Hutto and Gilbert, ICWSM 2014). Of three neighbouring words before one of the
// lexicon, a degree word ("very", "kind of"; 很, 有点) adds or takes .293 (the second one back .95 and the third .9 of it), a
// word of negation ("not", "n't"; 不, 没有) multiplies by −.74; capitals among other words add .733. What stands before "but"
// (但是) counts half, what stands after it one and a half times. With s the sum of all words and .292 for each of up to four
// "!", .18 for each of two or three "?", .96 for more:
//
//     compound = s / √(s² + 15),  positive, negative, neutral = shares of the text's words, each with its size + 1

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/sentiment_lexicon.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// How valences of words become those of a text.
///
/// `graded`: the rules above on the words of word_rule::unicode (a full stop between letters separates too), folded, with
/// phrases of the lexicon found longest first where no punctuation divides them, emoticons and emoji where the lexicon has
/// them, and English and Chinese words of negation, degree and contrast. A word's rules stop at the end of its sentence
/// (. ! ? ; and 。！？；), in Chinese at a comma too; "but" changes its own sentence. A degree word that the lexicon has
/// ("incredible") grades a word of the lexicon that follows it, and speaks for itself elsewhere.
///
/// `vader`: what vaderSentiment 3.3.2 computes, to the last bit and not rounded, with its two slips: "but" changes the first
/// word of an equal valence in the place of the word itself, and "so" or "this" before a word counts as "never so", whatever
/// stands before it. Words are what stands between white space without the punctuation around it; phrases and Chinese
/// are not found. Its second file, which puts emoji into words, is not read: emoji count where the lexicon has them.
///
/// `sum`: AFINN's score (Nielsen 2011): the plain sum of what the lexicon has, words found as for `graded`. Here positive
/// is the sum of the positive valences, negative that of the negative ones without sign, compound their difference, and
/// neutral the number of words without valence.
enum class polarity_rule : std::uint8_t { graded, vader, sum };

/// The name of a rule, as bundles have it: "graded", "vader", "sum".
const char* name(polarity_rule rule) noexcept;

struct sentiment;

namespace detail {
class sentiment_terms;

/// Answers for `sentiment` and `learned_sentiment`. Copies share the lexicon. Thread safety: const calls from any thread.
class polarity {
 public:
  using output_type = dense_row;

  polarity(sentiment_lexicon lexicon, polarity_rule rule);

  /// Four numbers: positive, neutral, negative, compound. A text without words gives zeros. O(bytes); allocates nothing for
  /// ASCII text once `s` has grown (rule `vader` does for more than 64 words of valence beside a "but").
  dense_row operator()(std::string_view text, scratch& s) const;

  /// The words that carried the score, in their order and in lower case, each with its valence after all rules of its
  /// neighbourhood. Words whose valence is 0 are left out.
  std::vector<word_valence> words_of(std::string_view text) const;

  std::size_t width() const noexcept { return 4; }
  /// "positive", "neutral", "negative", "compound".
  std::string column_name(std::size_t column) const;
  const sentiment_lexicon& lexicon() const noexcept { return lexicon_; }
  polarity_rule rule() const noexcept { return rule_; }
  /// A text of some words of the lexicon.
  std::string golden(std::uint64_t random) const;

  void save(bundle_writer& w) const;
  /// Throws errc::bundle_mismatch where the file has another rule, errc::bad_bundle for what is no lexicon.
  static polarity load(const bundle_reader& r, polarity_rule rule);

 private:
  sentiment_lexicon lexicon_;
  polarity_rule rule_;
  std::shared_ptr<const sentiment_terms> terms_;
};
}  // namespace detail

/// Texts (anything that converts to std::string_view) → dense rows of 4: positive, neutral, negative, compound. Learns
/// nothing. Bytes that are not UTF-8 are part of no word. Where the library was built without ICU, words of the lexicon that
/// are not ASCII are not found, and a text that is not ASCII gives errc::unsupported, as split_words does.
///
/// The bundle has the lexicon: to load it, no file of a lexicon is needed, and that of this spec is not read.
struct sentiment {
  sentiment_lexicon lexicon = sentiment_lexicon::standard();  ///< words with valences
  polarity_rule rule = polarity_rule::graded;                 ///< how they become those of a text

  template <class In>
  static constexpr bool accepts = std::is_convertible_v<const In&, std::string_view>;

  /// What `fit` returns: its members are those of detail::polarity.
  struct fitted : detail::polarity {
    static constexpr std::string_view kind = "sentiment/1";
    using polarity::polarity;
    explicit fitted(polarity p) : polarity(std::move(p)) {}
  };

  /// Throws errc::invalid_argument for a lexicon without words.
  template <class In, class Y>
    requires accepts<In>
  fitted fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return fitted(lexicon, rule);
  }
  /// Throws errc::bundle_mismatch where the file has another rule.
  template <class In, class Y>
    requires accepts<In>
  fitted load(bundle_reader& r) const {
    return fitted(fitted::load(r, rule));
  }
};

}  // namespace bespoke::features
