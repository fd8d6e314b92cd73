// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/probabilities.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace bespoke;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("expit and softplus are right at both ends") {
  CHECK(expit(0) == 0.5);
  CHECK(expit(2) == Approx(0.8807970779778823).epsilon(1e-15));
  CHECK(expit(-700) == Approx(std::exp(-700.0)));
  CHECK(expit(-infinity) == 0);
  CHECK(expit(infinity) == 1);
  CHECK(std::isnan(expit(std::nan(""))));
  CHECK(softplus(0) == Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(softplus(1000) == 1000);
  CHECK(softplus(-700) == Approx(std::exp(-700.0)));
  CHECK(std::isnan(softplus(std::nan(""))));
}

TEST_CASE("softmax sums to 1 for scores of any size") {
  for (const double shift : {0.0, 1000.0, -1000.0}) {
    std::vector<double> s{shift + 1, shift, shift + 2};
    CHECK(softmax(s) == Approx(shift + std::log(std::exp(1.0) + 1 + std::exp(2.0))));
    CHECK(s[0] + s[1] + s[2] == Approx(1).epsilon(1e-15));
    CHECK(s[2] / s[1] == Approx(std::exp(2.0)).epsilon(1e-12));
  }
  std::vector<double> two{0.5, -0.5};
  softmax(two);
  CHECK(two[0] == Approx(expit(1.0)).epsilon(1e-15));
  CHECK(softmax({}) == 0);
}

TEST_CASE("softmax of what is not finite") {
  std::vector<double> out{-infinity, 1.0}, nan{1.0, std::nan("")}, none{-infinity, -infinity};
  softmax(out);
  CHECK(out == std::vector<double>{0, 1});
  softmax(nan);
  CHECK((std::isnan(nan[0]) && std::isnan(nan[1])));
  softmax(none);
  CHECK((std::isnan(none[0]) && std::isnan(none[1])));
}
