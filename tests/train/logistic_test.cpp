// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/logistic.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"
#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::logistic;

namespace {

template <class In, class Y>
auto fit(const logistic& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}

template <class F, class In>
std::vector<double> probabilities(const F& f, const In& x) {
  scratch s;
  const auto p = f.scores(x, s);
  return {p.begin(), p.end()};
}

template <class F, class In>
auto answer(const F& f, const In& x) {
  scratch s;
  return f(x, s);
}

// The largest differences of weights and of probabilities.
template <class In, class Rows>
std::pair<double, double> differences(const nlohmann::json& c, const blocks<In>& x, const Rows& test) {
  const logistic spec{
      .c = c["c"], .intercept = c["intercept"], .tolerance = 1e-9, .max_iterations = 1000, .balanced = c["balanced"]};
  const auto y = c["y"].get<std::vector<int>>();
  std::vector<weighted<int>> targets;
  for (std::size_t i = 0; i < y.size(); ++i)
    targets.push_back({y[i], c["weights"].empty() ? 1.0f : c["weights"][i].get<float>()});
  const auto f = fit(spec, x, targets);
  CHECK(f.converged());
  const std::size_t n = f.linear().outputs();
  double of_weights = 0, of_probabilities = 0;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t column = 0; column < f.width(); ++column)
      of_weights =
          std::max(of_weights, std::fabs(f.linear().weights()[column * n + k] - c["coef"][k][column].get<double>()));
    if (spec.intercept)
      of_weights = std::max(of_weights, std::fabs(f.linear().intercepts()[k] - c["b"][k].get<double>()));
  }
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto p = probabilities(f, test[i]);
    for (std::size_t k = 0; k < p.size(); ++k)
      of_probabilities = std::max(of_probabilities, std::fabs(p[k] - c["probabilities"][i][k].get<double>()));
  }
  return {of_weights, of_probabilities};
}

struct sample {
  table x{};
  std::vector<int> y{};
};
sample made_up(std::size_t n, std::size_t columns, std::size_t labels) {
  std::mt19937 random(5);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = random() % labels;
    std::vector<float> row(columns);
    for (int k = 0; k < 6; ++k) row[(label * 5 + random() % 12) % columns] = static_cast<float>(random() % 100) / 50.0f;
    s.x.push_back(row);
    s.y.push_back(static_cast<int>(label));
  }
  return s;
}

}  // namespace

TEST_CASE("logistic agrees with scikit-learn's LogisticRegression") {
  for (const auto& c : oracle("train/logistic")) {
    INFO(c["name"].get<std::string>());
    const auto d = differences(c, dense_blocks(c["x"]), dense(c["test"]));
    const auto s = differences(c, sparse_blocks(c["x"]), sparse(c["test"]));
    CHECK(std::max(d.first, s.first) < 1e-4);
    CHECK(std::max(d.second, s.second) < 1e-5);
  }
}

TEST_CASE("logistic: the answer is the most probable label, its score that probability") {
  const auto s = made_up(200, 20, 4);
  const auto f = fit(logistic{}, sparse_blocks(s.x), s.y);
  STATIC_REQUIRE(gives_probabilities<decltype(f)>);
  const auto rows = sparse(s.x);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto p = probabilities(f, rows[i]);
    CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1).epsilon(1e-12));
    const auto d = answer(f, rows[i]);
    CHECK(d.index() == largest(p));
    CHECK(d.score() == static_cast<float>(*std::max_element(p.begin(), p.end())));
  }
}

TEST_CASE("logistic: a weight of two is the same as having the record twice, one of 0 as not having it") {
  const auto s = made_up(60, 10, 3);
  table twice;
  std::vector<int> twice_y;
  std::vector<weighted<int>> y;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back({s.y[i], static_cast<float>(i % 3)});
    for (std::size_t n = 0; n < i % 3; ++n) twice.push_back(s.x[i]), twice_y.push_back(s.y[i]);
  }
  const auto a = fit(logistic{.tolerance = 1e-9}, dense_blocks(s.x), y);
  const auto b = fit(logistic{.tolerance = 1e-9}, dense_blocks(twice), twice_y);
  for (std::size_t i = 0; i < a.linear().weights().size(); ++i)
    CHECK(a.linear().weights()[i] == Approx(b.linear().weights()[i]).margin(1e-6));
}

TEST_CASE(
    "logistic: the same bytes for any number of threads, more rows than a block and columns than stored at once") {
  const auto s = made_up(2500, 60, 5);
  const std::string one = saved(fit(logistic{}, sparse_blocks(s.x), s.y, 1));
  CHECK(one == saved(fit(logistic{}, sparse_blocks(s.x), s.y, 2)));
  CHECK(one == saved(fit(logistic{}, sparse_blocks(s.x), s.y, 4)));
  CHECK(saved(fit(logistic{}, dense_blocks(s.x), s.y, 1)) == saved(fit(logistic{}, dense_blocks(s.x), s.y, 4)));
}

TEST_CASE("logistic: many sparse values are turned into columns, and learn what dense rows learn") {
  const auto s = made_up(12000, 30, 2);
  std::size_t stored = 0;
  for (const auto& row : s.x)
    stored += static_cast<std::size_t>(std::count_if(row.begin(), row.end(), [](float v) { return v != 0; }));
  REQUIRE(stored > 50000);
  const auto p = fit(logistic{.tolerance = 1e-9}, sparse_blocks(s.x), s.y);
  const auto d = fit(logistic{.tolerance = 1e-9}, dense_blocks(s.x), s.y);
  for (std::size_t i = 0; i < p.linear().weights().size(); ++i)
    CHECK(p.linear().weights()[i] == Approx(d.linear().weights()[i]).margin(1e-5));
}

TEST_CASE("logistic is read back as it was written") {
  for (const std::size_t labels : {2, 5}) {
    const auto s = made_up(200, 30, labels);
    const auto f = fit(logistic{.c = 0.3f, .balanced = true}, sparse_blocks(s.x), s.y);
    const auto again = loaded<sparse_row, int>(logistic{}, saved(f));
    CHECK(saved(again) == saved(f));
    CHECK(again.spec().c == 0.3f);
    CHECK(again.spec().balanced);
    const auto rows = sparse(s.x);
    for (std::size_t i = 0; i < rows.size(); ++i) CHECK(answer(again, rows[i]) == answer(f, rows[i]));
  }
}

TEST_CASE("logistic gives the columns that spoke for its answer") {
  const auto x = dense_blocks({{1, 0, 0}, {1, 0.1f, 0}, {0, 1, 0}, {0, 1, 0.1f}});
  const std::vector<float> first{1, 0.2f, 0};
  for (const bool two : {true, false}) {
    const auto f = fit<dense_row, int>({}, x, two ? std::vector{1, 1, 2, 2} : std::vector{1, 1, 2, 3});
    CHECK(f.reasons(dense_row{first}, 1).at(0).column == 0);
    CHECK(f.reasons(dense_row{first}, 1).at(0).contribution > 0);
  }
}

TEST_CASE("logistic: rows without a value learn how frequent the labels are; a label may have one record") {
  const auto f = fit<sparse_row, int>({}, sparse_blocks({{0, 0}, {0, 0}, {0, 0}, {0, 0}}), {3, 3, 5, 3});
  CHECK(f.converged());
  CHECK(probabilities(f, sparse_row{{}, {}, 2})[0] == Approx(0.75).epsilon(1e-4));
  const auto three = fit<sparse_row, int>({}, sparse_blocks({{0, 0}, {0, 0}, {0, 0}, {0, 0}}), {3, 7, 5, 3});
  CHECK(probabilities(three, sparse_row{{}, {}, 2})[0] == Approx(0.5).epsilon(1e-4));
  CHECK(fit<sparse_row, int>({.intercept = false}, sparse_blocks({{0, 0}, {0, 0}}), {3, 7}).converged());
}

TEST_CASE("logistic: columns that repeat each other, or that are constant, have an answer") {
  const auto s = made_up(100, 6, 3);
  table doubled = s.x;
  for (auto& row : doubled) {
    row.insert(row.end(), row.begin(), row.begin() + 6);
    row.push_back(4);
  }
  const auto f = fit(logistic{}, dense_blocks(doubled), s.y);
  CHECK(f.converged());
  for (std::size_t i = 0; i < 18; ++i)
    CHECK(f.linear().weights()[i] == Approx(f.linear().weights()[18 + i]).margin(1e-4));
}

TEST_CASE("logistic: a NaN in a row answers the first label") {
  const std::vector<float> bad{std::numeric_limits<float>::quiet_NaN()};
  for (const std::vector<int>& y : {std::vector{1, 2, 2}, std::vector{1, 2, 3}}) {
    const auto f = fit(logistic{}, dense_blocks({{-1}, {1}, {2}}), y);
    CHECK(answer(f, dense_row{bad}).label() == 1);
    CHECK(std::isnan(answer(f, dense_row{bad}).score()));
  }
}

TEST_CASE("logistic: bad input has its message") {
  const auto x = dense_blocks({{1}, {2}});
  const auto with = [&](logistic spec) { return message([&] { fit<dense_row, int>(spec, x, {1, 2}); }); };
  CHECK(with({.c = -1}) == "logistic: expected c of more than 0, got -1");
  CHECK(with({.tolerance = 0}) == "logistic: expected tolerance of more than 0, got 0");
  CHECK(with({.max_iterations = 0}) == "logistic: expected max_iterations of more than 0, got 0");
  CHECK(message([&] { fit<dense_row, int>({}, x, {1, 1}); }) ==
        "logistic: expected targets with two labels or more, got the same label 2 times");
  CHECK(message([&] { fit<dense_row, int>({}, x, {1}); }) ==
        "logistic: expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit<dense_row, int>({}, dense_blocks({}), {}); }) ==
        "logistic: there are no records to learn from");
  CHECK_THAT(message([&] { fit<dense_row, int>({}, dense_blocks({{1}, {infinity}}), {1, 2}); }),
             contains("logistic: record 1: expected finite numbers in the row, got inf in column 0"));
  CHECK_FALSE(message([&] { fit<dense_row, weighted<int>>({}, x, {{1, 1.0f}, {2, -1.0f}}); }).empty());
  CHECK_FALSE(message([&] { fit<dense_row, weighted<int>>({}, x, {{1, 0.0f}, {2, 0.0f}}); }).empty());
  const auto f = fit<dense_row, int>({}, x, {1, 2});
  const std::vector<float> two{1, 2};
  CHECK(message([&] { answer(f, dense_row{two}); }) == "linear_scores: expected a row of 1 columns, got 2");
}

TEST_CASE("logistic stops when asked, and says when it has not converged") {
  const auto s = made_up(300, 40, 3);
  CHECK_FALSE(fit(logistic{.tolerance = 1e-9, .max_iterations = 1}, dense_blocks(s.x), s.y).converged());
  std::stop_source stop;
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  CHECK_THAT(message([&] { logistic{}.fit(sparse_blocks(s.x), own(s.y), ctx); }), contains("a stop was requested"));
}

TEST_CASE("logistic: files with changed bytes are refused or read") {
  const auto s = made_up(40, 4, 3);
  const std::string bytes = saved(fit(logistic{}, dense_blocks(s.x), s.y));
  const std::vector<float> asked{1, 0, 2, 0};
  CHECK((refused_when_damaged<dense_row, int>(logistic{}, bytes, dense_row{asked}) > bytes.size()));
}

TEST_CASE("logistic: a file that does not fit together is refused") {
  bundle_writer w;
  auto section = w.stage("logistic/1");
  section.put("weights", std::span<const float>(std::vector<float>{1, 2}), {1, 2});
  section.put("intercepts", std::span<const float>(std::vector<float>{1, 2}));
  section.put("converged", true);
  section.put("label_type", "int");
  section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{1, 2, 3}));
  CHECK_THAT(message([&] { loaded<dense_row, int>(logistic{}, w.bytes({})); }),
             contains("the number of labels is not that of the weights"));
}

TEST_CASE("logistic is a stage for rows and labels") {
  STATIC_REQUIRE(stage_spec<logistic, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<logistic, sparse_row, weighted<bool>>);
  STATIC_REQUIRE(classifier<fitted_t<logistic, dense_row, int>, dense_row>);
  STATIC_REQUIRE_FALSE(stage_spec<logistic, float, int>);
  STATIC_REQUIRE_FALSE(stage_spec<logistic, dense_row, none>);
}
