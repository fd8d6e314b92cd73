// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/learned_sentiment.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <filesystem>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::learned_sentiment;
using features::polarity_rule;
using features::sentiment_lexicon;

namespace {

using strings = std::vector<std::string>;

const learned_sentiment every_word{.pairs = false, .min_df = 1, .prior = 1, .least = 0};

template <class Y>
auto learned(const learned_sentiment& spec, strings x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(own(std::move(x)), own(std::move(y)), context({.threads = threads}));
}

// bool has no addressable vector: targets of tests are 0 and 1, or numbers.
const strings four{"Good film", "good", "bad film", "Bad bad"};
const std::vector<int> signs_of_four{1, 1, 0, 0};

/// Texts whose words say how good they are, among words that say nothing.
struct reviews {
  strings texts;
  std::vector<float> stars;
  explicit reviews(std::size_t n) {
    const char* const words[] = {"awful", "poor", "fair", "nice", "superb"};
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t star = i % 5, near = std::min<std::size_t>(4, star + i / 5 % 2);
      texts.push_back("the room number " + std::to_string(i * 7 % 13) + " was " + words[star] + " and " + words[near]);
      stars.push_back(static_cast<float>(star));
    }
  }
};

template <class Out>
std::vector<std::vector<float>> rows_of_all(const Out& rows) {
  std::vector<std::vector<float>> all;
  scratch s;
  for (std::size_t b = 0; b < rows.count(); ++b)
    rows.visit(b, s, [&](const block<dense_row>& some) {
      for (const dense_row& r : some) all.push_back(numbers(r));
    });
  return all;
}

struct review {
  std::string text{};
  bool good = false;
};

}  // namespace

TEST_CASE("learned_sentiment: log-odds by hand") {
  // Words of true texts: good 2, film 1; of false ones bad 2, film 1. The mean of all words is 1/2.
  const auto f = learned(every_word, four, signs_of_four);
  CHECK(f.lexicon().size() == 2);
  CHECK(f.lexicon().valence("good").value() == Approx(std::log(5)));
  CHECK(f.lexicon().valence("bad").value() == Approx(-std::log(5)));
  CHECK(row_of(f, std::string("Good good film"))[3] == Approx(2 * std::log(5)));
  const auto far = learned({.pairs = false, .min_df = 1, .prior = 1e-9, .least = 0}, four, signs_of_four);
  CHECK(far.lexicon().valence("good") == 4);
  CHECK(learned({.pairs = false, .min_df = 1, .prior = 1, .least = 1.8},
                {"good", "good bad", "bad film", "film", "film"}, std::vector<int>{1, 1, 0, 0, 0})
            .lexicon()
            .size() == 1);
}

TEST_CASE("learned_sentiment: numbers count by their mid-rank") {
  const strings x{"low", "middle", "middle high", "high"};
  const auto ranks = learned(every_word, x, std::vector<double>{0, 0.5, 0.5, 1});
  CHECK(learned(every_word, x, std::vector<double>{-3, 7, 7, 1e9}).lexicon() == ranks.lexicon());
  CHECK(learned(every_word, x, std::vector<int>{1, 2, 2, 5}).lexicon() == ranks.lexicon());
  // Five words, of positions 0, ½, ½, ½ and 1: their mean is ½.
  CHECK(ranks.lexicon().valence("low").value() == Approx(std::log(0.25 / 0.75)));
  CHECK(ranks.lexicon().valence("high").value() == Approx(std::log(2.0 / 1.0)));
  CHECK_FALSE(ranks.lexicon().valence("middle"));
}

TEST_CASE("learned_sentiment: a weight of two is the same as having the text twice") {
  const strings x{"good film", "bad film", "fair", "good", "bad end"};
  const std::vector<float> stars{5, 1, 3, 4, 1};
  std::vector<weighted<float>> heavy;
  for (const float s : stars) heavy.push_back({s, s == 4 ? 2.0f : s == 3 ? 0.0f : 1.0f});
  const learned_sentiment spec{.pairs = false, .min_df = 2, .prior = 3, .least = 0};
  const auto twice =
      learned(spec, {"good film", "bad film", "good", "good", "bad end"}, std::vector<float>{5, 1, 4, 4, 1});
  CHECK(learned(spec, x, heavy).lexicon() == twice.lexicon());
  CHECK(twice.lexicon().size() >= 2);
}

TEST_CASE("learned_sentiment: training rows are learned without their own fold") {
  const reviews all(120);
  std::vector<int> good;
  for (const float star : all.stars) good.push_back(star > 2);
  const learned_sentiment spec{.min_df = 2, .folds = 4};
  const auto both = spec.fit_rows(own(all.texts), own(good), context({.threads = 2, .seed = 9}));
  const auto rows = rows_of_all(both.output);
  REQUIRE(rows.size() == 120);
  for (const auto& fold : random_folds(120, 4, 9)) {
    strings texts;
    std::vector<int> targets;
    for (std::size_t i = 0; i < 120; ++i)
      if (!std::binary_search(fold.begin(), fold.end(), i)) texts.push_back(all.texts[i]), targets.push_back(good[i]);
    const auto others = learned(spec, texts, targets);
    for (const std::size_t i : fold) CHECK(rows[i] == row_of(others, all.texts[i]));
  }
  CHECK(saved(both.fitted) == saved(learned(spec, all.texts, good)));
}

TEST_CASE("learned_sentiment: words of one text each say nothing in its training row") {
  strings texts;
  std::vector<int> targets;
  for (int i = 0; i < 100; ++i) texts.push_back("word" + std::to_string(i)), targets.push_back(i % 2);
  const auto both = every_word.fit_rows(own(texts), own(targets), context({.threads = 2}));
  for (const auto& row : rows_of_all(both.output)) CHECK(row[3] == 0);
  CHECK(row_of(both.fitted, texts[3])[3] > 0);
}

TEST_CASE("learned_sentiment: the same bytes for any number of threads") {
  const reviews all(5000);
  const learned_sentiment spec{};
  const auto one = spec.fit_rows(own(all.texts), own(all.stars), context({.threads = 1}));
  for (const unsigned threads : {2u, 4u}) {
    const auto many = spec.fit_rows(own(all.texts), own(all.stars), context({.threads = threads}));
    CHECK(saved(many.fitted) == saved(one.fitted));
    CHECK(rows_of_all(many.output) == rows_of_all(one.output));
  }
  CHECK(row_of(one.fitted, std::string("superb"))[3] > row_of(one.fitted, std::string("nice"))[3]);
  CHECK(row_of(one.fitted, std::string("awful"))[3] < row_of(one.fitted, std::string("poor"))[3]);
}

TEST_CASE("learned_sentiment: pairs of words are phrases") {
  const strings x{"not good", "good", "so good", "not bad, good", "bad", "not good", "a bad one", "not. good"};
  const std::vector<int> y{0, 1, 1, 1, 0, 0, 0, 1};
  const auto f = learned({.min_df = 1, .prior = 1, .least = 0}, x, y);
  CHECK(f.lexicon().valence("not good").value() < -1);
  CHECK(f.lexicon().valence("not bad").value() > 0);
  CHECK(f.words_of("it is not good").back().word == "not good");
  CHECK(row_of(f, std::string("not good"))[3] < 0);
  CHECK(row_of(f, std::string("good"))[3] > 0);
  CHECK_FALSE(f.lexicon().valence("bad, good"));
}

TEST_CASE("learned_sentiment: what was learned can be edited and used") {
  const auto words = learned(every_word, four, signs_of_four).lexicon().merged({{"bad film", -4}});
  const auto f = features::sentiment{.lexicon = words}.fit(own(strings{}), no_targets(0), context{});
  CHECK(f.words_of("a bad film")[0].valence == -4);
  CHECK(f.words_of("not a good one")[0].valence == Approx(-0.74 * std::log(5)));
}

TEST_CASE("learned_sentiment: bad input has its message") {
  const auto fails = [](const learned_sentiment& spec, const strings& x, const std::vector<float>& y) {
    return message([&] { learned(spec, x, y); });
  };
  const strings x{"a", "b"};
  CHECK(fails({.min_df = 0}, x, {1, 2}) == "learned_sentiment: expected min_df of 1 or more, got 0");
  CHECK(fails({.prior = 0}, x, {1, 2}) == "learned_sentiment: expected prior above 0, got 0");
  CHECK_FALSE(fails({.prior = infinity}, x, {1, 2}).empty());
  CHECK(fails({.least = 5}, x, {1, 2}) == "learned_sentiment: expected least from 0 to 4, got 5");
  CHECK(fails({.rule = polarity_rule::vader}, x, {1, 2}) ==
        "learned_sentiment: expected rule graded or sum, got vader");
  CHECK(fails({.folds = 1}, x, {1, 2}) == "learned_sentiment: expected folds from 2 to 100, got 1");
  CHECK(fails(every_word, x, {3, 3}) == "learned_sentiment: expected targets that differ, got 3 for every text");
  CHECK(fails(every_word, x, {1}) == "learned_sentiment: expected a target for each of 2 texts, got 1 targets");
  CHECK_FALSE(fails(every_word, x, {1, not_a_number}).empty());
  CHECK_FALSE(fails(every_word, {}, {}).empty());
  CHECK(fails({}, x, {1, 2}).starts_with("learned_sentiment: no word is in 5 texts or more and says enough"));
  CHECK(fails(every_word, {"", " "}, {1, 2}).starts_with("learned_sentiment: no word is in 1 texts or more"));
  CHECK_FALSE(message([&] { learned(every_word, x, std::vector<weighted<float>>{{1, -1}, {2, 1}}); }).empty());
  CHECK(learned(every_word, {"\xFF\xFE good", "bad \x80", std::string(100'000, 'x')}, std::vector<int>{1, 0, 0})
            .lexicon()
            .size() == 2);
}

TEST_CASE("learned_sentiment: a stop ends the fit") {
  const reviews all(3000);
  std::stop_source stop;
  stop.request_stop();
  const context ctx({.stop = stop.get_token(), .threads = 2});
  CHECK_THROWS_AS(learned_sentiment{}.fit(own(all.texts), own(all.stars), ctx), error);
}

TEST_CASE("learned_sentiment is read back as it was written, and refuses damage") {
  const auto f = learned(every_word, four, signs_of_four);
  const std::string bytes = saved(f);
  const auto again = loaded<std::string, int>(learned_sentiment{}, bytes);
  CHECK(again.lexicon() == f.lexicon());
  CHECK(saved(again) == bytes);
  CHECK(row_of(again, std::string("good, not bad")) == row_of(f, std::string("good, not bad")));
  CHECK((refused_when_damaged<std::string, int>(learned_sentiment{}, bytes, "good")) > bytes.size());
}

TEST_CASE("learned_sentiment in a chain with a learner") {
  const std::vector<review> all{{"good film", true}, {"bad film", false}, {"good", true},     {"bad", false},
                                {"很好", true},      {"很差", false},     {"good end", true}, {"bad end", false}};
  const auto spec = field("text", &review::text) | every_word | features::standardize{} | train::linear_svm{};
  const auto judge = fit(spec, all, &review::good);
  CHECK(judge(review{"a good one"}).label());
  CHECK_FALSE(judge(review{"a bad one"}).label());
  CHECK(judge.stage().stage<1>().lexicon().valence("good").value() > 0);
  const auto path = std::filesystem::temp_directory_path() / "bespoke_sentiment_learned_test.safetensors";
  save(judge, path);
  const auto again = load(spec, path, &review::good);
  for (const review& r : all) CHECK(again(r).score() == judge(r).score());
  std::filesystem::remove(path);
  STATIC_REQUIRE(stage_spec<learned_sentiment, std::string, bool>);
  STATIC_REQUIRE(stage_spec<learned_sentiment, std::string_view, weighted<float>>);
  STATIC_REQUIRE_FALSE(stage_spec<learned_sentiment, std::string, std::string>);
}
