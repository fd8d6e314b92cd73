// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/profiles.hpp>

#include <cmath>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"

using namespace bespoke;
using bespoke_test::contains;
using bespoke_test::oracle;

namespace {

struct rating {
  int user{}, film{};
  float stars = 1;
  std::int64_t at = 0;
};

using table = std::vector<std::vector<double>>;

attributes<int> described(const table& rows, std::vector<std::string> columns = {}) {
  attributes<int> all{.rows = sparse_rows(rows.at(0).size()), .columns = std::move(columns)};
  for (std::size_t n = 0; n < rows.size(); ++n) {
    all.ids.add(static_cast<int>(n));
    std::vector<std::uint32_t> at;
    std::vector<float> values;
    for (std::size_t c = 0; c < rows[n].size(); ++c)
      if (const auto v = static_cast<float>(rows[n][c]); v != 0)
        at.push_back(static_cast<std::uint32_t>(c)), values.push_back(v);
    all.rows.append({at, values, rows[n].size()});
  }
  return all;
}

std::vector<rating> ratings_of(const nlohmann::json& all) {
  std::vector<rating> some;
  for (const auto& r : all) some.push_back({r[0], r[1], r[2], r[3]});
  return some;
}

auto collected(const std::vector<rating>& some) {
  return collect(interactions(&rating::user, &rating::film, &rating::stars, &rating::at), some);
}

profile_options options_of(const nlohmann::json& c) {
  const std::string by = c["by"];
  return {.by = by == "mean"  ? aggregated::mean
                : by == "sum" ? aggregated::sum
                              : aggregated::most,
          .half_life = c["half_life"],
          .by_value = c["by_value"],
          .centred = c["centred"]};
}

std::vector<float> dense(const sparse_row& row) {
  std::vector<float> all(row.width());
  for_each_value(row, [&](std::size_t c, float v) { all[c] = v; });
  return all;
}

/// The largest difference of the rows of those things that `known` has; what it has not must be zeros.
double difference(const attributes<int>& known, const table& expected) {
  double most = 0;
  for (std::size_t n = 0; n < expected.size(); ++n) {
    const std::size_t at = known.ids.find(static_cast<int>(n));
    const auto row = at < known.ids.size() ? dense(known.rows[at]) : std::vector<float>(expected[n].size());
    REQUIRE(row.size() == expected[n].size());
    for (std::size_t c = 0; c < row.size(); ++c)
      most = std::max(most, std::fabs(static_cast<double>(row[c]) - expected[n][c]));
  }
  return most;
}

const table films{{1, 0, 0}, {1, 1, 0}, {0, 0, 1}};
const std::vector<std::string> genres{"western", "comedy", "war"};
const std::vector<rating> some{{1, 0, 5, 0},  {1, 1, 4, 10}, {1, 2, 1, 20}, {2, 2, 5, 0},
                               {2, 0, 3, 10}, {3, 2, 4, 0},  {3, 2, 4, 20}, {4, 9, 3, 10}};

std::string bytes_of(const attributes<int>& known) {
  bundle_writer w;
  bundle_writer section = w.stage("attributes/1");
  known.save(section);
  return w.bytes({});
}

std::string bytes_of(const growing_profile& profile) {
  bundle_writer w;
  bundle_writer section = w.stage("profile/1");
  profile.save(section);
  return w.bytes({});
}

growing_profile read(const std::string& bytes, const profile_options& how) {
  bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  return growing_profile::load(r.stage("profile/1"), how);
}

}  // namespace

TEST_CASE("profiles of users and of items are what numpy makes of the formulas") {
  const auto& o = oracle("core/profiles");
  const auto seen = collected(ratings_of(o["seen"]));
  for (const auto& c : o["cases"]) {
    const profile_options how = options_of(c);
    INFO(c["by"] << ", half-life " << how.half_life << ", centred " << how.centred);
    CHECK(difference(user_profiles(seen, described(o["films"].get<table>()), how), c["users"].get<table>()) < 2e-6);
    CHECK(difference(item_profiles(seen, described(o["people"].get<table>()), how), c["items"].get<table>()) < 2e-6);
  }
}

TEST_CASE("a growing profile becomes what a new computation gives, in whatever order things happen") {
  const auto& o = oracle("core/profiles");
  const auto about = described(o["films"].get<table>());
  const auto all = ratings_of(o["seen"]);
  std::int64_t latest = 0;
  for (const rating& r : all) latest = std::max(latest, r.at);
  for (const auto& c : o["cases"]) {
    const profile_options how = options_of(c);
    INFO(c["by"] << ", half-life " << how.half_life << ", centred " << how.centred);
    for (std::size_t u = 0; u < c["users"].size(); ++u) {
      growing_profile one(how, about.rows.width());
      for (const rating& r : all)
        if (r.user == static_cast<int>(u)) one.add(about.rows[static_cast<std::size_t>(r.film)], r.stars, r.at);
      const auto row = dense(one.row(latest)[0]);
      for (std::size_t k = 0; k < row.size(); ++k) CHECK(row[k] == Approx(c["users"][u][k].get<double>()).margin(2e-6));
    }
  }
}

TEST_CASE("profiles are compared and explained") {
  const auto tastes = user_profiles(collected(some), described(films, genres), {.centred = true});
  const auto why = explain(tastes, 1, 2);
  REQUIRE(why.size() == 2);
  CHECK(why[0].name == "western");  // (5/3 + 2/3) / 3
  CHECK(why[0].contribution == Approx(7.0 / 9));
  CHECK(why[1].name == "war");
  CHECK(why[1].contribution == Approx(-7.0 / 9));
  CHECK(explain(tastes, 1, 99).size() == 3);
  CHECK(alike(tastes, 1, 1) == Approx(1));
  CHECK(alike(tastes, 1, 2) < -0.9f);
  CHECK(alike(tastes, 1, 2) == alike(tastes, 2, 1));
  const auto near = nearest(tastes, 1, 99);
  CHECK(near.size() == 3);
  CHECK(near.back().thing == 2);
  CHECK(near.back().cosine == alike(tastes, 1, 2));
  CHECK(nearest(tastes, 1, 1).size() == 1);
  CHECK(nearest(tastes, tastes.rows[tastes.ids.find(2)], 1).front().thing == 2);
}

TEST_CASE("profiles of those of whom nothing is known are empty, and like nothing") {
  const auto tastes = user_profiles(collected(some), described(films, genres));
  CHECK(tastes.rows[tastes.ids.find(4)].size() == 0);  // touched what has no attributes
  CHECK(alike(tastes, 4, 1) == 0);
  CHECK(alike(tastes, 1, 77) == 0);
  CHECK(nearest(tastes, 77, 5).empty());
  CHECK(nearest(tastes, 4, 99).size() == 3);
  CHECK(explain(tastes, 77, 5).empty());
  CHECK(explain(tastes, 4, 5).empty());
  // All values of user 3 are equal.
  const auto centred = user_profiles(collected(some), described(films, genres), {.centred = true});
  CHECK(centred.rows[centred.ids.find(3)].size() == 0);
  const std::vector<rating> alone{{1, 0}};
  const auto single = user_profiles(collected(alone), described(films));
  CHECK(single.ids.size() == 1);
  CHECK(explain(single, 1, 5).front().name == "column 0");
  CHECK(nearest(single, 1, 5).empty());
}

TEST_CASE("profiles and attributes are joined to one row") {
  const auto tastes = user_profiles(collected(some), described(films, genres));
  attributes<int> people{.rows = sparse_rows(1), .columns = {"age"}};
  const float age = 40;
  const std::uint32_t first = 0;
  for (const int user : {2, 50}) people.ids.add(user), people.rows.append({{&first, 1}, {&age, 1}, 1});
  const auto all = joined(tastes, people);
  CHECK(all.columns == std::vector<std::string>{"western", "comedy", "war", "age"});
  CHECK(all.rows.width() == 4);
  CHECK(all.ids.size() == 5);
  CHECK(dense(all.rows[all.ids.find(1)])[3] == 0);
  CHECK(dense(all.rows[all.ids.find(2)])[3] == 40);
  CHECK(dense(all.rows[all.ids.find(2)])[2] == dense(tastes.rows[tastes.ids.find(2)])[2]);
  CHECK(dense(all.rows[all.ids.find(50)]) == std::vector<float>{0, 0, 0, 40});
  CHECK(joined(described(films), people).columns ==
        std::vector<std::string>{"column 0", "column 1", "column 2", "age"});
  CHECK(joined(people, described(films)).columns ==
        std::vector<std::string>{"age", "column 0", "column 1", "column 2"});
  CHECK(joined(described(films), described(films)).columns.empty());
}

TEST_CASE("profiles are saved as attributes are, the same for any number of threads") {
  std::vector<rating> many;
  for (int u = 0; u < 300; ++u)
    for (int n = 0; n < 20; ++n) many.push_back({u, (u * 7 + n * n) % 90, static_cast<float>(n % 5), u * n});
  table rows(90, std::vector<double>(40));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t c = 0; c < 40; c += 1 + i % 7) rows[i][c] = std::sin(static_cast<double>(i * 40 + c));
  const auto about = described(rows);
  const auto seen = collected(many);
  const profile_options how{.half_life = 50, .centred = true};
  const std::string one = bytes_of(user_profiles(seen, about, how, {.threads = 1}));
  CHECK(bytes_of(user_profiles(seen, about, how, {.threads = 2})) == one);
  CHECK(bytes_of(user_profiles(seen, about, how, {.threads = 4})) == one);
  bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(one)));
  CHECK(bytes_of(attributes<int>::load(r.stage("attributes/1"))) == one);
}

TEST_CASE("a growing profile goes on after it was saved, and damage is refused") {
  const auto about = described(films, genres);
  const profile_options how{.half_life = 10, .centred = true};
  growing_profile one(how, 3);
  CHECK(one.row()[0].size() == 0);
  one.add(about.rows[1], 4, 100);
  one.add(about.rows[2], 1, 105);
  growing_profile again = read(bytes_of(one), how);
  CHECK(bytes_of(again) == bytes_of(one));
  for (auto* p : {&one, &again}) p->add(about.rows[0], 5, 90);
  CHECK(dense(again.row()[0]) == dense(one.row()[0]));
  CHECK(again.size() == 3);
  CHECK_THROWS_WITH(read(bytes_of(one), {.half_life = 11, .centred = true}), contains("half_life"));
  const std::string sound = bytes_of(one);
  const std::size_t data = sound.size() - 3 * (4 + 8 + 8);  // the last tensors: no bit of them may crash
  for (std::size_t i = data; i < sound.size(); ++i) {
    std::string bytes = sound;
    bytes[i] = '\xFF';
    const auto found = try_call([&] { return read(bytes, how); });
    if (found) CHECK(found->width() == 3);
    else CHECK(found.failure()->code() == errc::bad_bundle);
  }
}

TEST_CASE("profiles: bad input has its message") {
  const auto about = described(films, genres);
  const auto seen = collected(some);
  const auto timeless = collect(interactions(&rating::user, &rating::film, &rating::stars), some);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(user_profiles(seen, about, {.half_life = -1}), contains("a half_life of 0 or more"));
  CHECK_THROWS_WITH(user_profiles(seen, about, {.half_life = nan}), contains("a half_life of 0 or more"));
  CHECK_THROWS_WITH(user_profiles(timeless, about, {.half_life = 1}), contains("interactions have no times"));
  CHECK_THROWS_WITH(item_profiles(seen, about, {.by_value = false, .centred = true}), contains("by_value"));
  CHECK_THROWS_WITH(growing_profile({.by = aggregated::most, .centred = true}, 3),
                    contains("mean or sum with centred"));
  const float huge = std::numeric_limits<float>::max();
  const std::vector<rating> large{{1, 0, huge, 0}, {1, 1, huge, 0}};
  CHECK_THROWS_WITH(user_profiles(collected(large), about, {.by = aggregated::sum}), contains("record 0"));
  growing_profile one({}, 3);
  CHECK_THROWS_WITH(one.add(sparse_row{{}, {}, 4}), contains("a row of 3 columns"));
  CHECK_THROWS_WITH(one.add(about.rows[0], static_cast<float>(nan)), contains("a finite value"));
  const float infinite = std::numeric_limits<float>::infinity();
  const std::uint32_t first = 0;
  CHECK_THROWS_WITH(one.add({{&first, 1}, {&infinite, 1}, 3}), contains("finite numbers in the row"));
  CHECK(one.size() == 0);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(user_profiles(seen, about, {}, {.stop = stop.get_token()}), error);
}
