// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/nearest_neighbors.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::nearest_neighbors;
using train::nearest_neighbors_regressor;
using train::neighbor_metric;
using train::neighbor_weights;

namespace {

using table = std::vector<std::vector<float>>;
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr neighbor_metric metrics[]{neighbor_metric::euclidean, neighbor_metric::cosine, neighbor_metric::manhattan};

template <class S, class In, class Y>
auto fit(const S& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}
template <class F, class In>
auto answer(const F& f, const In& x) {
  scratch s;
  return f(x, s);
}
template <class F, class In>
std::vector<double> scores(const F& f, const In& x) {
  scratch s;
  const auto all = f.scores(x, s);
  return {all.begin(), all.end()};
}

neighbor_metric metric_of(const nlohmann::json& c) {
  return c["metric"] == "cosine"      ? neighbor_metric::cosine
         : c["metric"] == "manhattan" ? neighbor_metric::manhattan
                                      : neighbor_metric::euclidean;
}

// A row at distance 0 is one by rounding only where cosine distances are concerned: scikit-learn's may be 1e-16 there.
template <class In, class Rows>
void agrees(const nlohmann::json& all, const nlohmann::json& c, const blocks<In>& x, const Rows& test) {
  const auto metric = metric_of(c);
  const auto how = c["weights"] == "distance" ? neighbor_weights::by_distance : neighbor_weights::uniform;
  const std::size_t k = c["k"];
  const auto f = fit(nearest_neighbors{.k = k, .metric = metric, .weights = how}, x, all["y"].get<std::vector<int>>());
  const auto g = fit(nearest_neighbors_regressor{.k = k, .metric = metric, .weights = how}, x,
                     all["values"].get<std::vector<double>>());
  for (std::size_t i = 0; i < test.size(); ++i) {
    for (std::size_t j = 0; j < 3; ++j)
      CHECK(scores(f, test[i])[j] == Approx(c["probabilities"][i][j].get<double>()).epsilon(0).margin(1e-6));
    CHECK(answer(g, test[i]) == Approx(c["predicted"][i].get<double>()).epsilon(0).margin(2e-6));
    if (!c.contains("found")) continue;
    scratch s;
    const auto found = f.neighbors(test[i], s);
    for (std::size_t n = 0; n < k; ++n) {
      CHECK(found[n].record == c["found"][i][n].get<std::size_t>());
      CHECK(found[n].distance == Approx(c["distances"][i][n].get<double>()).epsilon(0).margin(1e-6));
    }
  }
}

struct sample {
  table x{};
  std::vector<std::string> y{};
  std::vector<float> values{};
};
sample made_up(std::size_t n, std::size_t columns) {
  std::mt19937 random(6);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(columns);
    for (int k = 0; k < 6; ++k) row[random() % columns] = static_cast<float>(random() % 30) / 10.0f;
    s.x.push_back(row);
    s.y.push_back("label " + std::to_string(random() % 4));
    s.values.push_back(row[0] * 3 - row[1]);
  }
  return s;
}

// A file with any byte changed is read as something, or refused by an error of this library.
template <class In, class Label, class S>
void survives_changes(const S& spec, const std::string& bytes) {
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 1500)
    for (const char change : {'\x01', '\x80'}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ change);
      refused += !message([&] { loaded<In, Label>(spec, changed); }).empty();
    }
  CHECK(refused > 0);
  for (const std::size_t kept : {bytes.size() - 1, bytes.size() / 2, std::size_t{20}})
    CHECK(!message([&] { loaded<In, Label>(spec, bytes.substr(0, kept)); }).empty());
}

}  // namespace

TEST_CASE("nearest_neighbors agree with scikit-learn's") {
  const auto all = oracle("train/nearest_neighbors");
  for (const auto& c : all["cases"]) {
    INFO(c["metric"] << ", " << c["weights"] << ", " << c["k"]);
    agrees(all, c, dense_blocks(all["x"]), dense(all["test"]));
    agrees(all, c, sparse_blocks(all["x"]), sparse(all["test"]));
  }
}

TEST_CASE("nearest_neighbors: of rows as far apart the earlier comes first, and a row is at distance 0 of itself") {
  const table x{{0, 1.1f, 0}, {1.3f, 0, 0.7f}, {0, 1.1f, 0}, {0, 1.1f, 0}, {-1.3f, 0, 0.7f}};
  for (const auto metric : metrics) {
    const auto d = fit(nearest_neighbors{.k = 3, .metric = metric}, dense_blocks(x), std::vector{1, 2, 1, 2, 2});
    const auto p = fit(nearest_neighbors{.k = 3, .metric = metric}, sparse_blocks(x), std::vector{1, 2, 1, 2, 2});
    scratch s;
    for (const auto& found : {d.neighbors(dense(x)[2], s), p.neighbors(sparse(x)[2], s)})
      for (std::size_t i = 0; i < 3; ++i)
        CHECK(found[i] == train::neighbor{std::array<std::size_t, 3>{0, 2, 3}[i], 0.0});
    CHECK(d.neighbors(dense(x)[1], s)[0] == train::neighbor{1, 0.0});
    CHECK(p.neighbors(sparse(x)[1], s)[0] == train::neighbor{1, 0.0});
  }
}

TEST_CASE("nearest_neighbors: equal votes go to the first label; rows at distance 0 answer alone") {
  const table x{{1}, {1}, {2}, {3}, {4}};
  const auto two = fit(nearest_neighbors{.k = 2}, dense_blocks(x), std::vector<std::string>{"b", "a", "b", "b", "b"});
  CHECK(answer(two, dense({{1}})[0]).label() == "a");
  CHECK(answer(two, dense({{1}})[0]).score() == 0.5f);
  const nearest_neighbors near{.k = 5, .weights = neighbor_weights::by_distance};
  const auto f = fit(near, dense_blocks(x), std::vector<std::string>{"b", "a", "b", "b", "b"});
  CHECK(scores(f, dense({{1}})[0]) == std::vector{0.5, 0.5});
  const auto g = fit(nearest_neighbors_regressor{.weights = neighbor_weights::by_distance}, dense_blocks(x),
                     std::vector{1, 2, 9, 9, 9});
  CHECK(answer(g, dense({{1}})[0]) == 1.5f);
}

TEST_CASE("nearest_neighbors: the same bytes for any number of threads, many rows as one, read back as written") {
  const auto s = made_up(1500, 40);
  const auto test = [&]<class In>(const blocks<In>& x, const auto& rows) {
    for (const auto metric : metrics) {
      const nearest_neighbors spec{.metric = metric, .weights = neighbor_weights::by_distance};
      const auto f = fit(spec, x, s.y, 1);
      CHECK(saved(f) == saved(fit(spec, x, s.y, 4)));
      const auto again = loaded<In, std::string>(spec, saved(f));
      CHECK(saved(again) == saved(f));
      const auto many = f.answers(x, context({.threads = 2}));
      CHECK(many.size() == s.x.size());
      for (std::size_t i = 0; i < 1500; i += 29) CHECK(many[i] == answer(f, rows[i]));
      for (std::size_t i = 0; i < 1500; i += 97) CHECK(scores(again, rows[i]) == scores(f, rows[i]));
      const auto g = fit(nearest_neighbors_regressor{.metric = metric}, x, s.values);
      const auto numbers = g.answers(x, context({.threads = 2}));
      const auto g_again = loaded<In, float>(nearest_neighbors_regressor{.metric = metric}, saved(g));
      for (std::size_t i = 0; i < 1500; i += 97) {
        CHECK(numbers[i] == answer(g, rows[i]));
        CHECK(numbers[i] == answer(g_again, rows[i]));
      }
    }
  };
  test(dense_blocks(s.x), dense(s.x));
  test(sparse_blocks(s.x), sparse(s.x));
}

TEST_CASE("nearest_neighbors: dense and sparse rows of the same numbers find the same") {
  const auto s = made_up(300, 30);
  for (const auto metric : metrics) {
    const auto d = fit(nearest_neighbors{.metric = metric}, dense_blocks(s.x), s.y);
    const auto p = fit(nearest_neighbors{.metric = metric}, sparse_blocks(s.x), s.y);
    for (std::size_t i = 0; i < 50; ++i) {
      scratch a, b;
      const auto one = d.neighbors(dense(s.x)[i], a), other = p.neighbors(sparse(s.x)[i], b);
      for (std::size_t n = 0; n < 5; ++n) CHECK(one[n].distance == Approx(other[n].distance).margin(1e-6));
    }
  }
}

TEST_CASE(
    "nearest_neighbors: weights multiply votes, weightless records are not kept, balanced labels count the same") {
  const auto x = dense_blocks({{0}, {1}, {2}, {3}});
  const auto y = own(std::vector<weighted<int>>{{1, 1}, {2, 3}, {2, 0}, {1, 2}});
  const auto f = nearest_neighbors{.k = 3}.fit(x, y, context());
  CHECK(f.rows().size() == 3);
  CHECK(scores(f, dense({{1}})[0]) == std::vector{0.5, 0.5});
  CHECK(scores(nearest_neighbors{.k = 2}.fit(x, y, context()), dense({{0}})[0]) == std::vector{0.25, 0.75});
  const auto b = fit(nearest_neighbors{.k = 4, .balanced = true}, x, std::vector{1, 1, 1, 2});
  CHECK(scores(b, dense({{1}})[0])[0] == Approx(0.5));
  const auto g = nearest_neighbors_regressor{.k = 2}.fit(
      x, own(std::vector<weighted<float>>{{1, 1}, {5, 3}, {9, 0}, {7, 1}}), context());
  CHECK(answer(g, dense({{0}})[0]) == 4.0f);
}

TEST_CASE("nearest_neighbors: fewer records than k, a label of one record, rows of zeros, more columns than rows") {
  const table x{{0, 0, 0, 0}, {1, 0, 0, 2}, {1, 0, 0, 3}};
  for (const auto metric : metrics) {
    const auto f = fit(nearest_neighbors{.k = 9, .metric = metric}, sparse_blocks(x), std::vector{1, 2, 2});
    CHECK(f.asked() == 3);
    CHECK(answer(f, sparse({{0, 0, 0, 0}})[0]).label() == 2);
    const auto one = fit(nearest_neighbors{.k = 1, .metric = metric}, dense_blocks(x), std::vector{1, 2, 2});
    CHECK(answer(one, dense({{1, 0, 0, 2.1f}})[0]).label() == 2);
    CHECK(answer(one, dense({{0, 0, 0, 0}})[0]).label() == 1);
  }
}

TEST_CASE("nearest_neighbors: a NaN or infinity in a row answers the first label with NaN") {
  const table x{{0, 1}, {1, 3}, {2, 5}};
  for (const float bad : {std::nanf(""), infinity}) {
    const auto f = fit(nearest_neighbors{}, dense_blocks(x), std::vector{1, 2, 2});
    const auto p = fit(nearest_neighbors{}, sparse_blocks(x), std::vector{1, 2, 2});
    CHECK(answer(f, dense({{bad, 1}})[0]).label() == 1);
    CHECK(std::isnan(answer(f, dense({{bad, 1}})[0]).score()));
    CHECK(std::isnan(answer(p, sparse({{bad, 1}})[0]).score()));
    CHECK(std::isnan(
        answer(fit(nearest_neighbors_regressor{}, dense_blocks(x), std::vector{1, 2, 2}), dense({{1, bad}})[0])));
  }
}

TEST_CASE("nearest_neighbors: bad input has its message") {
  const auto x = dense_blocks({{1}, {2}});
  CHECK(message([&] { fit(nearest_neighbors{.k = 0}, x, std::vector{1, 2}); }) ==
        "nearest_neighbors: expected k of more than 0, got 0");
  CHECK(message([&] { fit(nearest_neighbors{}, x, std::vector{1, 1}); }) ==
        "nearest_neighbors: expected targets with two labels or more, got the same label 2 times");
  CHECK(message([&] { fit(nearest_neighbors_regressor{}, x, std::vector{1}); }) ==
        "nearest_neighbors_regressor: expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit(nearest_neighbors{}, dense_blocks({}), std::vector<int>{}); }) ==
        "nearest_neighbors: there are no records to learn from");
  CHECK_THAT(message([&] { fit(nearest_neighbors{}, dense_blocks({{1, 2}, {3, infinity}}), std::vector{1, 2}); }),
             contains("nearest_neighbors: record 1: expected finite numbers in the row, got inf in column 1"));
  CHECK_THAT(message([&] { fit(nearest_neighbors_regressor{}, x, std::vector{1.0f, infinity}); }),
             contains("record 1"));
  const auto weighing = [&](float a, float b) {
    return message([&] { nearest_neighbors{}.fit(x, own(std::vector<weighted<int>>{{1, a}, {2, b}}), context()); });
  };
  CHECK_THAT(weighing(1, -1), contains("record 1: expected a weight of 0 or more"));
  CHECK_THAT(weighing(0, 0), contains("no record has a weight above 0"));
  const auto f = fit(nearest_neighbors{}, x, std::vector{1, 2});
  CHECK(message([&] { answer(f, dense({{1, 2}})[0]); }) == "nearest_neighbors: expected a row of 1 columns, got 2");
}

TEST_CASE("nearest_neighbors: files that do not fit together are refused") {
  const auto read = [](std::vector<std::uint64_t> offsets, std::vector<std::uint32_t> columns,
                       std::vector<float> values, std::vector<float> weights, std::vector<std::uint32_t> answers,
                       std::int64_t width = 4) {
    bundle_writer w;
    auto section = w.stage("nearest_neighbors/1");
    section.put("k", 5);
    section.put("metric", "euclidean");
    section.put("weighting", "uniform");
    section.put("balanced", false);
    section.put("row_offsets", std::span<const std::uint64_t>(offsets));
    section.put("row_columns", std::span<const std::uint32_t>(columns));
    section.put("row_values", std::span<const float>(values));
    section.put("row_width", width);
    section.put("weights", std::span<const float>(weights));
    section.put("answers", std::span<const std::uint32_t>(answers));
    section.put("label_type", "int");
    section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{1, 2}));
    return message([&] { loaded<sparse_row, int>(nearest_neighbors{}, w.bytes({})); });
  };
  CHECK(read({0, 1, 2}, {1, 3}, {1, 2}, {1, 1}, {0, 1}).empty());
  CHECK(read({0, 1, 2}, {1, 3}, {1, 2}, {1, 1}, {0, 1}, 4'000'000'000).empty());
  CHECK_THAT(read({0, 1, 3}, {1, 3}, {1, 2}, {1, 1}, {0, 1}), contains("do not fit together"));
  CHECK_THAT(read({0, 9, 2}, {1, 3}, {1, 2}, {1, 1}, {0, 1}), contains("offsets do not ascend"));
  CHECK_THAT(read({0, 2, 2}, {3, 1}, {1, 2}, {1, 1}, {0, 1}), contains("columns do not ascend"));
  CHECK_THAT(read({0, 1, 2}, {1, 4}, {1, 2}, {1, 1}, {0, 1}), contains("columns do not ascend"));
  CHECK_THAT(read({0, 1, 2}, {1, 3}, {1, infinity}, {1, 1}, {0, 1}), contains("not finite"));
  CHECK_THAT(read({0, 1, 2}, {1, 3}, {1, 2}, {1, 0}, {0, 1}), contains("a weight is not a number above 0"));
  CHECK_THAT(read({0, 1, 2}, {1, 3}, {1, 2}, {1, 1}, {0, 2}), contains("none of the labels"));
  CHECK_THAT(read({0}, {}, {}, {}, {}), contains("there are no rows"));
  CHECK_THAT(read({0, 1, 2}, {1, 3}, {1, 2}, {1, 1}, {0, 1}, -1), contains("out of range"));
  const auto bytes = saved(fit(nearest_neighbors{}, dense_blocks({{1}, {2}}), std::vector{1, 2}));
  CHECK_THAT(message([&] { loaded<dense_row, int>(nearest_neighbors{.k = 3}, bytes); }), contains("this chain has"));
  CHECK(!message([&] { loaded<dense_row, int>(nearest_neighbors{}, bytes.substr(0, bytes.size() - 8)); }).empty());
}

TEST_CASE("nearest_neighbors: a changed file is refused or read") {
  const auto s = made_up(12, 6);
  const auto d = saved(fit(nearest_neighbors{}, dense_blocks(s.x), s.y));
  survives_changes<dense_row, std::string>(nearest_neighbors{}, d);
  survives_changes<sparse_row, std::string>(nearest_neighbors{},
                                            saved(fit(nearest_neighbors{}, sparse_blocks(s.x), s.y)));
  const nearest_neighbors_regressor number;
  survives_changes<sparse_row, float>(number, saved(fit(number, sparse_blocks(s.x), s.values)));
}

TEST_CASE("nearest_neighbors are stages for rows and targets") {
  STATIC_REQUIRE(stage_spec<nearest_neighbors, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<nearest_neighbors, sparse_row, weighted<bool>>);
  STATIC_REQUIRE(stage_spec<nearest_neighbors_regressor, sparse_row, double>);
  STATIC_REQUIRE_FALSE(stage_spec<nearest_neighbors_regressor, dense_row, std::string>);
  STATIC_REQUIRE(classifier<nearest_neighbors::fitted<dense_row, int>, dense_row>);
}
