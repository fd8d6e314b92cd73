// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/train/linear_discriminant.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::linear_discriminant;

namespace {

using table = std::vector<std::vector<float>>;

template <class Y>
auto fit(const linear_discriminant& spec, const table& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(dense_blocks(x), own(std::move(y)), context({.threads = threads}));
}

template <class F>
std::vector<double> probabilities(const F& f, const std::vector<float>& row) {
  scratch s;
  const auto p = f.scores(dense_row{row}, s);
  return {p.begin(), p.end()};
}
template <class F>
auto answer(const F& f, const std::vector<float>& row) {
  scratch s;
  return f(dense_row{row}, s);
}

struct sample {
  table x{};
  std::vector<std::string> y{};
};
sample made_up(std::size_t n, std::size_t columns, std::size_t labels) {
  random_numbers random(6);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = random.below(labels);
    std::vector<float> row(columns);
    for (std::size_t c = 0; c < columns; ++c)
      row[c] = static_cast<float>(random.unit() + (c % labels == label ? 0.5 : 0));
    s.x.push_back(row);
    s.y.push_back("label " + std::to_string(label));
  }
  return s;
}

}  // namespace

TEST_CASE("linear_discriminant agrees with scikit-learn's probabilities") {
  for (const auto& c : oracle("features/lda")) {
    INFO(c["name"].get<std::string>());
    const auto x = c["x"].get<table>();
    const auto f = fit({}, x, c["y"].get<std::vector<int>>());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto p = probabilities(f, x[i]);
      const auto expected = c["probabilities"][i].get<std::vector<double>>();
      REQUIRE(p.size() == expected.size());
      for (std::size_t k = 0; k < p.size(); ++k) REQUIRE(p[k] == Approx(expected[k]).margin(1e-4));
      const auto d = answer(f, x[i]);
      CHECK(d.index() == largest(p));
      CHECK(d.score() == static_cast<float>(p[d.index()]));
    }
  }
}

TEST_CASE("linear_discriminant: probabilities sum to 1, far rows overflow nothing") {
  for (const std::size_t labels : {2, 4}) {
    const auto s = made_up(200, 6, labels);
    const auto f = fit({}, s.x, s.y);
    for (const float far : {0.0f, 1.0f, 1e6f, -1e30f}) {
      const auto p = probabilities(f, {far, 0, 1, far, 1, 0});
      double sum = 0;
      for (const double v : p) sum += v;
      CHECK(sum == Approx(1));
    }
  }
}

TEST_CASE("linear_discriminant: balanced labels have equal shares") {
  // 30 of one label and 10 of the other, at −1 and 1 with the same spread: their middle is undecided.
  table x;
  std::vector<int> y;
  for (int i = 0; i < 40; ++i) {
    y.push_back(i % 4 == 0);
    x.push_back({(y.back() ? 1.0f : -1.0f) + (i / 4 % 2 == 0 ? 0.5f : -0.5f)});
  }
  CHECK(probabilities(fit({.balanced = true}, x, y), {0})[1] == Approx(0.5).margin(1e-6));
  CHECK(probabilities(fit({}, x, y), {0})[1] == Approx(0.25).margin(1e-6));
}

TEST_CASE("linear_discriminant: a weight of two is the record twice") {
  const auto s = made_up(60, 4, 3);
  table twice = s.x;
  auto labels = s.y;
  std::vector<weighted<std::string>> y;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back({s.y[i], i % 3 == 0 ? 2.0f : 1.0f});
    if (i % 3 == 0) twice.push_back(s.x[i]), labels.push_back(s.y[i]);
  }
  const auto f = fit({}, s.x, y), g = fit({}, twice, labels);
  for (const auto& row : s.x)
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(probabilities(f, row)[k] == Approx(probabilities(g, row)[k]).margin(1e-5));
}

TEST_CASE("linear_discriminant gives the columns that spoke for its answer") {
  const table x{{1, 0, 0}, {2, 1, 0}, {1, 1, 1}, {-1, 0, 1}, {-2, 1, 0}, {-1, 1, 1}, {1, 0, 1}, {-1, 0, 0}};
  for (const bool two : {true, false}) {
    const auto f = fit({}, x, two ? std::vector{1, 1, 1, 2, 2, 2, 1, 2} : std::vector{1, 1, 1, 2, 2, 3, 1, 3});
    const auto why = f.reasons(dense_row{x[1]}, 1);
    REQUIRE(why.size() == 1);
    CHECK(why[0].column == 0);
    CHECK(why[0].contribution > 0);
  }
}

TEST_CASE("linear_discriminant: the same bytes for any number of threads") {
  const auto s = made_up(2500, 30, 5);
  const std::string one = saved(fit({}, s.x, s.y, 1));
  CHECK(one == saved(fit({}, s.x, s.y, 2)));
  CHECK(one == saved(fit({}, s.x, s.y, 4)));
}

TEST_CASE("linear_discriminant is read back as it was written") {
  for (const std::size_t labels : {2, 5}) {
    const auto s = made_up(200, 8, labels);
    const auto f = fit({.balanced = true}, s.x, s.y);
    const auto again = loaded<dense_row, std::string>(linear_discriminant{}, saved(f));
    CHECK(saved(again) == saved(f));
    CHECK(again.spec().balanced);
    for (const auto& row : s.x) CHECK(answer(again, row) == answer(f, row));
  }
}

TEST_CASE("linear_discriminant: weights that do not fit together are refused") {
  const auto read = [](std::vector<float> weights, std::vector<std::size_t> shape, std::vector<float> intercepts) {
    bundle_writer w;
    auto section = w.stage("linear_discriminant/1");
    section.put("balanced", false);
    section.put("weights", std::span<const float>(weights), shape);
    section.put("intercepts", std::span<const float>(intercepts));
    section.put("label_type", "int");
    section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{1, 2, 3}));
    return message([&] { loaded<dense_row, int>(linear_discriminant{}, w.bytes({})); });
  };
  CHECK(read({1, 2, 3}, {1, 3}, {1, 2, 3}).empty());
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 2, 3}), contains("weights and intercepts do not fit together"));
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 2}), contains("the number of labels is not that of the weights"));
  CHECK_THAT(read({1, 2, std::nanf("")}, {1, 3}, {1, 2, 3}), contains("a weight is not finite"));
}

TEST_CASE("linear_discriminant: bad input has its message") {
  const auto with = [](const table& x, std::vector<int> y) { return message([&] { fit({}, x, y); }); };
  const table x{{1, 2}, {2, 1}, {3, 5}};
  CHECK_THAT(with({}, {}), contains("there are no targets"));
  CHECK(with(x, {1, 2}) == "linear_discriminant: expected a target for each of 3 records, got 2 targets");
  CHECK(with(x, {1, 1, 1}) ==
        "linear_discriminant: expected targets with two labels or more, got the same label 3 times");
  CHECK(with(x, {1, 2, 3}) == "linear_discriminant: expected more records than labels, got 3 records of 3 labels");
  CHECK(with({{1, 2}, {1, 2}, {5, 2}}, {1, 1, 2}) == "linear_discriminant: no column varies within the labels");
  CHECK_THAT(with({{1, 2}, {1, std::nanf("")}, {5, 2}}, {1, 1, 2}),
             contains("linear_discriminant: record 1: expected finite"));
  const auto f = fit({}, {{1, 2}, {2, 1.5f}, {1.5f, 1}, {9, 9}}, std::vector<int>{1, 1, 1, 2});  // one record is enough
  CHECK(answer(f, {9, 9}).label() == 2);
  CHECK_THAT(message([&] { answer(f, {1}); }), contains("expected a row of 2 columns, got 1"));
  CHECK(answer(f, {1, std::nanf("")}).label() == 1);
  CHECK(std::isnan(answer(f, {1, std::nanf("")}).score()));
}

TEST_CASE("linear_discriminant is a classifier for dense rows") {
  STATIC_REQUIRE(stage_spec<linear_discriminant, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<linear_discriminant, dense_row, weighted<bool>>);
  STATIC_REQUIRE_FALSE(stage_spec<linear_discriminant, sparse_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<linear_discriminant, dense_row, none>);
  STATIC_REQUIRE(classifier<linear_discriminant::fitted<int>, dense_row>);
  STATIC_REQUIRE(gives_probabilities<linear_discriminant::fitted<int>>);
}
