// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/quantile_bins.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::bin_form;
using features::quantile_bins;

TEST_CASE("quantile_bins agrees with scikit-learn") {
  for (const auto& c : oracle("features/quantile_bins")) {
    const table x = table_of(c["x"]), asked = table_of(c["asked"]);
    quantile_bins spec{.bins = c["bins"]};
    const auto f = fitted_to_table(spec, x);
    for (std::size_t k = 0; k < x[0].size(); ++k) {
      const auto expected = c["edges"][k].get<std::vector<double>>();
      REQUIRE(f.edges(k).size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(std::fabs(f.edges(k)[i] - expected[i]) <= 1e-12 * std::fabs(expected[i]));
    }
    CHECK(largest_difference(f, asked, c["ordinal"]) == 0);
    spec.form = bin_form::one_hot;
    CHECK(largest_difference(fitted_to_table(spec, x), asked, c["one_hot"]) == 0);
  }
}

TEST_CASE("quantile_bins of numbers: edges belong to the upper bin, beyond the range are the outer bins") {
  const auto f = fitted_to_values<int>(quantile_bins{.bins = 4}, {0, 1, 2, 3, 4});
  const std::vector<std::pair<int, float>> expected{{-9, 0}, {0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 3}, {99, 3}};
  for (const auto& [x, bin] : expected) CHECK(row_of(f, x) == std::vector<float>{bin});
  CHECK(f.column_name(0).empty());
  const auto g = fitted_to_values<int>(quantile_bins{.bins = 4, .form = bin_form::one_hot}, {0, 1, 2, 3, 4});
  CHECK(row_of(g, 2) == std::vector<float>{0, 0, 1, 0});
  CHECK(g.column_name(0) == "below 1");
  CHECK(g.column_name(1) == "1 to 2");
  CHECK(g.column_name(3) == "3 and more");
}

TEST_CASE("quantile_bins: columns of a row know where they come from") {
  const quantile_bins spec{.bins = 2, .form = bin_form::one_hot};
  const auto f = fitted_to_table(spec, {{7, 0}, {7, 1}, {7, 2}});
  CHECK(f.width() == 3);
  CHECK(f.bins(0) == 1);
  CHECK(f.origin(0) == 0);
  CHECK(f.origin(2) == 1);
  const auto before = [](std::size_t c) { return "c" + std::to_string(c); };
  CHECK(f.column_name(0, before) == "c0 all");
  CHECK(f.column_name(2, before) == "c1 1 and more");
}

TEST_CASE("quantile_bins: what is missing is in the bin of the median, or is an error") {
  const auto f = fitted_to_values<std::optional<int>>(quantile_bins{.bins = 4}, {0, 1, std::nullopt, 2, 3, 4});
  CHECK(row_of(f, std::optional<int>()) == std::vector<float>{2});
  const quantile_bins strict{.missing = features::missing::error};
  CHECK_THAT(message([&] { fitted_to_values<float>(strict, {1, not_a_number}); }),
             contains("quantile_bins: record 1: expected a finite number, got a missing value"));
  CHECK_THAT(message([&] { row_of(fitted_to_values<float>(strict, {1, 2}), infinity); }), contains("got an infinity"));
}

TEST_CASE("quantile_bins: constants, columns without a value, one record") {
  CHECK(row_of(fitted_to_values<float>(quantile_bins{}, {5}), 8.f) == std::vector<float>{0});
  CHECK(row_of(fitted_to_values<float>(quantile_bins{}, {not_a_number}), 8.f) == std::vector<float>{0});
  CHECK(row_of(fitted_to_values<float>(quantile_bins{.form = bin_form::one_hot}, {5, 5}), 8.f) ==
        std::vector<float>{1});
}

TEST_CASE("quantile_bins: bad input has its message") {
  CHECK(message([] { fitted_to_values<float>(quantile_bins{}, {}); }) ==
        "quantile_bins: there are no records to learn from");
  CHECK(message([] { fitted_to_values<float>(quantile_bins{.bins = 1}, {1}); }) ==
        "quantile_bins: expected bins from 2 to 65536, got 1");
  CHECK_THAT(message([] { fitted_to_values<float>(quantile_bins{}, {1, infinity}); }), contains("got an infinity"));
}

TEST_CASE("quantile_bins: the same bytes for any number of threads") {
  const table t = sample_table(3000, 7);
  const std::string one = saved(fitted_to_table(quantile_bins{}, t, 1));
  CHECK(one == saved(fitted_to_table(quantile_bins{}, t, 2)));
  CHECK(one == saved(fitted_to_table(quantile_bins{}, t, 4)));
}

TEST_CASE("quantile_bins is read back as it was written, and refuses damage") {
  const quantile_bins spec{.bins = 3, .form = bin_form::one_hot};
  const auto f = fitted_to_table(spec, sample_table(40, 2));
  const std::string bytes = saved(f);
  const auto again = loaded<dense_row>(spec, bytes);
  CHECK(saved(again) == bytes);
  for (const auto& row : sample_table(20, 2)) CHECK(row_of(again, dense_row{row}) == row_of(f, dense_row{row}));
  CHECK_THAT(message([&] { loaded<dense_row>(quantile_bins{.bins = 3}, bytes); }),
             contains("the file has form \"one_hot\""));
  const std::vector<float> asked{1, 2};
  CHECK(refused_when_damaged<dense_row>(spec, bytes, dense_row{asked}) > bytes.size());
}

TEST_CASE("quantile_bins is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<quantile_bins, std::optional<double>>);
  STATIC_REQUIRE(stage_spec<quantile_bins, dense_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<quantile_bins, std::string>);
}
