// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/top_k.hpp>

#include <array>
#include <limits>
#include <random>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<scored> by_sorting(const std::vector<float>& scores, std::size_t k) {
  std::vector<scored> all;
  for (std::size_t i = 0; i < scores.size(); ++i) all.push_back({i, scores[i]});
  std::stable_sort(all.begin(), all.end(), [](const scored& a, const scored& b) {
    if (std::isnan(a.score) || std::isnan(b.score)) return !std::isnan(a.score) && std::isnan(b.score);
    return a.score > b.score;
  });
  all.resize(std::min(k, all.size()));
  return all;
}

std::vector<std::size_t> indices(std::span<const scored> s) {
  std::vector<std::size_t> out;
  for (const auto& x : s) out.push_back(x.index);
  return out;
}
}  // namespace

TEST_CASE("top_k: best first, equal scores by index, NaN last") {
  const std::vector<float> scores{1, 3, not_a_number, 3, -infinity, 2, infinity, not_a_number};
  CHECK(indices(top_k(scores, 4)) == std::vector<std::size_t>{6, 1, 3, 5});
  CHECK(indices(top_k(scores, 100)) == std::vector<std::size_t>{6, 1, 3, 5, 0, 4, 2, 7});
  CHECK(top_k(scores, 0).empty());
  CHECK(top_k(std::vector<float>{}, 3).empty());
}

TEST_CASE("top_k: only what the filter lets through") {
  const std::vector<float> scores{9, 8, 7, 6, 5};
  std::array<scored, 3> room{};
  const auto odd = [](std::size_t i) { return i % 2 == 1; };
  CHECK(indices(top_k(scores, std::span<scored>(room), odd)) == std::vector<std::size_t>{1, 3});
  CHECK(top_k(scores, 3, [](std::size_t) { return false; }).empty());
}

TEST_CASE("top_k equals sorting") {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> scores(random() % 60);
    for (float& s : scores) s = random() % 9 == 0 ? not_a_number : static_cast<float>(random() % 12);
    const std::size_t k = random() % 20;
    const auto expected = by_sorting(scores, k);
    const auto got = top_k(scores, k);
    REQUIRE(indices(got) == indices(expected));
  }
}

TEST_CASE("top_k of rows by a profile") {
  const std::vector<std::vector<float>> table{{1, 0, 0}, {0, 2, 0}, {0, 1, 5}, {1, 1, 0}};
  const std::vector<float> profile{1, 2, -1};
  const std::vector<scored> expected{{1, 4.f}, {3, 3.f}};
  CHECK(top_k(bespoke_test::dense(table), std::span<const float>(profile), 2) == expected);
  CHECK(top_k(bespoke_test::sparse(table), std::span<const float>(profile), 2) == expected);
  std::array<scored, 1> room{};
  const auto not_first = [](std::size_t i) { return i != 1; };
  CHECK(top_k(bespoke_test::sparse(table), std::span<const float>(profile), std::span<scored>(room), not_first)[0] ==
        scored{3, 3.f});
}
