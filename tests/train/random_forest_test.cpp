// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/decision_tree.hpp>
#include <bespoke/train/random_forest.hpp>

#include <cmath>
#include <limits>
#include <mutex>
#include <random>
#include <utility>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::random_forest;
using train::random_forest_regressor;

namespace {

using table = std::vector<std::vector<float>>;

template <class Spec, class Y>
auto fit(const Spec& spec, const table& x, std::vector<Y> y, unsigned threads = 2, std::uint64_t seed = 1) {
  return spec.fit(dense_blocks(x), own(std::move(y)), context({.threads = threads, .seed = seed}));
}

template <class F>
auto answer(const F& f, const std::vector<float>& x) {
  scratch s;
  return apply(f, dense_row{x}, s);
}

struct sample {
  table x{};
  std::vector<int> y{};
  std::vector<float> numbers{};
};
sample made_up(std::size_t n, std::uint32_t seed = 3) {
  std::mt19937 random(seed);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(6);
    for (float& v : row) v = static_cast<float>(random() % 1000) / 1000.0f;
    const float score = row[0] + row[1] * row[2] + static_cast<float>(random() % 100) / 500.0f;
    s.y.push_back(static_cast<int>(score * 2));
    s.numbers.push_back(score);
    if (random() % 10 == 0) row[3] = std::numeric_limits<float>::quiet_NaN();
    s.x.push_back(row);
  }
  return s;
}

template <class F, class Y>
double share_right(const F& f, const table& x, const std::vector<Y>& y) {
  double right = 0;
  for (std::size_t i = 0; i < x.size(); ++i) right += answer(f, x[i]).label() == y[i];
  return right / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("random_forest is as good as scikit-learn's") {
  const auto c = oracle("train/random_forest");
  const auto x = c["x"].get<table>(), test = c["test"].get<table>();
  const auto f = fit(random_forest{.trees = 200, .out_of_bag = true}, x, c["y"].get<std::vector<int>>());
  // Other random numbers: what both estimate differs by what it spreads by over seeds.
  const double spread = c["spread"].get<double>();
  CHECK(share_right(f, test, c["test_y"].get<std::vector<int>>()) ==
        Approx(c["accuracy"].get<double>()).margin(4 * spread));
  CHECK(f.notes().out_of_bag == Approx(c["out_of_bag"].get<double>()).margin(4 * spread));
  scratch s;
  double difference = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto p = f.scores(dense_row{test[i]}, s);
    for (std::size_t k = 0; k < p.size(); ++k) difference += std::fabs(p[k] - c["probabilities"][i][k].get<double>());
  }
  CHECK(difference / static_cast<double>(test.size() * f.labels().size()) <= 2 * c["difference"].get<double>());
}

TEST_CASE("random_forest: one tree of all records and columns is decision_tree's") {
  // Of few values and many records a forest keeps its codes in another order too.
  const auto [records, values] = GENERATE(std::pair{700, 1000}, std::pair{5000, 100});
  auto s = made_up(static_cast<std::size_t>(records));
  for (auto& row : s.x)
    for (float& v : row) v = std::round(v * static_cast<float>(values));
  const auto f = fit(random_forest{.trees = 1, .max_features = 6, .bootstrap = false}, s.x, s.y);
  const auto t = fit(train::decision_tree{}, s.x, s.y);
  std::size_t different = 0;
  for (const auto& row : s.x) different += answer(f, row) == answer(t, row) ? 0u : 1u;
  CHECK(different == 0);
}

TEST_CASE("random_forest: probabilities are the mean of the trees' leaves") {
  const auto s = made_up(400);
  const auto f = fit(random_forest{.trees = 7, .max_depth = 3}, s.x, s.y);
  scratch memory;
  for (std::size_t i = 0; i < 20; ++i) {
    const auto p = f.scores(dense_row{s.x[i]}, memory);
    double all = 0;
    for (std::size_t k = 0; k < p.size(); ++k) {
      double sum = 0;
      for (std::size_t t = 0; t < 7; ++t) sum += f.trees().values(f.trees().leaf(t, dense_row{s.x[i]}))[k];
      CHECK(p[k] == Approx(sum / 7));
      all += p[k];
    }
    CHECK(all == Approx(1.0));
  }
}

TEST_CASE("random_forest: the same bytes for any number of threads, others for another seed") {
  const auto s = made_up(1500);
  const random_forest spec{.trees = 12, .out_of_bag = true};
  const std::string one = saved(fit(spec, s.x, s.y, 1));
  CHECK(one == saved(fit(spec, s.x, s.y, 2)));
  CHECK(one == saved(fit(spec, s.x, s.y, 4)));
  CHECK(one != saved(fit(spec, s.x, s.y, 2, 8)));
  const random_forest_regressor numbers{.trees = 5, .max_features = 2};
  CHECK(saved(fit(numbers, s.x, s.numbers, 1)) == saved(fit(numbers, s.x, s.numbers, 4)));
}

TEST_CASE("random_forest_regressor answers near the truth, and knows how near") {
  const auto s = made_up(1500), fresh = made_up(400, 4);
  const auto f = fit(random_forest_regressor{.trees = 60, .out_of_bag = true}, s.x, s.numbers);
  double error = 0, mean = 0, distance = 0;
  for (const float y : fresh.numbers) mean += y / 400;
  for (std::size_t i = 0; i < 400; ++i) {
    error += std::pow(answer(f, fresh.x[i]) - fresh.numbers[i], 2);
    distance += std::pow(fresh.numbers[i] - mean, 2);
  }
  CHECK(1 - error / distance > 0.9);
  CHECK(f.notes().out_of_bag == Approx(1 - error / distance).margin(0.03));
}

TEST_CASE("random_forest: reasons add up to the probability") {
  const auto s = made_up(500);
  const auto f = fit(random_forest{.trees = 9}, s.x, s.y);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto d = answer(f, s.x[i]);
    double sum = 0;
    for (std::size_t t = 0; t < 9; ++t) sum += f.trees().values(f.trees().root(t))[d.index()] / 9;
    for (const auto& r : f.reasons(dense_row{s.x[i]}, 6, signs::both)) sum += r.contribution;
    CHECK(sum == Approx(d.score()).margin(1e-5));
  }
}

TEST_CASE("random_forest is read back as it was written") {
  const auto s = made_up(300);
  const auto f = fit(random_forest{.trees = 5, .out_of_bag = true, .balanced = true}, s.x, s.y);
  const auto again = loaded<dense_row, int>(random_forest{}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.notes().out_of_bag == f.notes().out_of_bag);
  for (const auto& row : s.x) CHECK(answer(again, row) == answer(f, row));
  const auto r = fit(random_forest_regressor{.trees = 4}, s.x, s.numbers);
  const auto r_again = loaded<dense_row, float>(random_forest_regressor{}, saved(r));
  for (const auto& row : s.x) CHECK(answer(r_again, row) == answer(r, row));
}

TEST_CASE("random_forest reports its trees, and stops when asked") {
  std::stop_source stop;
  const auto s = made_up(300);
  std::size_t last = 0;
  const context ctx({.on_progress =
                         [&](const progress& p) {
                           last = p.done;
                           if (p.done == 3) stop.request_stop();
                         },
                     .stop = stop.get_token(),
                     .threads = 1});
  CHECK_THAT(message([&] { random_forest{}.fit(dense_blocks(s.x), own(s.y), ctx); }), contains("a stop was requested"));
  CHECK(last < 100);
}

TEST_CASE("random_forest: bad input has its message") {
  const auto with = [](random_forest spec) { return message([&] { fit(spec, {{1}, {2}}, std::vector{1, 2}); }); };
  CHECK(with({.trees = 0}) == "random_forest: expected trees of 1 or more, got 0");
  CHECK(with({.min_samples_leaf = 0}) == "random_forest: expected min_samples_leaf of 1 or more, got 0");
  CHECK(with({.bootstrap = false, .out_of_bag = true}) ==
        "random_forest: expected bootstrap where out_of_bag is asked for, got trees that leave no record out");
  CHECK(message([&] { fit(random_forest{}, {{1}, {2}}, std::vector{3, 3}); }) ==
        "random_forest: expected targets with two labels or more, got the same label 2 times");
  CHECK(message([&] { fit(random_forest{}, {}, std::vector<int>{}); }) ==
        "random_forest: there are no records to learn from");
  CHECK(message([&] { fit(random_forest{}, {{1}, {std::numeric_limits<float>::infinity()}}, std::vector{1, 2}); }) ==
        "random_forest: record 1: expected finite numbers in the row, or NaN for a missing one, got inf in column 0");
}

TEST_CASE("random_forest: a label of one record, and weights that leave little") {
  const table x{{1}, {2}, {3}, {4}};
  const auto f = fit(random_forest{.trees = 20}, x, std::vector{1, 1, 1, 2});
  CHECK(f.labels().size() == 2);
  const std::vector<weighted<int>> one{{1, 0}, {2, 1}, {1, 0}, {1, 0}};
  CHECK(answer(fit(random_forest{.trees = 20}, x, one), {1}).label() == 2);
}

TEST_CASE("random_forest is a stage for dense rows and labels") {
  STATIC_REQUIRE(stage_spec<random_forest, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<random_forest_regressor, dense_row, double>);
  STATIC_REQUIRE_FALSE(stage_spec<random_forest, sparse_row, int>);
}
