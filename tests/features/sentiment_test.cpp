// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/sentiment.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/linear_svm.hpp>

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

struct review {
  int label = 0;
  std::string text{};
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

TEST_CASE("sentiment: degree, negation and capitals, by hand") {
  const auto f = graded(small);
  CHECK(first_valence(f, "a good film") == 2);
  CHECK(first_valence(f, "a very good film") == Approx(2.293));
  CHECK(first_valence(f, "very much good") == Approx(2 + 0.95 * 0.293));
  CHECK(first_valence(f, "very much a good film") == Approx(2 + 0.9 * 0.293));
  CHECK(first_valence(f, "a VERY good film") == Approx(2 + 0.293 + 0.733));
  CHECK(first_valence(f, "kind of good") == Approx(2 - 0.293));
  CHECK(first_valence(f, "a very bad film") == Approx(-2.293));
  CHECK(first_valence(f, "a GOOD film") == Approx(2.733));
  CHECK(first_valence(f, "GOOD FILM") == 2);
  for (const char* text : {"not good", "isn't a good film", "isn\u2019t good", "never good", "no good",
                           "without a good film", "nothing good", "the least good", "dont say good"}) {
    INFO(text);
    CHECK(first_valence(f, text) == Approx(-1.48));
  }
  for (const char* text : {"at least good", "no film is it good", "not the film we saw: good"}) {
    INFO(text);
    CHECK(first_valence(f, text) == 2);
  }
  CHECK(first_valence(f, "not very good") == Approx(-0.74 * 2.293));
  CHECK(first_valence(f, "never so good") == Approx(1.25 * 2.293));
  CHECK(first_valence(f, "without a doubt good") == 2);
  CHECK(first_valence(f, "the very least good") == Approx(2 + 0.95 * 0.293));
}

TEST_CASE("sentiment: sentences, contrast, phrases, emoticons") {
  const auto f = graded(small);
  const auto words = [&](const char* text) { return f.words_of(text); };
  using list = std::vector<word_valence>;
  CHECK(words("It was not. Good film") == list{{"good", 2}});
  CHECK(words("It is not.Good film") == list{{"good", 2}});
  CHECK(words("good, but bad") == list{{"good", 1}, {"bad", -3}});
  CHECK(words("Great! But bad. Good") == list{{"great", 3}, {"bad", -3}, {"good", 2}});
  CHECK(words("I am Fed Up") == list{{"fed up", -2}});
  CHECK(words("I am not fed up") == list{{"fed up", 0.74 * 2}});
  for (const char* apart : {"fed. up", "fed, up", "fed 😐 up", "fed (up)"}) CHECK(words(apart).empty());
  CHECK(words("fed-up") == list{{"fed up", -2}});
  CHECK(words("great:) :)! :) (good)😀😀") ==
        list{{"great", 3}, {":)", 1.5}, {":)", 1.5}, {":)", 1.5}, {"good", 2}, {"😀", 2.5}, {"😀", 2.5}});
  CHECK(words("see http://x.org/:)y").empty());
  CHECK(graded({{"bomb", -2}}).words_of("this is the bomb") == list{{"the bomb", 3}});
  CHECK(graded({{"incredible", 3}, {"good", 2}}).words_of("incredible film, incredible good") ==
        list{{"incredible", 3}, {"good", 2.293}});
}

TEST_CASE("sentiment: Chinese words of negation, degree and contrast") {
  const auto f = graded({{"满意", 2}, {"干净", 2}, {"差", -2}, {"好", 2}, {"性价比高", 2.5}});
  CHECK(first_valence(f, "满意") == 2);
  CHECK(first_valence(f, "我不满意") == Approx(-1.48));
  CHECK(first_valence(f, "非常满意") == Approx(2.293));
  CHECK(first_valence(f, "有点差") == Approx(-2 + 0.293));
  CHECK(first_valence(f, "很好") == Approx(2.293));
  CHECK(first_valence(f, "就不好") == Approx(-1.48));
  CHECK(first_valence(f, "不是很好") == Approx(-0.74 * 2.293));
  CHECK(first_valence(f, "房间不大，干净") == 2);
  CHECK(f.words_of("房间干净，但是服务差。") == std::vector<word_valence>{{"干净", 1}, {"差", -3}});
  CHECK(f.words_of("这里性价比高！").size() == 1);
  CHECK(compound(f, "满意！！") > compound(f, "满意"));
  const auto own = fitted_for({});
  CHECK(compound(own, "房间很脏，服务态度恶劣，再也不来了！") < -0.5);
  CHECK(compound(own, "环境优美，早餐丰盛，非常满意") > 0.5);
  CHECK(compound(own, "The staff were friendly and the room spotless :)") > 0.5);
  CHECK(compound(own, "A dirty room, rude staff. What a waste of money!") < -0.5);
}

TEST_CASE("sentiment: the two slips of the reference program are those of rule vader alone") {
  const sentiment_lexicon words{{"superb", 4}, {"good", 2}, {"bad", -2}};
  const auto vader = fitted_for({.lexicon = words, .rule = polarity_rule::vader});
  // "so" before a word is no "never so".
  CHECK(first_valence(graded(words), "the film was so good") == Approx(2.293));
  CHECK(first_valence(vader, "the film was so good") == Approx(1.25 * 2.293));
  // Half of 4 is 2: the first word of that valence now is "superb" again.
  const auto right = graded(words).words_of("superb good but bad"), slip = vader.words_of("superb good but bad");
  CHECK(right == std::vector<word_valence>{{"superb", 2}, {"good", 1}, {"bad", -3}});
  CHECK(slip == std::vector<word_valence>{{"superb", 1}, {"good", 2}, {"bad", -3}});
}

TEST_CASE("sentiment: shares and compound, by hand") {
  const auto f = graded(small);
  const auto row = row_of(f, std::string("a good film, a bad end!"));
  // good 2, bad −2: the sum is 0, each counts 3, four words 1.
  CHECK(row == std::vector<float>{0.3f, 0.4f, 0.3f, 0});
  CHECK(compound(f, "good!!") == Approx((2 + 0.584) / std::sqrt((2 + 0.584) * (2 + 0.584) + 15)));
  CHECK(compound(f, "good!!!!!!!!") == compound(f, "good!!!!"));
  CHECK(compound(f, "is it bad??") == Approx(-2.36 / std::sqrt(2.36 * 2.36 + 15)));
  CHECK(f.width() == 4);
  CHECK(f.column_name(0) == "positive");
  CHECK(f.column_name(1) == "neutral");
  CHECK(f.column_name(2) == "negative");
  CHECK(f.column_name(3) == "compound");
}

TEST_CASE("sentiment: texts without words, bytes that are not UTF-8, huge texts") {
  const std::vector<float> zeros(4);
  std::string huge;
  for (int i = 0; i < 400'000; ++i)
    huge += i == 7 ? "but " : i % 3 == 0 ? "good " : i % 3 == 1 ? "so, BAD " : "fed up 😀 ";
  for (const auto rule : {polarity_rule::graded, polarity_rule::vader, polarity_rule::sum}) {
    const auto f = fitted_for({.lexicon = small, .rule = rule});
    CHECK(row_of(f, std::string()) == zeros);
    CHECK(row_of(f, std::string(" \n\t")) == zeros);
    CHECK(row_of(f, std::string("a film")) ==
          (rule == polarity_rule::sum ? std::vector<float>{0, 2, 0, 0} : std::vector<float>{0, 1, 0, 0}));
    for (const char* text : {"good \xFF\xFE bad", "\xE4\xBD good", "\xF0\x9F\x98", "\x80", "\xE2\x80"}) {
      const auto row = row_of(f, std::string(text));
      CHECK(std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); }));
    }
    const auto row = row_of(f, huge);
    CHECK(std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); }));
    CHECK(row_of(f, std::string(1'000'000, '!')).size() == 4);
    CHECK(row_of(f, std::string(1'000'000, 'x'))[3] == 0);
  }
}

TEST_CASE("sentiment: a lexicon without words is refused") {
  CHECK(message([] { fitted_for({.lexicon = sentiment_lexicon()}); }) ==
        "sentiment: expected a lexicon with words, got none");
}

TEST_CASE("sentiment is read back as it was written, with its lexicon, and refuses damage") {
  const auto f = graded(small);
  const std::string bytes = saved(f);
  const auto again = loaded<std::string>(sentiment{}, bytes);  // the file's lexicon, not that of the spec
  CHECK(again.lexicon() == small);
  CHECK(saved(again) == bytes);
  for (const char* text : {"good", "not bad :)", "I am fed up, but great"})
    CHECK(row_of(again, std::string(text)) == row_of(f, std::string(text)));
  CHECK_THAT(message([&] { loaded<std::string>(sentiment{.rule = polarity_rule::sum}, bytes); }),
             contains("the file has rule \"graded\", this chain has \"sum\""));
  CHECK(refused_when_damaged<std::string>(sentiment{}, bytes, "not very good") > bytes.size());
}

TEST_CASE("sentiment in a chain: one record as many, golden records of the lexicon's words") {
  const std::vector<review> all{{1, "good"},     {0, "Bad, not nice!"}, {0, ""},
                                {1, "我很满意"}, {0, "meh 🙁"},         {1, "love it"}};
  const auto rows = fit(field("text", &review::text) | sentiment{}, all);
  CHECK(rows.stage().column_name(3) == "compound");
  const auto many = rows(all);
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(numbers(many[i]) == row_of(rows, all[i]));
  const auto spec = field("text", &review::text) | sentiment{} | train::linear_svm{};
  const auto judge = fit(spec, all, &review::label);
  CHECK(judge(review{0, "lovely"}).label() == 1);
  const auto path = std::filesystem::temp_directory_path() / "bespoke_sentiment_test.safetensors";
  save(judge, path);
  const auto again = load(spec, path, &review::label);
  CHECK_FALSE(again.summary().golden.at(0).fields.at(0).second.at(0).empty());
  for (const review& r : all) CHECK(again(r).score() == judge(r).score());
  std::filesystem::remove(path);
}

TEST_CASE("sentiment: the lexicon of our own on Chinese reviews") {
  const auto data = data_folder();
  if (!data) return;
  const auto f = fitted_for({});
  std::size_t n = 0, right = 0, number = 0;
  for (const review& r : ingest::csv<review>(*data / "chnsenticorp" / "ChnSentiCorp_htl_all.csv",
                                             {column("label", &review::label), column("review", &review::text)})) {
    if (number++ % 8 != 0) continue;
    ++n;
    right += (compound(f, r.text) > 0) == (r.label == 1);
  }
  CHECK(static_cast<double>(right) >= 0.78 * static_cast<double>(n));
}
