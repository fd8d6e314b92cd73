// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/warp.hpp>

#include "../../src/train/pairwise_descent.hpp"
#include "catch.hpp"
#include "pairwise_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::warp;

TEST_CASE("WARP learns, and folds in, what a plain reference does") {
  for (const auto& c : oracle("train/warp")) {
    INFO(c["name"]);
    const auto& p = c["parameters"];
    const warp spec{.factors = p["factors"],
                    .epochs = p["epochs"],
                    .learning_rate = p["learning_rate"],
                    .l2 = p["l2"],
                    .stddev = p["stddev"],
                    .max_sampled = p["max_sampled"]};
    CHECK(difference(*learned(spec, interactions_of(c)), c) < 1e-5);
  }
}

TEST_CASE("WARP looks for an item that scores too well, and no longer than it was told") {
  const float scores[] = {0, -3, 5, -1.5f, 4};
  const auto score = [&](std::uint32_t i) { return scores[i]; };
  const auto chosen = [](std::uint32_t i) { return i == 2; };
  const auto found = [&](float liked, std::size_t most) {
    std::uint32_t next = 0;
    return train::pairwise::first_violation(most, 41, liked, [&] { return next++; }, score, chosen);
  };
  CHECK(found(0.5f, 5).item == 0);
  CHECK(found(0.5f, 5).slope == Approx(std::log(40.0)));
  CHECK(found(1, 5).item == 4);
  CHECK(found(1, 5).slope == Approx(std::log(8.0)));
  CHECK(found(1, 4).slope == 0);
  CHECK(found(9, 5).slope == 0);
}

TEST_CASE("WARP: max_sampled out of its range") {
  const auto seen = matrix_from({{0, 0, 1}, {0, 1, 1}}, 1, 3);
  CHECK_THROWS_WITH(learned(warp{.max_sampled = 0}, seen), contains("max_sampled of 1 to 10000"));
  CHECK_THROWS_WITH(learned(warp{.max_sampled = 10001}, seen), contains("10001"));
}
