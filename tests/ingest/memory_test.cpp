// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/memory.hpp>

#include "catch.hpp"

#include <numeric>
#include <vector>

using namespace bespoke;

TEST_CASE("memory gives the records in blocks, as often as asked") {
  std::vector<int> numbers(3000);
  std::iota(numbers.begin(), numbers.end(), 0);
  auto records = ingest::memory(numbers);
  std::vector<int> block;
  REQUIRE(records.next(block));
  CHECK(block.size() == block_size);
  REQUIRE(records.rewind());
  CHECK(to_vector(records) == numbers);
  CHECK_FALSE(records.next(block));
  REQUIRE(records.rewind());
  CHECK(to_vector(records) == numbers);
}

TEST_CASE("memory without records is a flow without records") {
  auto records = ingest::memory(std::vector<int>{});
  CHECK(to_vector(records).empty());
}
