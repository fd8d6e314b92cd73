// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/stage.hpp>
#include <bespoke/features/tfidf.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;
using features::tfidf;

namespace {

using texts = std::vector<std::string>;
using named_row = std::map<std::string, double>;

static_assert(stage_spec<tfidf, std::string> && stage_spec<tfidf, std::vector<std::string>>);
static_assert(stage_spec<tfidf, std::string_view, std::string> && stage_spec<tfidf, const char*>);
static_assert(!document<int> && !document<std::vector<int>>);

template <class In>
blocks<In> over(const std::vector<In>& x) {
  return blocks<In>(std::span<const In>(x));
}

template <class In>
auto fit(const tfidf& spec, const std::vector<In>& x, unsigned threads = 1) {
  const context ctx({.threads = threads});
  return spec.fit(over(x), own(std::vector<none>(x.size())), ctx);
}

template <class In>
auto fit_rows(const tfidf& spec, const std::vector<In>& x, unsigned threads = 1) {
  const context ctx({.threads = threads});
  return spec.fit_rows(over(x), own(std::vector<none>(x.size())), ctx);
}

template <class F>
named_row named(const F& fitted, const sparse_row& r) {
  named_row out;
  for_each_value(r, [&](std::size_t c, float v) { out[fitted.column_name(c)] = static_cast<double>(v); });
  return out;
}

template <class F, class In>
named_row row_of(const F& fitted, const In& x) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  return named(fitted, fitted(x, s));
}

void check_same(const named_row& ours, const named_row& theirs) {
  REQUIRE(ours.size() == theirs.size());
  for (const auto& [term, value] : theirs) {
    CAPTURE(term);
    REQUIRE(ours.count(term) == 1);
    REQUIRE(std::fabs(ours.at(term) - value) <= 1e-6 * std::max(1.0, std::fabs(value)));
  }
}

template <class T>
std::string bytes_of(std::span<const T> x) {
  return {reinterpret_cast<const char*>(x.data()), x.size_bytes()};
}

/// All of the rows, bit for bit.
std::string bytes_of(const sparse_rows& rows) {
  return bytes_of(rows.offsets()) + bytes_of(rows.columns()) + bytes_of(rows.values()) + std::to_string(rows.width());
}

template <class F>
std::string bytes_of(const F& fitted) {
  bundle_writer w;
  auto section = w.stage(F::kind);
  fitted.save(section);
  return w.bytes({});
}

nlohmann::json oracle(const std::string& name) {
  std::ifstream file(std::string(BESPOKE_TEST_DATA) + "/oracles/features/" + name);
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

tfidf spec_of(const nlohmann::json& o) {
  tfidf spec{.words = word_rule::sklearn};
  const std::string terms = o.value("terms", "words");
  if (terms != "words") spec.terms = terms == "characters" ? term_kind::characters : term_kind::characters_in_words;
  spec.idf = o.value("idf", true);
  if (o.contains("ngrams")) spec.ngrams = {o["ngrams"][0].get<unsigned>(), o["ngrams"][1].get<unsigned>()};
  spec.min_df = o.value("min_df", spec.min_df);
  spec.max_df = o.value("max_df", spec.max_df);
  spec.sublinear = o.value("sublinear", spec.sublinear);
  spec.smooth = o.value("smooth", spec.smooth);
  spec.max_terms = o.value("max_terms", spec.max_terms);
  const std::string norm = o.value("norm", "l2");
  spec.norm = norm == "none" ? row_norm::none : norm == "l1" ? row_norm::l1 : row_norm::l2;
  return spec;
}

// The same definition, written for reading.

texts terms_of(const texts& words, ngram_range n) {
  texts terms;
  for (unsigned k = n.low; k <= n.high; ++k)
    for (std::size_t i = 0; i + k <= words.size(); ++i) {
      std::string term = words[i];
      for (unsigned j = 1; j < k; ++j) term += " " + words[i + j];
      terms.push_back(term);
    }
  return terms;
}

std::map<std::string, double> plain_idf(const tfidf& spec, const std::vector<texts>& documents) {
  std::map<std::string, std::size_t> df, tf;
  for (const auto& words : documents) {
    const texts terms = terms_of(words, spec.ngrams);
    for (const auto& t : terms) ++tf[t];
    for (const auto& t : std::set<std::string>(terms.begin(), terms.end())) ++df[t];
  }
  const double n = static_cast<double>(documents.size()), more = spec.smooth ? 1 : 0;
  std::vector<std::pair<std::size_t, std::string>> kept;
  for (const auto& [term, d] : df)
    if (d >= spec.min_df && static_cast<double>(d) <= spec.max_df * n) kept.emplace_back(tf[term], term);
  std::sort(kept.begin(), kept.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  if (spec.max_terms != 0 && kept.size() > spec.max_terms) kept.resize(spec.max_terms);
  std::map<std::string, double> idf;
  for (const auto& [count, term] : kept) idf[term] = std::log((n + more) / (static_cast<double>(df[term]) + more)) + 1;
  return idf;
}

named_row plain_row(const tfidf& spec, const std::map<std::string, double>& idf, const texts& words) {
  named_row row;
  for (const auto& t : terms_of(words, spec.ngrams))
    if (idf.count(t) != 0) row[t] += 1;
  double squares = 0, sum = 0;
  for (auto& [term, value] : row) {
    value = (spec.sublinear ? 1 + std::log(value) : value) * idf.at(term);
    squares += value * value;
    sum += value;
  }
  const double norm = spec.norm == row_norm::l2 ? std::sqrt(squares) : spec.norm == row_norm::l1 ? sum : 1;
  for (auto& [term, value] : row) value /= norm;
  return row;
}

/// Texts of few words, so that terms repeat; some words are longer than 16 bytes, some share their first 16.
std::vector<texts> random_documents(std::mt19937& random, std::size_t n) {
  texts words{"extraordinarily-long-a", "extraordinarily-long-b", "exactly-16-bytes", "é", "", "中文"};
  for (int i = 0; i < 40; ++i) words.push_back("w" + std::to_string(i));
  std::vector<texts> documents(n);
  for (auto& d : documents)
    for (std::size_t left = random() % 20; left > 0; --left)
      d.push_back(words[(random() % words.size()) * (random() % 8) / 7]);
  return documents;
}

std::vector<texts> without_empty(std::vector<texts> documents) {
  for (auto& d : documents) d.erase(std::remove(d.begin(), d.end(), std::string()), d.end());
  return documents;
}

tfidf random_spec(std::mt19937& random) {
  const unsigned low = 1 + static_cast<unsigned>(random() % 3);
  return {.ngrams = {low, low + static_cast<unsigned>(random() % 3)},
          .min_df = random() % 3,
          .max_df = random() % 2 != 0 ? 1.0 : 0.4,
          .sublinear = random() % 2 != 0,
          .smooth = random() % 2 != 0,
          .norm = static_cast<row_norm>(random() % 3),
          .max_terms = random() % 2 != 0 ? 0 : 1 + random() % 40};
}

texts news(std::size_t n) {
  std::mt19937 random(3);
  texts all;
  for (std::size_t i = 0; i < n; ++i) {
    std::string text;
    for (std::size_t left = random() % 40; left > 0; --left) {
      const std::size_t word = random() % 50 * (random() % 50);
      text += "Word" + std::to_string(word) + (random() % 9 == 0 ? ", " : " ");
      if (random() % 60 == 0) text += "Größe ";
    }
    all.push_back(text);
  }
  return all;
}

}  // namespace

TEST_CASE("tfidf: the numbers of scikit-learn 1.2.1") {
  const auto file = GENERATE(as<std::string>{}, "tfidf.json", "tfidf_characters.json");
  const auto golden = oracle(file);
  const texts x = golden["texts"];
  REQUIRE(golden["cases"].size() >= 10);
  for (const auto& c : golden["cases"]) {
    CAPTURE(c["options"].dump());
    const auto [fitted, rows] = fit_rows(spec_of(c["options"]), x);
    CHECK(fitted.width() == c["width"].get<std::size_t>());
    const sparse_rows all = collect(rows, context());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const named_row theirs = c["rows"][i];
      check_same(row_of(fitted, x[i]), theirs);
      check_same(named(fitted, all[i]), theirs);
    }
  }
}

TEST_CASE("tfidf: random options and documents against the definition, rows from one pass against one by one") {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const tfidf spec = random_spec(random);
    const auto x = random_documents(random, 1 + random() % 60);
    const auto words = without_empty(x);
    const auto idf = plain_idf(spec, words);
    CAPTURE(round, spec.ngrams.low, spec.ngrams.high, spec.min_df, spec.max_df, spec.max_terms);
    if (idf.empty()) {
      CHECK_THROWS_AS(fit(spec, x), error);
      continue;
    }
    const auto [fitted, rows] = fit_rows(spec, x);
    const sparse_rows all = collect(rows, context());
    REQUIRE(fitted.width() == idf.size());
    REQUIRE(bytes_of(all) == bytes_of(collect(applied(fitted, over(x)), context())));
    for (std::size_t i = 0; i < x.size(); ++i) check_same(named(fitted, all[i]), plain_row(spec, idf, words[i]));
  }
}

TEST_CASE("tfidf: the same bytes for any number of threads, for fit and for fit_rows") {
  const texts x = news(5000);
  for (const tfidf& spec : {tfidf{.ngrams = {1, 2}}, tfidf{.ngrams = {1, 3}, .min_df = 3, .max_terms = 2000}}) {
    const auto one = fit_rows(spec, x, 1);
    const std::string rows = bytes_of(collect(one.output, context())), terms = bytes_of(one.fitted);
    for (const unsigned threads : {2u, 4u}) {
      const auto many = fit_rows(spec, x, threads);
      CHECK(bytes_of(many.fitted) == terms);
      CHECK(bytes_of(collect(many.output, context())) == rows);
    }
    CHECK(bytes_of(fit(spec, x, 2)) == terms);
    CHECK(bytes_of(collect(applied(one.fitted, over(x)), context())) == rows);
  }
}

TEST_CASE("tfidf: loaded is the same as saved") {
  const texts x = news(300);
  for (const tfidf& spec : {tfidf{}, tfidf{.ngrams = {2, 3}, .min_df = 2, .norm = row_norm::l1, .max_terms = 50}}) {
    const auto fitted = fit(spec, x);
    const std::string file = bytes_of(fitted);
    auto root = bundle_reader::from_bytes(std::as_bytes(std::span(file)));
    auto section = root.stage("tfidf/1");
    const auto again = tfidf{.ngrams = spec.ngrams, .norm = spec.norm}.load<std::string, none>(section);
    CHECK(bytes_of(again) == file);
    for (const auto& text : x) REQUIRE(row_of(again, text) == row_of(fitted, text));
  }
}

TEST_CASE("tfidf: a file with other settings is refused") {
  const std::string file = bytes_of(fit(tfidf{}, news(20)));
  auto root = bundle_reader::from_bytes(std::as_bytes(std::span(file)));
  auto section = root.stage("tfidf/1");
  const auto refused = [&](const tfidf& other) {
    try {
      other.load<std::string, none>(section);
      return false;
    } catch (const error& e) {
      return e.code() == errc::bundle_mismatch;
    }
  };
  CHECK(refused({.terms = term_kind::characters}));
  CHECK(refused({.ngrams = {1, 2}}));
  CHECK(refused({.words = word_rule::sklearn}));
  CHECK(refused({.sublinear = true}));
  CHECK(refused({.norm = row_norm::none}));
  CHECK_FALSE(refused({.min_df = 9, .max_df = 0.1, .max_terms = 3}));
}

namespace {

/// A section as a fitted stage writes it, with what a test changes.
struct content {
  std::string bytes = "onetwo";
  std::vector<std::uint32_t> ends{3, 6}, runs{0, 1}, nodes{};
  std::vector<float> idf{1, 1, 1};
};

bool rejected(const content& c) {
  bundle_writer w;
  auto s = w.stage("tfidf/1");
  s.put("terms", "words");
  s.put("ngrams", "1-2");
  s.put("words", "unicode");
  s.put("sublinear", false);
  s.put("norm", "l2");
  s.put("min_df", 1);
  s.put("max_df", 1.0);
  s.put("max_terms", 0);
  s.put("use_idf", true);
  s.put("smooth", true);
  s.put("word_bytes", std::span(reinterpret_cast<const std::uint8_t*>(c.bytes.data()), c.bytes.size()));
  s.put("word_ends", std::span<const std::uint32_t>(c.ends));
  s.put("runs_2", std::span<const std::uint32_t>(c.runs));
  s.put("every_node_is_a_column", c.nodes.empty());
  if (!c.nodes.empty()) s.put("nodes", std::span<const std::uint32_t>(c.nodes));
  s.put("idf", std::span<const float>(c.idf));
  const std::string file = w.bytes({});
  auto root = bundle_reader::from_bytes(std::as_bytes(std::span(file)));
  auto section = root.stage("tfidf/1");
  try {
    const auto loaded = tfidf{.ngrams = {1, 2}}.load<std::string, none>(section);
    row_of(loaded, std::string("one two two one"));
    return false;
  } catch (const error& e) {
    return e.code() == errc::bad_bundle;
  }
}

}  // namespace

TEST_CASE("tfidf: damaged content is rejected") {
  // Which of the two words comes first depends on their hashes.
  const bool swapped = rejected({});
  const auto sound = [&](content c) {
    if (swapped) c.bytes = "twoone";
    return c;
  };
  CHECK_FALSE(rejected(sound({})));
  CHECK(rejected({.bytes = swapped ? "onetwo" : "twoone"}));
  CHECK(rejected(sound({.ends = {3, 7}})));
  CHECK(rejected(sound({.ends = {3, 3}})));
  CHECK(rejected(sound({.ends = {5, 3}})));
  CHECK(rejected({.bytes = "oneone"}));
  CHECK(rejected(sound({.runs = {0}})));
  CHECK(rejected(sound({.runs = {0, 2}})));
  CHECK(rejected(sound({.runs = {2, 0}})));
  CHECK(rejected(sound({.runs = {0, 1, 0, 1}, .idf = {1, 1, 1, 1}})));
  CHECK(rejected(sound({.idf = {1, 1}})));
  CHECK(rejected(sound({.idf = {1, 1, NAN}})));
  CHECK(rejected(sound({.nodes = {0, 3}, .idf = {1, 1}})));
  CHECK(rejected(sound({.nodes = {1, 1}, .idf = {1, 1}})));
  CHECK(rejected(sound({.nodes = {1, 0}, .idf = {1, 1}})));
  CHECK_FALSE(rejected(sound({.nodes = {0, 2}, .idf = {1, 1}})));
}

TEST_CASE("tfidf: takes every kind of text, and lists of words as they are") {
  const std::vector<std::string_view> views{"one two", "two Three"};
  const std::vector<const char*> pointers{"one two", "two Three"};
  const std::vector<texts> lists{{"New York", "one"}, {"", "one"}};
  CHECK(fit(tfidf{}, views).width() == 3);
  CHECK(fit(tfidf{}, pointers).width() == 3);
  const auto fitted = fit(tfidf{.ngrams = {1, 2}}, lists);
  CHECK(row_of(fitted, lists[0]).count("New York one") == 1);
  CHECK(row_of(fitted, lists[1]).size() == 1);
}

TEST_CASE("tfidf: unknown words and empty texts give empty rows") {
  const auto fitted = fit(tfidf{.ngrams = {1, 2}}, texts{"one two", "", "three"});
  CHECK(row_of(fitted, std::string()).empty());
  CHECK(row_of(fitted, std::string("none of these")).empty());
  CHECK(row_of(fitted, std::string("two one")).size() == 2);
  CHECK(fitted(std::string("x"), scratch::local()).width() == 4);
}

TEST_CASE("tfidf: made-up records have known words") {
  const auto fitted = fit(tfidf{.ngrams = {1, 2}}, news(100));
  for (std::uint64_t i = 0; i < 50; ++i) CHECK_FALSE(row_of(fitted, fitted.golden(i)).empty());
  CHECK(fitted.golden(1) == fitted.golden(1));
  CHECK(fitted.golden(1) != fitted.golden(2));
  const auto of_lists = fit(tfidf{}, std::vector<texts>{{"a"}, {"b"}});
  CHECK(of_lists.golden(1).size() >= 3);
}

TEST_CASE("tfidf: long documents and many repeats") {
  std::string text;
  for (int i = 0; i < 30000; ++i) text += "w" + std::to_string(i * 7919 % 997) + " ";
  const texts x{text, text + "once", "w1"};
  const auto [fitted, rows] = fit_rows(tfidf{.ngrams = {1, 2}}, x);
  CHECK(bytes_of(collect(rows, context())) == bytes_of(collect(applied(fitted, over(x)), context())));
}

TEST_CASE("tfidf: what cannot be learned says so") {
  CHECK_THROWS_WITH(fit(tfidf{}, texts{}), bespoke_test::contains("the documents have no words"));
  CHECK_THROWS_WITH(fit(tfidf{}, texts{"", "..."}), bespoke_test::contains("2 documents"));
  CHECK_THROWS_WITH(fit(tfidf{.min_df = 2}, texts{"one"}), bespoke_test::contains("lower min_df"));
  CHECK_THROWS_WITH(fit(tfidf{.ngrams = {2, 2}}, texts{"one"}), bespoke_test::contains("no term is left"));
  CHECK_THROWS_WITH(fit(tfidf{.ngrams = {2, 1}}, texts{"one"}), bespoke_test::contains("got {2, 1}"));
  CHECK_THROWS_WITH(fit(tfidf{.ngrams = {0, 1}}, texts{"one"}), bespoke_test::contains("1 ≤ low"));
  CHECK_THROWS_WITH(fit(tfidf{.max_df = 1.5}, texts{"one"}), bespoke_test::contains("max_df"));
}

TEST_CASE("tfidf: reports its documents, and stops when asked to") {
  const texts x = news(3000);
  std::vector<std::size_t> done;
  const auto record = [&](const progress& p) {
    CHECK(p.total == x.size());
    done.push_back(p.done);
  };
  const context reporting({.on_progress = record, .threads = 2});
  tfidf{}.fit(over(x), own(std::vector<none>(x.size())), reporting);
  CHECK(done.size() == 3);
  CHECK(done.back() == x.size());
  CHECK(std::is_sorted(done.begin(), done.end()));
  std::stop_source stop;
  stop.request_stop();
  const context stopped({.stop = stop.get_token()});
  CHECK_THROWS_AS(tfidf{}.fit(over(x), own(std::vector<none>(x.size())), stopped), error);
}
