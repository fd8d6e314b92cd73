// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/recommender_comparison.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stop_token>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "table_model.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
const bootstrap_options few{.samples = 200};
const lists nothing_known{{}, {}, {}};

}  // namespace

TEST_CASE("errors of ratings are scikit-learn's") {
  for (const auto& c : bespoke_test::oracle("core/recommender_metrics")) {
    const auto items = c["items"].get<std::size_t>();
    const auto places = c["held"].get<lists>();
    const auto values = dense(c["values"]);
    sparse_rows held(items);
    for (std::size_t u = 0; u < places.size(); ++u) {
      std::vector<float> own;
      for (const std::uint32_t i : places[u]) own.push_back(values[u][i]);
      held.append({places[u], own, items});
    }
    const auto train = trained(c["train"].get<lists>(), items);
    const auto found = evaluate_ratings(table_model(dense(c["scores"])), train, held,
                                        {.low = 1.5f, .high = 4.5f, .interval = few}, context({.threads = 2}));
    for (const auto& [name, expected] : c["ratings"].items())
      CHECK(std::fabs(found[name].value.mean - expected.get<double>()) < 1e-12);
    CHECK(found.interactions == held.stored());
    CHECK(found.cold_users == 1);
  }
}

TEST_CASE("unknown users and items are asked for and counted, or left out") {
  const table_model model(std::vector<std::vector<float>>{{1, 1, 1}, {2, 2, 2}});
  const auto train = trained({{0}, {}}, 3);
  const auto held = rows_of_lists({{1, 2}, {0}}, 3);
  const auto all = evaluate_ratings(model, train, held, {.interval = few}, context{});
  CHECK(all.interactions == 3);
  CHECK(all.cold_interactions == 3);
  CHECK(all.cold_users == 1);
  CHECK(all["RMSE"].value.mean == Approx(std::sqrt(1.0 / 3)));
  CHECK(all["RMSE by user"].value.mean == 0.5);
  CHECK_THROWS_WITH(evaluate_ratings(model, train, held, {.unknown = unknown_pairs::left_out}, context{}),
                    contains("there are no held interactions"));
  const auto known = evaluate_ratings(model, trained({{0, 1}, {}}, 3), held,
                                      {.unknown = unknown_pairs::left_out, .interval = few}, context{});
  CHECK(known.interactions == 1);
  CHECK(known.left_out == 2);
}

TEST_CASE("models are compared on the same users") {
  const auto good = std::make_shared<const table_model>(std::vector<std::vector<float>>(3, {4, 3, 2, 1}));
  const auto bad = std::make_shared<const table_model>(std::vector<std::vector<float>>(3, {1, 2, 3, 4}));
  const auto train = trained(nothing_known, 4);
  const auto held = rows_of_lists({{0}, {0}, {1}}, 4);
  const context ctx({.threads = 2});
  const auto all =
      compare_ranking({{"good", good}, {"bad", bad}}, train, held, {.cut_offs = {2}, .interval = few}, ctx);
  CHECK(all["good"]["hit rate@2"].value.mean == 1);
  CHECK(all.difference("good", "bad", "hit rate@2") == estimate{1, 1, 1});
  CHECK(all.difference("bad", "bad", "MRR@2") == estimate{0, 0, 0});
  CHECK(all.text({"hit rate@2"}, 2) ==
        "| model | hit rate@2 |\n|---|---|\n| good | 1.00 (1.00–1.00) |\n| bad | 0.00 (0.00–0.00) |\n");
  CHECK_THROWS_WITH(all["ugly"], contains("there is no model \"ugly\""));
  CHECK_THROWS_WITH(all.difference("good", "bad", "coverage@2"), contains("a figure that every user has"));
  CHECK_THROWS_WITH(all.difference("good", "bad", "magic"), contains("hit rate@2, precision@2"));
  const auto ratings = compare_ratings({{"good", good}, {"bad", bad}}, train, held, {.interval = few}, ctx);
  CHECK(ratings.difference("good", "bad", "RMSE").mean == Approx(std::sqrt(22.0 / 3) - std::sqrt(1.0 / 3)));
  CHECK_THROWS_WITH(compare_ranking({{"a", good}, {"a", bad}}, train, held, {}, ctx), contains("\"a\" twice"));
  CHECK_THROWS_WITH(compare_ranking({{"a", nullptr}}, train, held, {}, ctx), contains("there is no model"));
  const auto others = evaluate_ranking(*good, train, rows_of_lists({{0}, {}, {1}}, 4), {.cut_offs = {2}}, ctx);
  CHECK_THROWS_WITH(bootstrap_difference(others, all["good"], "AUC"), contains("asked different users"));
}

TEST_CASE("evaluations: bad input has its message") {
  const table_model model(std::vector<std::vector<float>>{{1, 2, not_a_number}});
  const auto train = trained({{0}}, 3);
  const auto held = rows_of_lists({{1}}, 3), nobody = rows_of_lists({{}}, 3), two = rows_of_lists({{1}, {1}}, 3);
  const context ctx({.threads = 1});
  CHECK_THROWS_WITH(evaluate_ranking(model, train, held, {.cut_offs = {}}, ctx),
                    contains("cut-offs of 1 or more, got none"));
  CHECK_THROWS_WITH(evaluate_ranking(model, train, held, {.cut_offs = {5, 0}}, ctx), contains("cut-offs of 1 or more"));
  CHECK_THROWS_WITH(evaluate_ranking(model, train, nobody, {}, ctx), contains("nobody has a relevant held item"));
  CHECK_THROWS_WITH(evaluate_ranking(model, train, held, {.relevant_from = 2}, ctx), contains("nobody has a relevant"));
  CHECK_THROWS_WITH(evaluate_ranking(model, train, two, {}, ctx), contains("2 users, 3 items"));
  CHECK_THROWS_WITH(evaluate_ratings(model, train, two, {}, ctx), contains("2 users, 3 items"));
  CHECK_THROWS_WITH(evaluate_ratings(model, train, nobody, {}, ctx), contains("there are no held interactions"));
  CHECK_THROWS_WITH(evaluate_ratings(model, train, rows_of_lists({{2}}, 3), {}, ctx),
                    contains("a finite score of user 0 for item 2, got nan"));
  CHECK_THROWS_WITH(evaluate_ratings(model, train, held, {.low = 3, .high = 2}, ctx), contains("low at most high"));
  CHECK_THROWS_AS(evaluate_ranking(model, train, held, {.interval = {.samples = 0}}, ctx), error);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_WITH(evaluate_ranking(model, train, held, {}, context({.stop = stop.get_token()})),
                    contains("a stop was requested"));
}
