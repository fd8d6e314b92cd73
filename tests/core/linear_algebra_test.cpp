// SPDX-License-Identifier: Apache-2.0
#include "../../src/core/linear_algebra.hpp"

#include <bespoke/core/projection.hpp>
#include <bespoke/core/random.hpp>

#include <cmath>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using linear::matrix;

namespace {

matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  matrix m(rows, columns);
  random_numbers random(seed);
  for (double& v : m.values) v = random.unit() - 0.5;
  return m;
}

dense_rows random_rows(std::size_t rows, std::size_t columns) {
  dense_rows x(rows, columns);
  random_numbers random(2);
  for (std::size_t i = 0; i < rows; ++i)
    for (float& v : x.writable(i)) v = static_cast<float>(random.unit());
  return x;
}

// Σₖ a(k, i)·b(k, j), by the definition.
double sum_at(const matrix& a, const matrix& b, std::size_t i, std::size_t j) {
  double sum = 0;
  for (std::size_t k = 0; k < a.rows; ++k) sum += a.at(k, i) * b.at(k, j);
  return sum;
}

double largest_difference(const matrix& a, const matrix& b) {
  REQUIRE(a.rows == b.rows);
  REQUIRE(a.columns == b.columns);
  double most = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) most = std::max(most, std::fabs(a.values[i] - b.values[i]));
  return most;
}

matrix flipped(const matrix& m) {
  matrix t(m.columns, m.rows);
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = 0; j < m.columns; ++j) t.at(j, i) = m.at(i, j);
  return t;
}

}  // namespace

TEST_CASE("linear algebra: kernels for this processor agree with the portable ones") {
  const auto& slow = linear::portable_kernels();
  const auto& fast = linear::best_kernels();
  const matrix a = random_matrix(37, 12, 1), b = random_matrix(37, 12, 2);
  alignas(64) double out[48], expected[48];
  slow.multiply(a.values.data(), b.values.data(), 37, expected);
  fast.multiply(a.values.data(), b.values.data(), 37, out);
  for (std::size_t i = 0; i < 48; ++i) CHECK(out[i] == Approx(expected[i]).margin(1e-14));

  aligned_vector<float> p(37 * 24), q(37 * 24);
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = static_cast<float>(i % 7) - 3, q[i] = static_cast<float>(i % 5);
  alignas(64) float of_floats[96], expected_floats[96];
  slow.multiply_floats(p.data(), q.data(), 37, expected_floats);
  fast.multiply_floats(p.data(), q.data(), 37, of_floats);
  for (std::size_t i = 0; i < 96; ++i) CHECK(of_floats[i] == expected_floats[i]);  // whole numbers

  for (const std::size_t n : {0u, 1u, 3u, 4u, 11u}) {
    std::vector<double> x(12, 1.5), y(12, 1.5);
    slow.add_scaled(0.3, a.values.data(), x.data(), n);
    fast.add_scaled(0.3, a.values.data(), y.data(), n);
    for (std::size_t i = 0; i < 12; ++i) CHECK(x[i] == Approx(y[i]).epsilon(1e-14));
  }
  for (const std::size_t stride : {8u, 32u, 56u}) {
    const std::vector<std::uint32_t> columns{1, 4, 9};
    std::vector<float> w(12 * stride, 0.25f);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] *= static_cast<float>(i % 11);
    std::vector<double> x(stride), y(stride);
    for (const std::uint32_t* c : {columns.data(), static_cast<const std::uint32_t*>(nullptr)}) {
      slow.project(a.values.data(), c, 3, w.data(), stride, x.data());
      fast.project(a.values.data(), c, 3, w.data(), stride, y.data());
      for (std::size_t j = 0; j < stride; ++j) CHECK(x[j] == Approx(y[j]).margin(1e-13));
    }
  }
}

TEST_CASE("linear algebra: products of every shape are what they are defined as") {
  const context ctx({.threads = 2});
  for (const auto& [depth, width, other] : {std::tuple(1, 1, 1), std::tuple(5, 13, 2), std::tuple(1030, 30, 25),
                                            std::tuple(7, 3100, 3), std::tuple(0, 3, 2)}) {
    const matrix a = random_matrix(static_cast<std::size_t>(depth), static_cast<std::size_t>(width), 3);
    const matrix b = random_matrix(static_cast<std::size_t>(depth), static_cast<std::size_t>(other), 4);
    const matrix c = product(down(a), down(b), ctx);
    CHECK(largest_difference(c, product(along(flipped(a)), along(flipped(b)), ctx)) == 0);
    REQUIRE(c.rows == a.columns);
    REQUIRE(c.columns == b.columns);
    for (std::size_t i = 0; i < c.rows; ++i)
      for (std::size_t j = 0; j < c.columns; ++j) REQUIRE(c.at(i, j) == Approx(sum_at(a, b, i, j)).margin(1e-11));
    if (width > 100) continue;
    CHECK(largest_difference(gram(down(a), ctx), product(down(a), down(a), ctx)) == 0);
    CHECK(largest_difference(rough_gram(down(a), ctx), gram(down(a), ctx)) < 1e-4);
  }
}

TEST_CASE("linear algebra: rows of floats are read less their means, along and down") {
  const context ctx;
  const auto x = random_rows(200, 31);
  const auto means = linear::column_means(x, "test", ctx);
  matrix centred(200, 31);
  for (std::size_t i = 0; i < 200; ++i)
    for (std::size_t c = 0; c < 31; ++c) centred.at(i, c) = double{x[i][c]} - means[c];
  CHECK(largest_difference(gram(linear::down(x, means), ctx), gram(down(centred), ctx)) < 1e-12);
  CHECK(largest_difference(gram(linear::along(x, means), ctx), gram(along(centred), ctx)) < 1e-12);
  CHECK(largest_difference(rough_gram(linear::down(x, means), ctx), gram(down(centred), ctx)) < 1e-4);
}

TEST_CASE("linear algebra: sparse rows times a matrix, and turned over") {
  const context ctx;
  const auto rows = sparse({{0, 1, 2}, {0, 0, 0}, {3, 0, 4}});
  const matrix m = random_matrix(3, 5, 5), c = product(rows, m, ctx);
  for (std::size_t j = 0; j < 5; ++j) {
    CHECK(c.at(0, j) == Approx(m.at(1, j) + 2 * m.at(2, j)));
    CHECK(c.at(1, j) == 0);
    CHECK(c.at(2, j) == Approx(3 * m.at(0, j) + 4 * m.at(2, j)));
  }
  const auto turned = linear::transposed(rows);
  REQUIRE(turned.size() == 3);
  CHECK(numbers(turned[0]) == std::vector<float>{0, 0, 3});
  CHECK(numbers(turned[1]) == std::vector<float>{1, 0, 0});
  CHECK(numbers(turned[2]) == std::vector<float>{2, 0, 4});
}

TEST_CASE("linear algebra: eigenvalues descend, vectors are orthonormal") {
  const context ctx;
  const matrix g = gram(down(random_matrix(50, 9, 6)), ctx);
  const auto e = linear::symmetric_eigen(g);
  const matrix image = product(down(g), down(e.vectors), ctx), within = gram(down(e.vectors), ctx);
  for (std::size_t i = 0; i < 9; ++i)
    for (std::size_t j = 0; j < 9; ++j) {
      CHECK(image.at(i, j) == Approx(e.values[j] * e.vectors.at(i, j)).margin(1e-12));
      CHECK(within.at(i, j) == Approx(i == j ? 1 : 0).margin(1e-12));
      if (i > 0) CHECK(e.values[i - 1] >= e.values[i]);
    }
  CHECK(linear::symmetric_eigen(matrix()).values.empty());
}

TEST_CASE("linear algebra: the search without a covariance finds the same as with one") {
  // So few vectors that multiplying with the rows is cheaper than their covariance.
  const context ctx;
  auto x = random_rows(90, 80);
  for (std::size_t i = 0; i < 90; ++i)
    for (std::size_t c = 0; c < 80; ++c)
      x.writable(i)[c] += static_cast<float>(i % 3 == 0 ? c : 0) + static_cast<float>(i % 4 == 0 ? 40 : 0);
  const auto means = linear::column_means(x, "test", ctx);
  const auto search = linear::randomized_svd(x, means, {.keep = 2, .oversamples = 1, .powers = 4}, "test", ctx);
  const auto all = linear::full_svd(x, means, 2, "test", ctx);
  CHECK(search.squares == Approx(all.squares));
  for (std::size_t j = 0; j < 2; ++j) CHECK(search.values[j] == Approx(all.values[j]).epsilon(1e-9));
  CHECK(largest_difference(search.vectors, all.vectors) < 1e-7);
}

TEST_CASE("projection: dense and sparse rows give the same bits") {
  const matrix w = random_matrix(40, 13, 7);
  const projection p(40, 13, w.values);
  std::vector<std::vector<float>> x(30, std::vector<float>(40));
  for (std::size_t i = 0; i < 30; ++i)
    for (std::size_t c = 0; c < 40; ++c)
      if ((i + c) % 3 != 0) x[i][c] = static_cast<float>(i) - 0.37f * static_cast<float>(c);
  const auto d = dense(x);
  const auto s = sparse(x);
  scratch memory;
  for (std::size_t i = 0; i < 30; ++i) {
    const scratch::frame frame(memory);
    const auto a = p(d[i], "test", memory), b = p(s[i], "test", memory);
    for (std::size_t j = 0; j < 13; ++j) {
      CHECK(a[j] == b[j]);
      double sum = 0;
      for (std::size_t c = 0; c < 40; ++c) sum += double{x[i][c]} * double{p.weight(c, j)};
      CHECK(a[j] == Approx(sum).epsilon(1e-6));
    }
  }
  CHECK_THAT(message([&] { projection(40, 12, w.values); }), contains("expected 40 times 12 weights"));
}

namespace {

linear::symmetric symmetric_of(const matrix& m) {
  linear::symmetric s(m.rows);
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = i; j < m.rows; ++j) *s.from(i, j) = m.at(i, j);
  return s;
}

matrix whole(const linear::symmetric& s) {
  matrix m(s.size(), s.size());
  for (std::size_t i = 0; i < s.size(); ++i)
    for (std::size_t j = 0; j < s.size(); ++j) m.at(i, j) = s.at(i, j);
  return m;
}

bool has_inverse(const matrix& m) {
  linear::symmetric s = symmetric_of(m);
  return linear::invert(s, "test", context({.threads = 1}));
}

}  // namespace

TEST_CASE(
    "linear algebra: the inverse of a positive definite matrix, times it, is one; the same bytes for any threads") {
  for (const std::size_t n : {0u, 1u, 2u, 119u, 120u, 121u, 300u}) {
    matrix m = linear::gram(linear::down(random_matrix(n + 5, n, 4)), context({.threads = 1}));
    for (std::size_t i = 0; i < n; ++i) m.at(i, i) += 0.1;
    linear::symmetric one = symmetric_of(m), two = one, four = one;
    for (std::size_t i = 0; i < n; ++i)  // what is below the diagonal of a strip is not read
      for (std::size_t j = i / linear::symmetric::strip * linear::symmetric::strip; j < i; ++j) *four.from(i, j) = 1e30;
    CHECK(linear::invert(one, "test", context({.threads = 1})));
    CHECK(linear::invert(two, "test", context({.threads = 2})));
    CHECK(linear::invert(four, "test", context({.threads = 4})));
    CHECK(whole(one).values == whole(two).values);
    CHECK(whole(one).values == whole(four).values);
    matrix unit(n, n);
    for (std::size_t i = 0; i < n; ++i) unit.at(i, i) = 1;
    const matrix inverse = whole(one), both = linear::product(linear::down(inverse), linear::down(m), context());
    CHECK(largest_difference(both, unit) < 1e-12);
  }
}

TEST_CASE("linear algebra: a matrix that is not positive definite has no inverse here") {
  matrix m(2, 2);
  CHECK_FALSE(has_inverse(m));
  m.at(0, 0) = m.at(1, 1) = 1;
  CHECK(has_inverse(m));
  m.at(0, 1) = 2;
  CHECK_FALSE(has_inverse(m));
  m.at(0, 0) = NAN;
  CHECK_FALSE(has_inverse(m));
  m.at(0, 0) = INFINITY;
  CHECK_FALSE(has_inverse(m));
}

TEST_CASE("linear algebra: small products and dot products agree on every processor, and write nothing else") {
  const auto &all = linear::portable_kernels(), &best = linear::best_kernels();
  const matrix x = random_matrix(9, 20, 6);
  for (std::size_t rows = 1; rows <= linear::tile; ++rows)
    for (std::size_t columns = 1; columns <= linear::panel<double>; ++columns) {
      matrix a(linear::tile + 1, 14), b = a;
      for (double& v : a.values) v = 0.5;
      b = a;
      all.add_products({x.row(0), x.row(0) + 5, 20, 9, rows, columns, -2, a.row(0), 14});
      best.add_products({x.row(0), x.row(0) + 5, 20, 9, rows, columns, -2, b.row(0), 14});
      CHECK(largest_difference(a, b) < 1e-13);
      for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t j = 0; j < a.columns; ++j) CHECK((b.at(r, j) == 0.5) == (r >= rows || j >= columns));
    }
  for (std::size_t n = 0; n <= 20; ++n) {
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += x.at(0, j) * x.at(1, j);
    CHECK(all.dot(x.row(0), x.row(1), n) == Approx(sum).margin(1e-13));
    CHECK(best.dot(x.row(0), x.row(1), n) == Approx(sum).margin(1e-13));
  }
}
