// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/features/impute.hpp>
#include <bespoke/features/interactions.hpp>
#include <bespoke/features/quantile_bins.hpp>
#include <bespoke/features/standardize.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::interactions;

TEST_CASE("interactions agrees with scikit-learn's PolynomialFeatures") {
  for (const auto& c : oracle("features/interactions")) {
    const table x = table_of(c["x"]);
    const auto f = fitted_to_table(interactions{.squares = c["squares"]}, x);
    CHECK(f.width() == c["out"][0].size());
    CHECK(largest_difference(f, x, c["out"]) <= 1e-7);
    for (std::size_t k = 0; k < f.width(); ++k) {
      const auto [a, b] = f.factors(k);
      CHECK(a == c["factors"][k][0].get<std::size_t>());
      CHECK(b == c["factors"][k][1].get<std::size_t>());
    }
  }
}

TEST_CASE("interactions: columns are named by their factors") {
  const auto f = fitted_to_table(interactions{.squares = true}, {{1, 2}});
  const auto before = [](std::size_t c) { return c == 0 ? std::string("age") : std::string("weight"); };
  std::vector<std::string> names;
  for (std::size_t c = 0; c < f.width(); ++c) names.push_back(f.column_name(c, before));
  CHECK(names == std::vector<std::string>{"age", "weight", "age²", "age × weight", "weight²"});
}

namespace {
struct person {
  float age{};
  std::optional<float> weight{};
};
}  // namespace

TEST_CASE("a chain names columns through the stages that change rows") {
  const std::vector<person> people{{1, 2.f}, {2, std::nullopt}, {3, 3.f}};
  const auto rows = fuse(field("age", &person::age) | features::impute{},
                         field("weight", &person::weight) | features::impute{.indicator = true});
  const auto products = fit(rows | features::standardize{} | interactions{}, people);
  CHECK(products.stage().column_name(1) == "weight");
  CHECK(products.stage().column_name(2) == "weight: missing");
  CHECK(products.stage().column_name(3) == "age × weight");
  const auto cut = fit(rows | features::quantile_bins{.bins = 2, .form = features::bin_form::one_hot}, people);
  CHECK(cut.stage().column_name(0) == "age below 2");
}

TEST_CASE("interactions of one column and of none") {
  CHECK(fitted_to_table(interactions{}, {{3}}).width() == 1);
  CHECK(row_of(fitted_to_table(interactions{.squares = true}, {{3}}), dense_row{std::vector<float>{3}}) ==
        std::vector<float>{3, 9});
  CHECK(fitted_to_table(interactions{}, {{}}).width() == 0);
}

TEST_CASE("interactions: bad input has its message, and a defined answer") {
  CHECK(message([] { fitted_to_table(interactions{}, {}); }) == "interactions: there are no records to learn from");
  CHECK_THAT(message([] { fitted_to_table(interactions{}, {{1}, {not_a_number}}); }),
             contains("interactions: record 1: expected a finite number, got a missing value; put impute before it"));
  CHECK_THAT(message([] { fitted_to_table(interactions{}, {std::vector<float>(1500)}); }),
             contains("interactions: expected at most 1000000 columns with all products, got rows of 1500 columns"));
  const auto f = fitted_to_table(interactions{}, {{1, 2}});
  const std::vector<float> missing{not_a_number, 2}, large{1e30f, 1e30f}, three{1, 2, 3};
  CHECK(std::isnan(row_of(f, dense_row{missing})[2]));
  CHECK(std::isinf(row_of(f, dense_row{large})[2]));
  CHECK(message([&] { row_of(f, dense_row{three}); }) == "interactions: expected a row of 2 columns, got 3");
  const std::vector<float> one{1};
  const auto ragged = own(std::vector<dense_row>{{one}, {three}});
  CHECK(message([&] { fitted_to(interactions{}, ragged); }) ==
        "interactions: record 1: expected a row of 1 columns, got 3");
}

TEST_CASE("interactions is read back as it was written, and refuses damage") {
  const interactions spec{.squares = true};
  const std::string bytes = saved(fitted_to_table(spec, sample_table(5000, 4), 4));
  CHECK(bytes == saved(fitted_to_table(spec, sample_table(5000, 4), 1)));
  CHECK(saved(loaded<dense_row>(spec, bytes)) == bytes);
  CHECK_THAT(message([&] { loaded<dense_row>(interactions{}, bytes); }), contains("the file has squares true"));
  const std::vector<float> asked{1, 2, 3, 4};
  CHECK(refused_when_damaged<dense_row>(spec, bytes, dense_row{asked}) > bytes.size());
}

TEST_CASE("interactions is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<interactions, dense_row, float>);
  STATIC_REQUIRE_FALSE(stage_spec<interactions, sparse_row>);
  STATIC_REQUIRE_FALSE(stage_spec<interactions, float>);
}
