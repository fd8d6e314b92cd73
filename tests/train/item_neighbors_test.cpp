// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/item_neighbors.hpp>

#include "neighbor_cases.hpp"
#include "oracle.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::item_neighbors;

TEST_CASE("item neighbours and their scores are scikit-learn's and the formula's") {
  const auto& data = oracle("train/item_neighbors");
  const auto seen = matrix_from(data["ratings"].get<triples>(), data["users"], data["items"]);
  double most = 0;
  for (const auto& c : data["cases"]) {
    const auto model = model_from(spec_of<item_neighbors>(c), seen);
    REQUIRE(model->neighbors().stored() == c["neighbors"].size());
    for (std::size_t i = 0, at = 0; i < seen.items(); ++i)
      for_each_value(model->neighbors()[i], [&](std::size_t j, float alike) {
        const auto& expected = c["neighbors"][at++];
        REQUIRE(expected[0] == i);
        REQUIRE(expected[1] == j);
        most = std::max(most, std::fabs(static_cast<double>(alike) - expected[2].get<double>()));
      });
    for (std::size_t u = 0; u < c["scores"].size(); ++u) {
      const auto all = scores(*model, {2 * u, seen.by_user[2 * u]});
      for (std::size_t i = 0; i < all.size(); ++i)
        most = std::max(most, std::fabs(static_cast<double>(all[i]) - c["scores"][u][i].get<double>()));
    }
  }
  CHECK(most < 3e-6);
}

TEST_CASE("item neighbours are the same for any number of threads") {
  const auto seen = made_up(90, 150, 1);
  check_same_for_any_threads(item_neighbors{.k = 9}, seen);
  check_same_for_any_threads(item_neighbors{.similarity = similarity::pearson, .by_value = true, .predicted = true},
                             seen);
}

TEST_CASE(
    "item neighbours: answers of users, of histories and after they were saved are the same, and parts are exact") {
  const auto seen = made_up(40, 30, 2);
  check_answers(item_neighbors{.k = 7}, seen, nothing);
  check_answers(item_neighbors{.k = 7, .by_value = true}, seen, nothing);
  for (const auto by : {similarity::cosine, similarity::adjusted_cosine, similarity::pearson})
    check_answers(item_neighbors{.k = 7, .similarity = by, .by_value = true, .predicted = true}, seen, baseline{seen});
}

TEST_CASE("item neighbours that are as alike are kept by their numbers") {
  // Everybody has everything: all items are as alike.
  triples some;
  for (std::uint32_t u = 0; u < 4; ++u)
    for (std::uint32_t i = 0; i < 6; ++i) some.emplace_back(u, i, 1.0f);
  const auto model = model_from(item_neighbors{.k = 2}, matrix_from(some, 4, 6));
  CHECK(std::vector<std::uint32_t>(model->neighbors().columns().begin(), model->neighbors().columns().end()) ==
        std::vector<std::uint32_t>{1, 2, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1});
}

TEST_CASE("item neighbours: without a history what everybody has, of an unknown item what is expected of any") {
  const auto seen = made_up(50, 20, 6);
  const asked_user nobody{.history = {{}, {}, 20}}, somebody{.history = seen.by_user[1]};
  const auto model = model_from(item_neighbors{}, seen);
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(scores(*model, nobody)[i] == Approx(static_cast<double>(seen.by_item[i].size()) / 50).margin(1e-6));
  CHECK(score(*model, somebody, 20) == 0);
  CHECK(parts(*model, somebody, 20) == std::vector<float>(seen.by_user[1].size()));
  const auto stars = model_from(item_neighbors{.by_value = true, .predicted = true}, seen);
  const baseline expected{seen};
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(scores(*stars, nobody)[i] == Approx(expected(nobody.history, i)).margin(1e-5));
  CHECK(score(*stars, nobody, 20) == Approx(2.75).margin(0.3));
}

TEST_CASE("item neighbours through a recommender, and with odd data") {
  for (const item_neighbors& spec : {item_neighbors{}, item_neighbors{.k = 1000, .shrinkage = 0},
                                     item_neighbors{.k = 3, .by_value = true, .predicted = true}})
    check_recommender(spec), check_odd_data(spec);
}

TEST_CASE("item neighbours refuse damaged bundles") {
  const auto seen = made_up(30, 20, 7);
  check_damage(item_neighbors{.k = 5}, seen);
  const std::string sound = saved(*model_from(item_neighbors{.k = 5, .by_value = true}, seen));
  CHECK_THROWS_WITH(loaded(item_neighbors{}, sound), contains("by_value"));
  CHECK_THROWS_WITH(loaded(item_neighbors{.by_value = true, .predicted = true}, sound), contains("predicted"));
  const auto written = [](double mean, std::vector<std::uint64_t> offsets, std::vector<std::uint32_t> columns,
                          std::vector<float> values) {
    bundle_writer w;
    bundle_writer section = w.stage(item_neighbors::kind);
    section.put("by_value", false);
    section.put("predicted", false);
    section.put("mean", mean);
    section.put("expected", std::span<const float>(std::vector<float>(2)));
    section.put("neighbors_offsets", std::span<const std::uint64_t>(offsets));
    section.put("neighbors_columns", std::span<const std::uint32_t>(columns));
    section.put("neighbors_values", std::span<const float>(values));
    return w.bytes({});
  };
  const item_neighbors spec;
  CHECK_FALSE(is_bad_bundle(spec, written(0, {0, 1, 2}, {1, 0}, {0.5f, 0.5f})));
  CHECK(is_bad_bundle(spec, written(INFINITY, {0, 1, 2}, {1, 0}, {0.5f, 0.5f})));
  CHECK(is_bad_bundle(spec, written(0, {0, 2}, {1, 0}, {0.5f, 0.5f})));
  CHECK(is_bad_bundle(spec, written(0, {0, 3, 2}, {1, 0}, {0.5f, 0.5f})));
  CHECK(is_bad_bundle(spec, written(0, {0, 2, 2}, {1, 0}, {0.5f, 0.5f})));
  CHECK(is_bad_bundle(spec, written(0, {0, 1, 2}, {2, 0}, {0.5f, 0.5f})));
  CHECK(is_bad_bundle(spec, written(0, {0, 1, 2}, {1, 0}, {0.5f, 1.5f})));
  CHECK(is_bad_bundle(spec, written(0, {0, 1, 2}, {1, 0}, {0.5f})));
}

TEST_CASE("item neighbours: bad input has its message") {
  const auto seen = made_up(30, 20, 8);
  CHECK_THROWS_WITH(model_from(item_neighbors{.k = 0}, seen), contains("a k of 1 or more"));
  CHECK_THROWS_WITH(model_from(item_neighbors{.shrinkage = -1}, seen), contains("shrinkage of 0 or more"));
  CHECK_THROWS_WITH(model_from(item_neighbors{.predicted = true}, seen), contains(".by_value = true"));
  CHECK_THROWS_WITH(model_from(item_neighbors{.similarity = similarity::pearson}, seen), contains(".by_value = true"));
}
