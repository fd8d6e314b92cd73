// SPDX-License-Identifier: Apache-2.0
#include "../../src/core/quantized_top_k.hpp"

#include <bespoke/core/quantized_top_k.hpp>
#include <bespoke/core/random.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

constexpr float no_number = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

enum class shape { normal, uneven, whole, rare };

// Numbers of a distribution: bell-shaped; of lengths from 10⁻⁶ to 10⁶; few different ones, so that scores are equal; mostly 0.
float draw(random_numbers& random, shape s, float length) {
  const auto bell = static_cast<float>(random.unit() + random.unit() + random.unit() + random.unit() - 2);
  switch (s) {
    case shape::normal: return bell;
    case shape::uneven: return bell * length;
    case shape::whole: return static_cast<float>(random.below(5)) - 2;
    case shape::rare: return random.below(10) == 0 ? bell : 0.0f;
  }
  return 0;
}

dense_rows numbers(std::size_t rows, std::size_t width, shape s, std::uint64_t seed) {
  random_numbers random(seed);
  dense_rows all(rows, width);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto length = static_cast<float>(std::pow(10.0, 12 * random.unit() - 6));
    for (float& v : all.writable(i)) v = draw(random, s, length);
  }
  return all;
}

std::vector<float> biases(std::size_t n) {
  std::vector<float> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = static_cast<float>(i % 3) / 8;
  return all;
}

bool same_bits(std::span<const scored> a, std::span<const scored> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].index != b[i].index || std::memcmp(&a[i].score, &b[i].score, sizeof(float)) != 0) return false;
  return true;
}

void check_exact(const dot_rows& rows, const quantized_rows& small, std::span<const float> query) {
  const auto filter = [](std::size_t i) { return i % 5 != 1; };
  for (const std::size_t k : {0u, 1u, 10u, 100u, 1000u}) {
    std::vector<scored> room(k), expected(k);
    CHECK(same_bits(small.top_k(rows, query, room), rows.top_k(query, expected)));
    CHECK(same_bits(small.top_k(rows, query, room, filter), rows.top_k(query, expected, filter)));
  }
}

void check_exact(const dense_rows& rows, const dense_rows& queries, std::span<const float> biases = {}) {
  const dot_rows all(rows, biases);
  const quantized_rows small(all);
  for (std::size_t q = 0; q < queries.size(); ++q) check_exact(all, small, queries[q].values);
}

}  // namespace

TEST_CASE("quantized_rows: the best are those of the float rows, bit by bit") {
  for (const shape s : {shape::normal, shape::uneven, shape::whole, shape::rare})
    for (const std::size_t n : {0u, 1u, 64u, 65u, 700u})
      for (const std::size_t width : {0u, 1u, 2u, 7u, 64u}) {
        const auto rows = numbers(n, width, s, n + width);
        check_exact(rows, numbers(3, width, s, 1));
        check_exact(rows, numbers(3, width, s, 2), biases(n));
      }
}

TEST_CASE("quantized_rows: rows that are nearly the same are told apart") {
  auto rows = numbers(500, 32, shape::normal, 1);
  random_numbers random(2);
  for (std::size_t i = 1; i < 500; ++i)
    for (std::size_t k = 0; k < 32; ++k)
      rows.writable(i)[k] = rows[0][k] * static_cast<float>(1 + 1e-5 * random.unit());
  check_exact(rows, numbers(20, 32, shape::normal, 3));
}

TEST_CASE("quantized_rows: thousands of numbers in a row") {
  check_exact(numbers(130, 5000, shape::normal, 1), numbers(2, 5000, shape::normal, 2));
  dense_rows same(130, 5000), query(2, 5000);
  for (std::size_t i = 0; i < 130; ++i) std::fill_n(same.writable(i).begin(), 5000, static_cast<float>(i) - 60);
  std::fill_n(query.writable(0).begin(), 5000, 3.0f);
  std::fill_n(query.writable(1).begin(), 5000, -3.0f);
  check_exact(same, query);
}

TEST_CASE("quantized_rows: numbers that are none, endless, huge and tiny") {
  const float strange[] = {no_number, infinity, -infinity, 1e38f, -1e38f, 1e19f, 1e-38f, 1e-45f, -1e-42f, 0.0f};
  auto rows = numbers(300, 3, shape::normal, 1);
  auto some_biases = biases(300);
  for (std::size_t i = 0; i < 300; i += 3) rows.writable(i)[i % 2] = strange[i / 3 % 10];
  for (std::size_t i = 0; i < 300; i += 29) some_biases[i] = strange[i % 10];
  auto queries = numbers(30, 3, shape::normal, 2);
  for (std::size_t q = 0; q < 30; ++q) queries.writable(q)[q % 3] = strange[q / 3];
  check_exact(rows, queries);
  check_exact(rows, queries, some_biases);
  auto tiny = numbers(300, 3, shape::normal, 3);
  for (std::size_t i = 0; i < 300; ++i)
    for (float& v : tiny.writable(i)) v *= 1e-38f;
  check_exact(tiny, queries);
  check_exact(tiny, numbers(5, 3, shape::normal, 4));
}

TEST_CASE("quantized_rows: rows of zeros, and all scores equal") {
  check_exact(dense_rows(200, 8), numbers(2, 8, shape::normal, 1));
  check_exact(numbers(200, 8, shape::normal, 1), dense_rows(1, 8));
  check_exact(numbers(200, 8, shape::normal, 1), dense_rows(1, 8), biases(200));
}

TEST_CASE("quantized_rows: kernels of all instruction sets bound the same sums") {
  for (const std::size_t pairs : {0u, 1u, 5u, 32u}) {
    const auto values = numbers(1, 2 * pairs * quantized::panel + 2 * quantized::panel, shape::normal, pairs);
    aligned_vector<std::int8_t> rows(2 * pairs * quantized::panel);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int8_t>(127 * std::tanh(values[0][i]));
    const aligned_vector<float> scales(values[0].values.end() - 64, values[0].values.end());
    const aligned_vector<float> some_biases(values[0].values.end() - 128, values[0].values.end() - 64);
    std::vector<std::int32_t> query;
    for (std::size_t p = 0; p < pairs; ++p)
      query.push_back(static_cast<std::int32_t>(p % 2 == 0 ? 0x7fff8001 : 0x80017fff));
    const quantized::query q{query.data(), pairs, 0x1p-16f, 0.25f};
    for (const auto reach : {quantized::avx2_reach(), quantized::avx512_reach(), quantized::best_reach()})
      for (const float bar : {-infinity, -0.5f, 0.0f, 0.3f, infinity, no_number})
        if (reach != nullptr)
          CHECK(reach(rows.data(), scales.data(), some_biases.data(), q, bar) ==
                quantized::portable_reach()(rows.data(), scales.data(), some_biases.data(), q, bar));
  }
}

TEST_CASE("quantized_rows: other rows than those it was made of are refused") {
  const dot_rows rows(numbers(10, 4, shape::normal, 1)), more(numbers(11, 4, shape::normal, 1)),
      wider(numbers(10, 5, shape::normal, 1));
  const quantized_rows small(rows);
  std::vector<scored> room(3);
  const std::vector<float> query(5);
  CHECK_THROWS_WITH(small.top_k(more, std::span(query).first(4), room), contains("10 rows"));
  CHECK_THROWS_WITH(small.top_k(wider, query, room), contains("4 numbers a row"));
}
