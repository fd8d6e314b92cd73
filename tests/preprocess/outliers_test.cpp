// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/ingest/memory.hpp>
#include <bespoke/preprocess/filter.hpp>
#include <bespoke/preprocess/outliers.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using preprocess::outlier_rule;
using preprocess::outliers;

namespace {

struct order {
  float amount{};
  std::optional<int> items{};
};

std::vector<order> orders() {
  std::vector<order> all;
  for (int i = 0; i < 50; ++i) all.push_back({static_cast<float>(10 + i % 5), i % 7});
  all[20].amount = 900;
  all[30].items.reset();
  return all;
}

template <class F, class In>
double score_of(const F& f, const In& x) {
  scratch s;
  return f.score(x, s);
}
template <class F, class In>
bool is_outlier(const F& f, const In& x) {
  scratch s;
  return f(x, s);
}

}  // namespace

TEST_CASE("outliers agrees with numpy") {
  const auto o = oracle("preprocess/outliers");
  const table x = table_of(o["x"]);
  for (const auto& [rule, name, limit] :
       {std::tuple(outlier_rule::z_score, "z_score", 3.0), std::tuple(outlier_rule::iqr, "iqr", 1.5)}) {
    const auto f = fitted_to_table(outliers{.rule = rule}, x);
    std::size_t found = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = o[name][i].get<double>();
      CHECK(std::fabs(score_of(f, dense_row{x[i]}) - expected) <= 1e-12 * std::max(1.0, expected));
      CHECK(is_outlier(f, dense_row{x[i]}) == (expected > limit));
      found += is_outlier(f, dense_row{x[i]}) ? 1 : 0;
    }
    CHECK(found > 0);
  }
}

TEST_CASE("outliers drops records from a flow") {
  const auto all = orders();
  const auto odd = fit(field("amount", &order::amount) | outliers{}, all);
  auto clean = ingest::memory(all) | preprocess::filter([odd](const order& o) { return !odd(o); });
  std::vector<order> some, kept;
  while (clean.next(some)) kept.insert(kept.end(), some.begin(), some.end());
  CHECK(kept.size() == 49);
  for (const order& o : kept) CHECK(o.amount < 20);
}

TEST_CASE("outliers: what is missing is none, an infinity is one") {
  const auto f = fitted_to_values<std::optional<float>>(outliers{}, {1.f, std::nullopt, not_a_number, infinity, 3.f});
  CHECK_FALSE(is_outlier(f, std::optional<float>()));
  CHECK_FALSE(is_outlier(f, std::optional<float>(not_a_number)));
  CHECK(is_outlier(f, std::optional<float>(-infinity)));
  CHECK(score_of(f, std::optional<float>(5.f)) == 3);
}

TEST_CASE("outliers: constants, columns without a value, one record") {
  for (const auto rule : {outlier_rule::z_score, outlier_rule::iqr}) {
    const auto same = fitted_to_values<float>(outliers{.rule = rule}, {7, 7, 7});
    CHECK_FALSE(is_outlier(same, 7.f));
    CHECK(is_outlier(same, 7.1f));
    CHECK_FALSE(is_outlier(fitted_to_values<float>(outliers{.rule = rule}, {7}), 7.f));
    const auto nothing = fitted_to_values<float>(outliers{.rule = rule}, {not_a_number});
    CHECK_FALSE(is_outlier(nothing, 1e30f));
    CHECK(is_outlier(nothing, infinity));
  }
}

TEST_CASE("outliers: numbers that hardly fit a double") {
  const std::vector<double> huge{-1.7e308, 1.7e308, 1.6e308, -1.6e308};
  for (const auto rule : {outlier_rule::z_score, outlier_rule::iqr}) {
    const outliers spec{.rule = rule};
    const auto f = fitted_to_values(spec, huge);
    CHECK_FALSE(is_outlier(f, 0.0));
    CHECK(saved(loaded<double>(spec, saved(f))) == saved(f));
  }
}

TEST_CASE("outliers: bad input has its message") {
  CHECK(message([] { fitted_to_values<float>(outliers{}, {}); }) == "outliers: there are no records to learn from");
  CHECK(message([] { fitted_to_values<float>(outliers{.limit = -2}, {1}); }) ==
        "outliers: expected a limit of 0 or more, got -2");
  const std::vector<float> one{1};
  CHECK(message([&] { is_outlier(fitted_to_table(outliers{}, {{1, 2}}), dense_row{one}); }) ==
        "outliers: expected a row of 2 columns, got 1");
}

TEST_CASE("outliers: the same bytes for any number of threads") {
  const table t = sample_table(3000, 5);
  for (const auto rule : {outlier_rule::z_score, outlier_rule::iqr}) {
    const std::string one = saved(fitted_to_table(outliers{.rule = rule}, t, 1));
    CHECK(one == saved(fitted_to_table(outliers{.rule = rule}, t, 2)));
    CHECK(one == saved(fitted_to_table(outliers{.rule = rule}, t, 4)));
  }
}

TEST_CASE("outliers is read back as it was written, and refuses damage") {
  const outliers spec{.rule = outlier_rule::iqr, .limit = 2};
  const auto f = fitted_to_values<double>(spec, {1, 2, 3, 4, 50});
  const std::string bytes = saved(f);
  const auto again = loaded<double>(spec, bytes);
  CHECK(saved(again) == bytes);
  for (const double x : {-10., 0., 3., 8.1, 50.}) CHECK(is_outlier(again, x) == is_outlier(f, x));
  CHECK_THAT(message([&] { loaded<double>(outliers{}, bytes); }), contains("the file has rule \"iqr\""));
  CHECK(refused_when_damaged<double>(spec, bytes, 3.0) > bytes.size());
  const auto empty = fitted_to_values<double>(spec, {static_cast<double>(not_a_number)});
  CHECK(saved(loaded<double>(spec, saved(empty))) == saved(empty));
}

TEST_CASE("outliers is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<outliers, std::optional<int>>);
  STATIC_REQUIRE(stage_spec<outliers, dense_row>);
  STATIC_REQUIRE_FALSE(stage_spec<outliers, std::string>);
}
