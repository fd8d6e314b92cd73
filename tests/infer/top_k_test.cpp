// SPDX-License-Identifier: Apache-2.0
#include <bespoke/infer/top_k.hpp>

#include <array>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;

namespace {
// A profile that answers with a row's sum, using scratch as a stage may.
struct sum {
  static constexpr std::string_view kind = "sum/1";
  using output_type = float;
  float operator()(const dense_row& r, scratch& s) const {
    auto one = s.take<float>(1);
    one[0] = 0;
    for (const float v : r.values) one[0] += v;
    return one[0];
  }
};
}  // namespace

TEST_CASE("infer::top_k ranks the rows of a matrix by a fitted profile") {
  const auto rows = bespoke_test::dense({{1, 1}, {3, 0}, {0, 2}, {5, 5}});
  const std::vector<scored> best{{3, 10.f}, {1, 3.f}, {0, 2.f}};
  CHECK(infer::top_k(sum{}, rows, 3) == best);
  const auto not_owned = [](std::size_t i) { return i != 3; };
  CHECK(infer::top_k(sum{}, rows, 10, not_owned) == std::vector<scored>{{1, 3.f}, {0, 2.f}, {2, 2.f}});
  std::array<scored, 2> room{};
  const auto same = infer::top_k(sum{}, rows, std::span<scored>(room), not_owned);
  REQUIRE(same.size() == 2);
  CHECK(same[1] == scored{0, 2.f});
  CHECK(infer::top_k(sum{}, bespoke_test::dense({}), 3).empty());
}

TEST_CASE("infer::top_k asks for no score of a row that the filter keeps out") {
  const auto rows = bespoke_test::dense({{1}, {2}, {3}});
  std::size_t asked = 0;
  const auto counting = [&](const dense_row& r) {
    ++asked;
    return r[0];
  };
  infer::top_k(counting, rows, 1, [](std::size_t i) { return i == 1; });
  CHECK(asked == 1);
}
