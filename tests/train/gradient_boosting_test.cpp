// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/gradient_boosting.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::early_stopping;
using train::gradient_boosting;
using train::gradient_boosting_ranker;
using train::gradient_boosting_regressor;
using train::in_query;

namespace {

using table = std::vector<std::vector<float>>;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();

template <class Spec, class Y>
auto fit(const Spec& spec, const table& x, std::vector<Y> y, unsigned threads = 2, std::uint64_t seed = 1) {
  return spec.fit(dense_blocks(x), own(std::move(y)), context({.threads = threads, .seed = seed}));
}

template <class F>
auto answer(const F& f, const std::vector<float>& x) {
  scratch s;
  return apply(f, dense_row{x}, s);
}

table with_holes(const nlohmann::json& rows) {
  table all;
  for (const auto& row : rows) {
    all.emplace_back();
    for (const auto& v : row) all.back().push_back(v.is_null() ? missing : v.get<float>());
  }
  return all;
}

template <class Spec>
Spec spec_of(const nlohmann::json& options) {
  Spec spec;
  spec.rounds = options.value("max_iter", 100);
  spec.max_leaves = options.value("max_leaf_nodes", 31);
  spec.learning_rate = options.value("learning_rate", 0.1);
  spec.max_depth = options.value("max_depth", 0);
  spec.min_samples_leaf = options.value("min_samples_leaf", 20);
  spec.l2 = options.value("l2_regularization", 0.0);
  spec.max_bins = options.value("max_bins", 255);
  return spec;
}

template <class Y, class Spec>
auto fit_case(const nlohmann::json& all, const nlohmann::json& c) {
  const auto x = with_holes(c["missing"].get<bool>() ? all["holes"] : all["x"]);
  std::vector<weighted<Y>> y;
  for (std::size_t i = 0; i < x.size(); ++i)
    y.push_back({c["y"][i].get<Y>(), c["weighted"].get<bool>() ? all["weights"][i].get<float>() : 1.0f});
  return fit(spec_of<Spec>(c["options"]), x, y);
}

struct sample {
  table x{};
  std::vector<int> y{};
  std::vector<float> numbers{};
};
sample made_up(std::size_t n, std::uint32_t seed = 3, float share_missing = 0) {
  std::mt19937 random(seed);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(7);
    for (std::size_t c = 0; c < row.size(); ++c)
      row[c] = c % 2 == 0 ? static_cast<float>(random() % 30) / 30.0f : static_cast<float>(random() % 100000) / 1e5f;
    const float score = row[0] + row[1] * row[2] + static_cast<float>(random() % 100) / 300.0f;
    s.y.push_back(static_cast<int>(score * 2));
    s.numbers.push_back(score);
    for (float& v : row)
      if (static_cast<float>(random() % 1000) < share_missing * 1000) v = missing;
    s.x.push_back(row);
  }
  return s;
}

struct ranked {
  table x{};
  std::vector<in_query> y{};
};
ranked queries(std::size_t n, std::uint32_t seed) {
  std::mt19937 random(seed);
  ranked r;
  for (std::size_t q = 0; q < n; ++q)
    for (std::size_t i = 0; i < 12; ++i) {
      std::vector<float> row(4);
      for (float& v : row) v = static_cast<float>(random() % 1000) / 1000.0f;
      const float noise = static_cast<float>(random() % 100) / 400.0f;
      r.x.push_back(row);
      r.y.push_back({std::floor(std::min(1.0f, row[0] * row[1] + noise) * 4), q * 7 + 3});
    }
  return r;
}

// The mean NDCG of all queries, which have twelve records each.
template <class F>
double mean_ndcg(const F& f, const ranked& r) {
  double sum = 0;
  for (std::size_t first = 0; first < r.x.size(); first += 12) {
    std::vector<std::pair<float, float>> by_score;
    std::vector<float> best;
    for (std::size_t i = first; i < first + 12; ++i) {
      by_score.push_back({-answer(f, r.x[i]), r.y[i].relevance});
      best.push_back(r.y[i].relevance);
    }
    std::sort(by_score.begin(), by_score.end());
    std::sort(best.rbegin(), best.rend());
    double reached = 0, possible = 0;
    for (std::size_t i = 0; i < 12; ++i) {
      reached += (std::exp2(by_score[i].second) - 1) / std::log2(i + 2.0);
      possible += (std::exp2(best[i]) - 1) / std::log2(i + 2.0);
    }
    sum += possible > 0 ? reached / possible : 1;
  }
  return sum / static_cast<double>(r.x.size() / 12);
}

}  // namespace

TEST_CASE("gradient_boosting answers as scikit-learn's HistGradientBoosting") {
  const auto all = oracle("train/gradient_boosting");
  double largest = 0;
  for (const auto& c : all["cases"]) {
    INFO(c["name"].get<std::string>());
    const auto test = with_holes(c["missing"].get<bool>() ? all["test_holes"] : all["test"]);
    scratch s;
    double here = 0;
    if (c["answers"][0].is_array()) {
      const auto f = fit_case<int, gradient_boosting>(all, c);
      for (std::size_t i = 0; i < test.size(); ++i) {
        const auto p = f.scores(dense_row{test[i]}, s);
        for (std::size_t k = 0; k < p.size(); ++k)
          here = std::max(here, std::fabs(p[k] - c["answers"][i][k].get<double>()));
      }
    } else {
      const auto f = fit_case<double, gradient_boosting_regressor>(all, c);
      for (std::size_t i = 0; i < test.size(); ++i)
        here = std::max(here, std::fabs(answer(f, test[i]) - c["answers"][i].get<double>()));
    }
    CHECK(here < 1e-6);
    largest = std::max(largest, here);
  }
  CHECK(largest > 0);
}

TEST_CASE("gradient_boosting: the same bytes for any number of threads") {
  const auto s = made_up(4000, 3, 0.05f);
  for (const auto& spec :
       {gradient_boosting{.rounds = 4}, gradient_boosting{.rounds = 6, .row_share = 0.7, .column_share = 0.6},
        gradient_boosting{.rounds = 12, .stopping = {.held_out = 0.2, .patience = 2}}}) {
    const std::string one = saved(fit(spec, s.x, s.y, 1));
    CHECK(one == saved(fit(spec, s.x, s.y, 2)));
    CHECK(one == saved(fit(spec, s.x, s.y, 4)));
  }
  const auto r = queries(60, 5);
  const gradient_boosting_ranker spec{.rounds = 5};
  CHECK(saved(fit(spec, r.x, r.y, 1)) == saved(fit(spec, r.x, r.y, 4)));
}

TEST_CASE("gradient_boosting: nodes counted and nodes that are a difference agree") {
  // Node sizes above and below what keeps a histogram: the first split must be that of a single deep tree either way.
  const auto s = made_up(6000);
  const auto few = fit(gradient_boosting_regressor{.rounds = 1, .max_leaves = 2}, s.x, s.numbers);
  const auto many =
      fit(gradient_boosting_regressor{.rounds = 1, .max_leaves = 64, .min_samples_leaf = 5}, s.x, s.numbers);
  CHECK(few.trees().nodes()[0].threshold == many.trees().nodes()[0].threshold);
  std::vector<double> sum(many.trees().nodes().size()), count(sum.size());
  double mean = 0;
  for (const float y : s.numbers) mean += y / 6000.0;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    const std::size_t leaf = many.trees().leaf(0, dense_row{s.x[i]});
    sum[leaf] += s.numbers[i] - mean;
    ++count[leaf];
  }
  CHECK(many.trees().leaves() == 64);
  for (std::size_t n = 0; n < sum.size(); ++n) {
    if (!many.trees().nodes()[n].is_leaf()) continue;
    CHECK(count[n] >= 5);
    CHECK(many.trees().values(n)[0] == Approx(0.1 * sum[n] / count[n]).epsilon(1e-4).margin(1e-6));
  }
}

TEST_CASE("gradient_boosting stops where nothing gets better, and keeps the best rounds") {
  const auto s = made_up(900);
  const gradient_boosting spec{.rounds = 300, .stopping = {.held_out = 0.2, .patience = 5}};
  const auto f = fit(spec, s.x, s.y);
  CHECK(f.notes().rounds < 200);
  CHECK(f.notes().rounds > 3);
  CHECK(f.trees().size() == f.notes().rounds * f.labels().size());
  CHECK(f.notes().held_out_loss < 1.0);
  const auto all = fit(gradient_boosting{.rounds = 7}, s.x, s.y);
  CHECK(all.notes().rounds == 7);
  CHECK(std::isnan(all.notes().held_out_loss));
}

TEST_CASE("gradient_boosting_regressor: shares of rows and columns learn nearly as well") {
  const auto s = made_up(3000), fresh = made_up(500, 8);
  for (const double share : {1.0, 0.5}) {
    const auto f = fit(gradient_boosting_regressor{.row_share = share, .column_share = share}, s.x, s.numbers);
    double error = 0;
    for (std::size_t i = 0; i < fresh.x.size(); ++i) error += std::pow(answer(f, fresh.x[i]) - fresh.numbers[i], 2);
    CHECK(std::sqrt(error / 500) < 0.12);  // the noise alone has 0.096
  }
}

TEST_CASE("gradient_boosting_ranker learns an order") {
  const auto r = queries(150, 5), fresh = queries(60, 6);
  const auto f = fit(gradient_boosting_ranker{.rounds = 40}, r.x, r.y);
  const auto none = fit(gradient_boosting_ranker{.rounds = 1, .learning_rate = 1e-12}, r.x, r.y);
  CHECK(mean_ndcg(f, fresh) > mean_ndcg(none, fresh) + 0.02);
  CHECK(mean_ndcg(f, fresh) > 0.96);
  const auto stopped =
      fit(gradient_boosting_ranker{.rounds = 200, .stopping = {.held_out = 0.2, .patience = 5}}, r.x, r.y);
  CHECK(stopped.notes().rounds < 200);
  CHECK(stopped.notes().held_out_loss < 0.1);
}

TEST_CASE("gradient_boosting_ranker: a query whose records are all as relevant pulls nowhere") {
  const table x{{1}, {2}, {3}, {4}};
  const auto f =
      fit(gradient_boosting_ranker{.min_samples_leaf = 1}, x, std::vector<in_query>{{2, 1}, {2, 1}, {0, 2}, {0, 2}});
  for (const auto& row : x) CHECK(answer(f, row) == 0.0f);
}

TEST_CASE("gradient_boosting: missing values go where training found them better") {
  table x;
  std::vector<int> y;
  for (int i = 0; i < 60; ++i) {
    x.push_back({i % 3 == 0 ? missing : static_cast<float>(i)});
    y.push_back(i % 3 == 0 ? 2 : 1);
  }
  const auto f = fit(gradient_boosting{.rounds = 20, .min_samples_leaf = 5}, x, y);
  CHECK(answer(f, {missing}).label() == 2);
  CHECK(answer(f, {1e9f}).label() == 1);
  const auto t =
      fit(gradient_boosting{.rounds = 1, .min_samples_leaf = 1}, {{1}, {8}, {9}, {10}}, std::vector{1, 2, 2, 2});
  CHECK(answer(t, {missing}) == answer(t, {9}));
}

TEST_CASE("gradient_boosting: reasons add up to the score") {
  const auto s = made_up(600);
  const auto f = fit(gradient_boosting_regressor{.rounds = 15}, s.x, s.numbers);
  double root = f.trees().base()[0];
  for (std::size_t t = 0; t < f.trees().size(); ++t) root += f.trees().values(f.trees().root(t))[0];
  for (std::size_t i = 0; i < 20; ++i) {
    double sum = root;
    for (const auto& r : f.reasons(dense_row{s.x[i]}, 7)) sum += r.contribution;
    CHECK(sum == Approx(answer(f, s.x[i])).margin(1e-5));
  }
  std::vector<int> two;
  for (const float v : s.numbers) two.push_back(v > 0.9f);
  const auto c = fit(gradient_boosting{.rounds = 15}, s.x, two);
  for (std::size_t i = 0; i < 20; ++i) CHECK(c.reasons(dense_row{s.x[i]}, 1)[0].contribution > 0);
}

TEST_CASE("gradient_boosting is read back as it was written") {
  const auto s = made_up(500, 3, 0.1f);
  const auto f = fit(gradient_boosting{.rounds = 6, .l2 = 0.5, .balanced = true}, s.x, s.y);
  const auto again = loaded<dense_row, int>(gradient_boosting{}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.spec().l2 == 0.5);
  for (const auto& row : s.x) CHECK(answer(again, row) == answer(f, row));
  const auto r = queries(20, 4);
  const auto g = fit(gradient_boosting_ranker{.rounds = 3, .top = 5}, r.x, r.y);
  const auto g_again = loaded<dense_row, in_query>(gradient_boosting_ranker{}, saved(g));
  CHECK(g_again.spec().top == 5);
  for (const auto& row : r.x) CHECK(answer(g_again, row) == answer(g, row));
}

TEST_CASE("gradient_boosting: columns without anything to tell, labels of one record, few records") {
  const auto f = fit(gradient_boosting{}, {{missing, 3, 1}, {missing, 3, 2}, {missing, 3, 3}}, std::vector{1, 1, 2});
  CHECK(answer(f, {1, 2, 3}).label() == 1);
  CHECK(answer(f, {1, 2, 3}).score() == Approx(2.0 / 3));
  const auto g = fit(gradient_boosting{.min_samples_leaf = 1}, {{missing, 3, 1}, {missing, 3, 2}, {missing, 3, 3}},
                     std::vector{1, 1, 2});
  CHECK(answer(g, {1, 2, 3}).label() == 2);
  CHECK(answer(fit(gradient_boosting_regressor{}, {{1}}, std::vector{5.0f}), {1}) == 5.0f);
}

TEST_CASE("gradient_boosting: bad input has its message") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto with = [](gradient_boosting spec) { return message([&] { fit(spec, {{1}, {2}}, std::vector{1, 2}); }); };
  CHECK(with({.rounds = 0}) == "gradient_boosting: expected rounds of 1 or more, got 0");
  CHECK(with({.learning_rate = 0}) == "gradient_boosting: expected learning_rate of more than 0, got 0");
  CHECK(with({.max_leaves = 1}) == "gradient_boosting: expected max_leaves of 2 or more, got 1");
  CHECK(with({.min_samples_leaf = 0}) == "gradient_boosting: expected min_samples_leaf of 1 or more, got 0");
  CHECK(with({.l2 = -1}) == "gradient_boosting: expected l2 of 0 or more, got -1");
  CHECK(with({.max_bins = 256}) == "gradient_boosting: expected max_bins of 2 to 255, got 256");
  CHECK(with({.row_share = 0}) == "gradient_boosting: expected row_share above 0, to 1, got 0");
  CHECK(with({.column_share = 1.5}) == "gradient_boosting: expected column_share above 0, to 1, got 1.5");
  CHECK(with({.stopping = {.held_out = 1}}) ==
        "gradient_boosting: expected stopping.held_out of 0 or more, below 1, got 1");
  CHECK_THAT(message([&] { fit(gradient_boosting{}, {{1}, {2}}, std::vector{3, 3}); }), contains("two labels or more"));
  CHECK(message([&] { fit(gradient_boosting{}, {}, std::vector<int>{}); }) ==
        "gradient_boosting: there are no records to learn from");
  CHECK(
      message([&] { fit(gradient_boosting{}, {{1, 2}, {3, infinity}}, std::vector{1, 2}); }) ==
      "gradient_boosting: record 1: expected finite numbers in the row, or NaN for a missing one, got inf in column 1");
  CHECK(message([&] { fit(gradient_boosting_ranker{}, {{1}, {2}}, std::vector<in_query>{{1, 1}, {-1, 1}}); }) ==
        "gradient_boosting_ranker: record 1: expected a relevance of 0 to 30, got -1");
  CHECK(message([&] { fit(gradient_boosting_ranker{.top = 0}, {{1}}, std::vector<in_query>{{1, 1}}); }) ==
        "gradient_boosting_ranker: expected top of 1 or more, got 0");
}

TEST_CASE("gradient_boosting stops when asked") {
  std::stop_source stop;
  const auto s = made_up(300);
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  CHECK_THAT(message([&] { gradient_boosting{}.fit(dense_blocks(s.x), own(s.y), ctx); }),
             contains("a stop was requested"));
}

TEST_CASE("gradient_boosting is a stage for dense rows and its targets") {
  STATIC_REQUIRE(stage_spec<gradient_boosting, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<gradient_boosting_regressor, dense_row, float>);
  STATIC_REQUIRE(stage_spec<gradient_boosting_ranker, dense_row, in_query>);
  STATIC_REQUIRE(stage_spec<gradient_boosting_ranker, dense_row, weighted<in_query>>);
  STATIC_REQUIRE_FALSE(stage_spec<gradient_boosting_ranker, dense_row, float>);
  STATIC_REQUIRE_FALSE(stage_spec<gradient_boosting, sparse_row, int>);
}
