// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/train/factors.hpp>

#include <string>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

dense_rows matrix(std::initializer_list<std::initializer_list<float>> all) {
  dense_rows rows(all.size(), all.begin()->size());
  std::size_t i = 0;
  for (const auto& row : all) std::copy(row.begin(), row.end(), rows.writable(i++).begin());
  return rows;
}

std::vector<float> values(dense_row row) { return {row.values.begin(), row.values.end()}; }

std::vector<float> likeness(const train::user_item_factors& factors, std::size_t item) {
  std::vector<float> all(factors.items().size());
  factors.likeness(item, all, scratch::local());
  return all;
}

std::string saved(const train::user_item_factors& factors) {
  bundle_writer w;
  bundle_writer section = w.stage("factors/1");
  factors.save(section);
  return w.bytes({});
}

train::user_item_factors loaded(const std::string& bytes) {
  bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  return train::user_item_factors::load(r.stage("factors/1"));
}

const dense_rows users = matrix({{1, 2}, {0, 0}, {3, 0}}), items = matrix({{1, 0}, {0, 0}, {3, 4}, {-2, 0}});
const std::vector<float> biases{0.5f, -1, 0, 2.5f};

}  // namespace

TEST_CASE("factors: scores are products and biases; the unknown is the mean of the known") {
  const train::user_item_factors plain(users, items), biased(users, items, biases);
  CHECK(plain.width() == 2);
  CHECK(values(plain.user(0)) == std::vector<float>{1, 2});
  CHECK(values(plain.typical_user()) == std::vector<float>{2, 1});
  CHECK(values(plain.user(1)) == std::vector<float>{2, 1});
  CHECK(values(plain.user(3)) == std::vector<float>{2, 1});
  const auto user = plain.user(0).values;
  CHECK(plain.score(user, 2) == 11);
  CHECK(biased.score(user, 3) == 0.5f);
  CHECK(plain.score(user, 4) == Approx(10.0 / 3));
  CHECK(biased.score(user, 4) == Approx(10.0 / 3 + 0.5));
  std::vector<float> all(4);
  biased.score_all(user, all);
  CHECK(all == std::vector<float>{1.5f, -1, 11, 0.5f});
  scored room[4];
  const auto best = biased.best(user, room, [](std::size_t i) { return i != 2; });
  CHECK(std::vector<scored>(best.begin(), best.end()) == std::vector<scored>{{0, 1.5f}, {3, 0.5f}, {1, -1}});
}

TEST_CASE("factors: likeness is a cosine, without the biases") {
  for (const auto& some : {std::vector<float>{}, biases}) {
    const train::user_item_factors factors(users, items, some);
    CHECK(likeness(factors, 0) == std::vector<float>{1, 0, 0.6f, -1});
    CHECK(likeness(factors, 1) == std::vector<float>{0, 1, 0, 0});
    CHECK(likeness(factors, 4) == std::vector<float>(4));
  }
  const train::user_item_factors huge(users, matrix({{1e30f, 1e30f}, {1e30f, 0}}));
  for (const float v : likeness(huge, 0)) CHECK((v >= -1 && v <= 1));
}

TEST_CASE("factors are read back as they were written, and damaged ones refused") {
  for (const auto& some : {std::vector<float>{}, biases}) {
    const train::user_item_factors factors(users, items, some);
    const auto again = loaded(saved(factors));
    CHECK(saved(again) == saved(factors));
    CHECK(again.score(users[0].values, 2) == factors.score(users[0].values, 2));
    CHECK(again.score(users[0].values, 9) == factors.score(users[0].values, 9));
  }
  const auto written = [](std::vector<std::size_t> shape, std::vector<float> item_values, std::size_t n) {
    bundle_writer w;
    bundle_writer section = w.stage("factors/1");
    section.put("user_factors", users.values(), {3, 2});
    section.put("item_factors", std::span<const float>(item_values), shape);
    section.put("has_item_biases", true);
    section.put("retrieval", "automatic");
    section.put("item_biases", std::span<const float>(std::vector<float>(n)));
    return w.bytes({});
  };
  CHECK_NOTHROW(loaded(written({2, 2}, {1, 2, 3, 4}, 2)));
  CHECK_THROWS_WITH(loaded(written({2, 2}, {1, 2, 3, 4}, 3)), contains("item_biases"));
  CHECK_THROWS_WITH(loaded(written({4, 1}, {1, 2, 3, 4}, 4)), contains("different numbers of factors"));
  CHECK_THROWS_WITH(loaded(written({4}, {1, 2, 3, 4}, 4)), contains("item_factors is no matrix"));
  CHECK_THROWS_WITH(loaded(written({0, 2}, {}, 0)), contains("item_factors is no matrix"));
  CHECK_THROWS_WITH(loaded(written({1, 2}, {1, std::numeric_limits<float>::infinity()}, 1)), contains("not finite"));
}

TEST_CASE("factors: what does not fit together is refused") {
  CHECK_THROWS_WITH(train::user_item_factors(users, matrix({{1, 2, 3}})), contains("2 factors of each item"));
  CHECK_THROWS_WITH(train::user_item_factors(users, items, std::vector<float>(3)), contains("4 biases"));
}

TEST_CASE("factors: the best are found as the host has chosen, and after they were read back") {
  random_numbers random(1);
  dense_rows many(5000, 8), some(20, 8);
  for (auto* rows : {&many, &some})
    for (std::size_t i = 0; i < rows->size(); ++i)
      for (float& v : rows->writable(i)) v = static_cast<float>(random.unit() - 0.5);
  train::user_item_factors factors(some, many);
  CHECK(factors.found_by() == retrieval::automatic);
  const auto best = [&](const train::user_item_factors& from, std::size_t u) {
    std::vector<scored> room(10);
    room.resize(from.best(some[u].values, room, any_index{}).size());
    return room;
  };
  std::vector<std::vector<scored>> exact;
  for (std::size_t u = 0; u < 20; ++u) exact.push_back(best(factors, u));
  for (const auto how : {retrieval::exact, retrieval::quantized, retrieval::approximate}) {
    factors.find_by(how, context());
    const auto again = loaded(saved(factors));
    CHECK(again.found_by() == how);
    CHECK(saved(again) == saved(factors));
    std::size_t same = 0;
    for (std::size_t u = 0; u < 20; ++u) {
      CHECK(best(again, u) == best(factors, u));
      same += best(factors, u) == exact[u];
    }
    CHECK(same >= (how == retrieval::approximate ? 15u : 20u));
  }
  bundle_writer w;
  bundle_writer section = w.stage("factors/1");
  section.put("user_factors", users.values(), {3, 2});
  section.put("item_factors", items.values(), {4, 2});
  section.put("has_item_biases", false);
  section.put("retrieval", "by ear");
  CHECK_THROWS_WITH(loaded(w.bytes({})), contains("by ear"));
}
