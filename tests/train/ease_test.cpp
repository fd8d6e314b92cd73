// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/ease.hpp>

#include <stop_token>

#include "history_models.hpp"
#include "oracle.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

double nothing(const sparse_row&, std::size_t) { return 0; }

}  // namespace

TEST_CASE("EASE learns the weights of the formula, by items and by users") {
  for (const auto& c : oracle("train/ease")["cases"]) {
    const auto seen = matrix_from(c["ratings"].get<triples>(), c["users"], c["items"]);
    const auto model = model_from(train::ease{.l2 = c["l2"], .by_value = c["by_value"]}, seen);
    double most = 0;
    const auto compare = [&](double a, double b) { most = std::max(most, std::fabs(a - b)); };
    for (std::size_t h = 0; h < seen.items(); ++h)
      for (std::size_t i = 0; i < seen.items(); ++i)
        compare(static_cast<double>(model->weights(h)[i]), c["weights"][h][i].get<double>());
    for (std::size_t u = 0; u < c["scores"].size(); ++u) {
      const auto all = scores(*model, {u, seen.by_user[u]});
      for (std::size_t i = 0; i < all.size() && seen.by_user[u].size() > 0; ++i)
        compare(static_cast<double>(all[i]), c["scores"][u][i].get<double>());
    }
    const auto alike = likeness(*model, 3);
    for (std::size_t i = 0; i < alike.size(); ++i)
      compare(static_cast<double>(alike[i]), c["likeness"][i].get<double>());
    CHECK(most < 2e-6);
  }
}

TEST_CASE("EASE is the same for any number of threads, and of more items than it takes at once") {
  check_same_for_any_threads(train::ease{}, made_up(400, 290, 1));
  check_same_for_any_threads(train::ease{.by_value = true}, made_up(150, 290, 2));
}

TEST_CASE("EASE by items is EASE by users") {
  // As many users as items or one less: the last user has the only interaction of an item of which all weights are 0.
  triples some;
  const auto seen = made_up(40, 39, 5);
  for (std::uint32_t u = 0; u < 38; ++u)
    for_each_value(seen.by_user[u],
                   [&](std::size_t i, float v) { some.emplace_back(u, static_cast<std::uint32_t>(i), v); });
  const auto by_users = model_from(train::ease{.l2 = 2}, matrix_from(some, 38, 39));
  const auto by_items = model_from(train::ease{.l2 = 2}, matrix_from(some, 39, 39));
  for (std::size_t h = 0; h < 39; ++h)
    for (std::size_t i = 0; i < 39; ++i) CHECK(by_users->weights(h)[i] == Approx(by_items->weights(h)[i]).margin(1e-7));
}

TEST_CASE("EASE answers of users, of histories and after it was saved are the same, and parts are exact") {
  check_answers(train::ease{.l2 = 10}, made_up(60, 35, 3), nothing);
  check_answers(train::ease{.l2 = 10, .by_value = true}, made_up(30, 43, 4), nothing);
}

TEST_CASE("EASE: without a history everybody's average") {
  const auto seen = made_up(50, 20, 6);
  const auto model = model_from(train::ease{}, seen);
  const auto all = scores(*model, {.history = {{}, {}, 20}});
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(all[i] == Approx(static_cast<double>(seen.by_item[i].size()) / 50).margin(1e-6));
  CHECK(score(*model, {.history = seen.by_user[1]}, 20) == 0);
  CHECK(parts(*model, {.history = seen.by_user[1]}, 20) == std::vector<float>(seen.by_user[1].size()));
}

TEST_CASE("EASE through a recommender, and with odd data") {
  check_recommender(train::ease{});
  check_recommender(train::ease{.l2 = 1, .by_value = true});
  check_odd_data(train::ease{});
  check_odd_data(train::ease{.l2 = 0.5, .by_value = true});
}

TEST_CASE("EASE refuses damaged bundles") {
  const auto seen = made_up(30, 20, 7);
  check_damage(train::ease{}, seen);
  const std::string sound = saved(*model_from(train::ease{}, seen));
  CHECK_THROWS_WITH(loaded(train::ease{.by_value = true}, sound), contains("by_value"));
  const auto written = [](std::size_t items, std::size_t precisions, std::vector<float> weights) {
    bundle_writer w;
    bundle_writer section = w.stage(train::ease::kind);
    section.put("by_value", false);
    section.put("without_history", std::span<const float>(std::vector<float>(items)));
    section.put("precisions", std::span<const double>(std::vector<double>(precisions, 1.0)));
    section.put("weights", std::span<const float>(weights));
    return w.bytes({});
  };
  CHECK_FALSE(is_bad_bundle(train::ease{}, written(2, 2, std::vector<float>(32))));
  CHECK(is_bad_bundle(train::ease{}, written(2, 3, std::vector<float>(32))));
  CHECK(is_bad_bundle(train::ease{}, written(2, 2, std::vector<float>(4))));
  std::vector<float> on_itself(32), outside(32);
  on_itself[17] = outside[2] = 1;
  CHECK(is_bad_bundle(train::ease{}, written(2, 2, on_itself)));
  CHECK(is_bad_bundle(train::ease{}, written(2, 2, outside)));
}

TEST_CASE("EASE: bad input has its message") {
  const auto seen = made_up(30, 20, 8);
  CHECK_THROWS_WITH(model_from(train::ease{.l2 = 0}, seen), contains("l2 of more than 0"));
  CHECK_THROWS_WITH(model_from(train::ease{.l2 = std::nan("")}, seen), contains("l2"));
  CHECK_THROWS_WITH(model_from(train::ease{.max_items = 19}, seen), contains("at most 19 items"));
  CHECK_THROWS_WITH(
      model_from(train::ease{.l2 = 1e-300}, matrix_from({{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}}, 2, 2)),
      contains("raise l2"));
  CHECK_THROWS_WITH(model_from(train::ease{.l2 = 1e-300}, matrix_from({{0, 0, 1}, {1, 1, 1}, {1, 2, 1}}, 2, 3)),
                    contains("raise l2"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(train::ease{}.fit(seen, context({.stop = stop.get_token()})), error);
}
