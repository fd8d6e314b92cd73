// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/bayesian_factorization.hpp>
#include <bespoke/train/biased_factorization.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../../src/train/gibbs.hpp"
#include "catch.hpp"
#include "oracle.hpp"
#include "rating_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using linear::matrix;
using train::bayesian_factorization;
using train::detail::gibbs_side;
using train::detail::normal_numbers;

namespace {

matrix matrix_of(const nlohmann::json& rows) {
  matrix m(rows.size(), rows[0].size());
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t k = 0; k < m.columns; ++k) m.at(i, k) = rows[i][k];
  return m;
}

const nlohmann::json& exact() { return oracle("train/bayesian_factorization"); }

// The side of the users, as the oracle gives it. `ratings` must stay.
gibbs_side given(const interaction_matrix& ratings) {
  gibbs_side side = train::detail::begin_side(ratings.by_user, exact()["factors"], true, 1);
  side.rows = matrix_of(exact()["rows"]);
  side.y = matrix_of(exact()["y"]);
  side.z = matrix_of(exact()["z"]);
  side.mean = exact()["mean"].get<std::vector<double>>();
  side.precision = matrix_of(exact()["precision"]);
  side.strength = exact()["strength"];
  return side;
}

// Means and, between all pairs, covariances of draws of some numbers.
class moments {
 public:
  explicit moments(std::size_t n) : sums_(n), products_(n, n) {}
  void add(std::span<const double> x) {
    ++count_;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sums_[i] += x[i];
      for (std::size_t j = 0; j < x.size(); ++j) products_.at(i, j) += x[i] * x[j];
    }
  }
  double mean(std::size_t i) const { return sums_[i] / count_; }
  double covariance(std::size_t i, std::size_t j) const { return products_.at(i, j) / count_ - mean(i) * mean(j); }
  /// How many of its standard errors a mean or a covariance of normal numbers is from what it should be.
  double mean_off(std::size_t i, double wanted) const {
    return std::fabs(mean(i) - wanted) / std::sqrt(covariance(i, i) / count_);
  }
  double covariance_off(std::size_t i, std::size_t j, double wanted) const {
    const double spread = covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j);
    return std::fabs(covariance(i, j) - wanted) / std::sqrt(spread / count_);
  }

 private:
  double count_ = 0;
  std::vector<double> sums_;
  matrix products_;
};

constexpr double far = 4.5;  // standard errors: one of 150,000 numbers is that far off by chance
constexpr std::uint64_t draws = 4000;

}  // namespace

TEST_CASE("normal and gamma numbers have the moments that they should have") {
  moments normal(2), gamma(2);
  normal_numbers random(5), other(5, 1, 2);
  double fourth = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = random();
    fourth += x * x * x * x / 100000;
    normal.add(std::vector<double>{x, other()});
    gamma.add(std::vector<double>{random.gamma(1), random.gamma(7.5)});
  }
  for (const std::size_t k : {0u, 1u}) {
    CHECK(normal.mean_off(k, 0) < far);
    CHECK(normal.covariance_off(k, k, 1) < far);
  }
  CHECK(normal.covariance_off(0, 1, 0) < far);
  CHECK(fourth == Approx(3).margin(0.15));
  CHECK(gamma.mean_off(0, 1) < far);
  CHECK(gamma.mean_off(1, 7.5) < far);
  CHECK(gamma.covariance(0, 0) == Approx(1).margin(0.05));
  CHECK(gamma.covariance(1, 1) == Approx(7.5).margin(0.3));
}

TEST_CASE("rows are drawn from their exact posterior") {
  const auto ratings = ratings_of(exact());
  const context ctx({.threads = 1});
  gibbs_side side = given(ratings);
  const matrix others = matrix_of(exact()["others"]);
  const std::size_t users = side.rows.rows, d = side.size();
  std::vector<moments> seen(users, moments(d));
  for (std::uint64_t i = 0; i < draws; ++i) {
    train::detail::draw_rows(side, others, exact()["noise"], {9, i}, 3, ctx);
    for (std::size_t u = 0; u < users; ++u) seen[u].add({side.rows.row(u), d});
  }
  for (std::size_t u = 0; u < users; ++u)
    for (std::size_t k = 0; k < d; ++k) {
      CHECK(seen[u].mean_off(k, exact()["row_means"][u][k]) < far);
      for (std::size_t l = 0; l < d; ++l)
        CHECK(seen[u].covariance_off(k, l, exact()["row_covariances"][u][k][l]) < far);
    }
}

TEST_CASE("what a history adds is drawn from its exact posterior") {
  const auto ratings = ratings_of(exact());
  const context ctx({.threads = 1});
  gibbs_side side = given(ratings);
  const std::size_t items = side.y.rows, d = side.size();
  moments seen(items * d);
  for (std::uint64_t i = 0; i < draws; ++i) {
    train::detail::draw_history(side, {9, i}, 2, ctx);
    seen.add(side.y.values);
  }
  for (std::size_t a = 0; a < items * d; ++a) {
    CHECK(seen.mean_off(a, exact()["y_mean"][a / d][a % d]) < far);
    for (std::size_t b = 0; b < items * d; ++b) {
      const double wanted = exact()["y_rows_covariance"][a / d][b / d].get<double>() *
                            exact()["y_columns_covariance"][a % d][b % d].get<double>();
      CHECK(seen.covariance_off(a, b, wanted) < far);
    }
  }
}

TEST_CASE("the prior, its strength and the noise are drawn from their exact posteriors") {
  const auto ratings = ratings_of(exact());
  const context ctx({.threads = 1});
  const gibbs_side start = given(ratings);
  const matrix others = matrix_of(exact()["others"]);
  const std::size_t d = start.size();
  moments means(d), precisions(d * d), others_seen(2);
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    gibbs_side side = start;
    train::detail::draw_prior(side, {seed, 1}, 1);
    CHECK(side.strength == start.strength);
    means.add(side.mean);
    precisions.add(side.precision.values);
    side = start;
    train::detail::draw_prior(side, {seed, 11}, 1);
    others_seen.add(std::vector<double>{side.strength, train::detail::draw_noise(start, others, {seed, 2}, ctx)});
  }
  for (std::size_t k = 0; k < d; ++k) {
    CHECK(means.mean_off(k, exact()["prior_mean"][k]) < far);
    for (std::size_t l = 0; l < d; ++l) CHECK(precisions.mean_off(k * d + l, exact()["prior_precision"][k][l]) < far);
  }
  CHECK(others_seen.mean_off(0, exact()["strength_mean"]) < far);
  CHECK(others_seen.mean_off(1, exact()["noise_mean"]) < far);
}

TEST_CASE("a folded-in user has the exact mean of the posterior") {
  const auto ratings = ratings_of(exact());
  const gibbs_side side = given(ratings);
  const std::size_t d = side.size() - 1, block = train::rating_rows::block(d);
  train::rating_rows rows{.factors = d, .clip = false};
  rows.items = dense_rows(side.y.rows, block);
  rows.history = dense_rows(side.y.rows, block);
  rows.any_user.resize(block), rows.any_item.resize(block);
  const matrix others = matrix_of(exact()["others"]);
  for (std::size_t i = 0; i < side.y.rows; ++i)
    for (std::size_t k = 0; k <= d; ++k) {
      rows.items.writable(i)[k] = k < d ? static_cast<float>(others.at(i, k)) : 1.0f;
      rows.items.writable(i)[d + 1] = static_cast<float>(others.at(i, d));
      rows.history.writable(i)[k] = static_cast<float>(side.y.at(i, k));
    }
  for (std::size_t k = 0; k <= d; ++k) rows.any_user[k] = static_cast<float>(side.mean[k]);
  rows.any_user[d + 1] = 1;
  for (const double p : side.precision.values)
    rows.penalties.push_back(static_cast<float>(p / exact()["noise"].get<double>()));
  const bayesian_factorization::model model(rows);
  double furthest = 0;
  for (std::size_t u = 1; u < side.rows.rows; ++u) {  // the first has no ratings
    auto& s = scratch::local();
    const auto profile = std::get<dense_row>(model.profile({.history = ratings.by_user[u]}, s));
    for (std::size_t k = 0; k <= d; ++k)
      furthest =
          std::max(furthest, std::fabs(static_cast<double>(profile[k]) - exact()["row_means"][u][k].get<double>()));
  }
  CHECK(furthest < 2e-6);
}

TEST_CASE("the mean of many draws predicts better than one set of factors, with or without histories") {
  rating_list learned, held;
  random_numbers random(5);
  for (const auto& r : made_up_ratings(120, 80, 0.3, 3)) (random.unit() < 0.2 ? held : learned).push_back(r);
  const auto seen = ratings_of(120, 80, learned);
  const context ctx({.threads = 1});
  const double one = rmse(*train::biased_factorization{}.fit(seen, ctx), held);
  const auto with = bayesian_factorization{}.fit(seen, ctx);
  const auto without = bayesian_factorization{.history = false}.fit(seen, ctx);
  CHECK(rmse(*with, held) < one);
  CHECK(rmse(*without, held) < one);
  CHECK(with->rows().history.size() == 80);
  CHECK(without->rows().history.size() == 0);
  CHECK(scores_of(*without, {.number = 3}) ==
        scores_of(*read_back<bayesian_factorization>(bytes_of(*without)), {.number = 3}));
}

TEST_CASE("a known user is as somebody new with the same history") {
  const auto seen = ratings_of(30, 20, made_up_ratings(30, 20, 0.5, 8));
  const auto model = bayesian_factorization{.samples = 3}.fit(seen, context({.threads = 1}));
  for (const std::size_t u : {0u, 17u, 29u})
    CHECK(scores_of(*model, {.number = u}) == scores_of(*model, {.history = seen.by_user[u]}));
}

TEST_CASE("samples and penalties that do not fit are refused") {
  const auto seen = ratings_of(30, 20, made_up_ratings(30, 20, 0.5, 8));
  const auto model =
      bayesian_factorization{.burn_in = 2, .samples = 3, .thinning = 1}.fit(seen, context({.threads = 1}));
  for (int damage = 0; damage < 3; ++damage) {
    train::rating_rows rows = model->rows();
    if (damage == 0) rows.penalties[5] = std::numeric_limits<float>::infinity();
    if (damage == 1) rows.penalties.pop_back();
    if (damage == 2) rows.samples = 2;
    INFO(damage);
    CHECK_THROWS_AS(read_back<bayesian_factorization>(bytes_of(bayesian_factorization::model(rows))), error);
  }
  const context ctx({.threads = 1});
  CHECK_THROWS_WITH((bayesian_factorization{.factors = 257}.fit(seen, ctx)), contains("factors of 1 to 256"));
  CHECK_THROWS_WITH((bayesian_factorization{.samples = 0}.fit(seen, ctx)), contains("1 to 4096 samples"));
  CHECK_THROWS_WITH((bayesian_factorization{.thinning = 0}.fit(seen, ctx)), contains("a thinning of 1 or more"));
}
