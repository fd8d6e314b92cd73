// SPDX-License-Identifier: Apache-2.0
// Runs of characters as terms, and text of every kind: of any language, bad, very long.
#include <bespoke/core/fit.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/hashing.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../stage_properties.hpp"

using namespace bespoke;
using features::hashing;
using features::tfidf;

namespace {

using texts = std::vector<std::string>;
using counts = std::map<std::string, double>;

template <class In>
auto fit_rows(const tfidf& spec, const std::vector<In>& x, unsigned threads = 1) {
  const context ctx({.threads = threads});
  return spec.fit_rows(blocks<In>(std::span<const In>(x)), bespoke_test::no_targets(x.size()), ctx);
}

template <class F, class In>
counts named_row(const F& fitted, const In& x) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  counts out;
  for_each_value(fitted(x, s), [&](std::size_t c, float v) { out[fitted.column_name(c)] = static_cast<double>(v); });
  return out;
}

/// scikit-learn's char_wb and char, written for reading: texts of single spaces in lower case, one byte a character.
counts plain(const std::string& text, const tfidf& spec) {
  counts out;
  const auto runs = [&](const std::string& part) {
    for (std::size_t k = spec.ngrams.low; k <= spec.ngrams.high; ++k)
      for (std::size_t i = 0; i + k <= part.size(); ++i) ++out[part.substr(i, k)];
  };
  if (spec.terms == term_kind::characters) return runs(text), out;
  std::istringstream words(text);
  for (std::string w; words >> w;) {
    const std::string padded = " " + w + " ";
    if (padded.size() < spec.ngrams.low) ++out[padded];
    else runs(padded);
  }
  return out;
}

texts random_texts(std::size_t n) {
  std::mt19937 random(6);
  texts all(n);
  for (auto& text : all)
    for (std::size_t left = random() % 12; left > 0; --left) {
      for (std::size_t k = 1 + random() % 7; k > 0; --k) text += static_cast<char>('a' + random() % 5);
      if (left > 1) text += ' ';
    }
  return all;
}

std::string bytes_of(const sparse_rows& rows) {
  const auto bytes = [](const auto& x) { return std::string(reinterpret_cast<const char*>(x.data()), x.size_bytes()); };
  return bytes(rows.offsets()) + bytes(rows.columns()) + bytes(rows.values());
}

template <class In, class F>
sparse_rows rows_one_by_one(const F& fitted, const std::vector<In>& x) {
  return collect(applied(fitted, blocks<In>(std::span<const In>(x))), context());
}

struct review {
  int label = 0;
  std::string text{};
};

}  // namespace

TEST_CASE("characters: counts against the definition") {
  const texts x = random_texts(200);
  for (const auto kind : {term_kind::characters, term_kind::characters_in_words})
    for (const ngram_range n : {ngram_range{1, 1}, ngram_range{2, 4}, ngram_range{5, 8}}) {
      const tfidf spec{.terms = kind, .ngrams = n, .idf = false, .norm = row_norm::none};
      const auto fitted = fit_rows(spec, x).fitted;
      for (const auto& text : x) REQUIRE(named_row(fitted, text) == plain(text, spec));
    }
}

TEST_CASE("characters: rows from one pass, the same for any number of threads, after loading, and one by one") {
  const texts x = random_texts(2500);
  const tfidf spec{.terms = term_kind::characters_in_words, .ngrams = {2, 5}, .min_df = 2, .sublinear = true};
  const auto one = fit_rows(spec, x);
  const std::string file = bespoke_test::saved(one.fitted), rows = bytes_of(collect(one.output, context()));
  for (const unsigned threads : {2u, 4u}) {
    const auto many = fit_rows(spec, x, threads);
    CHECK(bespoke_test::saved(many.fitted) == file);
    CHECK(bytes_of(collect(many.output, context())) == rows);
  }
  CHECK(bytes_of(rows_one_by_one(one.fitted, x)) == rows);
  const auto again = bespoke_test::loaded<std::string>(spec, file);
  CHECK(bespoke_test::saved(again) == file);
  CHECK(bytes_of(rows_one_by_one(again, x)) == rows);
  for (std::uint64_t i = 0; i < 20; ++i) CHECK_FALSE(named_row(again, again.golden(i)).empty());
  CHECK_THROWS_WITH(bespoke_test::loaded<std::string>(tfidf{.ngrams = {2, 5}}, file), bespoke_test::contains("terms"));
}

TEST_CASE("characters: documents with more runs than there are columns") {
  texts x = random_texts(50);
  for (int i = 0; i < 12; ++i) x[3] += x[3] + " " + x[4] + "cab ";
  const tfidf spec{.terms = term_kind::characters, .ngrams = {1, 3}, .sublinear = true};
  const auto [fitted, rows] = fit_rows(spec, x);
  REQUIRE(x[3].size() > 10 * fitted.width());
  CHECK(bytes_of(rows_one_by_one(fitted, x)) == bytes_of(collect(rows, context())));
}

TEST_CASE("characters: every script, and lists of words as they are") {
  const tfidf spec{.terms = term_kind::characters_in_words, .ngrams = {2, 2}, .idf = false, .norm = row_norm::none};
  const texts x{"Straße 我们", "ΑΣ"};
  const auto fitted = fit_rows(spec, x).fitted;
  CHECK(named_row(fitted, x[0]) == counts{{" s", 1},
                                          {"st", 1},
                                          {"tr", 1},
                                          {"ra", 1},
                                          {"as", 1},
                                          {"ss", 1},
                                          {"se", 1},
                                          {"e ", 1},
                                          {" 我", 1},
                                          {"我们", 1},
                                          {"们 ", 1}});
  const std::vector<texts> lists{{"New", "", "York"}, {"\xff\xe4"}};
  const auto of_lists = fit_rows(spec, lists).fitted;
  CHECK(named_row(of_lists, lists[0]).count("Ne") == 1);
  CHECK(named_row(of_lists, lists[0]).count(" Y") == 1);
  const auto over_words = fit_rows(tfidf{.terms = term_kind::characters, .ngrams = {3, 3}}, lists).fitted;
  CHECK(named_row(over_words, lists[0]).count("w Y") == 1);
}

TEST_CASE("text: empty, not UTF-8, a vocabulary emptied by min_df") {
  for (const auto kind : {term_kind::words, term_kind::characters, term_kind::characters_in_words}) {
    const tfidf spec{.terms = kind, .ngrams = {1, 2}};
    const auto fitted = fit_rows(spec, texts{"one two", "", " \t", "caf\xc3 \xff\xfe one", "\xed\xa0\x80"}).fitted;
    CHECK(named_row(fitted, std::string()).empty());
    CHECK_FALSE(named_row(fitted, std::string("one \xff")).empty());
    CHECK_FALSE(named_row(fitted, std::string("caf\xc3")).empty());
    CHECK_THROWS_WITH(fit_rows(tfidf{.terms = kind, .ngrams = {2, 2}, .min_df = 2}, texts{"ab cd", "ef gh"}),
                      bespoke_test::contains("lower min_df"));
    CHECK_THROWS_WITH(fit_rows(spec, texts{"", ""}), bespoke_test::contains("the documents have no"));
  }
}

TEST_CASE("text: one document of 50 MB") {
  std::string text;
  text.reserve(50'000'000);
  random_numbers random(1);
  while (text.size() < 50'000'000 - 8) (text += "word" + std::to_string(random.below(500))) += ' ';
  const texts x{text, "word1 word2", "w"};
  const auto words = fit_rows(tfidf{.max_terms = 100}, x, 2);
  CHECK(bytes_of(rows_one_by_one(words.fitted, x)) == bytes_of(collect(words.output, context())));
  CHECK(named_row(words.fitted, text).size() == 100);

  const texts part{text.substr(0, 5'000'000), "word1"};  // runs of characters take more memory while they are learned
  const tfidf spec{.terms = term_kind::characters_in_words, .ngrams = {3, 3}, .max_terms = 1000};
  const auto runs = fit_rows(spec, part, 2);
  CHECK(bytes_of(rows_one_by_one(runs.fitted, part)) == bytes_of(collect(runs.output, context())));
  CHECK_FALSE(named_row(runs.fitted, text).empty());

  const hashing::fitted hashed({.width = 1000, .terms = term_kind::characters, .ngrams = {3, 3}});
  scratch s;
  CHECK(hashed(text, s).size() <= 1000);
}

TEST_CASE("text: an analyser for any language, on Chinese reviews") {
  const char* folder = std::getenv("BESPOKE_DATA");
  if (folder == nullptr) {
    if (const char* ci = std::getenv("CI"); ci != nullptr && std::string(ci) == "true")
      FAIL("set BESPOKE_DATA to the folder with chnsenticorp");
    WARN("BESPOKE_DATA is not set: not tried on Chinese reviews (ChnSentiCorp)");
    return;
  }
  auto all = to_vector(ingest::csv<review>(std::string(folder) + "/chnsenticorp/ChnSentiCorp_htl_all.csv",
                                           {column("label", &review::label), column("review", &review::text)}));
  random_numbers random(1);
  all = sample(std::move(all), 2400, random);
  const std::vector<review> some(all.begin(), all.begin() + 1600), others(all.begin() + 1600, all.end());
  const auto spec =
      fuse(field("text", &review::text) | tfidf{.ngrams = {1, 2}},
           field("text", &review::text) |
               tfidf{.terms = term_kind::characters_in_words, .ngrams = {2, 5}, .min_df = 2, .sublinear = true}) |
      train::linear_svm{};
  const auto judge = fit(spec, some, &review::label);
  std::size_t right = 0, positive = 0;
  for (const review& r : others) {
    right += judge(r).label() == r.label;
    positive += r.label == 1;
  }
  CAPTURE(right, positive);
  CHECK(right > 680);  // of 800; always the more common answer: about 550
}
