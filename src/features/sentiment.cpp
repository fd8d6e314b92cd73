// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/sentiment.hpp>

#include <cmath>

#include "sentiment_terms.hpp"
#include "term_hash.hpp"

namespace bespoke::features {

const char* name(polarity_rule rule) noexcept {
  return rule == polarity_rule::graded ? "graded" : rule == polarity_rule::vader ? "vader" : "sum";
}

namespace detail {
namespace {

valued_units valued(std::string_view text, const sentiment_terms& terms, polarity_rule rule, scratch& s) {
  if (rule == polarity_rule::vader) return vader_units(text, terms, s);
  return rule == polarity_rule::sum ? summed_units(text, terms, s) : graded_units(text, terms, s);
}

struct totals {
  double positive = 0, neutral = 0, negative = 0, compound = 0;
};

totals plain_totals(const valued_units& v) {
  totals t;
  for (const double x : v.valences) {
    t.positive += x > 0 ? x : 0;
    t.negative += x < 0 ? -x : 0;
    t.neutral += x == 0;
  }
  t.compound = t.positive - t.negative;
  return t;
}

/// Shares of the text: a word counts its size and 1, as a word without valence counts 1.
totals shared_totals(const valued_units& v) {
  if (v.units.empty()) return {};
  double sum = 0;
  totals t;
  for (const double x : v.valences) {
    sum += x;
    t.positive += x > 0 ? x + 1 : 0;
    t.negative += x < 0 ? 1 - x : 0;
    t.neutral += x == 0;
  }
  if (sum != 0) sum += sum > 0 ? v.emphasis : -v.emphasis;
  if (t.positive > t.negative) t.positive += v.emphasis;
  else if (t.positive < t.negative) t.negative += v.emphasis;
  const double all = t.positive + t.negative + t.neutral;
  return {t.positive / all, t.neutral / all, t.negative / all, sum / std::sqrt(sum * sum + 15)};
}

}  // namespace

polarity::polarity(sentiment_lexicon lexicon, polarity_rule rule)
    : lexicon_(std::move(lexicon)), rule_(rule), terms_(std::make_shared<const sentiment_terms>(lexicon_, rule)) {}

dense_row polarity::operator()(std::string_view text, scratch& s) const {
  const auto out = s.take<float>(4);
  const scratch::frame temporaries(s);
  const valued_units v = valued(text, *terms_, rule_, s);
  const totals t = rule_ == polarity_rule::sum ? plain_totals(v) : shared_totals(v);
  out[0] = static_cast<float>(t.positive);
  out[1] = static_cast<float>(t.neutral);
  out[2] = static_cast<float>(t.negative);
  out[3] = static_cast<float>(t.compound);
  return {out};
}

std::vector<word_valence> polarity::words_of(std::string_view text) const {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  const valued_units v = valued(text, *terms_, rule_, s);
  std::vector<word_valence> words;
  for (std::size_t i = 0; i < v.units.size(); ++i)
    if (v.valences[i] != 0) words.push_back({std::string(v.units[i].word), v.valences[i]});
  return words;
}

std::string polarity::column_name(std::size_t column) const {
  constexpr const char* names[] = {"positive", "neutral", "negative", "compound"};
  return names[column % 4];
}

std::string polarity::golden(std::uint64_t random) const {
  const auto words = lexicon_.words();
  const char* const before[] = {"", "not ", "very ", "but "};
  std::string text;
  for (int i = 0; i < 5; ++i) {
    random = mixed(random + 0x9E3779B97F4A7C15u);
    text += (text.empty() ? "" : " ") + std::string(before[random >> 62]) + words[random % words.size()].word;
  }
  return text;
}

void polarity::save(bundle_writer& w) const {
  std::vector<std::string> words;
  std::vector<double> valences;
  for (const word_valence& v : lexicon_.words()) {
    words.push_back(v.word);
    valences.push_back(v.valence);
  }
  w.put("rule", name(rule_));
  w.put("words", std::span<const std::string>(words));
  w.put("valences", std::span<const double>(valences));
}

polarity polarity::load(const bundle_reader& r, polarity_rule rule) {
  r.must_equal("rule", name(rule));
  auto words = r.strings("words");
  const auto valences = r.tensor<double>("valences", words.size());
  std::vector<word_valence> all(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) all[i] = {std::move(words[i]), valences[i]};
  try {
    return polarity(sentiment_lexicon(std::move(all)), rule);
  } catch (const error& e) {
    r.reject(e.what());
  }
}

}  // namespace detail
}  // namespace bespoke::features
