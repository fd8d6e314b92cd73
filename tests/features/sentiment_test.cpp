// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/sentiment.hpp>

#include <cstdlib>
#include <filesystem>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::polarity_rule;
using features::sentiment;
using features::sentiment_lexicon;
using features::word_valence;

namespace {

sentiment_lexicon lexicon_of(const nlohmann::json& j) {
  std::vector<word_valence> words;
  for (const auto& [word, valence] : j.items()) words.push_back({word, valence.get<double>()});
  return words;
}

sentiment::fitted fitted_for(const sentiment& spec) {
  return spec.fit(own(std::vector<std::string>{}), no_targets(0), context{});
}
sentiment::fitted graded(sentiment_lexicon words) { return fitted_for({.lexicon = std::move(words)}); }

double compound(const sentiment::fitted& f, const std::string& text) { return row_of(f, text)[3]; }

/// The first valence that carried the score.
double first_valence(const sentiment::fitted& f, const std::string& text) {
  const auto words = f.words_of(text);
  return words.empty() ? 0 : words[0].valence;
}

double largest_difference(const sentiment::fitted& f, const nlohmann::json& cases, const char* scores) {
  double largest = 0;
  for (const auto& c : cases) {
    if (!c.contains(scores)) continue;
    const auto text = c["text"].get<std::string>();
    const auto row = row_of(f, text);
    for (std::size_t i = 0; i < 4; ++i) {
      const double d = std::fabs(row[i] - c[scores][i].get<double>());
      INFO(text << " column " << i);
      CHECK(d <= 1e-3);
      largest = std::max(largest, d);
    }
  }
  return largest;
}

const sentiment_lexicon small{{"good", 2}, {"bad", -2}, {"great", 3}, {"fed up", -2}, {":)", 1.5}, {"😀", 2.5}};

struct post {
  std::string body{};
  std::string kind{};
};

std::optional<std::filesystem::path> data_folder() {
  if (const char* folder = std::getenv("BESPOKE_DATA")) return folder;
  if (const char* ci = std::getenv("CI"); ci != nullptr && std::string(ci) == "true")
    FAIL("set BESPOKE_DATA to the folder with lexicons");
  WARN("BESPOKE_DATA is not set: not tried with the files of VADER and AFINN");
  return std::nullopt;
}

}  // namespace

TEST_CASE("sentiment: rule vader agrees with vaderSentiment, slips included") {
  const auto& o = oracle("features/sentiment");
  const auto f = fitted_for({.lexicon = lexicon_of(o["lexicon"]), .rule = polarity_rule::vader});
  CHECK(largest_difference(f, o["vader"], "scores") <= 1e-7);
  CHECK(largest_difference(f, o["vader"], "nltk") <= 5.1e-4);  // three places, four for compound
}

TEST_CASE("sentiment: rule sum agrees with AFINN's definition") {
  const auto& o = oracle("features/sentiment")["afinn"];
  const auto f = fitted_for({.lexicon = lexicon_of(o["lexicon"]), .rule = polarity_rule::sum});
  for (const auto& c : o["cases"]) {
    INFO(c["text"]);
    CHECK(compound(f, c["text"].get<std::string>()) == c["score"].get<double>());
  }
}

TEST_CASE("sentiment: the files of VADER and AFINN") {
  const auto data = data_folder();
  if (!data) return;
  const auto vader = features::read_vader(*data / "lexicons" / "vader_lexicon.txt");
  CHECK(vader.size() == 7506);  // of 7,520 lines, 14 words twice
  CHECK(vader.valence("lol") == 1.8);
  const auto f = fitted_for({.lexicon = vader, .rule = polarity_rule::vader});
  CHECK(largest_difference(f, oracle("features/sentiment")["real"], "scores") <= 1e-7);
  const auto afinn = features::read_afinn(*data / "lexicons" / "AFINN-en-165.txt");
  CHECK(afinn.size() == 3382);
  const auto sum = fitted_for({.lexicon = afinn, .rule = polarity_rule::sum});
  CHECK(row_of(sum, std::string("A breathtaking view, but I can't stand the noise")) == std::vector<float>{5, 6, 3, 2});
}
