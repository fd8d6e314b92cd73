// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/impute.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::impute;
using features::replacement;

namespace {

replacement named(const std::string& name) {
  return name == "mean"            ? replacement::mean
         : name == "median"        ? replacement::median
         : name == "most_frequent" ? replacement::most_frequent
                                   : replacement::constant;
}

const std::vector<std::optional<int>> some{3, std::nullopt, 1, 3, 1, 10};

}  // namespace

TEST_CASE("impute agrees with scikit-learn") {
  for (const auto& c : oracle("features/impute")) {
    const impute spec{.with = named(c["with"]), .constant = c["constant"], .indicator = c["indicator"]};
    const table x = table_of(c["x"]);
    CHECK(largest_difference(fitted_to_table(spec, x), x, c["out"]) <= 1e-7);
  }
}

TEST_CASE("impute: a number of every kind gives a row, and its indicator") {
  const auto filled = [](const impute& spec, std::optional<int> x) { return row_of(fitted_to_values(spec, some), x); };
  CHECK(filled({}, std::nullopt) == std::vector<float>{3.6f});
  CHECK(filled({.with = replacement::median}, std::nullopt) == std::vector<float>{3});
  CHECK(filled({.with = replacement::most_frequent}, std::nullopt) == std::vector<float>{1});
  CHECK(filled({.with = replacement::constant, .constant = -1}, std::nullopt) == std::vector<float>{-1});
  CHECK(filled({.indicator = true}, std::nullopt) == std::vector<float>{3.6f, 1});
  CHECK(filled({.indicator = true}, 5) == std::vector<float>{5, 0});
  CHECK(row_of(fitted_to_values<float>(impute{}, {1, 2}), infinity) == std::vector<float>{1.5f});
  const auto f = fitted_to_values(impute{.indicator = true}, some);
  CHECK(f.column_name(0).empty());
  CHECK(f.column_name(1) == "missing");
  CHECK(fitted_to_values<float>(impute{.indicator = true}, {1, 2}).width() == 1);
}

TEST_CASE("impute: indicators know their columns") {
  const auto f = fitted_to_table(impute{.indicator = true}, {{1, not_a_number}, {2, 5}});
  CHECK(f.width() == 3);
  CHECK(f.origin(2) == 1);
  const auto before = [](std::size_t c) { return c == 0 ? std::string("age") : std::string("amount"); };
  CHECK(f.column_name(1, before) == "amount");
  CHECK(f.column_name(2, before) == "amount missing");
}

TEST_CASE("impute: a column without any value gives 0, or is an error") {
  const table t{{1, not_a_number}, {2, not_a_number}};
  for (const auto with : {replacement::mean, replacement::median, replacement::most_frequent})
    CHECK(row_of(fitted_to_table(impute{.with = with}, t), dense_row{t[0]}) == std::vector<float>{1, 0});
  CHECK(message([&] { fitted_to_table(impute{.no_values = features::no_values::error}, t); }) ==
        "impute: column 1 has no value at all; leave it out, or pass .no_values = no_values::zero");
}

TEST_CASE("impute: bad input has its message") {
  CHECK(message([] { fitted_to_values<float>(impute{}, {}); }) == "impute: there are no records to learn from");
  CHECK_THAT(message([] { fitted_to_values<float>(impute{}, {1, infinity}); }),
             contains("impute: record 1: expected a finite number, got an infinity"));
  CHECK(message([] { fitted_to_values<float>(impute{.constant = infinity}, {1}); }) ==
        "impute: expected a finite constant, got inf");
  const std::vector<float> one{1};
  const auto f = fitted_to_table(impute{}, {{1, 2}});
  CHECK(message([&] { row_of(f, dense_row{one}); }) == "impute: expected a row of 2 columns, got 1");
}

TEST_CASE("impute: the same bytes for any number of threads") {
  table t = sample_table(3000, 6);
  for (std::size_t i = 0; i < t.size(); i += 3) t[i][i % 6] = not_a_number;
  const impute spec{.with = replacement::median, .indicator = true};
  const std::string one = saved(fitted_to_table(spec, t, 1));
  CHECK(one == saved(fitted_to_table(spec, t, 2)));
  CHECK(one == saved(fitted_to_table(spec, t, 4)));
}

TEST_CASE("impute is read back as it was written, and refuses damage") {
  const impute spec{.indicator = true};
  const auto f = fitted_to_values(spec, some);
  const std::string bytes = saved(f);
  const auto again = loaded<std::optional<int>>(spec, bytes);
  CHECK(saved(again) == bytes);
  CHECK(row_of(again, std::optional<int>()) == row_of(f, std::optional<int>()));
  CHECK(f.golden(99).has_value());
  CHECK_THAT(message([&] { loaded<std::optional<int>>(impute{}, bytes); }), contains("the file has indicator true"));
  CHECK(refused_when_damaged<std::optional<int>>(spec, bytes, 4) > bytes.size());
}

TEST_CASE("impute is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<impute, std::optional<float>>);
  STATIC_REQUIRE(stage_spec<impute, dense_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<impute, std::string>);
}
