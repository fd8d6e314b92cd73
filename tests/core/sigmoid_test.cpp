// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/sigmoid.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using bespoke_test::contains;
using bespoke_test::message;

namespace {

using scores = std::vector<double>;
using flags = std::vector<std::uint8_t>;
using shares = std::vector<float>;

}  // namespace

TEST_CASE("fit_sigmoid agrees with scikit-learn's sigmoid calibration") {
  for (const auto& c : bespoke_test::oracle("core/sigmoid")) {
    INFO(c["name"].get<std::string>());
    const auto x = c["scores"].get<scores>();
    const auto s = fit_sigmoid(x, c["targets"].get<flags>(), c["weights"].get<shares>());
    const sigmoid theirs{c["a"], c["b"]};
    CHECK(s.a == Approx(theirs.a).epsilon(1e-4).margin(1e-4));
    CHECK(s.b == Approx(theirs.b).epsilon(1e-4).margin(1e-4));
    for (const double score : x) CHECK(s(score) == Approx(theirs(score)).margin(1e-5));
  }
}

TEST_CASE("a sigmoid gives a probability for every finite score") {
  const sigmoid s{-1, 0};
  CHECK(s(0) == 0.5);
  CHECK(s(1000) == 1);
  CHECK(s(-1e300) == 0);
  CHECK(s(2) + s(-2) == Approx(1).margin(1e-15));
  CHECK(std::isnan(s(std::nan(""))));
}

TEST_CASE("fit_sigmoid follows a change of unit") {
  const scores x{-2, -1, -0.5, 0.25, 0.5, 3}, far{-2e9, -1e9, -0.5e9, 0.25e9, 0.5e9, 3e9};
  const flags y{0, 0, 1, 0, 1, 1};
  const sigmoid a = fit_sigmoid(x, y), b = fit_sigmoid(far, y);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(a(x[i]) == Approx(b(far[i])).margin(1e-9));
}

TEST_CASE("fit_sigmoid: a weight of two is the record twice, of none no record") {
  const sigmoid weighted = fit_sigmoid(scores{-1, 0.5, 2, 9}, flags{0, 1, 1, 0}, shares{2, 1, 1, 0});
  const sigmoid repeated = fit_sigmoid(scores{-1, -1, 0.5, 2}, flags{0, 0, 1, 1});
  CHECK(weighted.a == Approx(repeated.a).epsilon(1e-6));
  CHECK(weighted.b == Approx(repeated.b).epsilon(1e-6).margin(1e-9));
}

TEST_CASE("fit_sigmoid: one kind of outcome, and scores that are all equal, have an answer") {
  for (const std::uint8_t only : {0, 1}) {
    const sigmoid s = fit_sigmoid(scores{1, 2, 3}, flags(3, only));
    for (const double x : {1.0, 2.0, 3.0}) CHECK(s(x) == Approx(only == 1 ? 0.8 : 0.2).margin(1e-6));
  }
  const sigmoid same = fit_sigmoid(scores(4, 0.1), flags{0, 1, 1, 1});
  CHECK(same.a == 0);
  CHECK(same(0.1) == Approx((3 * 0.8 + 1.0 / 3) / 4).margin(1e-9));
}

TEST_CASE("fit_sigmoid: bad input has its message") {
  CHECK(message([] { fit_sigmoid({}, {}); }) == "fit_sigmoid: there are no scores");
  CHECK(message([] { fit_sigmoid(scores{1, 2}, flags{1}); }) ==
        "fit_sigmoid: expected a target and a weight for each of 2 scores, got 1 targets and 0 weights");
  CHECK(message([] { fit_sigmoid(scores{1, std::numeric_limits<double>::infinity()}, flags{1, 0}); }) ==
        "fit_sigmoid: record 1: expected a finite score, got inf");
  CHECK(message([] { fit_sigmoid(scores{1, 2}, flags{1, 2}); }) ==
        "fit_sigmoid: record 1: expected a target of 0 or 1, got 2");
  CHECK_THAT(message([] { fit_sigmoid(scores{1, 2}, flags{1, 0}, shares{1, -1}); }), contains("a weight of 0 or more"));
  CHECK_THAT(message([] { fit_sigmoid(scores{1, 2}, flags{1, 0}, shares{0, 0}); }),
             contains("no record has a weight above 0"));
}
