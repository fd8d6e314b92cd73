// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/attributes.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/impute.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

struct film {
  std::string id{}, title{}, studio{};
  float minutes{};
};

const std::vector<film> films{
    {"a", "blue moon", "north", 90}, {"b", "red moon", "south", 120}, {"c", "blue sea", "north", 100}};

auto words() {
  return fuse(field("title", &film::title) | features::tfidf{}, field("studio", &film::studio) | features::one_hot{});
}

/// The names of the columns that it has.
template <class Thing>
std::string text(const attributes<Thing>& about, const Thing& thing) {
  std::string all;
  for_each_value(about.rows[about.ids.find(thing)], [&](std::size_t c, float) { all += about.columns[c] + "; "; });
  return all;
}

std::string saved(const attributes<std::string>& about) {
  bundle_writer w;
  bundle_writer section = w.stage("attributes/1");
  about.save(section);
  return w.bytes({});
}

attributes<std::string> loaded(const std::string& bytes) {
  bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  return attributes<std::string>::load(r.stage("attributes/1"));
}

}  // namespace

TEST_CASE("attributes: rows under ids, and what their columns mean") {
  const auto describe = fit(words(), films);
  const auto about = attributes_of(&film::id, describe, films);
  REQUIRE(about.ids.size() == 3);
  REQUIRE(about.rows.size() == 3);
  CHECK(about.columns.size() == about.rows.width());
  CHECK(text(about, std::string("a")) == "title: moon; title: blue; studio: north; ");
  CHECK(text(about, std::string("b")) == "title: moon; title: red; studio: south; ");
  for (std::size_t i = 0; i < films.size(); ++i) {
    const auto alone = describe(films[i]);
    CHECK(std::vector<float>(about.rows[i].values.begin(), about.rows[i].values.end()) ==
          std::vector<float>(alone.values().begin(), alone.values().end()));
  }
}

TEST_CASE("attributes: of a flow as of records in memory, on any number of threads") {
  std::vector<film> many;
  for (int i = 0; i < 3000; ++i)
    many.push_back({std::to_string(i), i % 3 ? "moon" : "sea", i % 2 ? "north" : "south", 1});
  const auto describe = fit(words(), many);
  const std::string alone = saved(attributes_of(&film::id, describe, many, {.threads = 1}));
  CHECK(saved(attributes_of(&film::id, describe, many, {.threads = 4})) == alone);
  struct source {
    std::vector<film> all;
    std::size_t at = 0;
    bool next(film& out) { return at < all.size() ? (out = all[at++], true) : false; }
  };
  CHECK(saved(attributes_of(&film::id, describe, flow(source{many}))) == alone);
}

TEST_CASE("attributes: of several records of one thing the last counts") {
  auto twice = films;
  twice.push_back({"a", "red sea", "south", 80});
  twice.push_back({"d", "sea", "north", 80});
  const auto about = attributes_of(&film::id, fit(words(), films), twice);
  CHECK(about.ids.size() == 4);
  CHECK(about.rows.size() == 4);
  CHECK(text(about, std::string("a")) == "title: sea; title: red; studio: south; ");
  CHECK(text(about, std::string("d")) == "title: sea; studio: north; ");
}

TEST_CASE("attributes: ids of any function, dense features without their zeros, and nothing at all") {
  const auto scale = fit(field("minutes", &film::minutes) | features::standardize{}, films);
  const auto about = attributes_of([](const film& f) { return f.id.front() - 'a'; }, scale, films);
  CHECK(about.ids.find(1) == 1);
  CHECK(about.rows.width() == 1);
  CHECK(about.rows.stored() == 3);
  CHECK(about.columns.size() == 1);
  const auto none = attributes_of(&film::id, fit(words(), films), std::vector<film>{});
  CHECK(none.ids.size() == 0);
  CHECK(none.rows.size() == 0);
  CHECK(none.rows.width() == none.columns.size());
}

TEST_CASE("attributes: in the order of another table, empty where nothing is known") {
  const auto about = attributes_of(&film::id, fit(words(), films), films);
  id_table<std::string> others;
  for (const char* name : {"c", "unheard of", "a"}) others.add(name);
  const sparse_rows rows = row_for_each(about, others);
  REQUIRE(rows.size() == 3);
  CHECK(rows.width() == about.rows.width());
  CHECK(rows[1].size() == 0);
  CHECK(std::equal(rows[0].columns.begin(), rows[0].columns.end(), about.rows[2].columns.begin()));
  CHECK(std::equal(rows[2].values.begin(), rows[2].values.end(), about.rows[0].values.begin()));
  CHECK(row_for_each(attributes<std::string>{}, others).size() == 3);
}

TEST_CASE("attributes: numbers that are none have their record and column") {
  auto odd = films;
  odd[1].minutes = std::numeric_limits<float>::infinity();
  const auto scale = fit(fuse(field("minutes", &film::minutes)), films);
  CHECK_THROWS_WITH(attributes_of(&film::id, scale, odd), contains("record 1") && contains("minutes"));
  const auto nan = [](const film&) { return std::nan(""); };
  CHECK_THROWS_WITH(attributes_of(nan, scale, films), contains("equals itself"));
}

TEST_CASE("attributes: read back as they were written, damage refused") {
  const std::string bytes = saved(attributes_of(&film::id, fit(words(), films), films));
  CHECK(saved(loaded(bytes)) == bytes);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  random_numbers random(1);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__" || name.find("bytes") != std::string::npos) continue;
    INFO(name);
    const auto first = 8 + length + tensor["data_offsets"][0].get<std::size_t>();
    const auto end = 8 + length + tensor["data_offsets"][1].get<std::size_t>();
    std::string bad = bytes;
    std::fill(bad.begin() + static_cast<std::ptrdiff_t>(first), bad.begin() + static_cast<std::ptrdiff_t>(end), '\xFF');
    CHECK_THROWS_AS(loaded(bad), error);
    for (int t = 0; t < 50; ++t) {
      std::string flipped = bytes;
      flipped[first + random.below(end - first)] ^= static_cast<char>(1 << random.below(8));
      const auto found = try_call([&] { return loaded(flipped); });
      CHECK((found ? found->rows.size() == 3 : found.failure()->code() == errc::bad_bundle));
    }
  }
}
