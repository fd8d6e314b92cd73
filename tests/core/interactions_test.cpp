// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/interactions.hpp>

#include <array>
#include <cmath>
#include <compare>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

enum class kind { viewed, bought, shared };

struct event {
  std::string user{};
  int item{};
  float value = 1;
  std::int64_t at = 0;
  kind what = kind::viewed;
};

// "u:i=v u:i=v", by user.
std::string text(const interaction_matrix& m) {
  std::string all;
  for (std::size_t u = 0; u < m.users(); ++u)
    for_each_value(m.by_user[u], [&](std::size_t i, float v) {
      all +=
          (all.empty() ? "" : " ") + std::to_string(u) + ":" + std::to_string(i) + "=" + std::to_string(v).substr(0, 5);
    });
  return all;
}

const std::vector<event> few{
    {"ann", 7, 3, 100}, {"bob", 9, 2, 50}, {"ann", 9, 5, 200}, {"ann", 7, 4, 90}, {"bob", 7, 1, 10}};

}  // namespace

TEST_CASE("interactions are numbered in the order they are met, and indexed both ways") {
  const auto seen = collect(interactions(&event::user, &event::item, &event::value, &event::at), few);
  CHECK(seen.users.size() == 2);
  CHECK(seen.users[0] == "ann");
  CHECK(seen.items[1] == 9);
  CHECK(seen.items.find(8) == 2);
  CHECK(text(seen.matrix) == "0:0=3.000 0:1=5.000 1:0=1.000 1:1=2.000");
  CHECK(seen.matrix.times == aligned_vector<std::int64_t>{100, 200, 10, 50});
  CHECK(seen.matrix.by_item[0].columns.size() == 2);
  CHECK(seen.matrix.by_item[1].values[1] == 2);
}

TEST_CASE("interactions: what becomes of several of one user and item") {
  const auto with = [](interaction_options options) {
    return text(collect(interactions(&event::user, &event::item, &event::value, &event::at, options), few).matrix);
  };
  CHECK(with({.repeats = repeated::sum}) == "0:0=7.000 0:1=5.000 1:0=1.000 1:1=2.000");
  CHECK(with({.repeats = repeated::mean}) == "0:0=3.500 0:1=5.000 1:0=1.000 1:1=2.000");
  CHECK(with({.repeats = repeated::most}) == "0:0=4.000 0:1=5.000 1:0=1.000 1:1=2.000");
  SECTION("without times the last one counts") {
    CHECK(text(collect(interactions(&event::user, &event::item, &event::value), few).matrix) ==
          "0:0=4.000 0:1=5.000 1:0=1.000 1:1=2.000");
  }
  SECTION("without values each counts once") {
    CHECK(text(collect(interactions(&event::user, &event::item), few).matrix) ==
          "0:0=1.000 0:1=1.000 1:0=1.000 1:1=1.000");
    CHECK(text(collect(interactions(&event::user, &event::item, once, &event::at, {.repeats = repeated::sum}), few)
                   .matrix) == "0:0=2.000 0:1=1.000 1:0=1.000 1:1=1.000");
  }
}

TEST_CASE("interactions fade by half in each half_life, before they are put together") {
  const std::vector<event> some{{"a", 1, 8, 0}, {"a", 1, 4, 10}, {"a", 2, 4, 20}};
  const auto with = [&](repeated r) {
    return text(
        collect(interactions(&event::user, &event::item, &event::value, &event::at, {.repeats = r, .half_life = 10}),
                some)
            .matrix);
  };
  CHECK(with(repeated::last) == "0:0=2.000 0:1=4.000");
  CHECK(with(repeated::sum) == "0:0=4.000 0:1=4.000");
  CHECK(with(repeated::mean) == "0:0=2.000 0:1=4.000");
  CHECK(with(repeated::most) == "0:0=2.000 0:1=4.000");
}

TEST_CASE("interactions of several kinds have weights") {
  const std::vector<event> some{
      {"a", 1, 1, 0, kind::viewed}, {"a", 1, 1, 1, kind::bought}, {"a", 2, 1, 2, kind::shared}};
  const auto weight = kind_weight(&event::what, {{kind::viewed, 0.5f}, {kind::bought, 3.0f}});
  const auto seen = collect(interactions(&event::user, &event::item, weight, {.repeats = repeated::sum}), some);
  CHECK(text(seen.matrix) == "0:0=3.500 0:1=0.000");
}

TEST_CASE("interactions: many come in parts and give what they would at once") {
  std::mt19937 random(3);
  std::map<std::pair<unsigned, unsigned>, double> sums;
  interaction_collector all({.repeats = repeated::sum}, false);
  for (int i = 0; i < 700000; ++i) {
    const unsigned user = random() % 300, item = random() % 200;
    const auto value = static_cast<float>(random() % 8);
    all.add(user, item, value, 0);
    sums[{user, item}] += static_cast<double>(value);
  }
  const auto m = std::move(all).finish(300, 200);
  REQUIRE(m.size() == sums.size());
  auto expected = sums.begin();
  bool same = true;
  for (std::size_t u = 0; u < m.users(); ++u)
    for_each_value(m.by_user[u], [&](std::size_t i, float v) {
      same = same && expected->first == std::pair(static_cast<unsigned>(u), static_cast<unsigned>(i)) &&
             expected->second == static_cast<double>(v);
      ++expected;
    });
  CHECK(same);
  for (std::size_t i = 0; i < m.items(); ++i)
    for_each_value(m.by_item[i], [&](std::size_t u, float v) {
      same = same && sums.at({static_cast<unsigned>(u), static_cast<unsigned>(i)}) == static_cast<double>(v);
    });
  CHECK(same);
}

TEST_CASE("ids may be anything with an order or a hash") {
  struct place {
    int x = 0, y = 0;
    auto operator<=>(const place&) const = default;
  };
  id_table<place> ids;
  CHECK(ids.add({1, 2}) == 0);
  CHECK(ids.add({1, 3}) == 1);
  CHECK(ids.add({1, 2}) == 0);
  CHECK(ids.find({9, 9}) == 2);
  CHECK(ids[1] == place{1, 3});
}

TEST_CASE("ids that look alike as text are kept apart") {
  id_table<std::string> ids;
  for (const char* one : {"1", "01", " 1", "1 ", "1.0", "\xC3\xA9", "e\xCC\x81", ""}) ids.add(one);
  CHECK(ids.size() == 8);
  CHECK(ids.find("01") == 1);
  id_table<double> numbers;
  CHECK(numbers.add(0.1 + 0.2) != numbers.add(0.3));
}

TEST_CASE("interactions: bad input has its message") {
  const float bad = std::numeric_limits<float>::quiet_NaN();
  const std::vector<event> wrong{{"a", 1, 1}, {"b", 1, bad}};
  CHECK_THROWS_WITH(collect(interactions(&event::user, &event::item, &event::value), wrong),
                    contains("expected a finite value") && contains("record 1"));
  CHECK_THROWS_WITH(collect(interactions(&event::user, &event::item), std::vector<event>{}),
                    contains("there are no interactions"));
  CHECK_THROWS_WITH(collect(interactions(&event::user, &event::item, {.half_life = 5}), few),
                    contains("interactions have no times"));
  CHECK_THROWS_WITH(
      collect(interactions(&event::user, &event::item, &event::value, &event::at, {.half_life = -1}), few),
      contains("a half_life of 0 or more seconds"));
  const std::vector<event> nan_id{{"a", 1, 1}};
  CHECK_THROWS_WITH(collect(interactions([](const event&) { return std::nan(""); }, &event::item), nan_id),
                    contains("an id that equals itself"));
  std::stop_source stop;
  stop.request_stop();
  const std::vector<event> many(70000, few[0]);
  CHECK_THROWS_AS(collect(interactions(&event::user, &event::item), many, {.stop = stop.get_token()}), error);
}
