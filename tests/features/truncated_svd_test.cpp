// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/chain.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/truncated_svd.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::truncated_svd;

namespace {

using table = std::vector<std::vector<float>>;

template <class In>
auto fit(const truncated_svd& spec, const blocks<In>& x, unsigned threads = 2) {
  return spec.fit(x, no_targets(x.size()), context({.threads = threads}));
}

table made_up(std::size_t n, std::size_t columns) {
  random_numbers random(3);
  table x(n, std::vector<float>(columns));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < 8; ++k) {
      const std::size_t topic = i % 5;
      x[i][(topic * topic * 7 + random.below(11)) % columns] += 1.0f / static_cast<float>(1 + topic);
    }
  return x;
}

// Σⱼ coordinateⱼ · vectorⱼ at a column: the row as the components give it back.
template <class F>
double given_back(const F& f, const std::vector<float>& coordinates, std::size_t column) {
  double sum = 0;
  for (std::size_t j = 0; j < f.width(); ++j) sum += double{coordinates[j]} * double{f.weight(j, column)};
  return sum;
}

template <class F, class Rows>
void agrees(const F& f, const Rows& rows, const nlohmann::json& c) {
  const auto vectors = c["vectors"].get<std::vector<std::vector<double>>>();
  const auto x = c["x"].get<table>();
  for (std::size_t j = 0; j < f.width(); ++j)
    CHECK(f.singular_values()[j] == Approx(c["singular_values"][j].get<double>()).epsilon(1e-4));
  const double largest = f.singular_values()[0];
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto out = row_of(f, rows[i]);
    std::vector<double> theirs(vectors.size());
    for (std::size_t j = 0; j < vectors.size(); ++j)
      for (std::size_t k = 0; k < x[i].size(); ++k) theirs[j] += vectors[j][k] * double{x[i][k]};
    for (std::size_t k = 0; k < x[i].size(); ++k) {
      double back = 0;
      for (std::size_t j = 0; j < vectors.size(); ++j) back += theirs[j] * vectors[j][k];
      REQUIRE(given_back(f, out, k) == Approx(back).margin(1e-4 * largest));
    }
    for (std::size_t j = 0; j < vectors.size(); ++j)  // signs included
      REQUIRE(out[j] == Approx(theirs[j]).margin(1e-3 * largest));
  }
}

}  // namespace

TEST_CASE("truncated_svd agrees with scikit-learn, signs included") {
  for (const auto& c : oracle("features/truncated_svd")) {
    INFO(c["name"].get<std::string>());
    const auto x = c["x"].get<table>();
    const truncated_svd spec{.components = c["components"]};
    agrees(fit(spec, sparse_blocks(x)), sparse(x), c);
    agrees(fit(spec, dense_blocks(x)), dense(x), c);
  }
}

TEST_CASE("truncated_svd: dense and sparse rows of the same numbers learn the same") {
  const auto x = made_up(300, 60);
  const auto d = fit({.components = 4}, dense_blocks(x));
  const auto s = fit({.components = 4}, sparse_blocks(x));
  const auto sparse_x = sparse(x);
  for (std::size_t j = 0; j < 4; ++j) CHECK(d.singular_values()[j] == Approx(s.singular_values()[j]).epsilon(1e-6));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto a = row_of(d, dense_row{x[i]}), b = row_of(s, sparse_x[i]);
    for (std::size_t j = 0; j < 4; ++j) CHECK(a[j] == Approx(b[j]).margin(1e-4));
  }
}

TEST_CASE("truncated_svd: components beyond the rank are zeros") {
  for (const auto& x : {table{{1, 2, 0, 0}, {2, 4, 0, 0}, {0, 0, 3, 0}, {1, 2, 3, 0}, {0, 0, 0, 0}},
                        table{{1, 2, 0, 0}, {0, 0, 3, 0}}}) {
    const auto f = fit({.components = 4}, sparse_blocks(x));
    CHECK(f.width() == 4);
    CHECK(f.singular_values()[1] > 0);
    for (std::size_t j = 2; j < 4; ++j) {
      CHECK(f.singular_values()[j] == 0);
      CHECK(row_of(f, sparse(x)[0])[j] == 0);
    }
  }
  const auto nothing = fit({.components = 2}, sparse_blocks(table(3, {0, 0, 0})));
  CHECK(row_of(nothing, sparse({{1, 2, 3}})[0]) == std::vector<float>{0, 0});
}

TEST_CASE("truncated_svd: one record is a direction") {
  const auto f = fit({.components = 1}, sparse_blocks({{0, 3, 4}}));
  CHECK(f.singular_values()[0] == Approx(5));
  CHECK(row_of(f, sparse({{0, 3, 4}})[0])[0] == Approx(5));
}

TEST_CASE("truncated_svd: the same bytes for any number of threads") {
  const auto x = made_up(2600, 90);
  const truncated_svd spec{.components = 5};
  const std::string sparse_one = saved(fit(spec, sparse_blocks(x), 1)),
                    dense_one = saved(fit(spec, dense_blocks(x), 1));
  CHECK(sparse_one == saved(fit(spec, sparse_blocks(x), 2)));
  CHECK(sparse_one == saved(fit(spec, sparse_blocks(x), 4)));
  CHECK(dense_one == saved(fit(spec, dense_blocks(x), 4)));
}

TEST_CASE("truncated_svd is read back as it was written, and refuses another number of components") {
  const auto x = made_up(200, 50);
  const auto f = fit({.components = 6, .oversamples = 4, .iterations = 3}, sparse_blocks(x));
  const auto again = loaded<sparse_row>(truncated_svd{.components = 6}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.spec().iterations == 3);
  const auto rows = sparse(x);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(row_of(again, rows[i]) == row_of(f, rows[i]));
  CHECK_THAT(message([&] { loaded<sparse_row>(truncated_svd{}, saved(f)); }),
             contains("the file has components 6, this chain has 100"));
}

TEST_CASE("truncated_svd: files that do not fit together are refused") {
  const auto read = [](std::vector<float> weights, std::vector<std::size_t> shape, std::vector<double> values) {
    bundle_writer w;
    auto section = w.stage("truncated_svd/1");
    section.put("components", 2);
    section.put("oversamples", 10);
    section.put("iterations", 5);
    section.put("weights", std::span<const float>(weights), shape);
    section.put("singular_values", std::span<const double>(values));
    return message([&] { loaded<sparse_row>(truncated_svd{.components = 2}, w.bytes({})); });
  };
  CHECK(read({1, 2, 3, 4}, {2, 2}, {2, 1}).empty());
  CHECK_THAT(read({1, 2, 3, 4}, {4, 1}, {2, 1}), contains("another number of components"));
  CHECK_THAT(read({}, {0, 2}, {2, 1}), contains("weights must have columns and outputs"));
  CHECK_THAT(read({1, 2, 3, std::nanf("")}, {2, 2}, {2, 1}), contains("a weight is not finite"));
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {2}), contains("singular_values"));
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {2, -1}), contains("a singular value is not a positive number"));
}

TEST_CASE("truncated_svd: bad input has its message") {
  const auto with = [](truncated_svd spec, const table& x) { return message([&] { fit(spec, sparse_blocks(x)); }); };
  CHECK(with({}, {}) == "truncated_svd: there are no records to learn from");
  CHECK(with({.components = 0}, {{1, 2}}) ==
        "truncated_svd: expected components from 1 to the 2 columns there are, got 0");
  CHECK(with({.components = 3}, {{1, 2}}) ==
        "truncated_svd: expected components from 1 to the 2 columns there are, got 3");
  CHECK_THAT(with({.components = 1}, {{1, 2}, {1, std::numeric_limits<float>::infinity()}}),
             contains("truncated_svd: record 1: expected finite numbers in the row, got inf in column 1"));
  CHECK_THAT(message([] { fit({.components = 1}, dense_blocks({{1, std::nanf("")}})); }),
             contains("truncated_svd: record 0: expected finite numbers"));
  const std::vector<std::uint32_t> outside{7};
  const std::vector<float> one{1};
  const auto bad = own(std::vector<sparse_row>{{outside, one, 3}});
  CHECK_THAT(message([&] { fit({.components = 1}, bad); }), contains("expected columns below 3, got column 7"));
  const auto f = fit({.components = 1}, sparse_blocks({{1, 2}, {3, 5}}));
  CHECK(message([&] { row_of(f, sparse({{1, 2, 3}})[0]); }) == "truncated_svd: expected a row of 2 columns, got 3");
  CHECK(std::isnan(row_of(f, sparse({{1, std::nanf("")}})[0])[0]));
}

TEST_CASE("truncated_svd stops when asked") {
  std::stop_source stop;
  const auto x = made_up(300, 40);
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  CHECK_THAT(message([&] { truncated_svd{.components = 3}.fit(sparse_blocks(x), no_targets(300), ctx); }),
             contains("a stop was requested"));
}

TEST_CASE("truncated_svd is a stage for rows") {
  STATIC_REQUIRE(stage_spec<truncated_svd, sparse_row>);
  STATIC_REQUIRE(stage_spec<truncated_svd, dense_row, std::string>);
  STATIC_REQUIRE_FALSE(stage_spec<truncated_svd, float>);
}
