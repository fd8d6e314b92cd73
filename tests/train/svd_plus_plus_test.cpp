// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/svd_plus_plus.hpp>

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "oracle.hpp"
#include "rating_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::svd_plus_plus;

namespace {

auto model_from(const nlohmann::json& c) {
  const auto& p = c["parameters"];
  const svd_plus_plus spec{.factors = p["factors"],
                           .epochs = p["epochs"],
                           .learning_rate = p["learning_rate"],
                           .l2 = p["l2"],
                           .spread = p["spread"],
                           .constant_rate = p.value("constant_rate", false),
                           .clip = false};
  return spec.fit(ratings_of(c), context({.threads = 1, .seed = p.value("seed", 1u)}));
}

}  // namespace

TEST_CASE("SVD++ predicts what a reference does that moves every y at every rating") {
  double furthest = 0;
  for (const auto& c : oracle("train/svd_plus_plus")) {
    INFO(c["name"]);
    const auto model = model_from(c);
    for (std::size_t u = 0; u < c["users"]; ++u) {
      const auto scores = scores_of(*model, {.number = u});
      for (std::size_t i = 0; i < scores.size(); ++i)
        furthest = std::max(furthest, std::fabs(static_cast<double>(scores[i]) - c["predicted"][u][i].get<double>()));
    }
  }
  CHECK(furthest < 1e-5);
}

TEST_CASE("SVD++ folds in a new user as a plain reference does") {
  double furthest = 0;
  for (const auto& c : oracle("train/svd_plus_plus")) {
    INFO(c["name"]);
    const auto model = model_from(c);
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
