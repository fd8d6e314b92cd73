// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/item_likeness.hpp>
#include <bespoke/core/ranking.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/core/rating_evaluation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "table_model.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

double largest_difference(const user_figure& found, const nlohmann::json& expected) {
  REQUIRE(found.sums.size() == expected.size());
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(found.counts[i] == (expected[i].is_null() ? 0 : 1));
    if (!expected[i].is_null()) largest = std::max(largest, std::fabs(found.sums[i] - expected[i].get<double>()));
  }
  return largest;
}

const bootstrap_options few{.samples = 200};
const lists nothing_known{{}, {}, {}};

}  // namespace

TEST_CASE("ranks of several items in one list") {
  scratch& s = scratch::local();
  const std::vector<float> chosen{2, 5, not_a_number, 2}, first{1, 2, not_a_number},
      second{6, -std::numeric_limits<float>::infinity()};
  rank_counter list(chosen, s);
  list.add(first);
  list.add(second);
  // 6 [5] 2 [2] [2] 1 -inf nan [nan]
  CHECK(std::ranges::equal(list.ranks(), std::vector<std::size_t>{1, 3, 4, 8}));
  CHECK(list.auc() == Approx((4 + 2 * 3.5 + 0.5) / 20));
  rank_counter none({}, s);
  none.add(first);
  CHECK(none.ranks().empty());
  CHECK(std::isnan(none.auc()));
  CHECK(std::isnan(rank_counter(chosen, s).auc()));
}

TEST_CASE("a list's quality, by hand") {
  const std::vector<std::size_t> ranks{1, 3, 8};
  const list_quality q(ranks, 5);
  CHECK(q.hit == 1);
  CHECK(q.precision == Approx(0.4));
  CHECK(q.recall == Approx(2.0 / 3));
  CHECK(q.average_precision == Approx((1.0 / 2 + 2.0 / 4) / 3));
  CHECK(q.reciprocal_rank == 0.5);
  CHECK(q.ndcg == Approx((1 / std::log2(3.0) + 1 / std::log2(5.0)) / (1 + 1 / std::log2(3.0) + 0.5)));
  CHECK(list_quality(ranks, 1).hit == 0);
  CHECK(list_quality(ranks, 1).reciprocal_rank == 0);
  CHECK(list_quality(ranks, 0).precision == 0);
  CHECK(list_quality({}, 5).ndcg == 0);
}

TEST_CASE("Gini's coefficient") {
  CHECK(gini(std::vector<double>{3, 3, 3}) == Approx(0).margin(1e-15));
  CHECK(gini(std::vector<double>{0, 0, 0, 8}) == Approx(0.75));
  CHECK(std::isnan(gini(std::vector<double>{0, 0})));
  CHECK(std::isnan(gini({})));
}

TEST_CASE("figures of rankings are scikit-learn's and their definitions'") {
  for (const auto& c : bespoke_test::oracle("core/recommender_metrics")) {
    const auto items = c["items"].get<std::size_t>();
    const auto train = trained(c["train"].get<lists>(), items);
    const auto held = rows_of_lists(c["held"].get<lists>(), items);
    const auto features = dense(c["features"]);
    const table_model model(dense(c["scores"]));
    const ranking_options options{
        .cut_offs = c["cut_offs"].get<std::vector<std::size_t>>(), .alike = cosine_of(features), .interval = few};
    const auto found = evaluate_ranking(model, train, held, options, context({.threads = 1}));
    CHECK(found.users == c["users"].get<std::vector<std::uint32_t>>());
    CHECK(found.left_out == 1);
    CHECK(found.cold_users == 1);
    CHECK(found.figures.size() == 4 * 10 + 1);
    double largest = 0;
    for (const auto& [name, expected] : c["by_user"].items())
      largest = std::max(largest, largest_difference(found[name], expected));
    CHECK(largest < 1e-12);
    for (const auto& [name, expected] : c["shown"].items()) {
      CAPTURE(name);
      if (expected.is_null()) CHECK(std::isnan(found[name].value.mean));
      else CHECK(found[name].value.mean == Approx(expected.get<double>()).margin(1e-6));  // diversity is of floats
    }
  }
}

TEST_CASE("evaluations are the same for any number of threads") {
  const auto& c = bespoke_test::oracle("core/recommender_metrics")[0];
  const auto items = c["items"].get<std::size_t>();
  const auto train = trained(c["train"].get<lists>(), items);
  const auto held = rows_of_lists(c["held"].get<lists>(), items);
  const table_model model(dense(c["scores"]));
  for (const std::size_t negatives : {0u, 6u}) {
    std::vector<recommender_evaluation> all;
    for (const unsigned threads : {1u, 2u, 4u})
      all.push_back(evaluate_ranking(model, train, held, {.negatives = negatives, .interval = few},
                                     context({.threads = threads, .seed = 5})));
    for (std::size_t f = 0; f < all[0].figures.size(); ++f)
      for (const auto& other : all) {
        CHECK(other.figures[f].sums == all[0].figures[f].sums);
        CHECK(other.figures[f].value == all[0].figures[f].value);
      }
  }
}

TEST_CASE("intervals hold the figure") {
  const auto& c = bespoke_test::oracle("core/recommender_metrics")[0];
  const auto items = c["items"].get<std::size_t>();
  const auto found = evaluate_ranking(table_model(dense(c["scores"])), trained(c["train"].get<lists>(), items),
                                      rows_of_lists(c["held"].get<lists>(), items), {.cut_offs = {2}}, context{});
  for (const user_figure& f : found.figures) {
    CAPTURE(f.name);
    CHECK(f.value.low < f.value.mean);
    CHECK(f.value.high > f.value.mean);
  }
}

TEST_CASE("negatives are neither known nor held, and the same for every model") {
  // Item i scores i: what is drawn follows from the rank of the held item, 50. Items 0 to 9 are known, 51 is held too, but not
  // relevant.
  constexpr std::size_t items = 100;
  std::vector<float> by_number(items);
  for (std::size_t i = 0; i < items; ++i) by_number[i] = static_cast<float>(i);
  const auto train = trained({{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, items);
  const std::vector<std::uint32_t> held_items{50, 51};
  const std::vector<float> values{1, 0};
  sparse_rows held(items);
  held.append({held_items, values, items});
  const table_model model(std::vector<std::vector<float>>{by_number});
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto of = [&](std::size_t negatives) {
      return evaluate_ranking(model, train, held,
                              {.negatives = negatives, .relevant_from = 1, .interval = {.samples = 1}},
                              context({.threads = 1, .seed = seed}))["AUC"]
          .sums[0];
    };
    CHECK(of(1000) == Approx(40.0 / 88));  // all others: 10 to 49 below, 52 to 99 above
    sum += of(8);
  }
  CHECK(sum / 300 == Approx(40.0 / 88).margin(0.05));  // five deviations
}

TEST_CASE("every item that may be drawn is drawn equally often") {
  constexpr std::size_t items = 12;
  const auto train = trained({{0, 5}}, items);
  const auto held = rows_of_lists({{3}}, items);
  std::vector<int> drawn(items);
  for (std::size_t other = 0; other < items; ++other) {
    std::vector<float> scores(items);
    scores[3] = 1, scores[other] = 2;
    const table_model model(std::vector<std::vector<float>>{scores});
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      const auto found =
          evaluate_ranking(model, train, held, {.cut_offs = {1}, .negatives = 3, .interval = {.samples = 1}},
                           context({.threads = 1, .seed = seed}));
      drawn[other] += found["hit rate@1"].value.mean == 0;
    }
  }
  for (const std::size_t never : {0u, 3u, 5u}) CHECK(drawn[never] == 0);
  for (const std::size_t other : {1u, 2u, 4u, 6u, 7u, 8u, 9u, 10u, 11u}) CHECK(std::abs(drawn[other] - 133) < 48);
}

TEST_CASE("a model that scores all the same gains nothing by ties") {
  const table_model flat(std::vector<std::vector<float>>(3, std::vector<float>(6, 1.0f)));
  const auto held = rows_of_lists({{0}, {1}, {2, 3}}, 6);
  const auto found = evaluate_ranking(flat, trained({{1}, {0}, {}}, 6), held, {.cut_offs = {4}}, context{});
  CHECK(found["hit rate@4"].value.mean == 0);
  CHECK(found["AUC"].value.mean == 0.5);
  CHECK(found["coverage@4"].value.mean == Approx(5.0 / 6));  // the first four of each, in the order of their numbers
}

TEST_CASE("NaN scores come last") {
  const table_model model(std::vector<std::vector<float>>{{not_a_number, 1, 2, not_a_number},
                                                          {not_a_number, not_a_number, not_a_number, not_a_number},
                                                          {3, not_a_number, 1, 0}});
  const auto held = rows_of_lists({{0}, {1}, {0}}, 4);
  const auto found =
      evaluate_ranking(model, trained(nothing_known, 4), held, {.cut_offs = {3}, .interval = few}, context{});
  CHECK(found["hit rate@3"].sums == std::vector<double>{0, 0, 1});
  CHECK(found["AUC"].sums[0] == Approx(0.5 / 3));
  CHECK(found["AUC"].sums[1] == 0.5);
  CHECK(found["AUC"].sums[2] == 1);
}

TEST_CASE("a list longer than the catalogue is all of it") {
  const table_model model(std::vector<std::vector<float>>{{1, 2, 3}, {3, 2, 1}, {2, 2, 1}});
  const auto held = rows_of_lists({{0, 1, 2}, {1}, {}}, 3);
  const auto found = evaluate_ranking(model, trained({{}, {0}, {0}}, 3), held, {.cut_offs = {1000}}, context{});
  CHECK(found["recall@1000"].value.mean == 1);
  CHECK(found["coverage@1000"].value.mean == 1);
  CHECK(found["precision@1000"].sums == std::vector<double>{0.003, 0.001});
  CHECK(found["AUC"].counts == std::vector<double>{0, 1});  // for the first user there is nothing to rank against
}

TEST_CASE("held items that are in training are left out, or asked for") {
  const table_model model(std::vector<std::vector<float>>{{4, 3, 2, 1}, {1, 2, 3, 4}});
  const auto train = trained({{0}, {1}}, 4);
  const auto held = rows_of_lists({{0, 1}, {1}}, 4);
  const auto hidden = evaluate_ranking(model, train, held, {.cut_offs = {1}, .interval = few}, context{});
  CHECK(hidden.users == std::vector<std::uint32_t>{0});
  CHECK(hidden.left_out == 2);
  CHECK(hidden["hit rate@1"].value.mean == 1);
  const auto shown =
      evaluate_ranking(model, train, held, {.cut_offs = {1}, .hide_known = false, .interval = few}, context{});
  CHECK(shown.users.size() == 2);
  CHECK(shown.interactions == 3);
  CHECK(shown.left_out == 0);
  CHECK(shown["recall@1"].sums == std::vector<double>{0.5, 0});
}

TEST_CASE("users are asked for by number or as somebody new") {
  const table_model model(std::vector<std::vector<float>>{{1, 2, 9, 0}});
  const auto train = trained({{0}}, 4);
  const auto held = rows_of_lists({{2}}, 4, 5.0f);
  const context ctx({.threads = 1});
  CHECK(evaluate_ranking(model, train, held, {.interval = few}, ctx)["MRR@10"].value.mean == 1);
  CHECK(evaluate_ranking(model, train, held, {.as_new = true, .interval = few}, ctx)["MRR@10"].value.mean ==
        Approx(1.0 / 3));
  CHECK(evaluate_ratings(model, train, held, {.interval = few}, ctx)["MAE"].value.mean == 4);
  CHECK(evaluate_ratings(model, train, held, {.as_new = true, .interval = few}, ctx)["MAE"].value.mean == 5);
}

TEST_CASE("diversity by a model and by rows") {
  const auto model = std::make_shared<const table_model>(std::vector<std::vector<float>>{{4, 3, 2, 1}});
  const auto train = trained({{}}, 4);
  const auto held = rows_of_lists({{0}}, 4);
  const auto by = [&](item_likeness alike) {
    return evaluate_ranking(*model, train, held, {.cut_offs = {3}, .alike = std::move(alike), .interval = few},
                            context{});
  };
  CHECK(by(likeness_of(model))["diversity@3"].value.mean == Approx(2.0 / 3));  // items 0 and 2 are alike
  sparse_rows features(2);
  const std::vector<std::uint32_t> first{0}, both{0, 1};
  const std::vector<float> one{2}, ones{1, 1};
  for (int i = 0; i < 2; ++i) features.append({first, one, 2});
  features.append({both, ones, 2});
  features.append({{}, {}, 2});
  CHECK(by(cosine_of(features))["diversity@3"].value.mean == Approx(1 - (1 + 2 * std::sqrt(0.5)) / 3));
  CHECK_THROWS_WITH(by({})["diversity@3"], contains("hit rate@3"));
}
