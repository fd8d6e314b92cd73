// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/stage.hpp>
#include <bespoke/preprocess/stop_words.hpp>
#include <bespoke/preprocess/words.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../stage_properties.hpp"

using namespace bespoke;
using preprocess::stop_words;
using words = std::vector<std::string>;

namespace {

static_assert(stage_spec<stop_words, words> && !stage_spec<stop_words, std::string>);

auto fit(const stop_words& spec, const std::vector<words>& x = {}, unsigned threads = 1) {
  const context ctx({.threads = threads});
  return spec.fit(blocks<words>(std::span<const words>(x)), bespoke_test::no_targets(x.size()), ctx);
}

words split(std::string_view text) { return preprocess::words::fitted{}(text, scratch::local()); }

}  // namespace

TEST_CASE("stop words: the lists of both languages, negation and degree stay") {
  const auto f = fit({});
  CHECK(f(split("The hotel is not very good, and we don't like it")) ==
        words{"hotel", "not", "very", "good", "don't", "like"});
  CHECK(f(split("I’m sure they've been there")) == words{"sure"});
  CHECK(f(split("酒店的位置很好，但是房间不干净")) == words{"酒店", "位置", "很好", "房间", "不", "干净"});
  CHECK(f({}).empty());
  CHECK(f({"", "The"}) == words{"", "The"});  // words as they are: folded before
}

TEST_CASE("stop words: no word twice, each as the word rule gives it") {
  for (const auto list : {english_stop_words(), chinese_stop_words()}) {
    CHECK(list.size() > 200);
    CHECK(std::set<std::string_view>(list.begin(), list.end()).size() == list.size());
  }
  for (const auto word : english_stop_words()) CHECK(split(word) == words{std::string(word)});
  for (const char* word : {"not", "no", "never", "very", "不", "没", "没有", "很", "最"})
    CHECK_FALSE(fit({}).drops(word));
}

TEST_CASE("stop words: lists can be left out, and the host adds its own") {
  const auto f = fit({.english = false, .chinese = false, .words = {"hotel", "don’t"}});
  CHECK(f.dropped() == words{"don't", "hotel"});
  CHECK(f(split("The hotel, don't")) == words{"the"});
  CHECK_FALSE(fit({.chinese = false}).drops("的"));
  CHECK_FALSE(fit({.english = false}).drops("the"));
}

TEST_CASE("stop words: learned from how many documents have a word") {
  std::vector<words> x;
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    words w{"always", "always", "w" + std::to_string(random() % 1000)};
    if (i % 2 == 0) w.push_back("half");
    if (i % 3 != 0) w.push_back("most");
    x.push_back(w);
  }
  const stop_words spec{.english = false, .chinese = false, .max_share = 0.5};
  const auto f = fit(spec, x);
  CHECK(f.dropped() == words{"always", "most"});
  const std::string file = bespoke_test::saved(f);
  CHECK(bespoke_test::saved(fit(spec, x, 2)) == file);
  CHECK(bespoke_test::saved(fit(spec, x, 4)) == file);
  CHECK(fit({.max_share = 0.5}, {}).drops("the"));
}

TEST_CASE("stop words: saved and loaded, other lists are refused") {
  const stop_words spec{.words = {"b", "a"}, .max_share = 0.9};
  const std::string file = bespoke_test::saved(fit(spec, {{"x"}, {"x"}}));
  const auto again = bespoke_test::loaded<words>(stop_words{.words = {"a", "b"}}, file);
  CHECK(again.drops("x"));
  CHECK(bespoke_test::saved(again) == file);
  CHECK_THROWS_WITH(bespoke_test::loaded<words>(stop_words{.words = {"a"}}, file), bespoke_test::contains("2 words"));
  CHECK_THROWS_WITH(bespoke_test::loaded<words>(stop_words{.english = false, .words = {"a", "b"}}, file),
                    bespoke_test::contains("english"));
  CHECK_THROWS_WITH(fit({.max_share = 0}), bespoke_test::contains("max_share"));
}
