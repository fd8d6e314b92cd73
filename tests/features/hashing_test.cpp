// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/stage.hpp>
#include <bespoke/features/hashing.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;
using features::hashing;

namespace {

using columns = std::map<std::size_t, double>;

static_assert(stage_spec<hashing, std::string> && stage_spec<hashing, std::vector<std::string>, float>);

hashing::fitted fit(const hashing& spec) { return hashing::fitted(spec); }

template <class In>
columns row_of(const hashing::fitted& fitted, const In& x) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  columns out;
  std::size_t before = 0;
  for_each_value(fitted(x, s), [&](std::size_t c, float v) {
    CHECK((out.empty() || c > before));
    out[before = c] = static_cast<double>(v);
  });
  return out;
}

hashing spec_of(const nlohmann::json& o) {
  hashing spec{.words = word_rule::sklearn};
  const std::string terms = o.value("terms", "words");
  if (terms != "words") spec.terms = terms == "characters" ? term_kind::characters : term_kind::characters_in_words;
  spec.width = o.value("width", spec.width);
  if (o.contains("ngrams")) spec.ngrams = {o["ngrams"][0].get<unsigned>(), o["ngrams"][1].get<unsigned>()};
  spec.alternate_sign = o.value("alternate_sign", true);
  const std::string norm = o.value("norm", "l2");
  spec.norm = norm == "none" ? row_norm::none : norm == "l1" ? row_norm::l1 : row_norm::l2;
  return spec;
}

void check_same(const columns& ours, const nlohmann::json& theirs) {
  REQUIRE(ours.size() == theirs.size());
  for (const auto& [column, value] : theirs.items()) {
    CAPTURE(column);
    REQUIRE(ours.count(std::stoul(column)) == 1);
    REQUIRE(std::fabs(ours.at(std::stoul(column)) - value.get<double>()) <= 1e-6);
  }
}

}  // namespace

TEST_CASE("hashing: the numbers of scikit-learn 1.2.1") {
  std::ifstream file(std::string(BESPOKE_TEST_DATA) + "/oracles/features/hashing.json");
  const auto golden = nlohmann::json::parse(file);
  REQUIRE(golden["cases"].size() >= 8);
  for (const auto& c : golden["cases"]) {
    CAPTURE(c["options"].dump());
    const auto fitted = fit(spec_of(c["options"]));
    for (std::size_t i = 0; i < golden["texts"].size(); ++i)
      check_same(row_of(fitted, golden["texts"][i].get<std::string>()), c["rows"][i]);
  }
}

TEST_CASE("hashing: lists of words, empty texts, terms that cancel") {
  const auto fitted = fit({.ngrams = {1, 2}});
  CHECK(row_of(fitted, std::vector<std::string>{"new", "", "york"}) == row_of(fitted, std::string("New York")));
  CHECK(row_of(fitted, std::string()).empty());
  CHECK(fitted(std::string("a b"), scratch::local()).width() == std::size_t{1} << 20);
  const auto narrow = fit({.width = 1, .norm = row_norm::none});
  for (const char* text : {"a b c d e f g h", "one two three four five six"})
    for (const auto& [column, value] : row_of(narrow, std::string(text))) CHECK(value != 0);
}

TEST_CASE("hashing: saved and loaded, other settings are refused") {
  const hashing spec{.width = 100, .ngrams = {1, 2}};
  bundle_writer w;
  auto out = w.stage(hashing::fitted::kind);
  fit(spec).save(out);
  const std::string file = w.bytes({});
  auto root = bundle_reader::from_bytes(std::as_bytes(std::span(file)));
  auto in = root.stage("hashing/1");
  const auto again = spec.load<std::string, none>(in);
  CHECK(row_of(again, std::string("one two")) == row_of(fit(spec), std::string("one two")));
  for (const hashing& other : {hashing{.width = 101, .ngrams = {1, 2}}, hashing{.width = 100},
                               hashing{.width = 100, .terms = term_kind::characters, .ngrams = {1, 2}},
                               hashing{.width = 100, .ngrams = {1, 2}, .words = word_rule::sklearn},
                               hashing{.width = 100, .ngrams = {1, 2}, .alternate_sign = false},
                               hashing{.width = 100, .ngrams = {1, 2}, .norm = row_norm::l1}})
    CHECK_THROWS_AS((other.load<std::string, none>(in)), error);
}

TEST_CASE("hashing: parameters out of range") {
  CHECK_THROWS_WITH(fit({.width = 0}), bespoke_test::contains("expected 1 to 2147483647"));
  CHECK_THROWS_WITH(fit({.width = std::size_t{1} << 31}), bespoke_test::contains("width"));
  CHECK_THROWS_WITH(fit({.ngrams = {0, 1}}), bespoke_test::contains("ngrams"));
}
