// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/core/ranking.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "catch.hpp"

using namespace bespoke;

namespace {

std::vector<std::size_t> numbers(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

TEST_CASE("a rank counts what stands before, and ties stand before") {
  const std::vector<float> others{3, 1, 2, 2};
  CHECK(rank_among(4, others) == 0);
  CHECK(rank_among(2.5f, others) == 1);
  CHECK(rank_among(2, others) == 3);
  CHECK(rank_among(1, others) == 4);
  CHECK(rank_among(1, {}) == 0);
}

TEST_CASE("a NaN ranks behind all numbers") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(rank_among(nan, std::vector<float>{1, 2, nan}) == 3);
  CHECK(rank_among(1, std::vector<float>{nan, nan}) == 0);
}

TEST_CASE("hits and gains of ranks, by hand") {
  const std::vector<std::size_t> ranks{0, 1, 9, 10};
  CHECK(hit_values(ranks, 10) == std::vector<double>{1, 1, 1, 0});
  const auto gains = ndcg_values(ranks, 10);
  CHECK(gains[0] == 1.0);
  CHECK(gains[1] == Approx(1 / std::log2(3.0)));
  CHECK(gains[2] == Approx(1 / std::log2(11.0)));
  CHECK(gains[3] == 0.0);
}

TEST_CASE("random numbers are SplitMix64's") {
  random_numbers random(1234567);  // the first outputs of the authors' program for this seed
  CHECK(random() == 6457827717110365317U);
  CHECK(random() == 3203168211198807973U);
  CHECK(random() == 9817491932198370423U);
}

TEST_CASE("numbers below n are uniform") {
  random_numbers random(5);
  std::array<std::size_t, 6> count{};
  for (int i = 0; i < 60'000; ++i) ++count.at(random.below(6));
  for (const std::size_t c : count) CHECK(std::fabs(static_cast<double>(c) - 10'000) < 500);
  CHECK(random.below(1) == 0);
  CHECK(random.below(0) == 0);
}

TEST_CASE("a sample has different members, and is all of them where there are no more") {
  random_numbers random(9);
  const auto some = sample(numbers(50), 10, random);
  CHECK(std::set<std::size_t>(some.begin(), some.end()).size() == 10);
  const auto all = sample(numbers(5), 99, random);
  CHECK(std::set<std::size_t>(all.begin(), all.end()).size() == 5);
  CHECK(sample(std::vector<std::size_t>{}, 3, random).empty());
}

TEST_CASE("every member is sampled equally often") {
  random_numbers random(11);
  std::array<std::size_t, 10> count{};
  for (int i = 0; i < 10'000; ++i)
    for (const std::size_t x : sample(numbers(10), 3, random)) ++count.at(x);
  for (const std::size_t c : count) CHECK(std::fabs(static_cast<double>(c) - 3'000) < 230);  // five deviations
}
