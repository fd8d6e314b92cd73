// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/rows.hpp>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

using namespace bespoke;
using bespoke_test::contains;

namespace {

bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

const std::vector<std::uint32_t> some_columns = {1, 4, 5};
const std::vector<float> some_values = {2.0f, -3.0f, 0.5f};
const sparse_row some_row{some_columns, some_values, 8};

template <class Row>
std::vector<std::pair<std::size_t, float>> stored(const Row& r) {
  std::vector<std::pair<std::size_t, float>> out;
  for_each_value(r, [&](std::size_t c, float v) { out.emplace_back(c, v); });
  return out;
}

}  // namespace

TEST_CASE("rows are told from other types") {
  CHECK(row<dense_row>);
  CHECK(row<sparse_row>);
  CHECK_FALSE(row<float>);
  CHECK_FALSE(row<dense_rows>);
  CHECK(std::is_same_v<rows_of<dense_row>, dense_rows>);
  CHECK(std::is_same_v<rows_of<sparse_row>, sparse_rows>);
}

TEST_CASE("a dense row visits every column, a sparse row the stored ones") {
  const std::vector<float> values = {1.0f, 0.0f, 3.0f};
  const dense_row dense{values};
  CHECK(dense.width() == 3);
  CHECK(dense[2] == 3.0f);
  CHECK(stored(dense) == std::vector<std::pair<std::size_t, float>>{{0, 1.0f}, {1, 0.0f}, {2, 3.0f}});
  CHECK(some_row.width() == 8);
  CHECK(some_row.size() == 3);
  CHECK(stored(some_row) == std::vector<std::pair<std::size_t, float>>{{1, 2.0f}, {4, -3.0f}, {5, 0.5f}});
}

TEST_CASE("dot and squared norm are sums in double") {
  const std::vector<float> weights = {10, 1, 10, 10, 2, 4, 10, 10};
  CHECK(dot(some_row, weights) == 2.0 * 1 - 3.0 * 2 + 0.5 * 4);
  CHECK(squared_norm(some_row) == 4.0 + 9.0 + 0.25);
  CHECK(dot(sparse_row{}, weights) == 0.0);
  CHECK(squared_norm(dense_row{}) == 0.0);
  // In float the small addends would be lost beside the large one.
  std::vector<float> large(1001, 1.0f), ones(1001, 1.0f);
  large[0] = 1e6f;
  CHECK(dot(dense_row{large}, ones) == 1'001'000.0);
  CHECK(squared_norm(dense_row{large}) == 1e12 + 1000.0);
}

TEST_CASE("the same numbers, dense or sparse, give the same sum, bit for bit") {
  std::vector<float> dense(100), weights(100), kept;
  std::vector<std::uint32_t> columns;
  for (std::uint32_t c = 0; c < 100; ++c) {
    weights[c] = 1.0f / static_cast<float>(c + 3);
    if (c % 3 == 0) {
      dense[c] = 0.1f * static_cast<float>(c + 1);
      columns.push_back(c);
      kept.push_back(dense[c]);
    }
  }
  CHECK(dot(dense_row{dense}, weights) == dot(sparse_row{columns, kept, 100}, weights));
}

TEST_CASE("dense rows are row-major, zero at first and 64-byte aligned") {
  dense_rows m(3, 5);
  CHECK(m.size() == 3);
  CHECK(m.width() == 5);
  CHECK(m.values().size() == 15);
  CHECK(is_aligned(m.values().data()));
  CHECK(squared_norm(m[2]) == 0.0);
  m.writable(1)[4] = 7.0f;
  CHECK(m[1][4] == 7.0f);
  CHECK(m.values()[9] == 7.0f);
  CHECK(m[1].width() == 5);
}

TEST_CASE("dense rows may have no rows or no columns") {
  CHECK(dense_rows().size() == 0);
  const dense_rows narrow(4, 0);
  CHECK(narrow.size() == 4);
  CHECK(narrow[3].width() == 0);
  CHECK(dense_rows(0, 9).width() == 9);
}

TEST_CASE("dense rows refuse a size that memory cannot address") {
  constexpr auto huge = std::numeric_limits<std::size_t>::max() / 2 + 2;
  CHECK_THROWS_WITH(dense_rows(huge, 2), contains("dense_rows: more values than memory can address"));
  CHECK_THROWS_AS(dense_rows(2, huge), error);
}

TEST_CASE("sparse rows are built by appending") {
  sparse_rows m(8);
  m.append(some_row);
  m.append(sparse_row{{}, {}, 8});
  m.append(some_row);
  CHECK(m.size() == 3);
  CHECK(m.width() == 8);
  CHECK(m.stored() == 6);
  CHECK(stored(m[0]) == stored(some_row));
  CHECK(m[1].size() == 0);
  CHECK(m[1].width() == 8);
  CHECK(stored(m[2]) == stored(some_row));
  CHECK(std::vector<std::uint64_t>(m.offsets().begin(), m.offsets().end()) == std::vector<std::uint64_t>{0, 3, 3, 6});
}

TEST_CASE("sparse rows take finished arrays") {
  const sparse_rows m(8, {0, 1, 3}, {7, 0, 2}, {1.0f, 2.0f, 3.0f});
  CHECK(m.size() == 2);
  CHECK(stored(m[1]) == std::vector<std::pair<std::size_t, float>>{{0, 2.0f}, {2, 3.0f}});
  CHECK(is_aligned(m.columns().data()));
  CHECK(is_aligned(m.values().data()));
  CHECK(sparse_rows().size() == 0);
  CHECK(sparse_rows(8, {0}, {}, {}).size() == 0);
}

TEST_CASE("sparse rows refuse arrays that do not fit together") {
  const auto build = [](aligned_vector<std::uint64_t> o, std::size_t columns, std::size_t values) {
    return sparse_rows(8, std::move(o), aligned_vector<std::uint32_t>(columns), aligned_vector<float>(values));
  };
  CHECK_THROWS_WITH(build({}, 0, 0), contains("offsets do not lead from 0 to the number of values"));
  CHECK_THROWS_WITH(build({0, 2}, 3, 3), contains("got 2 offsets, 3 columns, 3 values"));
  CHECK_THROWS_AS(build({1, 3}, 3, 3), error);
  CHECK_THROWS_AS(build({0, 3}, 3, 2), error);
  CHECK_THROWS_AS(build({0, 3, 2, 3}, 3, 3), error);
  CHECK_THROWS_AS(build({0, 9, 3}, 3, 3), error);
}

TEST_CASE("the aligned allocator refuses an overflowing size") {
  aligned_allocator<double> a;
  CHECK_THROWS_AS(a.allocate(std::numeric_limits<std::size_t>::max() / 4), std::bad_alloc);
  CHECK(a == aligned_allocator<double>(aligned_allocator<int>()));
}
