// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/chain.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/select_columns.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::column_score;
using features::select_columns;

namespace {

using table = std::vector<std::vector<float>>;

template <class In, class Y>
auto fit(const select_columns& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}

template <class F>
std::vector<std::size_t> kept(const F& f) {
  std::vector<std::size_t> all;
  for (std::size_t j = 0; j < f.width(); ++j) all.push_back(f.origin(j));
  return all;
}

template <class In>
void agrees(column_score by, const char* name, const nlohmann::json& c, const blocks<In>& x) {
  INFO(name);
  const auto f = fit({.by = by}, x, c["y"].get<std::vector<int>>());
  REQUIRE(f.width() == c[name].size());
  for (std::size_t j = 0; j < f.width(); ++j)
    CHECK(f.scores()[j] == Approx(c[name][j].get<double>()).epsilon(1e-6).margin(1e-12));
}

// Counts that tell labels apart in some columns.
struct sample {
  table x{};
  std::vector<int> y{};
};
sample made_up(std::size_t n, std::size_t columns) {
  random_numbers random(8);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    s.y.push_back(static_cast<int>(random.below(3)));
    std::vector<float> row(columns);
    for (std::size_t c = 0; c < columns; ++c)
      if (random.below(columns) < (c % 4 == static_cast<std::size_t>(s.y.back()) ? 9 * c : c))
        row[c] = static_cast<float>(random.below(3));
    s.x.push_back(row);
  }
  return s;
}

}  // namespace

TEST_CASE("select_columns scores as scikit-learn does, dense and sparse") {
  for (const auto& c : oracle("features/select_columns")) {
    INFO(c["name"].get<std::string>());
    const auto x = c["x"].get<table>();
    agrees(column_score::chi2, "chi2", c, dense_blocks(x));
    agrees(column_score::chi2, "chi2", c, sparse_blocks(x));
    agrees(column_score::mutual_information, "mutual_information", c, dense_blocks(x));
    agrees(column_score::mutual_information, "mutual_information", c, sparse_blocks(x));
    agrees(column_score::variance, "variance", c, dense_blocks(x));
    agrees(column_score::variance, "variance", c, sparse_blocks(x));
  }
}

TEST_CASE("select_columns keeps the best, of equal ones those further left, in their order") {
  const table x{{1, 0, 0, 1, 5}, {1, 0, 1, 1, 5}, {0, 1, 1, 0, 5}, {0, 1, 0, 0, 5}};
  const std::vector<std::string> y{"a", "a", "b", "b"};
  CHECK(kept(fit({.keep = 2}, dense_blocks(x), y)) == std::vector<std::size_t>{0, 1});
  CHECK(kept(fit({.keep = 3}, sparse_blocks(x), y)) == std::vector<std::size_t>{0, 1, 3});
  CHECK(kept(fit({.keep = 4}, dense_blocks(x), y)) == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(kept(fit({.keep = 9}, dense_blocks(x), y)).size() == 5);
  const auto f = fit({.keep = 3}, dense_blocks(x), y);
  CHECK(row_of(f, dense_row{std::vector<float>{1, 2, 3, 4, 5}}) == std::vector<float>{1, 2, 4});
  const auto g = fit({.keep = 3}, sparse_blocks(x), y);
  const auto rows = sparse({{1, 2, 3, 4, 5}, {0, 0, 7, 0, 7}, {0, 0, 0, 4, 0}});
  CHECK(row_of(g, rows[0]) == std::vector<float>{1, 2, 4});
  CHECK(row_of(g, rows[1]) == std::vector<float>{0, 0, 0});
  CHECK(row_of(g, rows[2]) == std::vector<float>{0, 0, 4});
  CHECK(std::isnan(row_of(f, dense_row{std::vector<float>{std::nanf(""), 2, 3, 4, 5}})[0]));
}

TEST_CASE("select_columns: a weight of two is the record twice") {
  const auto s = made_up(80, 12);
  table twice = s.x;
  std::vector<int> labels = s.y;
  std::vector<weighted<int>> y;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back({s.y[i], i % 3 == 0 ? 2.0f : 1.0f});
    if (i % 3 == 0) twice.push_back(s.x[i]), labels.push_back(s.y[i]);
  }
  for (const auto by : {column_score::chi2, column_score::mutual_information, column_score::variance}) {
    const auto f = fit({.by = by}, sparse_blocks(s.x), y), g = fit({.by = by}, sparse_blocks(twice), labels);
    for (std::size_t j = 0; j < 12; ++j) CHECK(f.scores()[j] == Approx(g.scores()[j]).margin(1e-12));
  }
}

TEST_CASE("select_columns: the same bytes for any number of threads, dense and sparse choose alike") {
  const auto s = made_up(2500, 300);
  for (const auto by : {column_score::chi2, column_score::mutual_information, column_score::variance}) {
    const select_columns spec{.by = by, .keep = 40};
    const std::string one = saved(fit(spec, sparse_blocks(s.x), s.y, 1));
    CHECK(one == saved(fit(spec, sparse_blocks(s.x), s.y, 2)));
    CHECK(one == saved(fit(spec, sparse_blocks(s.x), s.y, 4)));
    CHECK(one == saved(fit(spec, dense_blocks(s.x), s.y, 4)));
  }
}

TEST_CASE("select_columns: reasons name the columns of the rows before it") {
  const std::vector<std::string> texts{"the good film", "a good day", "the bad film", "a bad day"};
  const auto spec = chain(std::tuple(features::tfidf{}, select_columns{.keep = 2}, train::linear_svm{}));
  const auto f = spec.fit(blocks<std::string>(std::span<const std::string>(texts)),
                          own(std::vector<std::string>{"+", "+", "-", "-"}), context{});
  scratch s;
  const auto why = f.reasons("one good reason", 5, s);
  REQUIRE(why.size() == 1);
  CHECK(why[0].name == "good");
  const auto selected =
      chain(std::tuple(features::tfidf{}, select_columns{.keep = 2}))
          .fit(blocks<std::string>(std::span<const std::string>(texts)), own(std::vector<int>{1, 1, 2, 2}), context{});
  CHECK(selected.column_name(0) == "good");  // the order of the vocabulary
  CHECK(selected.column_name(1) == "bad");
  const auto alone = fit({.keep = 1}, dense_blocks({{0, 1}, {0, 2}}), std::vector<int>{1, 2});
  CHECK(column_name(alone, 0) == "column 1");
}

TEST_CASE("select_columns is read back as it was written") {
  const auto s = made_up(90, 20);
  const auto f = fit({.by = column_score::mutual_information, .keep = 7}, sparse_blocks(s.x), s.y);
  const auto again = loaded<sparse_row, int>(select_columns{}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.spec().by == column_score::mutual_information);
  const auto rows = sparse(s.x);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(row_of(again, rows[i]) == row_of(f, rows[i]));
}

TEST_CASE("select_columns: files that do not fit together are refused") {
  const auto read = [](std::vector<std::uint32_t> columns, std::int64_t width, std::vector<double> scores) {
    bundle_writer w;
    auto section = w.stage("select_columns/1");
    section.put("by", "chi2");
    section.put("keep", 2);
    section.put("width", width);
    section.put("columns", std::span<const std::uint32_t>(columns));
    section.put("scores", std::span<const double>(scores));
    return message([&] { loaded<dense_row, int>(select_columns{}, w.bytes({})); });
  };
  CHECK(read({1, 4}, 5, {1, 2}).empty());
  CHECK_THAT(read({}, 5, {}), contains("there are no columns"));
  CHECK_THAT(read({4, 1}, 5, {1, 2}), contains("not in ascending order"));
  CHECK_THAT(read({1, 1}, 5, {1, 2}), contains("not in ascending order"));
  CHECK_THAT(read({1, 5}, 5, {1, 2}), contains("a column is outside of the width"));
  CHECK_THAT(read({1, 4}, -1, {1, 2}), contains("a column is outside of the width"));
  CHECK_THAT(read({1, 3, 4}, 5, {1, 2, 3}), contains("more columns than were to be kept"));
  CHECK_THAT(read({1, 4}, 5, {1}), contains("scores"));
  CHECK_THAT(read({1, 4}, 5, {1, std::nan("")}), contains("a score is not finite"));
}

TEST_CASE("select_columns: bad input has its message") {
  const auto with = [](select_columns spec, const table& x, std::vector<int> y) {
    return message([&] { fit(spec, dense_blocks(x), y); });
  };
  CHECK(with({.keep = 0}, {{1}}, {1}) == "select_columns: expected keep of 1 or more, got 0");
  CHECK(with({}, {}, {}) == "select_columns: there are no records to learn from");
  CHECK(with({}, {{1}, {2}}, {1}) == "select_columns: expected a target for each of 2 records, got 1 targets");
  CHECK(with({}, {{1}, {2}}, {3, 3}) ==
        "select_columns: expected targets with two labels or more, got the same label everywhere");
  CHECK(with({.by = column_score::variance}, {{1}, {2}}, {3, 3}).empty());
  CHECK(with({}, {{}, {}}, {1, 2}) == "select_columns: the rows have no columns");
  CHECK_THAT(with({}, {{1, 2}, {1, -2}}, {1, 2}), contains("select_columns: record 1: expected no negative number"));
  CHECK(with({.by = column_score::mutual_information}, {{1, 2}, {1, -2}}, {1, 2}).empty());
  CHECK_THAT(with({}, {{1, 2}, {1, std::nanf("")}}, {1, 2}), contains("record 1: expected finite numbers"));
  CHECK_THAT(with({}, {{1, std::numeric_limits<float>::infinity()}, {1, 2}}, {1, 2}), contains("record 0: expected"));
  const auto f = fit({}, dense_blocks({{1, 2}, {3, 4}}), std::vector<int>{1, 2});
  CHECK(message([&] { row_of(f, dense_row{std::vector<float>{1}}); }) ==
        "select_columns: expected a row of 2 columns, got 1");
  // A class with one record, columns that are constant or all zero.
  const auto one = fit({}, dense_blocks({{1, 0}, {1, 0}, {1, 0}}), std::vector<int>{1, 2, 2});
  CHECK(one.scores()[0] == Approx(0).margin(1e-12));
  CHECK(one.scores()[1] == 0);
}

TEST_CASE("select_columns stops when asked") {
  std::stop_source stop;
  stop.request_stop();
  const auto s = made_up(50, 20);
  const context ctx({.stop = stop.get_token()});
  CHECK_THAT(message([&] { select_columns{}.fit(sparse_blocks(s.x), own(s.y), ctx); }),
             contains("a stop was requested"));
}

TEST_CASE("select_columns is a stage for rows and labels") {
  STATIC_REQUIRE(stage_spec<select_columns, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<select_columns, sparse_row, weighted<bool>>);
  STATIC_REQUIRE_FALSE(stage_spec<select_columns, float, int>);
  STATIC_REQUIRE_FALSE(stage_spec<select_columns, dense_row, none>);
}
