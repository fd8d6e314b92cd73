// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/isotonic.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("fit_isotonic agrees with scikit-learn's IsotonicRegression") {
  double largest = 0;
  for (const auto& c : oracle("core/isotonic")) {
    INFO(c["name"].get<std::string>());
    const std::vector<double> x = c["x"], y = c["y"], at = c["at"], value = c["value"], asked = c["asked"];
    const std::vector<float> weights = c["weights"];
    const isotonic f = fit_isotonic(x, y, weights);
    CHECK(f.at == at);
    REQUIRE(f.value.size() == value.size());
    for (std::size_t i = 0; i < value.size(); ++i) largest = std::max(largest, std::abs(f.value[i] - value[i]));
    for (std::size_t i = 0; i < asked.size(); ++i)
      largest = std::max(largest, std::abs(f(asked[i]) - c["answered"][i].get<double>()));
  }
  CHECK(largest <= 1e-12);
}

TEST_CASE("an isotonic function is level outside its points and straight between them") {
  const isotonic f{{1, 3}, {0.25, 0.75}};
  CHECK(f(-infinity) == 0.25);
  CHECK(f(1) == 0.25);
  CHECK(f(2) == 0.5);
  CHECK(f(3) == 0.75);
  CHECK(f(infinity) == 0.75);
  CHECK(std::isnan(f(std::nan(""))));
}

TEST_CASE("fit_isotonic: bad input has its message") {
  const std::vector<double> two{1, 2}, none{};
  const auto with = [&](const std::vector<double>& x, const std::vector<double>& y, const std::vector<float>& w) {
    return message([&] { (void)fit_isotonic(x, y, w); });
  };
  CHECK(with(none, none, {}) == "isotonic: there are no records to learn from");
  CHECK(with(two, none, {}) ==
        "isotonic: expected a value and a weight for each of 2 records, got 0 values and 0 weights");
  CHECK(with(two, two, {1}) ==
        "isotonic: expected a value and a weight for each of 2 records, got 2 values and 1 weights");
  CHECK(with({1, infinity}, two, {}) == "isotonic: record 1: expected finite numbers, got 2 at inf");
  CHECK(with(two, {std::nan(""), 1}, {}) == "isotonic: record 0: expected finite numbers, got nan at 1");
  CHECK_THAT(with(two, two, {1, -1}), contains("weight"));
  CHECK_THAT(with(two, two, {0, 0}), contains("weight"));
}
