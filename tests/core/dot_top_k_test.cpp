// SPDX-License-Identifier: Apache-2.0
#include "../../src/core/dot_top_k.hpp"

#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/random.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <stop_token>
#include <vector>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

constexpr float no_number = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

// Whole numbers from −2 to 2, so that sums are exact and many scores are equal; or any from −1 to 1.
dense_rows numbers(std::size_t rows, std::size_t width, bool whole, std::uint64_t seed) {
  random_numbers random(seed);
  dense_rows all(rows, width);
  for (std::size_t i = 0; i < rows; ++i)
    for (float& v : all.writable(i))
      v = whole ? static_cast<float>(random.below(5)) - 2 : static_cast<float>(2 * random.unit() - 1);
  return all;
}

std::vector<float> biases(std::size_t n) {
  std::vector<float> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = static_cast<float>(i % 3);
  return all;
}

std::vector<float> scores(const dot_rows& rows, std::span<const float> query) {
  std::vector<float> all(rows.size());
  rows.scores(query, all);
  return all;
}

bool same_bits(std::span<const scored> a, std::span<const scored> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].index != b[i].index || std::memcmp(&a[i].score, &b[i].score, sizeof(float)) != 0) return false;
  return true;
}

struct panel_case {
  aligned_vector<float> rows, biases, queries;
  explicit panel_case(std::size_t width, bool whole)
      : rows(width * dots::panel), biases(dots::panel), queries(width * dots::group) {
    const auto some = numbers(1, rows.size() + biases.size() + queries.size(), whole, width);
    const float* from = some.values().data();
    for (auto* to : {&rows, &biases, &queries})
      for (float& v : *to) v = *from++;
  }
};

void check_kernels(const dots::kernels& k, std::size_t width, bool whole) {
  const panel_case c(width, whole);
  const float bars[dots::group] = {0, -infinity, infinity, no_number, 1, -2};
  alignas(64) float out[dots::group * dots::panel], expected[dots::group * dots::panel], single[dots::panel];
  std::uint64_t above[dots::group], expected_above[dots::group];
  k.some_queries(c.rows.data(), c.biases.data(), c.queries.data(), width, bars, out, above);
  dots::portable_kernels().some_queries(c.rows.data(), c.biases.data(), c.queries.data(), width, bars, expected,
                                        expected_above);
  for (std::size_t q = 0; q < dots::group; ++q) {
    std::vector<float> query(width);
    for (std::size_t i = 0; i < width; ++i) query[i] = c.queries[i * dots::group + q];
    const std::uint64_t bits = k.one_query(c.rows.data(), c.biases.data(), query.data(), width, bars[q], single);
    CHECK(bits == above[q]);
    if (whole) CHECK(bits == expected_above[q]);
    for (std::size_t i = 0; i < dots::panel; ++i) {
      const float score = out[q * dots::panel + i];
      CHECK(score == Approx(expected[q * dots::panel + i]).margin(whole ? 0 : 1e-5));
      CHECK(score == single[i]);
      CHECK(score == k.one_row(c.rows.data() + i, c.biases[i], query.data(), width));
      CHECK((above[q] >> i & 1) == std::uint64_t{!(score <= bars[q])});
    }
  }
}

void check_like_core(const dot_rows& rows, std::span<const float> query, std::size_t k) {
  const auto filter = [](std::size_t i) { return i % 5 != 1; };
  const auto all = scores(rows, query);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const float one = rows.score(query, i);
    CHECK(std::memcmp(&one, &all[i], sizeof one) == 0);
  }
  std::vector<scored> room(k);
  CHECK(same_bits(rows.top_k(query, room, filter), top_k(std::span<const float>(all), k, filter)));
  CHECK(same_bits(rows.top_k(query, room), top_k(std::span<const float>(all), k)));
}

}  // namespace

TEST_CASE("dot_rows: kernels of all instruction sets agree") {
  for (const auto* k : {&dots::portable_kernels(), dots::avx2_kernels(), dots::avx512_kernels(), &dots::best_kernels()})
    for (const std::size_t width : {0u, 1u, 7u, 64u})
      for (const bool whole : {true, false})
        if (k != nullptr) check_kernels(*k, width, whole);
}

TEST_CASE("dot_rows: scores are the products that they are said to be") {
  const auto rows = numbers(131, 9, true, 1), query = numbers(1, 9, true, 2);
  const dot_rows all(rows, biases(131));
  for (std::size_t i = 0; i < 131; ++i) {
    CHECK(static_cast<double>(all.score(query[0].values, i)) ==
          dot(rows[i], query[0].values) + static_cast<double>(i % 3));
    CHECK(all.value(i, 4) == rows[i][4]);
    CHECK(all.bias(i) == static_cast<float>(i % 3));
  }
  const auto again = all.rows();
  CHECK(std::equal(rows.values().begin(), rows.values().end(), again.values().begin(), again.values().end()));
}

TEST_CASE("dot_rows: the best are those of all scores, in one order") {
  for (const std::size_t n : {0u, 1u, 63u, 64u, 65u, 300u})
    for (const std::size_t width : {0u, 1u, 16u, 33u})
      for (const bool whole : {true, false}) {
        const auto query = numbers(1, width, whole, 5);
        const dot_rows rows(numbers(n, width, whole, n + width), biases(n));
        for (const std::size_t k : {0u, 1u, 10u, 64u, 500u}) check_like_core(rows, query[0].values, k);
      }
}

TEST_CASE("dot_rows: numbers that are none come last, infinities where they belong") {
  auto rows = numbers(200, 3, false, 1);
  for (std::size_t i = 0; i < 200; i += 3) rows.writable(i)[0] = i % 2 == 0 ? no_number : infinity;
  const dot_rows all(rows);
  for (const float first : {1.0f, -1.0f, 0.0f, no_number, infinity})
    for (const std::size_t k : {1u, 10u, 150u, 200u}) {
      const std::vector<float> query{first, 0.5f, -0.25f};
      check_like_core(all, query, k);
    }
}

TEST_CASE("dot_rows: the filter is asked only of what would be kept") {
  dense_rows falling(1000, 1);
  for (std::size_t i = 0; i < 1000; ++i) falling.writable(i)[0] = -static_cast<float>(i);
  const dot_rows rows(falling);
  std::vector<scored> room(7);
  std::size_t asked = 0;
  const float one = 1;
  const auto best = rows.top_k({&one, 1}, room, [&](std::size_t i) { return ++asked, i != 2; });
  CHECK(best.back() == scored{7, -7});
  CHECK(asked == 8);
  CHECK(rows.top_k({&one, 1}, room, [](std::size_t) { return false; }).empty());
}

TEST_CASE("dot_rows: many queries at once get what each gets alone, with any number of threads") {
  for (const std::size_t count : {0u, 1u, 6u, 47u, 48u, 49u, 150u})
    for (const unsigned threads : {1u, 2u, 4u}) {
      const auto queries = numbers(count, 12, true, 3);
      const dot_rows rows(numbers(333, 12, true, 4), biases(333));
      std::vector<scored> room(count * 9), alone(9);
      std::vector<std::size_t> found(count);
      rows.top_k_of_all(
          queries, 9, [](std::size_t q, std::size_t i) { return q != 5 && i % 7 != q % 7; }, room, found,
          context({.threads = threads}));
      for (std::size_t q = 0; q < count; ++q) {
        const auto best = rows.top_k(queries[q].values, alone, [&](std::size_t i) { return q != 5 && i % 7 != q % 7; });
        REQUIRE(same_bits(best, std::span(room).subspan(q * 9, found[q])));
        CHECK(found[q] == (q == 5 ? 0 : 9));
      }
    }
}

TEST_CASE("dot_rows: what does not fit together is refused, and many queries can be stopped") {
  CHECK_THROWS_WITH(dot_rows(numbers(3, 2, true, 1), biases(2)), contains("3 biases"));
  const dot_rows rows(numbers(3, 2, true, 1));
  std::vector<scored> room(8);
  std::vector<std::size_t> found(4);
  const auto any = [](std::size_t, std::size_t) { return true; };
  const auto ask = [&](std::size_t queries, std::size_t width, const context& ctx) {
    rows.top_k_of_all(numbers(queries, width, true, 1), 2, any, room, found, ctx);
  };
  CHECK_NOTHROW(ask(4, 2, context()));
  CHECK_THROWS_WITH(ask(4, 3, context()), contains("2 numbers a query"));
  CHECK_THROWS_WITH(ask(5, 2, context()), contains("10 places"));
  room.resize(10);
  CHECK_THROWS_WITH(ask(5, 2, context()), contains("5 places"));
  CHECK_THROWS_AS(rows.top_k_of_all(numbers(4, 2, true, 1), std::size_t{1} << 62, any, room, found, context()), error);
  std::stop_source stop;
  stop.request_stop();
  room.resize(8);
  CHECK_THROWS_AS(ask(4, 2, context({.stop = stop.get_token()})), error);
}
