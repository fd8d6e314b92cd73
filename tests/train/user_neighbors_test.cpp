// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/user_neighbors.hpp>

#include "neighbor_cases.hpp"
#include "oracle.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::user_neighbors;

TEST_CASE("user neighbours and their scores are scikit-learn's and the formula's") {
  const auto& data = oracle("train/user_neighbors");
  const auto seen = matrix_from(data["ratings"].get<triples>(), data["users"], data["items"]);
  double most = 0;
  for (const auto& c : data["cases"]) {
    const auto model = model_from(spec_of<user_neighbors>(c), seen);
    std::size_t at = 0;
    for (std::size_t u = 0; u < seen.users(); ++u) {
      scratch s;
      for_each_value(std::get<sparse_row>(model->profile({u, seen.by_user[u]}, s)), [&](std::size_t v, float alike) {
        if (v == seen.users()) return;  // the user's offset
        const auto& expected = c["neighbors"][at++];
        REQUIRE(expected[0] == u);
        REQUIRE(expected[1] == v);
        most = std::max(most, std::fabs(static_cast<double>(alike) - expected[2].get<double>()));
      });
    }
    CHECK(at == c["neighbors"].size());
    for (std::size_t u = 0; u < c["scores"].size(); ++u) {
      const auto all = scores(*model, {2 * u, seen.by_user[2 * u]});
      for (std::size_t i = 0; i < all.size(); ++i)
        most = std::max(most, std::fabs(static_cast<double>(all[i]) - c["scores"][u][i].get<double>()));
    }
  }
  CHECK(most < 3e-6);
}

TEST_CASE("user neighbours are the same for any number of threads") {
  const auto seen = made_up(90, 150, 1);
  check_same_for_any_threads(user_neighbors{.k = 9}, seen);
  check_same_for_any_threads(user_neighbors{.similarity = similarity::pearson, .by_value = true, .predicted = true},
                             seen);
}

TEST_CASE(
    "user neighbours: answers of users, of histories and after they were saved are the same, and parts are exact") {
  const auto seen = made_up(40, 30, 2);
  check_answers(user_neighbors{.k = 7}, seen, nothing);
  check_answers(user_neighbors{.k = 7, .by_value = true}, seen, nothing);
  for (const auto by : {similarity::cosine, similarity::adjusted_cosine, similarity::pearson})
    check_answers(user_neighbors{.k = 7, .similarity = by, .by_value = true, .predicted = true}, seen, baseline{seen});
}

TEST_CASE("user neighbours that are as alike are kept by their numbers, and one with the same history is none") {
  // Users 0 to 4 have item 0 and one of their own; users 5 and 6 have item 0 and item 9.
  triples some;
  for (std::uint32_t u = 0; u < 7; ++u) some.emplace_back(u, 0, 1.0f), some.emplace_back(u, u < 5 ? u + 1 : 9, 1.0f);
  const auto seen = matrix_from(some, 7, 10);
  const auto model = model_from(user_neighbors{.k = 3}, seen);
  const auto neighbors = [&](std::size_t u) {
    scratch s;
    const auto row = std::get<sparse_row>(model->profile({u, seen.by_user[u]}, s));
    return std::vector<std::uint32_t>(row.columns.begin(), row.columns.end());
  };
  CHECK(neighbors(0) == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(neighbors(5) == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("user neighbours: likeness of items is the cosine of their columns") {
  const auto seen = made_up(40, 15, 9);
  const auto alike = likeness(*model_from(user_neighbors{.by_value = true}, seen), 3);
  std::vector<float> column(40);
  for_each_value(seen.by_item[3], [&](std::size_t u, float v) { column[u] = v; });
  for (std::size_t j = 0; j < 15; ++j) {
    const double lengths = std::sqrt(squared_norm(seen.by_item[3]) * squared_norm(seen.by_item[j]));
    CHECK(alike[j] == Approx(dot(seen.by_item[j], column) / lengths).margin(1e-6));
  }
}

TEST_CASE("user neighbours: without a history what everybody has, of an unknown item what is expected of any") {
  const auto seen = made_up(50, 20, 6);
  const asked_user nobody{.history = {{}, {}, 20}}, somebody{.history = seen.by_user[1]};
  const auto model = model_from(user_neighbors{}, seen);
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(scores(*model, nobody)[i] == Approx(static_cast<double>(seen.by_item[i].size()) / 50).margin(1e-6));
  CHECK(score(*model, somebody, 20) == 0);
  CHECK(parts(*model, somebody, 20) == std::vector<float>(seen.by_user[1].size()));
  const auto stars = model_from(user_neighbors{.by_value = true, .predicted = true}, seen);
  const baseline expected{seen};
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(scores(*stars, nobody)[i] == Approx(expected(nobody.history, i)).margin(1e-5));
  CHECK(score(*stars, nobody, 20) == Approx(2.75).margin(0.3));
}

TEST_CASE("user neighbours through a recommender, and with odd data") {
  for (const user_neighbors& spec : {user_neighbors{}, user_neighbors{.k = 1000, .shrinkage = 0},
                                     user_neighbors{.k = 3, .by_value = true, .predicted = true}})
    check_recommender(spec), check_odd_data(spec);
}

TEST_CASE("user neighbours refuse damaged bundles") {
  const auto seen = made_up(30, 20, 7);
  check_damage(user_neighbors{.k = 5}, seen);
  const std::string sound = saved(*model_from(user_neighbors{.k = 5, .by_value = true}, seen));
  CHECK_THROWS_WITH(loaded(user_neighbors{.k = 5}, sound), contains("by_value"));
  CHECK_THROWS_WITH(loaded(user_neighbors{.k = 5, .by_value = true, .predicted = true}, sound), contains("predicted"));
  CHECK_THROWS_WITH(loaded(user_neighbors{.k = 6, .by_value = true}, sound), contains("has k 5"));
  const auto written = [](std::vector<std::uint64_t> offsets, std::vector<std::uint32_t> columns) {
    bundle_writer w;
    bundle_writer section = w.stage(user_neighbors::kind);
    section.put("k", 5);
    section.put("similarity", "cosine");
    section.put("shrinkage", 20.0);
    section.put("by_value", false);
    section.put("predicted", false);
    section.put("mean", 0.0);
    section.put("expected", std::span<const float>(std::vector<float>(2)));
    section.put("histories_offsets", std::span<const std::uint64_t>(offsets));
    section.put("histories_columns", std::span<const std::uint32_t>(columns));
    section.put("histories_values", std::span<const float>(std::vector<float>(columns.size(), 1.0f)));
    return w.bytes({});
  };
  const user_neighbors spec{.k = 5};
  CHECK_FALSE(is_bad_bundle(spec, written({0, 1, 2}, {1, 0})));
  CHECK(is_bad_bundle(spec, written({}, {1, 0})));
  CHECK(is_bad_bundle(spec, written({0, 1}, {1, 0})));
  CHECK(is_bad_bundle(spec, written({0, 2}, {1, 0})));
  CHECK(is_bad_bundle(spec, written({0, 1, 2}, {1, 2})));
}

TEST_CASE("user neighbours: bad input has its message") {
  const auto seen = made_up(30, 20, 8);
  CHECK_THROWS_WITH(model_from(user_neighbors{.k = 0}, seen), contains("a k of 1 or more"));
  CHECK_THROWS_WITH(model_from(user_neighbors{.shrinkage = -1}, seen), contains("shrinkage of 0 or more"));
  CHECK_THROWS_WITH(model_from(user_neighbors{.predicted = true}, seen), contains(".by_value = true"));
  CHECK_THROWS_WITH(model_from(user_neighbors{.similarity = similarity::pearson}, seen), contains(".by_value = true"));
}
