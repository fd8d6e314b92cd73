// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/features/target_encode.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::target_encode;

namespace {

using strings = std::vector<std::string>;

template <class In, class Y>
auto fit_to(const target_encode& spec, std::vector<In> x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(own(std::move(x)), own(std::move(y)), context({.threads = threads}));
}

template <class T>
std::vector<weighted<T>> with_weights(const std::vector<T>& targets, const std::vector<float>& weights) {
  std::vector<weighted<T>> all;
  for (std::size_t i = 0; i < targets.size(); ++i) all.push_back({targets[i], weights[i]});
  return all;
}

template <class F>
double worst(const F& f, const nlohmann::json& c) {
  double largest = 0;
  for (std::size_t i = 0; i < c["asked"].size(); ++i) {
    const auto out = row_of(f, c["asked"][i].get<std::string>());
    REQUIRE(out.size() == c["out"][i].size());
    for (std::size_t k = 0; k < out.size(); ++k)
      largest = std::max(largest, std::fabs(out[k] - c["out"][i][k].get<double>()));
  }
  return largest;
}

template <class T>
void agrees(const nlohmann::json& cases) {
  for (const auto& c : cases) {
    target_encode spec;
    if (!c["smoothing"].is_null()) spec.smoothing = c["smoothing"].get<double>();
    const auto x = c["categories"].get<strings>();
    const auto y = c["targets"].get<std::vector<T>>();
    if (c["weights"].is_null()) CHECK(worst(fit_to(spec, x, y), c) <= 1e-6);
    else CHECK(worst(fit_to(spec, x, with_weights(y, c["weights"].get<std::vector<float>>())), c) <= 1e-6);
  }
}

/// Categories and targets that belong together.
struct sales {
  strings shops;
  std::vector<float> amounts;
  explicit sales(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      shops.push_back("shop " + std::to_string(i * i % 37));
      amounts.push_back(static_cast<float>(i * i % 37) + static_cast<float>(i * 7 % 11));
    }
  }
};

template <class Out>
std::vector<std::vector<float>> rows_of_all(const Out& rows) {
  std::vector<std::vector<float>> all;
  scratch s;
  for (std::size_t b = 0; b < rows.count(); ++b)
    rows.visit(b, s, [&](const block<dense_row>& some) {
      for (const dense_row& r : some) all.push_back(numbers(r));
    });
  return all;
}

struct sale {
  std::string shop{};
  std::string outcome{};
};

}  // namespace

TEST_CASE("target_encode agrees with the formula") {
  const auto o = oracle("features/target_encode");
  agrees<double>(o["numbers"]);
  agrees<std::string>(o["two"]);
  agrees<std::string>(o["three"]);
}

TEST_CASE("target_encode: training rows are learned without their own fold") {
  const sales all(300);
  const target_encode spec{.folds = 4};
  const context ctx({.threads = 2, .seed = 9});
  const auto both = spec.fit_rows(own(all.shops), own(all.amounts), ctx);
  const auto rows = rows_of_all(both.output);
  REQUIRE(rows.size() == 300);
  for (const auto& fold : random_folds(300, 4, 9)) {
    strings shops;
    std::vector<float> amounts;
    for (std::size_t i = 0; i < 300; ++i)
      if (!std::binary_search(fold.begin(), fold.end(), i))
        shops.push_back(all.shops[i]), amounts.push_back(all.amounts[i]);
    const auto others = fit_to(spec, shops, amounts);
    for (const std::size_t i : fold) REQUIRE(rows[i] == row_of(others, all.shops[i]));
  }
  CHECK(saved(both.fitted) == saved(fit_to(spec, all.shops, all.amounts)));
}

TEST_CASE("target_encode: a category of random targets says nothing in its training rows") {
  // Each record its own category: in fold, the encoding would be the target itself.
  strings ids;
  std::vector<float> targets;
  for (std::size_t i = 0; i < 200; ++i) ids.push_back(std::to_string(i)), targets.push_back(static_cast<float>(i % 2));
  const target_encode spec{.smoothing = 0};
  const auto both = spec.fit_rows(own(ids), own(targets), context({.threads = 2}));
  for (const auto& row : rows_of_all(both.output)) CHECK(row[0] == Approx(0.5).margin(0.1));
  CHECK(row_of(both.fitted, ids[3]) == std::vector<float>{1});
}

TEST_CASE("target_encode: integers are labels, or numbers") {
  const std::vector<int> x{1, 1, 2, 2}, y{0, 10, 20, 20};
  const auto labels = fit_to(target_encode{.smoothing = 0}, x, y);
  CHECK(labels.width() == 3);
  CHECK(labels.column_name(1) == "10");
  CHECK(row_of(labels, 1) == std::vector<float>{0.5f, 0.5f, 0});
  const auto means = fit_to(target_encode{.smoothing = 0, .numbers = true}, x, y);
  CHECK(row_of(means, 1) == std::vector<float>{5});
  CHECK(row_of(means, 3) == std::vector<float>{12.5f});
  CHECK(means.column_name(0).empty());
}

TEST_CASE("target_encode: an absent value is a category, or never seen") {
  using maybe = std::optional<int>;
  const std::vector<float> y{1, 2, 6};
  const auto f = fit_to(target_encode{.smoothing = 0}, std::vector<maybe>{1, 1, std::nullopt}, y);
  CHECK(row_of(f, maybe()) == std::vector<float>{6});
  const auto g = fit_to(target_encode{.smoothing = 0}, std::vector<maybe>{1, 1, 1}, y);
  CHECK(row_of(g, maybe()) == std::vector<float>{3});
  CHECK(row_of(g, maybe(7)) == std::vector<float>{3});
}

TEST_CASE("target_encode: constant targets, one record, a category of weight 0") {
  CHECK(row_of(fit_to(target_encode{}, strings{"a", "b"}, std::vector<float>{4, 4}), std::string("a")) ==
        std::vector<float>{4});
  const auto one = target_encode{}.fit_rows(own(strings{"a"}), own(std::vector<float>{4}), context{});
  CHECK(rows_of_all(one.output) == std::vector<std::vector<float>>{{4}});
  const auto f = fit_to(target_encode{}, strings{"a", "b", "b"}, with_weights<float>({9, 1, 3}, {0, 1, 1}));
  CHECK(row_of(f, std::string("a")) == std::vector<float>{2});
}

TEST_CASE("target_encode: bad input has its message") {
  const strings x{"a", "b"};
  const std::vector<float> y{1, 2};
  CHECK(message([] { fit_to(target_encode{}, strings{}, std::vector<float>{}); }) ==
        "target_encode: there are no records to learn from");
  CHECK(message([&] { fit_to(target_encode{.smoothing = -1}, x, y); }) ==
        "target_encode: expected smoothing of 0 or more, got -1");
  CHECK(message([&] { fit_to(target_encode{.folds = 1}, x, y); }) ==
        "target_encode: expected folds from 2 to 1000, got 1");
  CHECK(message([&] { fit_to(target_encode{}, x, strings{"yes", "yes"}); }) ==
        "target_encode: expected two or more labels, got one");
  CHECK(message([&] { fit_to(target_encode{}, x, std::vector<float>{1}); }) ==
        "target_encode: expected a target for each of 2 records, got 1 targets");
  CHECK_FALSE(message([&] { fit_to(target_encode{}, x, std::vector<float>{1, not_a_number}); }).empty());
  CHECK_FALSE(message([&] { fit_to(target_encode{}, x, with_weights<float>({1, 2}, {1, -1})); }).empty());
}

TEST_CASE("target_encode: the same bytes for any number of threads") {
  const sales all(5000);
  const std::string one = saved(fit_to(target_encode{}, all.shops, all.amounts, 1));
  CHECK(one == saved(fit_to(target_encode{}, all.shops, all.amounts, 4)));
  const auto rows = [&](unsigned threads) {
    return rows_of_all(
        target_encode{}.fit_rows(own(all.shops), own(all.amounts), context({.threads = threads})).output);
  };
  const auto once = rows(1);
  CHECK(once == rows(2));
  CHECK(once == rows(4));
}

TEST_CASE("target_encode is read back as it was written, and refuses damage") {
  const target_encode spec{.smoothing = 2};
  const strings x{"a", "b", "c", "a"}, y{"low", "high", "mid", "low"};
  const auto f = fit_to(spec, x, y);
  const std::string bytes = saved(f);
  const auto again = loaded<std::string, std::string>(spec, bytes);
  CHECK(saved(again) == bytes);
  for (const char* asked : {"a", "b", "z"}) CHECK(row_of(again, std::string(asked)) == row_of(f, std::string(asked)));
  CHECK(again.column_name(0) == "high");
  CHECK_THAT(message([&] { (loaded<std::string, std::string>(target_encode{}, bytes)); }),
             contains("the file has smoothing 2"));
  CHECK((refused_when_damaged<std::string, std::string>(spec, bytes, "b")) > bytes.size());
}

TEST_CASE("target_encode stands in a branch of fuse") {
  const std::vector<sale> sales{{"a", "yes"}, {"a", "yes"}, {"b", "no"}, {"b", "yes"}};
  const auto f = fit(fuse(field("shop", &sale::shop) | target_encode{}), sales, &sale::outcome);
  CHECK(f.stage().width() == 1);
  CHECK(f.stage().column_name(0) == "shop");
  CHECK(row_of(f, sales[0])[0] > row_of(f, sales[2])[0]);
  STATIC_REQUIRE(stage_spec<target_encode, std::string, float>);
  STATIC_REQUIRE(stage_spec<target_encode, std::optional<int>, weighted<std::string>>);
  STATIC_REQUIRE_FALSE(stage_spec<target_encode, strings, float>);
}
