// SPDX-License-Identifier: Apache-2.0
// What ridge and lasso have in common; what is theirs alone stands in their own files.
#include <bespoke/train/lasso.hpp>
#include <bespoke/train/ridge.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"
#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::lasso;
using train::ridge;

namespace {

struct sample {
  table x{};
  std::vector<double> y{};
};
sample made_up(std::size_t n, std::size_t columns) {
  std::mt19937 random(3);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(columns);
    for (std::size_t k = 0; k < columns / 2; ++k) row[random() % columns] = static_cast<float>(random() % 100) / 50.0f;
    s.y.push_back(3 * row[0] - row[columns - 1] + static_cast<double>(random() % 100) / 100.0 + 5);
    s.x.push_back(row);
  }
  return s;
}

template <class Spec, class In, class Y>
auto fit(const Spec& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}

ridge read(const nlohmann::json& c, ridge) { return {.alpha = c["alpha"], .intercept = c["intercept"]}; }
lasso read(const nlohmann::json& c, lasso) {
  return {.alpha = c["alpha"],
          .l1_ratio = c["l1_ratio"],
          .intercept = c["intercept"],
          .tolerance = 1e-12,
          .max_iterations = 100000};
}

// The largest difference of weights, intercept and predictions, over the largest of each.
template <class Spec, class In, class Rows>
double difference(const nlohmann::json& c, const blocks<In>& x, const Rows& rows) {
  std::vector<weighted<double>> y;
  for (std::size_t i = 0; i < c["y"].size(); ++i)
    y.push_back({c["y"][i].get<double>(), c["weights"].empty() ? 1.0f : c["weights"][i].get<float>()});
  const auto f = fit(read(c, Spec{}), x, y);
  CHECK(f.converged());
  double most = 0, of_weights = 0, largest = std::fabs(c["b"].get<double>()), of_answers = 0;
  for (std::size_t k = 0; k < f.width(); ++k) {
    of_weights = std::max(of_weights, std::fabs(f.linear().weights()[k] - c["coef"][k].get<double>()));
    most = std::max(most, std::fabs(c["coef"][k].get<double>()));
  }
  const double of_intercept = std::fabs(f.linear().intercept() - c["b"].get<double>());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    of_answers = std::max(of_answers, std::fabs(f(rows[i]) - c["predicted"][i].get<double>()));
    largest = std::max(largest, std::fabs(c["predicted"][i].get<double>()));
  }
  return std::max({of_weights / std::max(most, 1.0), of_intercept / largest, of_answers / largest});
}

}  // namespace

TEMPLATE_TEST_CASE("linear regressions agree with scikit-learn", "", ridge, lasso) {
  for (const auto& c : oracle("train/" + std::string(TestType::kind.substr(0, 5)))) {
    INFO(c["name"].get<std::string>());
    CHECK(difference<TestType>(c, dense_blocks(c["x"]), dense(c["x"])) < 1e-5);
    CHECK(difference<TestType>(c, sparse_blocks(c["x"]), sparse(c["x"])) < 1e-5);
  }
}

TEMPLATE_TEST_CASE("linear regressions: the same bytes for any number of threads", "", ridge, lasso) {
  const auto s = made_up(2500, 20);
  const TestType spec{.alpha = 0.1f};
  const auto same = [&](const auto& x) {
    const std::string one = saved(fit(spec, x, s.y, 1));
    CHECK(one == saved(fit(spec, x, s.y, 2)));
    CHECK(one == saved(fit(spec, x, s.y, 4)));
  };
  same(dense_blocks(s.x));
  same(sparse_blocks(s.x));
}

TEMPLATE_TEST_CASE("linear regressions: a weight of two is the same as having the record twice", "", ridge, lasso) {
  const auto s = made_up(80, 10);
  sample twice;
  std::vector<weighted<double>> y;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back({s.y[i], static_cast<float>(i % 3)});
    for (std::size_t n = 0; n < i % 3; ++n) twice.x.push_back(s.x[i]), twice.y.push_back(s.y[i]);
  }
  const TestType spec{.alpha = 0.1f, .tolerance = 1e-12};
  const auto a = fit(spec, sparse_blocks(s.x), y), b = fit(spec, sparse_blocks(twice.x), twice.y);
  for (std::size_t i = 0; i < a.width(); ++i)
    CHECK(a.linear().weights()[i] == Approx(b.linear().weights()[i]).margin(1e-5));
  CHECK(a.linear().intercept() == Approx(b.linear().intercept()).epsilon(1e-5));
}

TEMPLATE_TEST_CASE("linear regressions are read back as they were written", "", ridge, lasso) {
  const auto s = made_up(200, 12);
  const auto f = fit(TestType{.alpha = 0.3f, .intercept = false}, sparse_blocks(s.x), s.y);
  const auto again = loaded<sparse_row, double>(TestType{}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.spec().alpha == 0.3f);
  CHECK_FALSE(again.spec().intercept);
  const auto rows = sparse(s.x);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(again(rows[i]) == f(rows[i]));
}

TEMPLATE_TEST_CASE("linear regressions give the columns that moved their answer", "", ridge, lasso) {
  const auto s = made_up(200, 12);
  const auto f = fit(TestType{.alpha = 0.01f}, dense_blocks(s.x), s.y);
  std::vector<float> row(12, 0.1f);
  row[0] = 1;
  row[11] = 2;
  CHECK(f.reasons(dense_row{row}, 1).at(0).column == 0);
  const auto both = f.reasons(dense_row{row}, 2, signs::both);
  CHECK(both.at(0).contribution == Approx(f.linear().weights()[0]));
  CHECK(both.at(1).column == 11);
  CHECK(both.at(1).contribution < 0);
}

TEMPLATE_TEST_CASE("linear regressions: a constant column gets no weight, a constant target is the intercept", "",
                   ridge, lasso) {
  auto s = made_up(60, 6);
  for (auto& row : s.x) row[3] = 0.1f;
  const auto f = fit(TestType{.alpha = 0.01f}, dense_blocks(s.x), s.y);
  CHECK(f.linear().weights()[3] == Approx(0).margin(1e-9));
  const auto same = fit(TestType{}, sparse_blocks(s.x), std::vector<float>(60, 4.5f));
  for (const float w : same.linear().weights()) CHECK(w == Approx(0).margin(1e-9));
  CHECK(same.linear().intercept() == Approx(4.5));
  CHECK(fit(TestType{}, sparse_blocks({{0, 0}, {0, 0}}), std::vector<int>{1, 3}).linear().intercept() == Approx(2));
}

TEMPLATE_TEST_CASE("linear regressions: one record, and a row with a NaN, have an answer", "", ridge, lasso) {
  const auto f = fit(TestType{}, dense_blocks({{1, 2}}), std::vector<float>{7});
  const std::vector<float> row{5, 5}, bad{1, std::nanf("")};
  CHECK(f(dense_row{row}) == 7.0f);
  CHECK(std::isnan(f(dense_row{bad})));
}

TEMPLATE_TEST_CASE("linear regressions: bad input has its message", "", ridge, lasso) {
  const std::string stage(TestType::kind.substr(0, 5));
  const auto x = dense_blocks({{1}, {2}});
  const auto of = [&](TestType spec) { return message([&] { fit(spec, x, std::vector<int>{1, 2}); }); };
  CHECK_THAT(of({.alpha = -1}), contains(stage + ": expected alpha of"));
  CHECK_THAT(of({.alpha = std::nanf("")}), contains("got nan"));
  CHECK(of({.tolerance = 0}) == stage + ": expected tolerance of more than 0, got 0");
  CHECK(of({.max_iterations = 0}) == stage + ": expected max_iterations of more than 0, got 0");
  CHECK(message([&] { fit(TestType{}, x, std::vector<int>{1}); }) ==
        stage + ": expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit(TestType{}, dense_blocks({}), std::vector<int>{}); }) ==
        stage + ": there are no records to learn from");
  CHECK_THAT(message([&] { fit(TestType{}, dense_blocks({{1}, {std::nanf("")}}), std::vector<int>{1, 2}); }),
             contains(stage + ": record 1: expected finite numbers in the row, got nan in column 0"));
  CHECK_FALSE(message([&] { fit(TestType{}, x, std::vector<double>{1, std::nan("")}); }).empty());
  CHECK_FALSE(message([&] { fit(TestType{}, x, std::vector<weighted<int>>{{1, 0}, {2, 0}}); }).empty());
  CHECK_THAT(message([&] { fit(TestType{}, x, std::vector<double>{1e300, -1e300}); }),
             contains("linear_function: a weight is beyond what a float holds"));
  const auto f = fit(TestType{}, x, std::vector<int>{1, 2});
  const std::vector<float> two{1, 2};
  CHECK(message([&] { f(dense_row{two}); }) == "linear_function: expected a row of 1 columns, got 2");
  CHECK(message([&] { f.reasons(dense_row{two}, 1); }) == "linear_function: expected a row of 1 columns, got 2");
}

TEMPLATE_TEST_CASE("linear regressions: files with changed bytes are refused or read", "", ridge, lasso) {
  const auto s = made_up(40, 4);
  const std::string bytes = saved(fit(TestType{}, dense_blocks(s.x), s.y));
  const std::vector<float> asked{1, 0, 2, 0};
  CHECK((refused_when_damaged<dense_row, double>(TestType{}, bytes, dense_row{asked}) > bytes.size()));
}

TEMPLATE_TEST_CASE("linear regressions: weights that are not finite are refused", "", ridge, lasso) {
  const auto f = fit(TestType{}, dense_blocks({{1}, {2}}), std::vector<int>{1, 2});
  bundle_writer w;
  auto section = w.stage(TestType::kind);
  section.put("weights", std::span<const float>(std::vector<float>{std::nanf("")}));
  section.put("intercept", 1.0);
  section.put("converged", true);
  f.spec().save(section);
  CHECK_THAT(message([&] { loaded<dense_row, int>(TestType{}, w.bytes({})); }), contains("a weight is not finite"));
}

TEST_CASE("ridge: wide rows by their dual, and large problems by gradients, satisfy the normal equations") {
  std::mt19937 random(9);
  for (const std::size_t n : {std::size_t{40}, std::size_t{2100}}) {
    sparse_rows rows(1200);
    std::vector<double> y;
    for (std::size_t i = 0; i < n; ++i) {
      const auto a = static_cast<std::uint32_t>(random() % 600), b = static_cast<std::uint32_t>(600 + random() % 600);
      rows.append({std::vector<std::uint32_t>{a, b}, std::vector<float>{1, 0.5f}, 1200});
      y.push_back(static_cast<double>(random() % 100) / 10);
    }
    const ridge spec{.alpha = 2};
    const auto found = spec.solve(rows, y, {}, context());
    CHECK(found.converged);
    std::vector<double> gradient(1200);
    double sum = 0;
    for (std::size_t c = 0; c < 1200; ++c) gradient[c] = 2.0 * found.function.weights()[c];
    for (std::size_t i = 0; i < n; ++i) {
      const double e = y[i] - found.function(rows[i]);
      sum += e;
      for_each_value(rows[i], [&](std::size_t c, float v) { gradient[c] -= e * v; });
    }
    CHECK(sum == Approx(0).margin(1e-3));
    for (const double g : gradient) CHECK(g == Approx(0).margin(1e-4));
  }
}

TEST_CASE("lasso: parameters of its own, and a descent that ends early says so") {
  const auto s = made_up(80, 10);
  CHECK_THAT(
      message([&] { fit(lasso{.l1_ratio = 0}, dense_blocks(s.x), s.y); }),
      contains("lasso: expected l1_ratio of more than 0 and at most 1, got 0; ridge has the second penalty alone"));
  CHECK_THAT(message([&] { fit(lasso{.l1_ratio = 1.5f}, dense_blocks(s.x), s.y); }), contains("got 1.5"));
  CHECK_THAT(message([&] { fit(lasso{.alpha = 0}, dense_blocks(s.x), s.y); }),
             contains("lasso: expected alpha of more than 0, got 0"));
  CHECK_FALSE(fit(lasso{.alpha = 0.001f, .tolerance = 1e-14, .max_iterations = 1}, dense_blocks(s.x), s.y).converged());
  std::stop_source stop;
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  CHECK_THAT(message([&] { lasso{.alpha = 0.01f}.fit(sparse_blocks(s.x), own(s.y), ctx); }),
             contains("a stop was requested"));
}

TEST_CASE("linear regressions are stages for rows and numbers") {
  STATIC_REQUIRE(stage_spec<ridge, dense_row, float>);
  STATIC_REQUIRE(stage_spec<lasso, sparse_row, weighted<int>>);
  STATIC_REQUIRE_FALSE(stage_spec<ridge, float, int>);
  STATIC_REQUIRE_FALSE(stage_spec<lasso, dense_row, std::string>);
}
