// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/reasons.hpp>

#include <limits>

#include "catch.hpp"

using namespace bespoke;

TEST_CASE("reasons: the largest parts first, equal ones in column order") {
  const std::vector<float> values{1, 2, 3, 1, 0}, weights{4, -5, 1, 4, 100};
  const dense_row r{values};
  CHECK(top_contributions(r, weights, 2) == std::vector<reason>{{0, 4.f}, {3, 4.f}});
  CHECK(top_contributions(r, weights, 10) == std::vector<reason>{{0, 4.f}, {3, 4.f}, {2, 3.f}});
  CHECK(top_contributions(r, weights, 2, signs::both) == std::vector<reason>{{1, -10.f}, {0, 4.f}});
  CHECK(top_contributions(r, weights, 0).empty());
}

TEST_CASE("reasons of a sparse row name its columns") {
  const std::vector<std::uint32_t> columns{1, 4};
  const std::vector<float> values{2, 3}, weights{9, 1, 9, 9, 2};
  const sparse_row r{columns, values, 5};
  CHECK(top_contributions(r, weights, 5) == std::vector<reason>{{4, 6.f}, {1, 2.f}});
  CHECK(top_contributions(sparse_row{{}, {}, 5}, weights, 5).empty());
}

TEST_CASE("reasons: a NaN is none") {
  const std::vector<float> values{std::numeric_limits<float>::quiet_NaN(), 1}, weights{1, 1};
  CHECK(top_contributions(dense_row{values}, weights, 5, signs::both) == std::vector<reason>{{1, 1.f}});
}
