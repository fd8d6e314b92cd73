// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/standardize.hpp>

#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::standardize;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

using table = std::vector<std::vector<float>>;

table table_of(const nlohmann::json& j) {
  table t;
  for (const auto& row : j) {
    t.emplace_back();
    for (const auto& v : row) t.back().push_back(v.is_null() ? not_a_number : v.get<float>());
  }
  return t;
}

template <class In, class X>
auto fit(const standardize& spec, const X& x, unsigned threads = 2) {
  return spec.fit(x, no_targets(x.size()), context({.threads = threads}));
}
template <class T>
auto fit_numbers(const standardize& spec, std::vector<T> values, unsigned threads = 2) {
  return fit<T>(spec, own(std::move(values)), threads);
}

template <class F, class Rows>
void agrees(const F& f, const Rows& rows, const nlohmann::json& c) {
  for (std::size_t i = 0; i < f.scale().size(); ++i)
    CHECK(f.scale()[i] == Approx(c["scale"][i].get<double>()).epsilon(1e-9));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto out = row_of(f, rows[i]);
    for (std::size_t k = 0; k < out.size(); ++k) {
      // A missing value stays missing there and becomes the mean here.
      const double expected = c["out"][i][k].is_null() ? 0.0 : c["out"][i][k].get<double>();
      REQUIRE(out[k] == Approx(expected).epsilon(1e-6).margin(1e-7));
    }
  }
}

std::vector<float> sample(std::size_t n) {
  std::mt19937 random(9);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(random() % 10000) / 7.0f + 1000.0f;
  return values;
}

}  // namespace

TEST_CASE("standardize agrees with scikit-learn") {
  for (const auto& c : oracle("features/standardize")) {
    INFO(c["name"].get<std::string>());
    const standardize spec{.with_mean = c["with_mean"], .with_std = c["with_std"]};
    const table x = table_of(c["x"]);
    if (c["sparse"]) agrees(fit<sparse_row>(spec, sparse_blocks(x)), sparse(x), c);
    else if (spec.with_std) agrees(fit<dense_row>(spec, dense_blocks(x)), dense(x), c);
    else CHECK(row_of(fit<dense_row>(spec, dense_blocks(x)), dense(x)[3])[0] == Approx(c["out"][3][0].get<double>()));
  }
}

TEST_CASE("standardize: numbers of every kind give a row of one column") {
  CHECK(row_of(fit_numbers<float>({}, {1, 3}), 3.f) == std::vector<float>{1});
  CHECK(row_of(fit_numbers<int>({}, {1, 3}), 5) == std::vector<float>{3});
  CHECK(row_of(fit_numbers<std::optional<double>>({}, {1., std::nullopt, 3.}), std::optional<double>(1.)) ==
        std::vector<float>{-1});
  CHECK(fit_numbers<std::int64_t>({}, {1, 3}).width() == 1);
  CHECK(fit_numbers<float>({}, {1, 3}).column_name(0).empty());
}

TEST_CASE("standardize: what is missing becomes the mean, or is an error") {
  const auto f = fit_numbers<std::optional<float>>({}, {1.f, std::nullopt, not_a_number, 3.f});
  for (const std::optional<float> x :
       {std::optional<float>(), std::optional<float>(not_a_number), std::optional<float>(infinity)})
    CHECK(row_of(f, x) == std::vector<float>{0});
  CHECK(row_of(fit_numbers<float>({.with_mean = false}, {1, not_a_number, 3}), not_a_number) == std::vector<float>{2});

  const standardize strict{.missing = features::missing::error};
  CHECK(message([&] { fit_numbers<float>(strict, {1, 2, not_a_number}); }) ==
        "standardize: record 2: expected a finite number, got a missing value; pass another .missing to learn from "
        "the others");
  CHECK(message([&] { row_of(fit_numbers<float>(strict, {1, 2}), not_a_number); }) ==
        "standardize: expected a finite number, got a missing value; pass another .missing, or put impute before it");
  CHECK(message([] { fit_numbers<float>({.missing = features::missing::median}, {1, 2}); }) ==
        "standardize: expected missing::mean or missing::error, got missing::median; put impute before it for another "
        "choice");
}

TEST_CASE("standardize: one value, no value, one column that is all missing") {
  CHECK(row_of(fit_numbers<float>({}, {5}), 7.f) == std::vector<float>{2});
  CHECK(row_of(fit_numbers<float>({}, {not_a_number, not_a_number}), 7.f) == std::vector<float>{7});
  CHECK(message([] { fit_numbers<float>({}, {}); }) == "standardize: there are no records to learn from");
}

TEST_CASE("standardize: bad input has its message") {
  CHECK(
      message([] { fit_numbers<float>({}, {1, -infinity}); }) ==
      "standardize: record 1: expected a finite number, got an infinity; replace or drop such records before the fit");
  CHECK(message([] { fit<sparse_row>({}, sparse_blocks({{1, 0}})); }) ==
        "standardize: subtracting the mean would make every zero of a sparse row a number; pass .with_mean = false");
  const auto f = fit<dense_row>({}, dense_blocks({{1, 2}, {3, 4}}));
  const std::vector<float> three{1, 2, 3};
  CHECK(message([&] { row_of(f, dense_row{three}); }) == "standardize: expected a row of 2 columns, got 3");
  const std::vector<float> two{1, 2};
  const auto ragged = own(std::vector<dense_row>{{two}, {three}});
  CHECK(message([&] { fit<dense_row>({}, ragged); }) == "standardize: record 1: expected a row of 2 columns, got 3");
}

TEST_CASE("standardize: the same bytes for any number of threads, from many blocks") {
  const auto values = sample(5000);
  const std::string one = saved(fit_numbers<float>({}, values, 1));
  CHECK(one == saved(fit_numbers<float>({}, values, 2)));
  CHECK(one == saved(fit_numbers<float>({}, values, 4)));
  table t;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) t.push_back({values[i], i % 3 == 0 ? 0.f : values[i + 1]});
  CHECK(saved(fit<dense_row>({}, dense_blocks(t), 1)) == saved(fit<dense_row>({}, dense_blocks(t), 4)));
  const standardize spread{.with_mean = false};
  const auto wide = fit<sparse_row>(spread, sparse_blocks(t), 4);
  CHECK(saved(fit<sparse_row>(spread, sparse_blocks(t), 1)) == saved(wide));
  const auto full = fit<dense_row>(spread, dense_blocks(t));
  for (std::size_t c = 0; c < 2; ++c) CHECK(wide.scale()[c] == Approx(full.scale()[c]).epsilon(1e-12));
}

TEST_CASE("standardize: a large mean costs no digits") {
  const auto f = fit_numbers<double>({}, {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  CHECK(f.scale()[0] == Approx(std::sqrt(22.5)).epsilon(1e-12));
}

TEST_CASE("standardize is read back as it was written") {
  const standardize spec{.with_std = false};
  const auto f = fit_numbers<float>(spec, sample(100));
  const std::string bytes = saved(f);
  const auto again = loaded<float>(spec, bytes);
  CHECK(saved(again) == bytes);
  for (const float x : sample(50)) CHECK(row_of(again, x) == row_of(f, x));
  CHECK_THAT(message([&] { loaded<float>(standardize{}, bytes); }),
             contains("the file has with_std false, this chain has true"));
  CHECK_THAT(message([&] { loaded<dense_row>(spec, bytes); }),
             contains("the file has input \"numbers\", this chain has \"dense rows\""));
}

TEST_CASE("standardize makes up records near what it saw") {
  const auto f = fit_numbers<std::uint8_t>({}, {0, 250, 255});
  for (std::uint64_t random : {0ull, ~0ull, 1ull << 63}) CHECK(std::fabs(row_of(f, f.golden(random))[0]) <= 2.1f);
  const auto g = fit_numbers<std::optional<float>>({}, {1.f, 2.f});
  CHECK(g.golden(12345).has_value());
}

TEST_CASE("standardize is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<standardize, float>);
  STATIC_REQUIRE(stage_spec<standardize, std::optional<int>>);
  STATIC_REQUIRE(stage_spec<standardize, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<standardize, sparse_row>);
  STATIC_REQUIRE_FALSE(stage_spec<standardize, std::string>);
}
