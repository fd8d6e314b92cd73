// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/chain.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/pca.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::pca;
using features::pca_solver;

namespace {

using table = std::vector<std::vector<float>>;

auto fit(const pca& spec, const table& x, unsigned threads = 2) {
  return spec.fit(dense_blocks(x), no_targets(x.size()), context({.threads = threads}));
}

pca_solver solver_of(const std::string& name) {
  return name == "auto" ? pca_solver::automatic : name == "full" ? pca_solver::full : pca_solver::randomized;
}

// Rows with `rank` directions, each half as strong as the one before, and a little noise.
table made_up(std::size_t n, std::size_t columns, std::size_t rank, double noise = 0) {
  random_numbers random(5);
  table directions(rank, std::vector<float>(columns)), x(n, std::vector<float>(columns, 3.0f));
  for (auto& d : directions)
    for (float& v : d) v = static_cast<float>(random.unit() - 0.5);
  for (auto& row : x) {
    for (std::size_t k = 0; k < rank; ++k) {
      const double along = (random.unit() - 0.5) * std::pow(0.5, static_cast<double>(k));
      for (std::size_t c = 0; c < columns; ++c) row[c] += static_cast<float>(along * directions[k][c]);
    }
    for (float& v : row) v += static_cast<float>(noise * (random.unit() - 0.5));
  }
  return x;
}

double difference(const pca::fitted& a, const pca::fitted& b, const table& x) {
  double most = 0;
  for (const auto& row : x) {
    const auto p = row_of(a, dense_row{row}), q = row_of(b, dense_row{row});
    for (std::size_t j = 0; j < p.size(); ++j) most = std::max(most, std::fabs(double{p[j]} - double{q[j]}));
  }
  return most;
}

}  // namespace

TEST_CASE("pca agrees with scikit-learn, signs included") {
  for (const auto& c : oracle("features/pca")) {
    INFO(c["name"].get<std::string>());
    const auto x = c["x"].get<table>();
    const auto f = fit({.components = c["components"], .solver = solver_of(c["solver"]), .whiten = c["whiten"]}, x);
    REQUIRE(f.width() == c["vectors"].size());
    for (std::size_t j = 0; j < f.width(); ++j) {
      CHECK(f.explained_variance()[j] == Approx(c["explained_variance"][j].get<double>()).epsilon(1e-6));
      CHECK(f.explained_variance_ratio()[j] == Approx(c["explained_variance_ratio"][j].get<double>()).epsilon(1e-6));
      const double divided = c["whiten"] ? std::sqrt(c["explained_variance"][j].get<double>()) : 1;
      for (std::size_t k = 0; k < f.mean().size(); ++k)
        CHECK(f.weight(j, k) * divided == Approx(c["vectors"][j][k].get<double>()).margin(1e-5));
    }
    for (std::size_t i = 0; i < c["out"].size(); ++i) {
      const auto out = row_of(f, dense_row{x[i]});
      for (std::size_t j = 0; j < f.width(); ++j)
        CHECK(out[j] == Approx(c["out"][i][j].get<double>()).epsilon(1e-5).margin(1e-5));
    }
  }
}

TEST_CASE("pca: the randomized solver finds what the full one finds, of tall rows and of wide ones") {
  for (const auto& [n, columns] : {std::pair(700, 60), std::pair(60, 700)}) {
    const auto x = made_up(static_cast<std::size_t>(n), static_cast<std::size_t>(columns), 6, 1e-4);
    const auto full = fit({.components = 5, .solver = pca_solver::full}, x);
    const auto random = fit({.components = 5, .solver = pca_solver::randomized}, x);
    CHECK(difference(full, random, x) < 1e-5);
    for (std::size_t j = 0; j < 5; ++j)
      CHECK(random.explained_variance()[j] == Approx(full.explained_variance()[j]).epsilon(1e-6));
  }
}

TEST_CASE("pca: components beyond the rank are zeros, whitened or not") {
  for (const auto& [n, columns] : {std::pair(50, 9), std::pair(9, 50)})
    for (const auto solver : {pca_solver::full, pca_solver::randomized})
      for (const bool whiten : {false, true}) {
        auto x = made_up(static_cast<std::size_t>(n), static_cast<std::size_t>(columns), 2);
        for (auto& row : x)
          for (float& v : row) v = std::round(v * 256);
        for (std::size_t i = 0; i < x.size(); ++i)  // rank 2 to the last bit
          for (std::size_t k = 2; k < x[i].size(); ++k) x[i][k] = x[i][k % 2] * static_cast<float>(k);
        const auto f = fit({.components = 5, .solver = solver, .whiten = whiten}, x);
        const auto out = row_of(f, dense_row{x[0]});
        CHECK(f.explained_variance()[1] > 0);
        CHECK(out[1] != 0);
        for (std::size_t j = 2; j < 5; ++j) {
          CHECK(f.explained_variance()[j] == 0);
          CHECK(out[j] == 0);
        }
      }
}

TEST_CASE("pca: rows that are all the same have no component") {
  const auto f = fit({.components = 2, .whiten = true}, table(7, {1, 2, 3}));
  CHECK(f.explained_variance()[0] == 0);
  CHECK(f.explained_variance_ratio()[0] == 0);
  CHECK(row_of(f, dense_row{std::vector<float>{4, 5, 6}}) == std::vector<float>{0, 0});
}

TEST_CASE("pca: the automatic solver") {
  CHECK(difference(fit({.components = 3}, made_up(500, 20, 4, 0.1)),
                   fit({.components = 3, .solver = pca_solver::full}, made_up(500, 20, 4, 0.1)),
                   made_up(9, 20, 4)) == 0);
  CHECK(difference(fit({.components = 3}, made_up(501, 20, 4, 0.1)),
                   fit({.components = 3, .solver = pca_solver::randomized}, made_up(501, 20, 4, 0.1)),
                   made_up(9, 20, 4)) == 0);
  CHECK(difference(fit({.components = 16}, made_up(501, 20, 4, 0.1)),
                   fit({.components = 16, .solver = pca_solver::full}, made_up(501, 20, 4, 0.1)),
                   made_up(9, 20, 4)) == 0);
  CHECK(fit({}, made_up(6, 20, 4, 0.1)).width() == 6);
}

TEST_CASE("pca: the same bytes for any number of threads, another seed the same subspace") {
  const auto x = made_up(2600, 70, 8, 0.01);
  for (const auto solver : {pca_solver::full, pca_solver::randomized}) {
    const pca spec{.components = 6, .solver = solver};
    const std::string one = saved(fit(spec, x, 1));
    CHECK(one == saved(fit(spec, x, 2)));
    CHECK(one == saved(fit(spec, x, 4)));
  }
  const pca spec{.components = 4, .solver = pca_solver::randomized};
  const auto other = spec.fit(dense_blocks(x), no_targets(x.size()), context({.seed = 99}));
  CHECK(difference(fit(spec, x), other, x) < 1e-5);
}

TEST_CASE("pca: many rows get what each gets alone, bit for bit") {
  const auto x = made_up(1100, 33, 8, 0.01);
  const auto f = fit({.components = 5}, x);
  const auto all = collect(applied(f, dense_blocks(x)), context({.threads = 4}));
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(numbers(all[i]) == row_of(f, dense_row{x[i]}));
}

TEST_CASE("pca is read back as it was written, and refuses other settings") {
  const auto x = made_up(40, 11, 8, 0.01);
  for (const bool whiten : {false, true}) {
    const pca spec{.components = 10, .solver = pca_solver::full, .whiten = whiten};
    const auto f = fit(spec, x);
    const auto again = loaded<dense_row>(pca{.components = 10, .whiten = whiten}, saved(f));
    CHECK(saved(again) == saved(f));
    for (const auto& row : x) CHECK(row_of(again, dense_row{row}) == row_of(f, dense_row{row}));
    CHECK_THAT(message([&] { loaded<dense_row>(pca{.components = 9, .whiten = whiten}, saved(f)); }),
               contains("the file has components 10, this chain has 9"));
    CHECK_THAT(message([&] { loaded<dense_row>(pca{.components = 10, .whiten = !whiten}, saved(f)); }),
               contains("whiten"));
  }
}

TEST_CASE("pca: files that do not fit together are refused") {
  const auto read = [](std::vector<float> weights, std::vector<std::size_t> shape, std::vector<double> mean,
                       std::vector<double> variance) {
    bundle_writer w;
    auto section = w.stage("pca/1");
    section.put("components", 2);
    section.put("solver", "full");
    section.put("whiten", false);
    section.put("weights", std::span<const float>(weights), shape);
    section.put("mean", std::span<const double>(mean));
    section.put("explained_variance", std::span<const double>(variance));
    section.put("explained_variance_ratio", std::span<const double>(variance));
    return message([&] { loaded<dense_row>(pca{.components = 2}, w.bytes({})); });
  };
  CHECK(read({1, 2, 3, 4}, {2, 2}, {1, 2}, {2, 1}).empty());
  CHECK_THAT(read({1, 2, 3, 4}, {4}, {1, 2}, {2, 1}), contains("weights must have columns and outputs"));
  CHECK_THAT(read({1, 2, 3, 4}, {4, 1}, {1, 2, 3, 4}, {2}), contains("another number of components"));
  CHECK_THAT(read({1, std::nanf(""), 3, 4}, {2, 2}, {1, 2}, {2, 1}), contains("a weight is not finite"));
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {1}, {2, 1}), contains("mean"));
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {1, std::nan("")}, {2, 1}), contains("a mean is not finite"));
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {1, 2}, {2, 1, 0}), contains("explained_variance"));
  CHECK_THAT(read({1, 2, 3, 4}, {2, 2}, {1, 2}, {2, -1}), contains("a variance is not a positive number"));
}

TEST_CASE("pca: bad input has its message") {
  const auto with = [](pca spec, const table& x) { return message([&] { fit(spec, x); }); };
  CHECK(with({}, {}) == "pca: there are no records to learn from");
  CHECK(with({}, {{1, 2}}) == "pca: expected two records or more, got 1");
  CHECK(with({}, {{}, {}}) == "pca: the rows have no columns");
  CHECK(with({.components = 3}, {{1, 2}, {3, 5}, {2, 2}, {0, 1}}) ==
        "pca: expected components of at most 2, as 4 records of 2 columns have, got 3");
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()})
    CHECK_THAT(with({}, {{1, 2}, {3, bad}}), contains("pca: record 1: expected finite numbers in the row, got"));
  const auto f = fit({.components = 1}, {{1, 2}, {3, 5}});
  CHECK(message([&] { row_of(f, dense_row{std::vector<float>{1, 2, 3}}); }) ==
        "pca: expected a row of 2 columns, got 3");
  CHECK(std::isnan(row_of(f, dense_row{std::vector<float>{1, std::nanf("")}})[0]));
  const std::vector<float> two{1, 2}, three{1, 2, 3};
  const auto ragged = own(std::vector<dense_row>{{two}, {three}});
  CHECK_THAT(message([&] { pca{}.fit(ragged, no_targets(2), context{}); }), contains("a row of another width"));
}

TEST_CASE("pca stops when asked") {
  std::stop_source stop;
  const auto x = made_up(600, 40, 4, 0.1);
  const context ctx({.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  for (const auto solver : {pca_solver::full, pca_solver::randomized})
    CHECK_THAT(message([&] { pca{.components = 3, .solver = solver}.fit(dense_blocks(x), no_targets(600), ctx); }),
               contains("a stop was requested"));
}

TEST_CASE("pca is a stage for dense rows") {
  STATIC_REQUIRE(stage_spec<pca, dense_row>);
  STATIC_REQUIRE(stage_spec<pca, dense_row, std::string>);
  STATIC_REQUIRE_FALSE(stage_spec<pca, sparse_row>);
  STATIC_REQUIRE_FALSE(stage_spec<pca, float>);
  CHECK(fit({.components = 1}, {{1, 2}, {3, 5}}).column_name(0) == "component 0");
}
