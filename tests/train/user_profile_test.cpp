// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/user_profile.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::solver;
using train::user_profile;

namespace {

using table = std::vector<std::vector<float>>;
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <class In>
auto fit(const user_profile& spec, const blocks<In>& x, std::vector<double> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}

struct sample {
  table x{};
  std::vector<double> y{};
};
sample made_up(std::size_t n, std::size_t columns) {
  std::mt19937 random(33);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(columns);
    for (int k = 0; k < 8; ++k) row[random() % columns] = static_cast<float>(random() % 100) / 50.0f - 0.7f;
    s.x.push_back(row);
    s.y.push_back(static_cast<double>(random() % 5) + 1);
  }
  return s;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t c = 0; c < a.size(); ++c) most = std::max(most, std::fabs(double{a[c]} - double{b[c]}));
  return most;
}

// Σ ½·e² + ½·l2·|u|², by its definition.
double loss(const sample& s, const std::vector<double>& u, double b, double l2) {
  double sum = 0;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    double r = b;
    for (std::size_t c = 0; c < u.size(); ++c) r += u[c] * s.x[i][c];
    sum += (s.y[i] - r) * (s.y[i] - r) / 2;
  }
  for (const double w : u) sum += l2 * w * w / 2;
  return sum;
}

template <class In, class Rows>
void agrees(const nlohmann::json& c, solver how, const blocks<In>& x, const Rows& rows) {
  const auto f = fit({.l2 = c["l2"], .intercept = c["intercept"], .solver = how, .tolerance = 1e-10}, x, c["y"]);
  for (std::size_t k = 0; k < f.width(); ++k)
    CHECK(f.weights()[k] == Approx(c["weights"][k].get<double>()).epsilon(1e-6).margin(1e-6));
  CHECK(f.intercept() == Approx(c["b"].get<double>()).epsilon(1e-6).margin(1e-6));
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(f(rows[i]) == Approx(c["predicted"][i].get<double>()).epsilon(1e-5).margin(1e-5));
}

}  // namespace

TEST_CASE("user_profile agrees with scikit-learn's Ridge, by gradient and in closed form") {
  for (const auto& c : oracle("train/user_profile"))
    for (const solver how : {solver::gradient, solver::closed_form}) {
      INFO(c["name"].get<std::string>());
      agrees(c, how, dense_blocks(c["x"]), dense(c["x"]));
      agrees(c, how, sparse_blocks(c["x"]), sparse(c["x"]));
    }
}

TEST_CASE("user_profile: gradient and closed form agree to 1e-6, narrow (primal) and wide (dual)") {
  for (const std::size_t columns : {100, 700})
    for (const bool intercept : {false, true}) {
      const auto s = made_up(300, columns);
      const user_profile steps{.intercept = intercept}, exact{.intercept = intercept, .solver = solver::closed_form};
      const auto a = fit(steps, sparse_blocks(s.x), s.y), b = fit(exact, sparse_blocks(s.x), s.y);
      CHECK(largest_difference(a.weights(), b.weights()) < 1e-6);
      CHECK(a.intercept() == Approx(b.intercept()).margin(1e-6));
    }
}

TEST_CASE("user_profile: primal and dual agree") {
  // Columns of zeros change nothing but which of the two is taken.
  auto s = made_up(120, 400);
  const user_profile exact{.l2 = 0.5f, .intercept = true, .solver = solver::closed_form};
  const auto primal = fit(exact, sparse_blocks(s.x), s.y);
  for (auto& row : s.x) row.resize(600);
  const auto dual = fit(exact, sparse_blocks(s.x), s.y);
  CHECK(largest_difference(primal.weights(), dual.weights().first(400)) < 1e-6);
  CHECK(largest_difference(dual.weights().subspan(400), std::vector<float>(200)) == 0);
  CHECK(primal.intercept() == Approx(dual.intercept()).margin(1e-9));
}

TEST_CASE("user_profile: the gradient of the loss is 0 at the profile, by finite differences") {
  const auto s = made_up(80, 12);
  for (const bool intercept : {false, true}) {
    const auto f = fit({.l2 = 0.7f, .intercept = intercept}, dense_blocks(s.x), s.y);
    const std::vector<double> u(f.weights().begin(), f.weights().end());
    const double h = 1e-3;
    for (std::size_t c = 0; c < u.size(); ++c) {
      auto up = u, down = u;
      up[c] += h;
      down[c] -= h;
      CHECK(std::fabs(loss(s, up, f.intercept(), 0.7f) - loss(s, down, f.intercept(), 0.7f)) / (2 * h) < 1e-4);
    }
    if (intercept)
      CHECK(std::fabs(loss(s, u, f.intercept() + h, 0.7f) - loss(s, u, f.intercept() - h, 0.7f)) / (2 * h) < 1e-4);
  }
}

TEST_CASE("user_profile: the same bytes for any number of threads") {
  for (const solver how : {solver::gradient, solver::closed_form})
    for (const std::size_t columns : {60, 600}) {
      const auto s = made_up(3000, columns);
      const user_profile spec{.intercept = true, .solver = how, .max_iterations = 20};
      const std::string one = saved(fit(spec, sparse_blocks(s.x), s.y, 1));
      CHECK(one == saved(fit(spec, sparse_blocks(s.x), s.y, 2)));
      CHECK(one == saved(fit(spec, sparse_blocks(s.x), s.y, 4)));
    }
}

TEST_CASE("user_profile learns from choices and ratings of any number type") {
  const auto x = dense_blocks({{1, 0}, {0, 1}, {1, 0}});
  const bool chosen[]{true, false, true};
  const auto f = user_profile{}.fit(x, blocks<bool>(std::span<const bool>(chosen)), context{});
  CHECK(f.weights()[0] == Approx(2.0 / 3));
  CHECK(f.weights()[1] == 0.0f);
  const auto g = user_profile{}.fit(x, own(std::vector<int>{5, 1, 4}), context{});
  CHECK(g.weights()[0] == Approx(3));
}

TEST_CASE("user_profile: one more rating moves the prediction by the stated share") {
  const auto s = made_up(100, 20);
  const auto f = fit({.l2 = 2, .intercept = true}, dense_blocks(s.x), s.y);
  const auto rows = dense(s.x);
  for (const float weight : {0.0f, 0.5f, 1.0f, 10.0f}) {
    const auto next = f.adjusted(rows[4], 5.0f, weight);
    const double n = squared_norm(rows[4]), share = weight * n / (2 + weight * n);
    CHECK(next(rows[4]) == Approx(f(rows[4]) + share * (5.0 - f(rows[4]))).epsilon(1e-5));
    CHECK(next.intercept() == f.intercept());
  }
  const std::vector<float> item{3, 1};
  const auto free = fit({.l2 = 0}, dense_blocks({{1, 2}, {2, 1}}), {1, 1});
  CHECK(free.adjusted(dense_row{item}, 7.0f)(dense_row{item}) == Approx(7));
}

TEST_CASE("user_profile: a like from nothing is the ridge solution of that one rating") {
  const std::vector<float> item{0.6f, 0, 0.8f};
  const auto nothing = fit({}, dense_blocks({{0, 0, 0}}), {0});
  const auto liked = nothing.adjusted(dense_row{item}, 1.0f);
  const auto learned = fit({.solver = solver::closed_form}, dense_blocks({item}), {1});
  CHECK(largest_difference(liked.weights(), learned.weights()) < 1e-7);
  CHECK(liked(dense_row{item}) == Approx(0.5));
  CHECK(nothing.weights()[0] == 0.0f);
}

TEST_CASE("user_profile: updated by one rating is adjusted, by many the ridge solution around the profile") {
  STATIC_REQUIRE(updatable<user_profile::fitted<dense_row>, dense_row, float>);
  const auto s = made_up(60, 15);
  for (const solver how : {solver::gradient, solver::closed_form}) {
    const auto f = fit({.intercept = true, .solver = how}, dense_blocks(s.x), s.y);
    const auto one = f.updated(dense_blocks({s.x[3]}), own(std::vector<float>{1}), context{});
    const auto adjusted = f.adjusted(dense(s.x)[3], 1.0f);
    CHECK(largest_difference(one.weights(), adjusted.weights()) < 1e-6);
  }
  // From a profile of zeros, more ratings are all there is.
  const auto zero = fit({}, dense_blocks(table(1, std::vector<float>(15))), {0});
  const auto later = zero.updated(dense_blocks(s.x), own(s.y), context{});
  CHECK(largest_difference(later.weights(), fit({}, dense_blocks(s.x), s.y).weights()) < 1e-6);
}

TEST_CASE("user_profile is read back as it was written") {
  const auto s = made_up(50, 30);
  const auto f = fit({.l2 = 3, .intercept = true, .solver = solver::closed_form}, sparse_blocks(s.x), s.y);
  const auto again = loaded<sparse_row, double>(user_profile{}, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.spec().l2 == 3.0f);
  const auto rows = sparse(s.x);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(again(rows[i]) == f(rows[i]));
}

TEST_CASE("user_profile gives the columns that carried a rating") {
  const auto f = fit({.l2 = 0}, dense_blocks({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}), {3, -1, 2});
  const std::vector<float> item{1, 1, 2};
  const auto why = f.reasons(dense_row{item}, 5);
  REQUIRE(why.size() == 2);
  CHECK(why[0].column == 2);
  CHECK(why[0].contribution == Approx(4));
  CHECK(f.reasons(dense_row{item}, 5, signs::both).size() == 3);
}

TEST_CASE("user_profile: bad input has its message") {
  const auto x = dense_blocks({{1, 2}, {3, 4}});
  const auto with = [&](user_profile spec) { return message([&] { fit(spec, x, {1, 2}); }); };
  CHECK(with({.l2 = -1}) == "user_profile: expected l2 of 0 or more, got -1");
  CHECK(with({.tolerance = 0}) == "user_profile: expected tolerance of more than 0, got 0");
  CHECK(with({.max_iterations = 0}) == "user_profile: expected max_iterations of more than 0, got 0");
  CHECK(message([&] { fit({}, x, {1}); }) == "user_profile: expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit({}, dense_blocks({}), {}); }) == "user_profile: there are no records to learn from");
  CHECK(message([&] { fit({}, x, {1, std::nan("")}); }) ==
        "user_profile: record 1: expected a finite rating, got nan; drop records without a rating before the fit");
  CHECK(message([&] { fit({}, dense_blocks({{not_a_number}}), {1}); }) ==
        "user_profile: record 0: expected finite numbers in the row, got nan in column 0; put standardize{} before the "
        "learner, or drop such records");
  CHECK(message([&] { fit({.l2 = 0, .solver = solver::closed_form}, dense_blocks({{1, 1}, {2, 2}}), {1, 2}); }) ==
        "user_profile: with l2 = 0 more than one profile fits equally well; raise l2, or use solver::gradient");
  const sparse_rows large = [] {
    sparse_rows rows(513);
    for (int i = 0; i < 8193; ++i) rows.append({{}, {}, 513});
    return rows;
  }();
  const auto many = rows_as_blocks(std::make_shared<const sparse_rows>(large));
  CHECK(
      message([&] { fit({.solver = solver::closed_form}, many, std::vector<double>(8193)); }) ==
      "user_profile: expected at most 512 columns or 8192 rows for solver::closed_form, got 513 columns and 8193 rows; "
      "use solver::gradient, which finds the same profile");
  const auto f = fit({}, x, {1, 2});
  const std::vector<float> three{1, 2, 3}, bad{1, not_a_number}, good{1, 2};
  CHECK(message([&] { f(dense_row{three}); }) == "user_profile: expected a row of 2 columns, got 3");
  CHECK(message([&] { f.reasons(dense_row{three}, 1); }) == "user_profile: expected a row of 2 columns, got 3");
  CHECK(message([&] { f.adjusted(dense_row{bad}, 1); }) ==
        "user_profile: expected a finite rating of a row of finite numbers, got a NaN or an infinity");
  CHECK(message([&] { f.adjusted(dense_row{good}, 1, -1); }) == "user_profile: expected a weight of 0 or more, got -1");
}

TEST_CASE("user_profile stops when asked") {
  std::stop_source stop;
  stop.request_stop();
  const auto s = made_up(50, 10);
  const context ctx({.stop = stop.get_token()});
  CHECK_THAT(message([&] { user_profile{}.fit(dense_blocks(s.x), own(s.y), ctx); }), contains("a stop was requested"));
}

TEST_CASE("user_profile is a stage for rows and numbers") {
  STATIC_REQUIRE(stage_spec<user_profile, dense_row, float>);
  STATIC_REQUIRE(stage_spec<user_profile, sparse_row, bool>);
  STATIC_REQUIRE_FALSE(stage_spec<user_profile, sparse_row, std::string>);
  STATIC_REQUIRE_FALSE(stage_spec<user_profile, dense_row, none>);
}
