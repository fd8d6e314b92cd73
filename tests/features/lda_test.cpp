// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/chain.hpp>
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/lda.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::lda;

namespace {

using table = std::vector<std::vector<float>>;

template <class Y>
auto fit(const lda& spec, const table& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(dense_blocks(x), own(std::move(y)), context({.threads = threads}));
}

struct sample {
  table x{};
  std::vector<int> y{};
};
sample made_up(std::size_t n, std::size_t columns, std::size_t labels) {
  random_numbers random(4);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    s.y.push_back(static_cast<int>(random.below(labels)));
    std::vector<float> row(columns);
    for (std::size_t c = 0; c < columns; ++c)
      row[c] = static_cast<float>(random.unit() + (c % labels == static_cast<std::size_t>(s.y.back()) ? 0.5 : 0));
    s.x.push_back(row);
  }
  return s;
}

}  // namespace

TEST_CASE("lda agrees with scikit-learn, up to signs") {
  for (const auto& c : oracle("features/lda")) {
    INFO(c["name"].get<std::string>());
    const auto x = c["x"].get<table>();
    const auto f = fit(lda{.components = c["components"]}, x, c["y"].get<std::vector<int>>());
    const auto expected = c["out"].get<std::vector<std::vector<double>>>();
    REQUIRE(f.width() == expected[0].size());
    std::vector<double> sign(f.width(), 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto out = row_of(f, dense_row{x[i]});
      for (std::size_t j = 0; j < f.width(); ++j) {
        if (sign[j] == 0) sign[j] = double{out[j]} * expected[i][j] < 0 ? -1 : 1;
        REQUIRE(out[j] * sign[j] == Approx(expected[i][j]).epsilon(1e-5).margin(1e-4));
      }
    }
    for (std::size_t j = 0; j < f.width(); ++j)
      CHECK(f.explained_variance_ratio()[j] == Approx(c["ratio"][j].get<double>()).epsilon(1e-5));
  }
}

TEST_CASE("lda: of each discriminant the largest weight is positive") {
  const auto s = made_up(200, 6, 4);
  const auto f = fit({}, s.x, s.y);
  for (std::size_t j = 0; j < f.width(); ++j) {
    float most = 0;
    for (std::size_t c = 0; c < 6; ++c)
      if (std::fabs(f.weight(j, c)) > std::fabs(most)) most = f.weight(j, c);
    CHECK(most > 0);
  }
}

TEST_CASE("lda: discriminants beyond the rank are zeros") {
  // Three labels whose means lie on one line.
  const table x{{0, 1}, {0, -1}, {1, 1}, {1, -1}, {2, 1}, {2, -1}, {0.5f, 1}, {0.5f, -1}, {1.5f, 1}, {1.5f, -1}};
  const auto f = fit({}, x, std::vector<int>{1, 1, 2, 2, 3, 3, 1, 1, 3, 3});
  REQUIRE(f.width() == 2);
  const auto out = row_of(f, dense_row{x[5]});
  CHECK(out[0] > 0);
  CHECK(out[1] == 0);
  CHECK(f.explained_variance_ratio()[0] == Approx(1));
  // Labels with one mean: nothing tells them apart.
  const auto none = fit({}, {{1, 0}, {-1, 0}, {1, 0}, {-1, 0}}, std::vector<int>{1, 1, 2, 2});
  CHECK(row_of(none, dense_row{std::vector<float>{5, 5}}) == std::vector<float>{0});
}

TEST_CASE("lda: a weight of two is the record twice, a label may have one record") {
  auto s = made_up(60, 4, 3);
  s.x.push_back({9, 9, 9, 9});
  s.y.push_back(7);
  table twice = s.x;
  auto labels = s.y;
  std::vector<weighted<int>> y;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back({s.y[i], i % 3 == 0 ? 2.0f : 1.0f});
    if (i % 3 == 0) twice.push_back(s.x[i]), labels.push_back(s.y[i]);
  }
  const auto f = fit({}, s.x, y), g = fit({}, twice, labels);
  for (const auto& row : s.x) {
    const auto a = row_of(f, dense_row{row}), b = row_of(g, dense_row{row});
    for (std::size_t j = 0; j < a.size(); ++j) CHECK(a[j] == Approx(b[j]).epsilon(1e-4).margin(1e-5));
  }
}

TEST_CASE("lda: the same bytes for any number of threads") {
  const auto s = made_up(2500, 30, 5);
  const std::string one = saved(fit({}, s.x, s.y, 1));
  CHECK(one == saved(fit({}, s.x, s.y, 2)));
  CHECK(one == saved(fit({}, s.x, s.y, 4)));
}

TEST_CASE("lda is read back as it was written, and refuses another number of components") {
  const auto s = made_up(90, 7, 4);
  const auto f = fit({.components = 2}, s.x, s.y);
  const auto again = loaded<dense_row, int>(lda{.components = 2}, saved(f));
  CHECK(saved(again) == saved(f));
  for (const auto& row : s.x) CHECK(row_of(again, dense_row{row}) == row_of(f, dense_row{row}));
  CHECK_THAT(message([&] { loaded<dense_row, int>(lda{}, saved(f)); }),
             contains("the file has components 2, this chain has 0"));
}

TEST_CASE("lda: files that do not fit together are refused") {
  const auto read = [](std::vector<float> weights, std::vector<std::size_t> shape, std::vector<double> ratio) {
    bundle_writer w;
    auto section = w.stage("lda/1");
    section.put("components", 1);
    section.put("weights", std::span<const float>(weights), shape);
    section.put("mean", std::span<const double>(std::vector<double>{0, 0}));
    section.put("explained_variance_ratio", std::span<const double>(ratio));
    return message([&] { loaded<dense_row, int>(lda{.components = 1}, w.bytes({})); });
  };
  CHECK(read({1, 2}, {2, 1}, {1}).empty());
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {1, 0}), contains("another number of components"));
  CHECK_THAT(read({1, 2, 3}, {3, 1}, {1}), contains("mean"));
  CHECK_THAT(read({1, 2}, {2, 1}, {1, 2}), contains("explained_variance_ratio"));
  CHECK_THAT(read({1, 2}, {2, 1}, {-1}), contains("a variance is not a positive number"));
}

TEST_CASE("lda: bad input has its message") {
  const auto with = [](lda spec, const table& x, std::vector<int> y) { return message([&] { fit(spec, x, y); }); };
  const table x{{1, 2}, {2, 1}, {3, 5}};
  CHECK_THAT(with({}, {}, {}), contains("there are no targets"));
  CHECK(with({}, x, {1, 2}) == "lda: expected a target for each of 3 records, got 2 targets");
  CHECK(with({}, x, {1, 1, 1}) == "lda: expected targets with two labels or more, got the same label 3 times");
  CHECK(with({}, x, {1, 2, 3}) == "lda: expected more records than labels, got 3 records of 3 labels");
  CHECK(with({}, {{}, {}, {}}, {1, 2, 1}) == "lda: expected rows with columns, got none");
  CHECK(with({.components = 2}, x, {1, 2, 1}) ==
        "lda: expected components of at most 1, for 2 labels and 2 columns, got 2");
  CHECK(with({}, {{1, 2}, {1, 2}, {5, 2}}, {1, 1, 2}) == "lda: no column varies within the labels");
  CHECK_THAT(with({}, {{1, 2}, {1, std::nanf("")}, {5, 2}}, {1, 1, 2}), contains("lda: record 1: expected finite"));
  CHECK_THAT(with({}, {{std::numeric_limits<float>::infinity(), 2}, {1, 2}, {5, 2}}, {1, 1, 2}),
             contains("lda: record 0: expected finite"));
  const auto weights = [&](float w) {
    return message([&] { fit({}, x, std::vector<weighted<int>>{{1, 1}, {1, 1}, {2, w}}); });
  };
  CHECK_THAT(weights(0), contains("all records of a label have weight 0"));
  CHECK_THAT(weights(-1), contains("weight"));
  CHECK_THAT(message([&] { fit({}, x, std::vector<weighted<int>>{{1, 0.1f}, {1, 0.1f}, {2, 0.1f}}); }),
             contains("expected weights that sum to more than 2 labels"));
  const auto f = fit({}, x, std::vector<int>{1, 2, 1});
  CHECK(message([&] { row_of(f, dense_row{std::vector<float>{1}}); }) == "lda: expected a row of 2 columns, got 1");
  CHECK(std::isnan(row_of(f, dense_row{std::vector<float>{1, std::nanf("")}})[0]));
}

TEST_CASE("lda stops when asked") {
  std::stop_source stop;
  const auto s = made_up(300, 10, 3);
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  CHECK_THAT(message([&] { lda{}.fit(dense_blocks(s.x), own(s.y), ctx); }), contains("a stop was requested"));
}

TEST_CASE("lda is a stage for dense rows and labels") {
  STATIC_REQUIRE(stage_spec<lda, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<lda, dense_row, weighted<bool>>);
  STATIC_REQUIRE_FALSE(stage_spec<lda, sparse_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<lda, dense_row, none>);
  const auto s = made_up(30, 3, 2);
  CHECK(fit({}, s.x, s.y).column_name(0) == "discriminant 0");
}
