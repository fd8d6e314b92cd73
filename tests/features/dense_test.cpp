// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/dense.hpp>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;

TEST_CASE("dense writes zeros out and keeps dense rows") {
  const std::vector<std::vector<float>> table{{0, 2, 0}, {1, 0, 3}, {0, 0, 0}};
  const auto from_sparse = features::dense{}.fit(sparse_blocks(table), no_targets(3), context{});
  const auto from_dense = features::dense{}.fit(dense_blocks(table), no_targets(3), context{});
  CHECK(from_sparse.width() == 3);
  const auto again = loaded<sparse_row>(features::dense{}, saved(from_sparse));
  for (std::size_t i = 0; i < table.size(); ++i) {
    CHECK(row_of(from_sparse, sparse(table)[i]) == table[i]);
    CHECK(row_of(again, sparse(table)[i]) == table[i]);
    CHECK(row_of(from_dense, dense(table)[i]) == table[i]);
  }
}

TEST_CASE("dense refuses rows of another width, and none") {
  const auto f = features::dense{}.fit(sparse_blocks({{0, 2}}), no_targets(1), context{});
  CHECK(message([&] { row_of(f, sparse({{1, 2, 3}})[0]); }).find("2 columns") != std::string::npos);
  CHECK(message([] { features::dense{}.fit(sparse_blocks({}), no_targets(0), context{}); }).find("no rows") !=
        std::string::npos);
}
