// SPDX-License-Identifier: Apache-2.0
#include "sentiment_terms.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>

#include "preprocess/characters.hpp"
#include "sentiment_words.hpp"

namespace bespoke::features::detail {
namespace {

constexpr std::size_t most_words_of_a_phrase = 12;

/// Without ICU there are no words beyond ASCII, in lexicons as in texts.
bool can_be_found(std::string_view word) { return BESPOKE_WITH_ICU != 0 || is_ascii(word); }

constexpr std::string_view emoji_style = "\xEF\xB8\x8F";  // U+FE0F, which changes how a sign looks and nothing else

/// The words of a phrase as a text's are found, with a space between two.
struct spelled {
  std::string key{};
  std::string first{};
  std::size_t words = 0;
};

spelled spelled_in_words(std::string_view phrase, scratch& s) {
  const scratch::frame frame(s);
  spelled out;
  for (const unit& u : units_of(phrase, nullptr, s)) {
    if (out.words++ == 0) out.first = u.word;
    else out.key += ' ';
    out.key += u.word;
  }
  return out;
}

/// Words hold letters, digits and a few joining signs; all else in a lexicon is an emoticon or an emoji.
bool is_sign(std::string_view phrase, std::size_t words) {
  const auto joins = [](char c) { return c == ' ' || c == '\'' || c == '-' || c == '.' || c == '_'; };
  const auto of_word = [&](char c) {
    const char low = static_cast<char>(c | 0x20);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || joins(c) || static_cast<unsigned char>(c) >= 0x80;
  };
  return words == 0 || !std::all_of(phrase.begin(), phrase.end(), of_word);
}

std::string without_style(std::string_view sign) {
  std::string out(sign);
  for (auto at = out.find(emoji_style); at != out.npos; at = out.find(emoji_style)) out.erase(at, emoji_style.size());
  return out;
}

}  // namespace

void known_terms::finish() {
  std::size_t n = 2;
  while (n < 2 * terms_.size()) n *= 2;
  places_.assign(n, {});
  mask_ = n - 1;
  for (const auto& entry : terms_) {
    const std::size_t hash = std::hash<std::string_view>()(entry.first);
    std::size_t at = hash & mask_;
    while (places_[at].entry != nullptr) at = (at + 1) & mask_;
    places_[at] = {hash, &entry};
  }
}

sentiment_terms::sentiment_terms(const sentiment_lexicon& lexicon, polarity_rule rule) {
  if (lexicon.size() == 0)
    throw error(errc::invalid_argument, {.stage = "sentiment", .expected = "a lexicon with words", .got = "none"});
  scratch s;
  if (rule == polarity_rule::vader) add_vader(lexicon);
  else add_words(lexicon, s);
  if (rule == polarity_rule::graded) {
    add_idioms(s);
    add_modifiers(s);
  }
  words_.finish();
  signs_.finish();
}

term& sentiment_terms::entry(std::string_view phrase, scratch& s) {
  const spelled p = spelled_in_words(phrase, s);
  if (p.words > 1 && p.words <= most_words_of_a_phrase) {
    auto& longest = words_[p.first].longest;
    longest = std::max(longest, static_cast<std::uint8_t>(p.words));
  }
  longest_bytes_ = std::max(longest_bytes_, p.key.size());
  return words_[p.key];
}

void sentiment_terms::add_words(const sentiment_lexicon& lexicon, scratch& s) {
  for (const word_valence& w : lexicon.words()) {
    if (!can_be_found(w.word)) continue;
    const bool sign = is_sign(w.word, spelled_in_words(w.word, s).words);
    term& t = sign ? signs_[without_style(w.word)] : entry(w.word, s);
    t.scored = true;  // of "Polish" and "polish" the one in lower case has its say: it comes later
    t.valence = w.valence;
    // What ICU divides when it stands alone may be one word of a text.
    if (!sign && !is_ascii(w.word))
      words_[w.word] = {.valence = w.valence, .scored = true, .longest = words_[w.word].longest};
  }
}

void sentiment_terms::add_idioms(scratch& s) {
  const auto scored = [&](const unit& u) {
    const term* t = words_.collected(std::string(u.word));
    return t != nullptr && t->scored;
  };
  for (const auto& [phrase, valence] : polarity_modifiers().idioms) {
    const scratch::frame frame(s);
    const auto words = units_of(phrase, nullptr, s);
    if (std::none_of(words.begin(), words.end(), scored)) continue;
    term& t = entry(phrase, s);
    if (!t.scored) t = {.valence = valence, .scored = true, .longest = t.longest};
  }
}

void sentiment_terms::add_modifiers(scratch& s) {
  const auto each = [&](std::span<const std::string_view> words, auto&& change) {
    for (const auto w : words)
      if (can_be_found(w)) change(entry(w, s));
  };
  const polarity_words all = polarity_modifiers();
  for (const modifier_words& m : {all.english, all.chinese}) {
    each(m.negations, [](term& t) { t.negates = true; });
    each(m.more, [](term& t) { t.degree = degree_step; });
    each(m.less, [](term& t) { t.degree = -degree_step; });
  }
  each(all.contrasts, [](term& t) { t.contrasts = true; });
}

void sentiment_terms::add_vader(const sentiment_lexicon& lexicon) {
  for (const word_valence& w : lexicon.words()) {
    term& t = words_[w.word];
    t.scored = true;
    t.valence = w.valence;
  }
  const polarity_words all = polarity_modifiers();
  for (const auto w : all.english.negations) words_[w].negates = true;
  for (const auto w : all.english.more) words_[w].degree = degree_step;
  for (const auto w : all.english.less) words_[w].degree = -degree_step;
  words_["but"].contrasts = true;
}

}  // namespace bespoke::features::detail
