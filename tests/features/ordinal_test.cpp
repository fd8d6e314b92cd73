// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/ordinal.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::ordinal;

namespace {

enum class size : std::uint8_t { large = 9, small = 2, medium = 5 };
using strings = std::vector<std::string>;

template <class F, class Asked>
std::vector<float> all_of(const F& f, const Asked& asked) {
  std::vector<float> out;
  for (const auto& x : asked) out.push_back(row_of(f, x)[0]);
  return out;
}

strings many(std::size_t n) {
  strings values;
  for (std::size_t i = 0; i < n; ++i) values.push_back("user " + std::to_string(i * i % 1009));
  return values;
}

}  // namespace

TEST_CASE("ordinal agrees with scikit-learn") {
  const auto o = oracle("features/ordinal");
  for (const auto& c : o["texts"]) {
    const ordinal spec{.order = c["order"].get<strings>()};
    const auto f = fitted_to_values(spec, c["column"].get<strings>());
    CHECK(all_of(f, c["asked"].get<strings>()) == c["out"].get<std::vector<float>>());
  }
  const auto& c = o["numbers"];
  const auto f = fitted_to_values(ordinal{}, c["column"].get<std::vector<int>>());
  CHECK(all_of(f, c["asked"].get<std::vector<int>>()) == c["out"].get<std::vector<float>>());
}

TEST_CASE("ordinal takes text, numbers, bools, enums and optionals") {
  CHECK(row_of(fitted_to_values<std::string_view>(ordinal{}, {"b", "a"}), std::string_view("b")) ==
        std::vector<float>{1});
  CHECK(row_of(fitted_to_values(ordinal{}, std::vector<size>{size::large, size::small}), size::large) ==
        std::vector<float>{1});
  const auto by_size = fitted_to_values(ordinal{.order = {"2", "5", "9"}}, std::vector<size>{size::large});
  CHECK(all_of(by_size, std::vector<size>{size::small, size::medium, size::large}) == std::vector<float>{0, 1, 2});
  const auto maybe = fitted_to_values<std::optional<std::string>>(ordinal{.unseen = 7.f}, {"x", std::nullopt});
  CHECK(row_of(maybe, std::optional<std::string>()) == std::vector<float>{7});
  CHECK(maybe.size() == 1);
  const bool values[]{true, false};
  const auto b = ordinal{}.fit(blocks<bool>(std::span<const bool>(values)), no_targets(2), context{});
  CHECK(row_of(b, true) == std::vector<float>{1});
}

TEST_CASE("ordinal: unseen categories have a number of their own, or are an error") {
  CHECK(row_of(fitted_to_values(ordinal{}, strings{"a"}), std::string("c")) == std::vector<float>{-1});
  const ordinal strict{.order = {"a", "b"}, .unseen = std::nullopt};
  CHECK(message([&] { row_of(fitted_to_values(strict, strings{"a"}), std::string("c")); }) ==
        "ordinal: the category is absent or has no number; pass .unseen = -1 to give such ones a number");
  strings late = many(0);
  late.assign(2000, "a");
  late[1500] = "c";
  late[1700] = "d";
  CHECK_THAT(message([&] { fitted_to_values(strict, late); }), contains("ordinal: record 1500: the category"));
  CHECK_THAT(message([&] { fitted_to_values<std::optional<int>>(ordinal{.unseen = std::nullopt}, {1, std::nullopt}); }),
             contains("ordinal: record 1:"));
}

TEST_CASE("ordinal: only absent values") {
  const auto f = fitted_to_values<std::optional<int>>(ordinal{}, {std::nullopt});
  CHECK(row_of(f, std::optional<int>(3)) == std::vector<float>{-1});
  CHECK_FALSE(f.golden(3).has_value());
}

TEST_CASE("ordinal: bad input has its message") {
  CHECK(message([] { fitted_to_values<int>(ordinal{}, {}); }) == "ordinal: there are no records to learn from");
  CHECK(message([] { fitted_to_values(ordinal{.order = {"a", "b", "a"}}, strings{"a"}); }) ==
        "ordinal: expected an order with each category once, got \"a\"");
  CHECK(message([] { fitted_to_values<int>(ordinal{.order = {"1", "x"}}, {1}); }) ==
        "ordinal: expected an order of whole numbers, as the categories are, got \"x\"");
  CHECK(message([] { fitted_to_values<int>(ordinal{.order = {"1", "01"}}, {1}); }) ==
        "ordinal: expected an order with each category once, got \"1\"");
  CHECK(message([] { fitted_to_values<int>(ordinal{.unseen = infinity}, {1}); }) ==
        "ordinal: expected a finite unseen, got inf");
}

TEST_CASE("ordinal: the same bytes for any number of threads") {
  const std::string one = saved(fitted_to_values(ordinal{}, many(5000), 1));
  CHECK(one == saved(fitted_to_values(ordinal{}, many(5000), 2)));
  CHECK(one == saved(fitted_to_values(ordinal{}, many(5000), 4)));
}

TEST_CASE("ordinal is read back as it was written, and refuses damage") {
  const ordinal spec{.order = {"b", "c", "a"}};
  const auto f = fitted_to_values(spec, strings{"a"});
  const std::string bytes = saved(f);
  const auto again = loaded<std::string>(spec, bytes);
  CHECK(saved(again) == bytes);
  CHECK(all_of(again, strings{"a", "b", "c", "d"}) == std::vector<float>{2, 0, 1, -1});
  CHECK_THAT(message([&] { loaded<std::string>(ordinal{.unseen = 5.f}, bytes); }), contains("the file has unseen -1"));
  CHECK(refused_when_damaged<std::string>(spec, bytes, "b") > bytes.size());
  for (std::uint64_t random = 0; random < 5; ++random) CHECK(row_of(f, f.golden(random))[0] >= 0);
}

TEST_CASE("ordinal is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<ordinal, std::string>);
  STATIC_REQUIRE(stage_spec<ordinal, std::optional<size>, float>);
  STATIC_REQUIRE_FALSE(stage_spec<ordinal, strings>);
  STATIC_REQUIRE_FALSE(stage_spec<ordinal, float>);
}
