// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/core/row_search.hpp>

#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace bespoke;

namespace {

dense_rows numbers(std::size_t rows, std::size_t width) {
  random_numbers random(rows);
  dense_rows all(rows, width);
  for (std::size_t i = 0; i < rows; ++i)
    for (float& v : all.writable(i)) v = static_cast<float>(random.unit() - 0.5);
  return all;
}

std::vector<scored> best(const row_search& search, const dot_rows& rows, std::span<const float> query) {
  std::vector<scored> room(10);
  room.resize(search.top_k(rows, query, room, [](std::size_t i) { return i % 3 != 0; }).size());
  return room;
}

}  // namespace

TEST_CASE("row_search: large and small, the answers of all but the graph are the same") {
  for (const std::size_t n : {0u, 7u, 40'000u}) {
    const dot_rows rows(numbers(n, 32));
    const auto query = numbers(1, 32);
    std::vector<scored> room(10);
    room.resize(rows.top_k(query[0].values, room, [](std::size_t i) { return i % 3 != 0; }).size());
    CHECK(best(row_search(), rows, query[0].values) == room);
    for (const auto how : {retrieval::automatic, retrieval::exact, retrieval::quantized}) {
      const row_search search(rows, how, context());
      CHECK(search.how() == how);
      CHECK(best(search, rows, query[0].values) == room);
    }
  }
}

TEST_CASE("row_search: a graph is saved with it, rows that are no numbers have none") {
  auto some = numbers(5000, 8);
  const dot_rows rows(some);
  const row_search search(rows, retrieval::approximate, context());
  bundle_writer w;
  auto section = w.stage("search/1");
  search.save(section);
  const std::string bytes = w.bytes({});
  auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  const auto own = r.stage("search/1");
  CHECK(best(row_search::load(own, rows), rows, some[3].values) == best(search, rows, some[3].values));
  CHECK_THROWS_AS(row_search::load(own, dot_rows(numbers(4999, 8))), error);
  some.writable(7)[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(row_search(dot_rows(some), retrieval::approximate, context()), error);
  CHECK_NOTHROW(row_search(dot_rows(some), retrieval::quantized, context()));
}
