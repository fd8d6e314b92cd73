// SPDX-License-Identifier: Apache-2.0
// The text stages one behind the other, as a host writes them.
#include <bespoke/core/fit.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/preprocess/clean.hpp>
#include <bespoke/preprocess/foreign_characters.hpp>
#include <bespoke/preprocess/simplify.hpp>
#include <bespoke/preprocess/stop_words.hpp>
#include <bespoke/preprocess/words.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;

namespace {

struct review {
  std::string text{};
  std::string label{};
};

std::vector<review> reviews() {
  std::vector<review> all;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    all.push_back({"<b>房間</b>很乾淨，服務很好 http://a.example/" + n + " good ROOM", "good"});
    all.push_back({"<i>房間</i>很髒&amp;太吵，不推薦 bad room " + n + " привет", "bad"});
  }
  return all;
}

}  // namespace

TEST_CASE("text stages: a chain of all of them is fitted, answers, is saved and loaded with golden records") {
  using namespace preprocess;
  const auto spec = field("text", &review::text) | clean{.punctuation = true, .digits = true} | simplify{} |
                    foreign_characters{.min_script_share = 0.9} | words{} | stop_words{.words = {"房间"}} |
                    features::tfidf{.ngrams = {1, 2}} | train::linear_svm{};
  const auto judge = fit(spec, reviews(), &review::label);
  CHECK(judge(review{"服務好，房間乾淨"}).label() == "good");
  CHECK(judge(review{"太吵 BAD"}).label() == "bad");
  CHECK(judge(review{""}).label().size() > 0);
  const auto& terms = judge.stage().stage<6>();
  for (std::size_t c = 0; c < terms.width(); ++c) {
    CHECK(terms.column_name(c).find("房间") == std::string::npos);
    CHECK(terms.column_name(c).find("http") == std::string::npos);
  }
  const auto path = std::filesystem::temp_directory_path() / "bespoke_text_chain.safetensors";
  save(judge, path);
  const auto again = load(spec, path, &review::label);
  CHECK(again.summary().golden.size() == 8);
  CHECK_FALSE(again.summary().golden[0].fields.at(0).second.at(0).empty());
  for (const review& r : reviews()) CHECK(again(r).score() == judge(r).score());
  std::filesystem::remove(path);
}

TEST_CASE("text stages: texts that live in the scratch reach tfidf, one by one and in blocks, the same") {
  const auto all = reviews();
  const auto spec = field("text", &review::text) | preprocess::clean{} | preprocess::simplify{} |
                    features::tfidf{.terms = term_kind::characters_in_words, .ngrams = {1, 3}} | train::linear_svm{};
  const auto judge = fit(spec, all, &review::label);
  const auto many = judge(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(many[i].score() == judge(all[i]).score());
    CHECK(judge(all[i]).label() == all[i].label);
  }
}
