// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/biased_factorization.hpp>

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "oracle.hpp"
#include "rating_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::biased_factorization;

namespace {

biased_factorization spec_of(const nlohmann::json& p) {
  return {.factors = p["factors"],
          .epochs = p["epochs"],
          .learning_rate = p["learning_rate"],
          .l2 = p["l2"],
          .spread = p["spread"],
          .constant_rate = p.value("constant_rate", false),
          .biases = p.value("biases", true),
          .clip = false};
}

}  // namespace

TEST_CASE("biased factorization predicts what a plain reference does") {
  double furthest = 0;
  for (const auto& c : oracle("train/biased_factorization")) {
    INFO(c["name"]);
    const auto& p = c["parameters"];
    const context ctx({.threads = 1, .seed = p.value("seed", 1u)});
    const auto model = spec_of(p).fit(ratings_of(c), ctx);
    const bool plain = !p.value("biases", true);
    for (std::size_t u = 0; u + plain < c["users"]; ++u) {
      const auto scores = scores_of(*model, {.number = u});
      for (std::size_t i = 0; i + plain < scores.size(); ++i)
        furthest = std::max(furthest, std::fabs(static_cast<double>(scores[i]) - c["predicted"][u][i].get<double>()));
    }
  }
  CHECK(furthest < 1e-5);
}

TEST_CASE("biased factorization folds in a new user as a plain reference does") {
  double furthest = 0;
  for (const auto& c : oracle("train/biased_factorization")) {
    if (!c.contains("folded")) continue;
    INFO(c["name"]);
    const auto model = spec_of(c["parameters"]).fit(ratings_of(c), context({.threads = 1}));
    history h;
    for (const auto& one : c["history"]) h.items.push_back(one[0]), h.values.push_back(one[1]);
    const auto scores = scores_of(*model, h.user(model->items()));
    const auto parts = parts_of(*model, h.user(model->items()), 0);
    for (std::size_t i = 0; i < scores.size(); ++i)
      furthest = std::max(furthest, std::fabs(static_cast<double>(scores[i]) - c["folded"][i].get<double>()));
    for (std::size_t j = 0; j < parts.size(); ++j)
      furthest = std::max(furthest, std::fabs(static_cast<double>(parts[j]) - c["parts"][j].get<double>()));
  }
  CHECK(furthest < 2e-5);
}

TEST_CASE("r = u·i: who is not known is as the others are on average") {
  const auto& c = oracle("train/biased_factorization")[2];
  const auto model = spec_of(c["parameters"]).fit(ratings_of(c), context({.threads = 1}));
  const std::size_t users = c["users"], items = c["items"];
  double mean = 0;
  for (std::size_t u = 0; u + 1 < users; ++u) mean += static_cast<double>(score_of(*model, {.number = u}, 3));
  CHECK(score_of(*model, {.number = users - 1}, 3) == Approx(mean / static_cast<double>(users - 1)).epsilon(1e-5));
  CHECK(score_of(*model, {}, 3) == score_of(*model, {.number = users - 1}, 3));
  CHECK(score_of(*model, {}, items - 1) == score_of(*model, {}, items + 5));
}

TEST_CASE("ratings of any scale are learned alike") {
  const auto some = made_up_ratings(40, 30, 0.5, 2);
  auto larger = some;
  for (auto& [u, i, r] : larger) r = 1000 * r - 500;
  const biased_factorization spec{.factors = 8, .epochs = 10};
  const auto small = spec.fit(ratings_of(40, 30, some), context({.threads = 1}));
  const auto large = spec.fit(ratings_of(40, 30, larger), context({.threads = 1}));
  for (const std::size_t i : {0u, 7u, 29u, 30u})
    CHECK(score_of(*large, {.number = 3}, i) == Approx(1000 * score_of(*small, {.number = 3}, i) - 500).epsilon(1e-4));
}

TEST_CASE("learning that diverges says so") {
  const auto seen = ratings_of(40, 30, made_up_ratings(40, 30, 0.5, 2));
  CHECK_THROWS_WITH(
      (biased_factorization{.epochs = 60, .learning_rate = 5, .l2 = 1}.fit(seen, context({.threads = 1}))),
      contains("smaller learning_rate"));
}
