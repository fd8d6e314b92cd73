// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/decision_tree.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::decision_tree;
using train::decision_tree_regressor;

namespace {

using table = std::vector<std::vector<float>>;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();

template <class Spec, class Y>
auto fit(const Spec& spec, const table& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(dense_blocks(x), own(std::move(y)), context({.threads = threads}));
}

template <class F>
auto answer(const F& f, const std::vector<float>& x) {
  scratch s;
  return apply(f, dense_row{x}, s);
}

// Parameters of scikit-learn's that have the same meaning.
template <class Spec>
Spec spec_of(const nlohmann::json& options) {
  Spec spec;
  spec.max_depth = options.value("max_depth", 0);
  spec.min_samples_split = options.value("min_samples_split", 2);
  spec.min_samples_leaf = options.value("min_samples_leaf", 1);
  spec.max_leaves = options.value("max_leaf_nodes", 0);
  spec.ccp_alpha = options.value("ccp_alpha", 0.0);
  return spec;
}

// The nodes below `at` are those of `expected` from `next` on, parents first and the left side before the right.
void same_nodes(const trees& t, std::size_t at, const nlohmann::json& expected, std::size_t& next) {
  REQUIRE(next < expected.size());
  const auto& here = expected[next++];
  const tree_node& n = t.nodes()[at];
  REQUIRE(n.is_leaf() == (here[0].get<int>() < 0));
  if (n.is_leaf()) return;
  CHECK(n.column() == here[0].get<std::uint32_t>());
  CHECK(n.threshold == Approx(here[1].get<double>()).margin(1e-6));
  same_nodes(t, n.left, expected, next);
  same_nodes(t, n.right, expected, next);
}

template <class Y, class Spec>
auto fit_case(const nlohmann::json& all, const nlohmann::json& c, const Spec& spec) {
  const auto x = all["x"].get<table>();
  const auto y = c["y"].get<std::vector<Y>>();
  std::vector<weighted<Y>> heavy;
  for (std::size_t i = 0; i < y.size(); ++i)
    heavy.push_back({y[i], c["weighted"].get<bool>() ? all["weights"][i].get<float>() : 1.0f});
  return fit(spec, x, heavy);
}

struct sample {
  table x{};
  std::vector<int> y{};
};
sample made_up(std::size_t n, std::size_t columns, float share_missing = 0) {
  std::mt19937 random(3);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(columns);
    // Columns with few values and with many.
    for (std::size_t c = 0; c < columns; ++c)
      row[c] = c % 2 == 0 ? static_cast<float>(random() % 20) : static_cast<float>(random() % 1000000) / 1000.0f;
    const float score = row[0] + row[1] / 50.0f + static_cast<float>(random() % 8);
    s.y.push_back(static_cast<int>(score) / 9);
    for (float& v : row)
      if (static_cast<float>(random() % 1000) < share_missing * 1000) v = missing;
    s.x.push_back(row);
  }
  return s;
}

}  // namespace

TEST_CASE("decision_tree grows the trees of scikit-learn") {
  const auto all = oracle("train/decision_tree");
  for (const auto& c : all["cases"]) {
    INFO(c["name"].get<std::string>());
    const auto test = all["test"].get<table>();
    const bool classes = c["answers"][0].is_array();
    std::size_t next = 0;
    if (classes) {
      auto spec = spec_of<decision_tree>(c["options"]);
      if (c["options"].value("criterion", "gini") == "entropy") spec.measure = split_measure::entropy;
      spec.balanced = c["options"].contains("class_weight");
      const auto f = fit_case<int>(all, c, spec);
      same_nodes(f.trees(), 0, c["nodes"], next);
      scratch s;
      for (std::size_t i = 0; i < test.size(); ++i) {
        const auto p = f.scores(dense_row{test[i]}, s);
        for (std::size_t k = 0; k < p.size(); ++k) CHECK(p[k] == Approx(c["answers"][i][k].get<double>()).margin(1e-7));
      }
    } else {
      const auto f = fit_case<double>(all, c, spec_of<decision_tree_regressor>(c["options"]));
      same_nodes(f.trees(), 0, c["nodes"], next);
      for (std::size_t i = 0; i < test.size(); ++i)
        CHECK(answer(f, test[i]) == Approx(c["answers"][i].get<double>()).epsilon(1e-6).margin(1e-6));
    }
    CHECK(next == c["nodes"].size());
  }
}

TEST_CASE("decision_tree: of equal gains the first column and the smallest threshold") {
  const auto f = fit(decision_tree{}, {{5, 1, 1}, {5, 2, 2}, {5, 3, 3}, {5, 4, 4}}, std::vector{1, 1, 2, 2});
  CHECK(f.trees().nodes()[0].column() == 1);
  CHECK(f.trees().nodes()[0].threshold == 2.5f);
  // Either outer place separates one record.
  const auto g = fit(decision_tree{.max_depth = 1}, {{1}, {2}, {3}}, std::vector{1, 2, 1});
  CHECK(g.trees().nodes()[0].threshold == 1.5f);
}

TEST_CASE("decision_tree splits where nothing is gained at once") {
  const table x{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  const auto f = fit(decision_tree{}, x, std::vector{1, 2, 2, 1});
  CHECK(answer(f, x[0]).label() == 1);
  CHECK(answer(f, x[1]).label() == 2);
  CHECK(answer(f, x[2]).label() == 2);
  CHECK(answer(f, x[3]).label() == 1);
}

TEST_CASE("decision_tree: a threshold has the values on their sides, however close they are") {
  const float low = 1.0f, high = std::nextafter(low, 2.0f), big = std::numeric_limits<float>::max();
  for (const auto& [a, b] : {std::pair{low, high}, {-high, -low}, {-big, big}, {0.0f, std::nextafter(0.0f, 1.0f)}}) {
    const auto f = fit(decision_tree{}, {{a}, {b}}, std::vector{1, 2});
    CHECK(answer(f, {a}).label() == 1);
    CHECK(answer(f, {b}).label() == 2);
  }
}

TEST_CASE("decision_tree: bytes, few values and many values are told apart alike") {
  std::mt19937 random(5);
  table x;
  std::vector<int> y;
  for (std::size_t i = 0; i < 900; ++i) {
    const auto byte = static_cast<float>(random() % 256), any = static_cast<float>(random() % 900);
    x.push_back({byte == 0 && i % 2 == 0 ? -0.0f : byte, any});
    y.push_back(static_cast<int>(random() % 3) + (byte < 100) + (any > 500));
  }
  const auto f = fit(decision_tree{}, x, y);
  for (const float by : {-1000.0f, -130.0f, 64.0f}) {
    table moved = x;
    for (auto& row : moved)
      for (float& v : row) v += by;
    const auto g = fit(decision_tree{}, moved, y);
    REQUIRE(g.trees().nodes().size() == f.trees().nodes().size());
    for (std::size_t i = 0; i < f.trees().nodes().size(); ++i) {
      const tree_node &a = f.trees().nodes()[i], &b = g.trees().nodes()[i];
      CHECK(a.question == b.question);
      CHECK(a.left == b.left);
      if (!a.is_leaf()) CHECK(a.threshold + by == b.threshold);
    }
  }
}

TEST_CASE("decision_tree: missing values go where training found them better") {
  // Missing ones belong to label 2, which lies left.
  const auto left = fit(decision_tree{.max_depth = 1}, {{1}, {2}, {missing}, {8}, {9}}, std::vector{2, 2, 2, 1, 1});
  CHECK(answer(left, {missing}).label() == 2);
  const auto right = fit(decision_tree{.max_depth = 1}, {{1}, {2}, {missing}, {8}, {9}}, std::vector{1, 1, 2, 2, 2});
  CHECK(answer(right, {missing}).label() == 2);
  // Whether it is missing is all that matters.
  const auto only = fit(decision_tree{}, {{1}, {missing}, {2}, {missing}, {3}}, std::vector{1, 2, 1, 2, 1});
  CHECK(only.trees().nodes().size() == 3);
  CHECK(answer(only, {missing}).label() == 2);
  CHECK(answer(only, {1e9f}).label() == 1);
  // Never missing in training: the way most records went.
  const auto most = fit(decision_tree{.max_depth = 1}, {{1}, {8}, {9}}, std::vector{1, 2, 2});
  CHECK(answer(most, {missing}).label() == 2);
  const auto even = fit(decision_tree{.max_depth = 1}, {{1}, {9}}, std::vector{1, 2});
  CHECK(answer(even, {missing}).label() == 1);
}

TEST_CASE("decision_tree: columns of missing values only, or of one value, are never asked for") {
  const auto f = fit(decision_tree{}, {{missing, 3, 1}, {missing, 3, 2}}, std::vector{1, 2});
  CHECK(f.trees().nodes()[0].column() == 2);
  const auto none = fit(decision_tree{}, {{missing, 3}, {missing, 3}}, std::vector{1, 2});
  CHECK(none.trees().nodes().size() == 1);
  CHECK(answer(none, {1, 2}).label() == 1);
  CHECK(answer(none, {1, 2}).score() == 0.5f);
}

TEST_CASE("decision_tree: the same bytes for any number of threads") {
  const auto s = made_up(9000, 9, 0.05f);
  for (const auto& spec : {decision_tree{}, decision_tree{.max_leaves = 40}, decision_tree{.max_features = 3},
                           decision_tree{.measure = split_measure::entropy, .min_samples_leaf = 3}}) {
    const std::string one = saved(fit(spec, s.x, s.y, 1));
    CHECK(one == saved(fit(spec, s.x, s.y, 2)));
    CHECK(one == saved(fit(spec, s.x, s.y, 4)));
  }
}

TEST_CASE("decision_tree: what its limits say holds") {
  const auto s = made_up(3000, 4);
  const auto f = fit(decision_tree{.min_samples_leaf = 17, .max_leaves = 30}, s.x, s.y);
  CHECK(f.trees().leaves() <= 30);
  std::vector<std::size_t> records(f.trees().nodes().size());
  for (const auto& row : s.x) ++records[f.trees().leaf(0, dense_row{row})];
  for (const std::size_t n : records) CHECK((n == 0 || n >= 17));
  CHECK(fit(decision_tree{.max_depth = 2}, s.x, s.y).trees().leaves() <= 4);
  CHECK(fit(decision_tree{.ccp_alpha = 10}, s.x, s.y).trees().nodes().size() == 1);
}

TEST_CASE("decision_tree learns what it can tell apart by heart") {
  const auto s = made_up(5000, 6);
  const auto f = fit(decision_tree{}, s.x, s.y);
  for (std::size_t i = 0; i < s.x.size(); ++i) REQUIRE(answer(f, s.x[i]).label() == s.y[i]);
}

TEST_CASE("decision_tree: a weight counts as that many records") {
  const auto s = made_up(200, 3);
  table twice = s.x;
  std::vector<int> y = s.y;
  std::vector<weighted<int>> heavy;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    heavy.push_back({s.y[i], i % 3 == 0 ? 2.0f : i % 3 == 1 ? 1.0f : 0.0f});
    if (i % 3 == 0) twice.push_back(s.x[i]), y.push_back(s.y[i]);
  }
  table kept;
  std::vector<int> labels_kept;
  for (std::size_t i = 0; i < twice.size(); ++i)
    if (i >= s.x.size() || i % 3 != 2) kept.push_back(twice[i]), labels_kept.push_back(y[i]);
  const auto a = fit(decision_tree{.max_depth = 5}, s.x, heavy),
             b = fit(decision_tree{.max_depth = 5}, kept, labels_kept);
  for (const auto& row : s.x) CHECK(answer(a, row) == answer(b, row));
}

TEST_CASE("decision_tree: reasons add up to the answer") {
  const auto s = made_up(2000, 4);
  const auto f = fit(decision_tree{.max_depth = 6}, s.x, s.y);
  for (std::size_t i = 0; i < 50; ++i) {
    const auto d = answer(f, s.x[i]);
    double sum = f.trees().values(0)[d.index()];
    for (const auto& r : f.reasons(dense_row{s.x[i]}, 4, signs::both)) sum += r.contribution;
    CHECK(sum == Approx(d.score()).margin(1e-5));
  }
  const auto one = fit(decision_tree{}, {{1, 7}, {2, 7}}, std::vector{1, 2});
  CHECK(one.reasons(dense_row{std::vector<float>{1, 7}}, 5) == std::vector<reason>{{0, 0.5f}});
}

TEST_CASE("decision_tree is read back as it was written") {
  const auto s = made_up(800, 5, 0.1f);
  const decision_tree spec{.measure = split_measure::entropy, .max_depth = 7, .min_samples_leaf = 2, .balanced = true};
  const auto f = fit(spec, s.x, s.y);
  const auto again = loaded<dense_row, int>(decision_tree{}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.spec().max_depth == 7);
  for (const auto& row : s.x) CHECK(answer(again, row) == answer(f, row));
  const auto r = fit(decision_tree_regressor{.max_leaves = 20}, s.x, s.y);
  const auto r_again = loaded<dense_row, int>(decision_tree_regressor{}, saved(r));
  for (const auto& row : s.x) CHECK(answer(r_again, row) == answer(r, row));
}

TEST_CASE("decision_tree: bad input has its message") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto with = [](decision_tree spec) { return message([&] { fit(spec, {{1}, {2}}, std::vector{1, 2}); }); };
  CHECK(with({.min_samples_split = 1}) == "decision_tree: expected min_samples_split of 2 or more, got 1");
  CHECK(with({.min_samples_leaf = 0}) == "decision_tree: expected min_samples_leaf of 1 or more, got 0");
  CHECK(with({.ccp_alpha = -1}) == "decision_tree: expected ccp_alpha of 0 or more, got -1");
  CHECK(with({.measure = split_measure::squared_error}) ==
        "decision_tree: expected measure gini or entropy, got squared_error");
  CHECK(message([&] { fit(decision_tree{}, {{1}, {2}}, std::vector{3, 3}); }) ==
        "decision_tree: expected targets with two labels or more, got the same label 2 times");
  CHECK(message([&] { fit(decision_tree{}, {}, std::vector<int>{}); }) ==
        "decision_tree: there are no records to learn from");
  CHECK(message([&] { fit(decision_tree{}, {{1}, {2}}, std::vector{1}); }) ==
        "decision_tree: expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit(decision_tree{}, {{1, 2}, {3, infinity}}, std::vector{1, 2}); }) ==
        "decision_tree: record 1: expected finite numbers in the row, or NaN for a missing one, got inf in column 1");
  CHECK(message([&] { fit(decision_tree_regressor{}, {{1}, {2}}, std::vector{1.0f, missing}); }) != "");
  const auto f = fit(decision_tree{}, {{1}, {2}}, std::vector{1, 2});
  CHECK(message([&] { answer(f, {1, 2}); }) == "trees: expected a row of 1 columns, got 2");
}

TEST_CASE("decision_tree stops when asked") {
  std::stop_source stop;
  stop.request_stop();
  const auto s = made_up(500, 4);
  CHECK_THAT(message([&] { decision_tree{}.fit(dense_blocks(s.x), own(s.y), context({.stop = stop.get_token()})); }),
             contains("a stop was requested"));
}

TEST_CASE("decision_tree is a stage for dense rows and labels") {
  STATIC_REQUIRE(stage_spec<decision_tree, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<decision_tree_regressor, dense_row, float>);
  STATIC_REQUIRE_FALSE(stage_spec<decision_tree, sparse_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<decision_tree, dense_row, none>);
  STATIC_REQUIRE(classifier<decision_tree::fitted<int>, dense_row>);
}
