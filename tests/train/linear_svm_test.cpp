// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"
#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::linear_svm;
using train::svm_loss;

namespace {

template <class In, class Y>
auto fit(const linear_svm& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}

template <class F, class In>
auto answer(const F& f, const In& x) {
  scratch s;
  return f(x, s);
}

// The objective of one output, computed from what was learned.
template <class F>
double objective(const F& f, const table& x, const std::vector<int>& y, std::size_t output) {
  const auto& spec = f.spec();
  const std::size_t n = f.linear().outputs();
  const double b = f.linear().intercepts()[output], w0 = spec.intercept ? b / spec.intercept_scaling : 0;
  double size = w0 * w0, loss = 0;
  for (std::size_t c = 0; c < f.width(); ++c) size += std::pow(f.linear().weights()[c * n + output], 2);
  for (std::size_t i = 0; i < x.size(); ++i) {
    double score = b;
    for (std::size_t c = 0; c < f.width(); ++c) score += double{x[i][c]} * f.linear().weights()[c * n + output];
    const double sign = y[i] == f.labels()[n == 1 ? 1 : output] ? 1 : -1, miss = std::max(0.0, 1 - sign * score);
    loss += spec.loss == svm_loss::hinge ? miss : miss * miss;
  }
  return size / 2 + spec.c * loss;
}

template <class In, class Rows>
void agrees(const nlohmann::json& c, const blocks<In>& x, const Rows& test) {
  const linear_svm spec{.c = c["c"],
                        .loss = c["loss"] == "hinge" ? svm_loss::hinge : svm_loss::squared_hinge,
                        .intercept = c["intercept"],
                        .intercept_scaling = c["intercept_scaling"],
                        .tolerance = 1e-11,
                        .max_iterations = 100000};
  const auto y = c["y"].get<std::vector<int>>();
  const auto f = fit(spec, x, y);
  CHECK(f.converged());
  for (std::size_t k = 0; k < f.linear().outputs(); ++k) {
    CHECK(objective(f, c["x"].get<table>(), y, k) == Approx(c["objectives"][k].get<double>()).epsilon(1e-5));
    for (std::size_t column = 0; column < f.width(); ++column)
      CHECK(f.linear().weights()[column * f.linear().outputs() + k] ==
            Approx(c["coef"][k][column].get<double>()).epsilon(1e-3).margin(1e-4));
  }
  for (std::size_t i = 0; i < test.size(); ++i) CHECK(answer(f, test[i]).label() == c["predicted"][i].get<int>());
}

struct sample {
  table x{};
  std::vector<std::string> y{};
};
sample made_up(std::size_t n, std::size_t columns, std::size_t labels) {
  std::mt19937 random(21);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = random() % labels;
    std::vector<float> row(columns);
    for (int k = 0; k < 6; ++k) row[(label * 5 + random() % 12) % columns] = static_cast<float>(random() % 100) / 50.0f;
    s.x.push_back(row);
    s.y.push_back("label " + std::to_string(label));
  }
  return s;
}

}  // namespace

TEST_CASE("linear_svm agrees with scikit-learn's LinearSVC") {
  for (const auto& c : oracle("train/linear_svm")) {
    INFO(c["name"].get<std::string>());
    agrees(c, dense_blocks(c["x"]), dense(c["test"]));
    agrees(c, sparse_blocks(c["x"]), sparse(c["test"]));
  }
}

TEST_CASE("linear_svm: dense and sparse rows of the same numbers learn the same, columns of a single row too") {
  // 40 columns that many rows share, and 120 that at most one row has.
  auto s = made_up(300, 40, 5);
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    s.x[i].resize(160);
    if (i < 100) s.x[i][40 + i] = 0.5f + static_cast<float>(i % 7);
  }
  const linear_svm tight{.tolerance = 1e-11, .max_iterations = 100000};
  const auto d = fit(tight, dense_blocks(s.x), s.y);
  const auto p = fit(tight, sparse_blocks(s.x), s.y);
  REQUIRE(d.linear().weights().size() == 160 * 5);
  for (std::size_t i = 0; i < 160 * 5; ++i)
    CHECK(p.linear().weights()[i] == Approx(d.linear().weights()[i]).epsilon(1e-4).margin(1e-6));
  const auto single = p.linear().weights().subspan(40 * 5, 100 * 5);
  CHECK(std::any_of(single.begin(), single.end(), [](float w) { return w != 0; }));
  CHECK(p.linear().weights()[159 * 5] == 0.0f);
  const auto rows = sparse(s.x);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(answer(p, rows[i]).label() == answer(d, dense(s.x)[i]).label());
}

TEST_CASE("linear_svm learns labels of every kind") {
  enum class side { left = -4, right = 9 };
  const auto x = dense_blocks({{-1}, {-2}, {1}, {2}});
  const std::vector<float> right{3}, left{-3};
  const auto text = fit<dense_row, std::string>({}, x, {"l", "l", "r", "r"});
  CHECK(answer(text, dense_row{right}).label() == "r");
  CHECK(answer(text, dense_row{left}).label() == "l");
  CHECK(answer(text, dense_row{left}).score() > 0.5f);
  CHECK(answer(fit<dense_row, side>({}, x, {side::left, side::left, side::right, side::right}), dense_row{left})
            .label() == side::left);
  CHECK(answer(fit<dense_row, float>({}, x, {0.5f, 0.5f, 1.5f, 1.5f}), dense_row{right}).label() == 1.5f);
  const bool values[]{false, false, true, true};
  const auto b = linear_svm{}.fit(x, blocks<bool>(std::span<const bool>(values)), context{});
  CHECK(answer(b, dense_row{right}).label() == true);
}

TEST_CASE("linear_svm: equal scores go to the first label") {
  const auto x = sparse_blocks({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}});
  const auto three = fit<sparse_row, std::string>({.intercept = false}, x, {"c", "a", "b"});
  CHECK(answer(three, sparse_row{{}, {}, 3}).label() == "a");
  const auto two = fit<sparse_row, std::string>({.intercept = false}, x, {"b", "a", "b"});
  CHECK(answer(two, sparse_row{{}, {}, 3}).label() == "a");
  CHECK(answer(two, sparse_row{{}, {}, 3}).score() == 0.0f);
}

TEST_CASE("linear_svm: the same bytes for any number of threads") {
  const auto s = made_up(2500, 60, 7);
  const std::string one = saved(fit(linear_svm{}, sparse_blocks(s.x), s.y, 1));
  CHECK(one == saved(fit(linear_svm{}, sparse_blocks(s.x), s.y, 2)));
  CHECK(one == saved(fit(linear_svm{}, sparse_blocks(s.x), s.y, 4)));
}

TEST_CASE("linear_svm: labels that share a solver do not touch each other") {
  // With 3 labels two share one, with 7 four do; the problem "label 0 against the others" is the same in both.
  const auto s = made_up(400, 40, 7);
  std::vector<int> three, seven;
  for (const auto& y : s.y) {
    seven.push_back(y.back() - '0');
    three.push_back(std::min(seven.back(), 2));
  }
  const auto few = fit(linear_svm{}, dense_blocks(s.x), three), many = fit(linear_svm{}, dense_blocks(s.x), seven);
  for (std::size_t c = 0; c < few.width(); ++c)
    for (std::size_t k = 0; k < 2; ++k) CHECK(few.linear().weights()[c * 3 + k] == many.linear().weights()[c * 7 + k]);
}

TEST_CASE("linear_svm is read back as it was written") {
  for (const std::size_t labels : {2, 5}) {
    const auto s = made_up(200, 30, labels);
    const linear_svm spec{.c = 0.3f, .loss = svm_loss::hinge};
    const auto f = fit(spec, sparse_blocks(s.x), s.y);
    const auto again = loaded<sparse_row, std::string>(linear_svm{}, saved(f));
    CHECK(saved(again) == saved(f));
    CHECK(again.spec().c == 0.3f);
    const auto rows = sparse(s.x);
    for (std::size_t i = 0; i < rows.size(); ++i) CHECK(answer(again, rows[i]) == answer(f, rows[i]));
  }
}

TEST_CASE("linear_svm gives the columns that spoke for its answer") {
  const auto x = dense_blocks({{1, 0, 0}, {1, 0.1f, 0}, {0, 1, 0}, {0, 1, 0.1f}});
  const std::vector<float> first{1, 0.2f, 0}, second{0.2f, 1, 0};
  for (const bool two : {true, false}) {
    const auto f = fit<dense_row, int>({}, x, two ? std::vector{1, 1, 2, 2} : std::vector{1, 1, 2, 3});
    const auto why = f.reasons(dense_row{first}, 3);
    REQUIRE(why.size() == 1);
    CHECK(why[0].column == 0);
    CHECK(why[0].contribution > 0);
    CHECK(f.reasons(dense_row{first}, 3, signs::both).size() == 2);
    CHECK(f.reasons(dense_row{second}, 1)[0].column == 1);
  }
}

TEST_CASE("linear_svm ends where the objective is within the tolerance of the least") {
  const auto s = made_up(6000, 50, 3);
  std::vector<int> y;
  for (const auto& label : s.y) y.push_back(label.back() - '0');
  for (const auto loss : {svm_loss::squared_hinge, svm_loss::hinge}) {
    const auto best = fit(linear_svm{.loss = loss, .tolerance = 1e-7, .max_iterations = 100000}, sparse_blocks(s.x), y);
    REQUIRE(best.converged());
    for (const double tolerance : {1e-1, 1e-2, 1e-4}) {
      const linear_svm spec{.loss = loss, .tolerance = tolerance, .max_iterations = 100000};  // hinge: some hundreds
      const auto f = fit(spec, sparse_blocks(s.x), y);
      REQUIRE(f.converged());
      for (std::size_t k = 0; k < 3; ++k) {
        const double least = objective(best, s.x, y, k), found = objective(f, s.x, y, k);
        CHECK(found <= least * (1 + 2 * tolerance));
        CHECK(found >= least * (1 - 1e-6));
      }
    }
  }
}

TEST_CASE("linear_svm: records that weigh nothing are as if they were not there") {
  const auto s = made_up(300, 30, 3);
  std::vector<weighted<std::string>> y;
  table kept;
  std::vector<std::string> kept_y;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back({s.y[i], i % 2 == 0 ? 1.0f : 0.0f});
    if (i % 2 == 0) kept.push_back(s.x[i]), kept_y.push_back(s.y[i]);
  }
  const linear_svm tight{.tolerance = 1e-11, .max_iterations = 100000};
  const auto a = fit(tight, sparse_blocks(s.x), y), b = fit(tight, sparse_blocks(kept), kept_y);
  for (std::size_t i = 0; i < a.linear().weights().size(); ++i)
    CHECK(a.linear().weights()[i] == Approx(b.linear().weights()[i]).epsilon(1e-4).margin(1e-5));
}

TEST_CASE("linear_svm says when it has not converged") {
  const auto s = made_up(300, 40, 3);
  CHECK_FALSE(fit(linear_svm{.tolerance = 1e-12, .max_iterations = 2}, dense_blocks(s.x), s.y).converged());
}

TEST_CASE("linear_svm: a NaN in a row answers the first label") {
  const auto f = fit<dense_row, std::string>({}, dense_blocks({{-1}, {1}}), {"l", "r"});
  const std::vector<float> bad{std::numeric_limits<float>::quiet_NaN()};
  CHECK(answer(f, dense_row{bad}).label() == "l");
  CHECK(std::isnan(answer(f, dense_row{bad}).score()));
}

TEST_CASE("linear_svm: a row without values still counts for the intercept") {
  const auto x = sparse_blocks({{0, 0}, {0, 0}, {1, 0}});
  const auto f = fit<sparse_row, std::string>({.loss = svm_loss::hinge, .intercept = false}, x, {"a", "b", "b"});
  CHECK(f.converged());
  CHECK(f.width() == 2);
}

TEST_CASE("linear_svm: bad input has its message") {
  const auto x = dense_blocks({{1}, {2}});
  const auto with = [&](linear_svm spec) { return message([&] { fit<dense_row, int>(spec, x, {1, 2}); }); };
  CHECK(with({.c = 0}) == "linear_svm: expected c of more than 0, got 0");
  CHECK(with({.intercept_scaling = -1}) == "linear_svm: expected intercept_scaling of more than 0, got -1");
  CHECK(with({.tolerance = std::nan("")}) == "linear_svm: expected tolerance of more than 0, got nan");
  CHECK(with({.max_iterations = 0}) == "linear_svm: expected max_iterations of more than 0, got 0");
  CHECK(message([&] { fit<dense_row, int>({}, x, {1, 1}); }) ==
        "linear_svm: expected targets with two labels or more, got the same label 2 times");
  CHECK(message([&] { fit<dense_row, int>({}, x, {1}); }) ==
        "linear_svm: expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit<dense_row, int>({}, dense_blocks({}), {}); }) ==
        "linear_svm: there are no records to learn from");
  CHECK(message([&] { fit<dense_row, int>({}, dense_blocks({{1, 2}, {3, infinity}}), {1, 2}); }) ==
        "linear_svm: record 1: expected finite numbers in the row, got inf in column 1; put standardize{} before the "
        "learner, or drop such records");
  CHECK(message([&] { fit<dense_row, float>({}, x, {1, std::nanf("")}); }) ==
        "labels: record 1: expected a label, got nan");
  const auto f = fit<dense_row, int>({}, x, {1, 2});
  const std::vector<float> two{1, 2};
  CHECK(message([&] { answer(f, dense_row{two}); }) == "linear_scores: expected a row of 1 columns, got 2");
}

TEST_CASE("linear_svm stops when asked") {
  std::stop_source stop;
  const auto s = made_up(300, 40, 3);
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  const auto run = [&] { linear_svm{.tolerance = 1e-12}.fit(sparse_blocks(s.x), own(s.y), ctx); };
  CHECK_THAT(message(run), contains("a stop was requested"));
}

TEST_CASE("linear_svm: files with changed bytes are refused or read") {
  const auto s = made_up(40, 16, 3);
  const std::string bytes = saved(fit(linear_svm{}, dense_blocks(s.x), s.y));
  const std::vector<float> asked(16, 1.0f);
  CHECK((refused_when_damaged<dense_row, std::string>(linear_svm{}, bytes, dense_row{asked}) > bytes.size()));
}

TEST_CASE("linear_svm: weights that do not fit together are refused") {
  const auto read = [](std::vector<float> weights, std::vector<std::size_t> shape, std::vector<float> intercepts) {
    bundle_writer w;
    auto section = w.stage("linear_svm/1");
    section.put("weights", std::span<const float>(weights), shape);
    section.put("intercepts", std::span<const float>(intercepts));
    section.put("converged", true);
    section.put("label_type", "int");
    section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{1, 2, 3}));
    return message([&] { loaded<dense_row, int>(linear_svm{}, w.bytes({})); });
  };
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 2, 3}), contains("weights and intercepts do not fit together"));
  CHECK_THAT(read({1, 2}, {2}, {1}), contains("weights and intercepts do not fit together"));
  CHECK_THAT(read({1, std::nanf("")}, {1, 2}, {1, 2}), contains("a weight is not finite"));
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 2}), contains("the number of labels is not that of the weights"));
}

TEST_CASE("linear_svm is a stage for rows and labels") {
  STATIC_REQUIRE(stage_spec<linear_svm, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<linear_svm, sparse_row, bool>);
  STATIC_REQUIRE_FALSE(stage_spec<linear_svm, float, int>);
  STATIC_REQUIRE_FALSE(stage_spec<linear_svm, dense_row, none>);
}
