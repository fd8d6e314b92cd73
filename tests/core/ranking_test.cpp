// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/metrics.hpp>
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

template <class F>
errc code_of(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return e.code();
  }
  return errc{};
}

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

TEST_CASE("rmse by hand, and what it refuses") {
  CHECK(rmse(std::vector<double>{1, 2}, std::vector<double>{1, 4}) == Approx(std::sqrt(2.0)));
  CHECK(code_of([] { rmse(std::vector<double>{1}, std::vector<double>{1, 2}); }) == errc::shape);
  CHECK(code_of([] { rmse({}, {}); }) == errc::empty_input);
}

TEST_CASE("a bootstrap interval holds the mean and narrows as √n") {
  random_numbers random(3);
  std::vector<double> few(100), many(10'000);
  for (double& v : few) v = random.unit();
  for (double& v : many) v = random.unit();
  const auto a = bootstrap_mean(few), b = bootstrap_mean(many, {.samples = 500});
  CHECK(a.low < a.mean);
  CHECK(a.mean < a.high);
  // A uniform number's standard deviation is √(1/12); 1.96 of its mean's on either side.
  CHECK(a.high - a.low == Approx(2 * 1.96 * std::sqrt(1 / 12.0) / 10).epsilon(0.2));
  CHECK(b.high - b.low == Approx(2 * 1.96 * std::sqrt(1 / 12.0) / 100).epsilon(0.2));
}

TEST_CASE("of 400 bootstrap intervals of 95 %, about 95 % hold the truth") {
  std::size_t held = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    random_numbers random(seed);
    std::vector<double> values(60);
    for (double& v : values) v = random.unit();
    const auto e = bootstrap_mean(values, {.samples = 400, .seed = seed});
    held += e.low <= 0.5 && 0.5 <= e.high;
  }
  CHECK(held >= 364);  // 91 %: four standard deviations below
  CHECK(held <= 396);
}

TEST_CASE("a bootstrap follows from its seed, and of equal values has no width") {
  const std::vector<double> values{1, 5, 2, 8, 3.5, 0.25, 9.75, 4.5};
  CHECK(bootstrap_mean(values) == bootstrap_mean(values));
  CHECK(bootstrap_mean(values, {.samples = 50, .seed = 2}) != bootstrap_mean(values, {.samples = 50, .seed = 3}));
  CHECK(bootstrap_mean(std::vector<double>{2, 2, 2}) == estimate{2, 2, 2});
  CHECK(bootstrap_mean(std::vector<double>{7}) == estimate{7, 7, 7});
}

TEST_CASE("what a bootstrap refuses") {
  const std::vector<double> values{1, 2};
  CHECK(code_of([] { bootstrap_mean({}); }) == errc::empty_input);
  CHECK(code_of([&] { bootstrap_mean(values, {.confidence = 1}); }) == errc::invalid_argument);
  CHECK(code_of([&] { bootstrap_mean(values, {.confidence = NAN}); }) == errc::invalid_argument);
  CHECK(code_of([&] { bootstrap_mean(values, {.samples = 0}); }) == errc::invalid_argument);
}

TEST_CASE("folds hold every number once, in parts of equal size") {
  const auto folds = random_folds(103, 5, 7);
  REQUIRE(folds.size() == 5);
  std::multiset<std::size_t> all;
  for (const auto& fold : folds) {
    CHECK((fold.size() == 20 || fold.size() == 21));
    CHECK(std::is_sorted(fold.begin(), fold.end()));
    all.insert(fold.begin(), fold.end());
  }
  const auto expected = numbers(103);
  CHECK(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
  CHECK(random_folds(103, 5, 7) == folds);
  CHECK(random_folds(103, 5, 8) != folds);
}

TEST_CASE("more folds than numbers, and none") {
  const auto folds = random_folds(2, 3, 1);
  CHECK(folds[0].size() + folds[1].size() == 2);
  CHECK(folds[2].empty());
  CHECK(code_of([] { random_folds(2, 0, 1); }) == errc::invalid_argument);
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
