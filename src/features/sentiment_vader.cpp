// SPDX-License-Identifier: Apache-2.0
// The rule `vader`: what vaderSentiment 3.3.2 answers, its slips included.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "preprocess/characters.hpp"
#include "preprocess/unicode.hpp"
#include "sentiment_terms.hpp"
#include "sentiment_words.hpp"

namespace bespoke::features::detail {
namespace {

// Words as Python finds them: str.split, str.strip(string.punctuation), str.lower, str.isupper.

bool python_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

bool punctuation(char c) {
  const auto within = [c](char first, char last) { return c >= first && c <= last; };
  return within('!', '/') || within(':', '@') || within('[', '`') || within('{', '~');
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Without punctuation on both sides, unless so little is left that it was an emoticon.
std::string_view stripped(std::string_view token) {
  std::string_view t = token;
  while (!t.empty() && punctuation(t.front())) t.remove_prefix(1);
  while (!t.empty() && punctuation(t.back())) t.remove_suffix(1);
  return characters(t) <= 2 ? token : t;
}

/// Calls `use` with each run between white space.
template <class Use>
void for_each_token(std::string_view text, Use&& use) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (!python_space(next_character(text, at))) continue;
    if (before > begin) use(text.substr(begin, before - begin));
    begin = at;
  }
  if (begin < text.size()) use(text.substr(begin));
}

/// Of scripts with two cases the capital and small letters; of others none is either.
bool small_letter(char32_t c) {
  if (unicode::class_of(c) != unicode::character_class::other) return false;
  const std::string script = unicode::script_name(unicode::script_of(c));
  return script == "Latn" || script == "Grek" || script == "Cyrl" || script == "Armn";
}

bool capitals(std::string_view raw, std::string_view lower) {
  if (raw == lower) return false;
  bool upper = false;
  std::size_t low = 0;
  for (std::size_t at = 0; at < raw.size();) {
    const char32_t c = next_character(raw, at);
    const bool changed = low < lower.size() && next_character(lower, low) != c;
    upper |= changed;
    const bool is_small = c < 0x80 ? c >= 'a' && c <= 'z' : !changed && small_letter(c);
    if (is_small) return false;
  }
  return upper;
}

/// A text's ASCII in lower case, at the same places; tokens with other characters have theirs one by one.
class lower_case {
 public:
  lower_case(std::string_view text, scratch& s) : text_(text), lower_(s.take<char>(text.size() + 1)), s_(s) {
    std::transform(text.begin(), text.end(), lower_.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  }
  std::string_view of(std::string_view token) const {
    if (!is_ascii(token)) return unicode::in_one_case(token, word_rule::sklearn, s_);
    return {lower_.data() + (token.data() - text_.data()), token.size()};
  }

 private:
  std::string_view text_;
  std::span<char> lower_;
  scratch& s_;
};

std::span<unit> tokens_of(std::string_view text, const sentiment_terms& terms, scratch& s) {
  std::size_t n = 0;
  for_each_token(text, [&](std::string_view) { ++n; });
  const auto out = s.take<unit>(n);
  const lower_case lowered(text, s);
  n = 0;
  for_each_token(text, [&](std::string_view token) {
    const auto raw = stripped(token);
    const auto lower = lowered.of(raw);
    out[n++] = {lower, terms.word(lower), capitals(raw, lower), false, false, false};
  });
  return out;
}

// The rules. Words are called by their distance before the word at hand, as the reference program does.

bool in_lexicon(const unit& u) { return u.known != nullptr && u.known->scored; }
bool is(const unit& u, std::string_view word) { return u.word == word; }
bool so_or_this(const unit& u) { return is(u, "so") || is(u, "this"); }
bool negated(const unit& u) { return (u.known != nullptr && u.known->negates) || u.word.find("n't") != u.word.npos; }

/// The valence of a phrase that is not the sum of its words, of `n` words from `first` on.
const word_and_valence* idiom(std::span<const unit> words, std::size_t first, std::size_t n) {
  static const auto idioms = polarity_modifiers().idioms;
  std::array<char, 32> key;
  std::size_t size = 0;
  for (std::size_t i = first; i < first + n; ++i) {
    if (i >= words.size() || words[i].word.size() + 1 > key.size() - size) return nullptr;
    std::memcpy(key.data() + size, words[i].word.data(), words[i].word.size());
    size += words[i].word.size();
    key[size++] = ' ';
  }
  const std::string_view asked(key.data(), size - 1);
  for (const word_and_valence& w : idioms)
    if (w.word == asked) return &w;
  return nullptr;
}

class reference_rules {
 public:
  reference_rules(std::span<const unit> words, bool some_capitals) : words_(words), some_capitals_(some_capitals) {}

  double valence(std::size_t i) const {
    const unit& u = words_[i];
    const bool kind_of = is(u, "kind") && i + 1 < words_.size() && is(words_[i + 1], "of");
    if (!in_lexicon(u) || u.known->degree != 0 || kind_of) return 0;
    double v = own(i);
    if (u.capitals && some_capitals_) v += v > 0 ? capitals_step : -capitals_step;
    for (std::size_t d = 1; d <= 3 && d <= i; ++d) {
      if (in_lexicon(words_[i - d])) continue;
      v = turned(graded(v, words_[i - d], d), i, d);
      if (d == 3) v = with_idioms(v, i);
    }
    return least(v, i);
  }

 private:
  const unit& before(std::size_t i, std::size_t d) const { return words_[i - d]; }

  /// "no" turns round what follows it, and says something itself where nothing does.
  double own(std::size_t i) const {
    const double v = words_[i].known->valence;
    const auto no = [&](std::size_t d) { return i >= d && is(before(i, d), "no"); };
    if (no(1) || no(2) || (no(3) && (is(before(i, 1), "or") || is(before(i, 1), "nor")))) return v * negation_factor;
    return is(words_[i], "no") && i + 1 < words_.size() && in_lexicon(words_[i + 1]) ? 0 : v;
  }

  double graded(double v, const unit& m, std::size_t distance) const {
    constexpr double fading[] = {1, 1, 0.95, 0.9};
    if (m.known == nullptr || m.known->degree == 0) return v;
    double step = v < 0 ? -m.known->degree : m.known->degree;
    if (m.capitals && some_capitals_) step += v > 0 ? capitals_step : -capitals_step;
    return v + step * fading[distance];
  }

  double turned(double v, std::size_t i, std::size_t d) const {
    const unit& m = before(i, d);
    // The slip: for the third word, "so" or "this" before the word is enough.
    if (d == 2 && is(m, "never") && so_or_this(before(i, 1))) return v * 1.25;
    if (d == 3 && ((is(m, "never") && so_or_this(before(i, 2))) || so_or_this(before(i, 1)))) return v * 1.25;
    const bool doubt = d > 1 && (is(before(i, 1), "doubt") || (d == 3 && is(before(i, 2), "doubt")));
    if (is(m, "without") && doubt) return v;
    return negated(m) ? v * negation_factor : v;
  }

  double with_idioms(double v, std::size_t i) const {
    constexpr std::pair<std::size_t, std::size_t> back[] = {{1, 2}, {2, 3}, {2, 2}, {3, 3}, {3, 2}};
    for (const auto& [from, n] : back)
      if (const auto* w = idiom(words_, i - from, n)) {
        v = w->valence;
        break;
      }
    for (const std::size_t n : {2u, 3u})
      if (const auto* w = idiom(words_, i, n)) v = w->valence;
    for (const std::size_t from : {3u, 2u})
      if (is_pair(i - from, "kind", "of") || is_pair(i - from, "sort", "of") || is_pair(i - from, "just", "enough"))
        v -= degree_step;
    return v;
  }
  bool is_pair(std::size_t first, std::string_view a, std::string_view b) const {
    return is(words_[first], a) && is(words_[first + 1], b);
  }

  double least(double v, std::size_t i) const {
    if (i == 0 || in_lexicon(before(i, 1)) || !is(before(i, 1), "least")) return v;
    const bool at_least = i > 1 && (is(before(i, 2), "at") || is(before(i, 2), "very"));
    return at_least ? v : v * negation_factor;
  }

  std::span<const unit> words_;
  bool some_capitals_;
};

// The other slip: for each word in turn, "but" changes the first word that has the same valence now.

double contrasted(double v, std::size_t at, std::size_t but) { return at < but ? v * 0.5 : at > but ? v * 1.5 : v; }

void contrast_few(std::span<double> v, std::size_t but) {
  for (std::size_t k = 0; k < v.size(); ++k) {
    if (v[k] == 0) continue;
    const auto first = static_cast<std::size_t>(std::find(v.begin(), v.end(), v[k]) - v.begin());
    v[first] = contrasted(v[first], first, but);
  }
}

/// The same in O(n log n).
void contrast_many(std::span<double> v, std::size_t but) {
  using places = std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>>;
  std::unordered_map<double, places> of;
  for (std::size_t k = 0; k < v.size(); ++k)
    if (v[k] != 0) of[v[k]].push(k);
  for (std::size_t k = 0; k < v.size(); ++k) {
    if (v[k] == 0) continue;
    places& same = of[v[k]];
    const std::size_t first = same.top();
    if (first == but) continue;
    same.pop();
    v[first] = contrasted(v[first], first, but);
    of[v[first]].push(first);
  }
}

void contrast(std::span<const unit> words, std::span<double> v) {
  const auto at = std::find_if(words.begin(), words.end(), [](const unit& u) { return is(u, "but"); });
  if (at == words.end()) return;
  const auto but = static_cast<std::size_t>(at - words.begin());
  const auto of_valence = v.size() - static_cast<std::size_t>(std::count(v.begin(), v.end(), 0.0));
  if (of_valence <= 64) contrast_few(v, but);
  else contrast_many(v, but);
}

}  // namespace

valued_units vader_units(std::string_view text, const sentiment_terms& terms, scratch& s) {
  const std::span<const unit> words = tokens_of(text, terms, s);
  const auto valences = s.take<double>(words.size());
  const auto loud = std::count_if(words.begin(), words.end(), [](const unit& u) { return u.capitals; });
  const reference_rules rules(words, loud > 0 && static_cast<std::size_t>(loud) < words.size());
  for (std::size_t i = 0; i < words.size(); ++i) valences[i] = rules.valence(i);
  contrast(words, valences);
  const auto marks = [&](char c) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), c)); };
  return {words, valences, emphasis_of(marks('!'), marks('?'))};
}

}  // namespace bespoke::features::detail
