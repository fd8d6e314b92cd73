// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/min_max.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::min_max;

TEST_CASE("min_max agrees with scikit-learn") {
  for (const auto& c : oracle("features/min_max")) {
    const min_max spec{.low = c["low"], .high = c["high"], .clip = c["clip"]};
    CHECK(largest_difference(fitted_to_table(spec, table_of(c["x"])), table_of(c["asked"]), c["out"]) <= 1e-7);
  }
}

TEST_CASE("min_max: the training values span the range exactly") {
  const auto f = fitted_to_values<double>(min_max{.low = -2, .high = 5}, {1e9 + 1, 1e9 + 3, 1e9 + 8});
  CHECK(row_of(f, 1e9 + 1) == std::vector<float>{-2});
  CHECK(row_of(f, 1e9 + 8) == std::vector<float>{5});
  CHECK(f.width() == 1);
  CHECK(f.column_name(0).empty());
}

TEST_CASE("min_max: constants, columns without a value, one record") {
  CHECK(row_of(fitted_to_values<int>(min_max{}, {7}), 7) == std::vector<float>{0});
  CHECK(row_of(fitted_to_values<float>(min_max{.low = 1, .high = 3}, {7, 7}), 7.5f) == std::vector<float>{2});
  const auto f = fitted_to_table(min_max{}, {{not_a_number, 1}, {not_a_number, 3}});
  const std::vector<float> asked{not_a_number, not_a_number};
  CHECK(row_of(f, dense_row{asked}) == std::vector<float>{0, 0.5f});
}

TEST_CASE("min_max: what is missing becomes the mean, or is an error") {
  const auto f = fitted_to_values<std::optional<float>>(min_max{}, {0.f, std::nullopt, not_a_number, 1.f, 8.f});
  for (const std::optional<float> x : {std::optional<float>(), std::optional<float>(-infinity)})
    CHECK(row_of(f, x) == std::vector<float>{0.375f});
  const min_max strict{.missing = features::missing::error};
  CHECK_THAT(message([&] { fitted_to_values<float>(strict, {1, not_a_number}); }),
             contains("min_max: record 1: expected a finite number, got a missing value"));
  CHECK_THAT(message([&] { row_of(fitted_to_values<float>(strict, {1, 2}), infinity); }),
             contains("min_max: expected a finite number, got an infinity"));
}

TEST_CASE("min_max: bad input has its message") {
  CHECK(message([] { fitted_to_values<float>(min_max{}, {}); }) == "min_max: there are no records to learn from");
  CHECK_THAT(message([] { fitted_to_values<float>(min_max{}, {1, infinity}); }),
             contains("min_max: record 1: expected a finite number, got an infinity"));
  CHECK(message([] { fitted_to_values<float>(min_max{.low = 1, .high = 1}, {1}); }) ==
        "min_max: expected finite low and high, low below high, got low 1 and high 1");
  CHECK_THAT(message([] { fitted_to_values<float>(min_max{.missing = features::missing::median}, {1}); }),
             contains("min_max: expected missing::mean or missing::error, got missing::median"));
  CHECK(message([] { fitted_to_values<double>(min_max{}, {-1.7e308, 1.7e308}); }) ==
        "min_max: the numbers of column 0 are too large; divide them before the fit");
  const std::vector<float> three{1, 2, 3};
  const auto f = fitted_to_table(min_max{}, {{1, 2}, {3, 4}});
  CHECK(message([&] { row_of(f, dense_row{three}); }) == "min_max: expected a row of 2 columns, got 3");
}

TEST_CASE("min_max: the same bytes for any number of threads") {
  const table t = sample_table(3000, 7);
  const std::string one = saved(fitted_to_table(min_max{}, t, 1));
  CHECK(one == saved(fitted_to_table(min_max{}, t, 2)));
  CHECK(one == saved(fitted_to_table(min_max{}, t, 4)));
}

TEST_CASE("min_max is read back as it was written, and refuses damage") {
  const min_max spec{.low = -1, .clip = true};
  const auto f = fitted_to_table(spec, sample_table(50, 3));
  const std::string bytes = saved(f);
  const auto again = loaded<dense_row>(spec, bytes);
  CHECK(saved(again) == bytes);
  for (const auto& row : sample_table(20, 3)) CHECK(row_of(again, dense_row{row}) == row_of(f, dense_row{row}));
  CHECK_THAT(message([&] { loaded<dense_row>(min_max{}, bytes); }), contains("this chain has"));
  CHECK_THAT(message([&] { loaded<float>(spec, bytes); }), contains("\"dense rows\", this chain has \"numbers\""));
  const std::vector<float> asked{1, 2, 3};
  CHECK(refused_when_damaged<dense_row>(spec, bytes, dense_row{asked}) > bytes.size());
}

TEST_CASE("min_max is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<min_max, float>);
  STATIC_REQUIRE(stage_spec<min_max, std::optional<int>, float>);
  STATIC_REQUIRE(stage_spec<min_max, dense_row, std::string>);
  STATIC_REQUIRE_FALSE(stage_spec<min_max, sparse_row>);
  STATIC_REQUIRE_FALSE(stage_spec<min_max, std::string>);
}
