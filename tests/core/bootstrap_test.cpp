// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/metric.hpp>
#include <bespoke/core/random.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "oracle.hpp"

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

/// What a coin with this chance of being right predicts of 200 records.
predictions guesses(double right, std::uint64_t seed) {
  random_numbers truth(1), random(seed);
  predictions p;
  p.label_count = 2;
  for (int i = 0; i < 200; ++i) {
    const auto actual = static_cast<std::uint32_t>(truth.below(2));
    p.actual_labels.push_back(actual);
    p.labels.push_back(random.unit() < right ? actual : 1 - actual);
  }
  return p;
}

}  // namespace

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

TEST_CASE("the bootstrap of a mean as a figure is that of its values") {
  const std::vector<double> values{1, 5, 2, 8, 3.5, 0.25, 9.75, 4.5};
  const auto mean = [&](std::span<const std::size_t> records) {
    double sum = 0;
    for (const std::size_t r : records) sum += values[r];
    return sum / static_cast<double>(records.size());
  };
  CHECK(bootstrap(values.size(), mean, {.seed = 4}) == bootstrap_mean(values, {.seed = 4}));
  CHECK(code_of([&] { bootstrap(0, mean); }) == errc::empty_input);
  CHECK(code_of([&] { bootstrap(3, mean, {.confidence = 0}); }) == errc::invalid_argument);
}

TEST_CASE("draws without a figure are left out") {
  predictions p;
  p.label_count = 2;
  p.labels = p.actual_labels = {0, 0, 1};
  p.scores = {1, 0, 1, 0, 0, 1};
  const auto auc = bootstrap(p, metric::roc_auc(), {.samples = 200});
  CHECK(auc == estimate{1, 1, 1});
  p.actual_labels = {0, 0, 0};
  const auto none = bootstrap(p, metric::roc_auc(), {.samples = 20});
  CHECK(std::isnan(none.mean));
  CHECK(std::isnan(none.low));
  CHECK(std::isnan(none.high));
}

TEST_CASE("a difference in pairs tells apart what differs, and not what does not") {
  const auto good = guesses(0.9, 2), also_good = guesses(0.9, 3), bad = guesses(0.7, 4);
  const auto better = bootstrap_difference(good, bad, metric::accuracy());
  CHECK(better.low > 0);
  CHECK(better.mean == Approx(metric::accuracy()(good) - metric::accuracy()(bad)));
  const auto same = bootstrap_difference(good, also_good, metric::accuracy());
  CHECK(same.low <= 0);
  CHECK(same.high >= 0);
  CHECK(bootstrap_difference(good, good, metric::f()) == estimate{0, 0, 0});
  CHECK(code_of([&] { bootstrap_difference(good, {}, metric::accuracy()); }) == errc::shape);
}

TEST_CASE("quantiles of Student's t are SciPy's") {
  double largest = 0;
  for (const auto& c : bespoke_test::oracle("core/metrics")["student_t"])
    largest = std::max(largest, std::fabs(student_t(c[0], c[1]) / c[2].get<double>() - 1));
  CHECK(largest < 1e-10);
  CHECK(code_of([] { student_t(0, 0.5); }) == errc::invalid_argument);
  CHECK(code_of([] { student_t(3, 1); }) == errc::invalid_argument);
}

TEST_CASE("the mean of folds, with the corrected interval") {
  const auto e = mean_of_folds(std::vector<double>{1, 2, 3, 4, 5}, 0.25);
  CHECK(e.mean == 3);
  CHECK(e.high - 3 == Approx(2.7764451051977987 * std::sqrt(2.5 * (0.2 + 0.25))));
  CHECK(3 - e.low == Approx(e.high - 3));
  const auto one = mean_of_folds(std::vector<double>{7}, 0.25);
  CHECK(one.mean == 7);
  CHECK(std::isnan(one.low));
  CHECK(code_of([] { mean_of_folds({}, 0.25); }) == errc::empty_input);
  CHECK(code_of([] { mean_of_folds(std::vector<double>{1, 2}, 0.25, 2); }) == errc::invalid_argument);
}
