// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/robust_scale.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::robust_scale;

TEST_CASE("robust_scale agrees with scikit-learn") {
  for (const auto& c : oracle("features/robust_scale")) {
    const robust_scale spec{
        .with_median = c["with_median"], .with_scale = c["with_scale"], .lower = c["lower"], .upper = c["upper"]};
    CHECK(largest_difference(fitted_to_table(spec, table_of(c["x"])), table_of(c["asked"]), c["out"]) <= 1e-7);
  }
}

TEST_CASE("robust_scale is not moved by an outlier") {
  const auto f = fitted_to_values<double>(robust_scale{}, {1, 2, 3, 4, 1e300});
  CHECK(f.median()[0] == 3);
  CHECK(f.scale()[0] == 2);
  CHECK(row_of(f, 5.) == std::vector<float>{1});
  CHECK(f.column_name(0).empty());
}

TEST_CASE("robust_scale: constants, columns without a value, missing values") {
  CHECK(row_of(fitted_to_values<int>(robust_scale{}, {7}), 9) == std::vector<float>{2});
  const auto f = fitted_to_table(robust_scale{}, {{not_a_number, 1}, {not_a_number, 1}});
  const std::vector<float> asked{4, not_a_number};
  CHECK(row_of(f, dense_row{asked}) == std::vector<float>{4, 0});
  const auto g = fitted_to_values<std::optional<float>>(robust_scale{.with_median = false}, {1.f, std::nullopt, 3.f});
  CHECK(row_of(g, std::optional<float>()) == std::vector<float>{2});
  CHECK(row_of(g, std::optional<float>(infinity)) == std::vector<float>{2});
}

TEST_CASE("robust_scale: bad input has its message") {
  CHECK(message([] { fitted_to_values<float>(robust_scale{}, {}); }) ==
        "robust_scale: there are no records to learn from");
  CHECK_THAT(message([] { fitted_to_values<float>(robust_scale{}, {-infinity}); }),
             contains("robust_scale: record 0: expected a finite number, got an infinity"));
  CHECK(message([] { fitted_to_values<float>(robust_scale{.lower = 0.8, .upper = 1.5}, {1}); }) ==
        "robust_scale: expected lower and upper from 0 to 1, lower below upper, got lower 0.8 and upper 1.5");
  CHECK_THAT(message([] { fitted_to_values<double>(robust_scale{}, {-1.7e308, 1.7e308, -1.7e308, 1.7e308}); }),
             contains("the numbers of column 0 are too large"));
  const robust_scale strict{.missing = features::missing::error};
  CHECK_THAT(message([&] { fitted_to_values<float>(strict, {not_a_number}); }), contains("got a missing value"));
  CHECK_THAT(message([&] { row_of(fitted_to_values<float>(strict, {1}), not_a_number); }),
             contains("got a missing value"));
}

TEST_CASE("robust_scale: the same bytes for any number of threads") {
  const table t = sample_table(3000, 7);
  const std::string one = saved(fitted_to_table(robust_scale{}, t, 1));
  CHECK(one == saved(fitted_to_table(robust_scale{}, t, 2)));
  CHECK(one == saved(fitted_to_table(robust_scale{}, t, 4)));
}

TEST_CASE("robust_scale is read back as it was written, and refuses damage") {
  const robust_scale spec{.lower = 0.1};
  const auto f = fitted_to_values<float>(spec, sample_numbers(60));
  const std::string bytes = saved(f);
  const auto again = loaded<float>(spec, bytes);
  CHECK(saved(again) == bytes);
  for (const float x : sample_numbers(20)) CHECK(row_of(again, x) == row_of(f, x));
  CHECK(std::fabs(row_of(f, f.golden(12345))[0]) <= 2);
  CHECK_THAT(message([&] { loaded<float>(robust_scale{}, bytes); }), contains("the file has lower 0.1"));
  CHECK(refused_when_damaged<float>(spec, bytes, 1.0f) > bytes.size());
}

TEST_CASE("robust_scale is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<robust_scale, double>);
  STATIC_REQUIRE(stage_spec<robust_scale, dense_row, float>);
  STATIC_REQUIRE_FALSE(stage_spec<robust_scale, sparse_row>);
}
