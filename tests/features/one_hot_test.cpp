// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/one_hot.hpp>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::one_hot;
using features::unseen;

namespace {

enum class colour : std::uint8_t { red = 4, blue = 1 };
using strings = std::vector<std::string>;

template <class T>
auto fit(const one_hot& spec, std::vector<T> values, unsigned threads = 2) {
  const std::size_t n = values.size();
  return spec.fit(own(std::move(values)), no_targets(n), context({.threads = threads}));
}

template <class F>
strings names(const F& f) {
  strings all;
  for (std::size_t c = 0; c < f.width(); ++c) all.push_back(f.column_name(c));
  return all;
}

strings many(std::size_t n) {
  strings values;
  for (std::size_t i = 0; i < n; ++i) values.push_back("user " + std::to_string(i * i % 1009));
  return values;
}

}  // namespace

TEST_CASE("one_hot agrees with scikit-learn's OneHotEncoder") {
  const auto o = oracle("features/one_hot");
  const auto column = o["column"].get<strings>(), asked = o["asked"].get<strings>();
  const auto plain = fit(one_hot{}, column);
  const auto rare = fit(one_hot{.unseen = unseen::column, .min_count = 12}, column);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    INFO(asked[i]);
    CHECK(row_of(plain, asked[i]) == o["zero"][i].get<std::vector<float>>());
    // There a category never seen goes to the column of rare ones, as it does here.
    CHECK(row_of(rare, asked[i]) == o["rare"][i].get<std::vector<float>>());
  }
  const auto numbers = o["numbers"].get<std::vector<int>>();
  const auto f = fit(one_hot{}, numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    CHECK(row_of(f, numbers[i]) == o["numbers_out"][i].get<std::vector<float>>());
}

TEST_CASE("one_hot of tags agrees with scikit-learn's MultiLabelBinarizer") {
  const auto o = oracle("features/one_hot");
  const auto tags = o["tags"].get<std::vector<strings>>();
  const auto f = fit(one_hot{}, tags);
  CHECK(names(f) == o["tags_classes"].get<strings>());
  for (std::size_t i = 0; i < tags.size(); ++i) CHECK(row_of(f, tags[i]) == o["tags_out"][i].get<std::vector<float>>());
}

TEST_CASE("one_hot takes text, numbers, bools, enums, optionals and sets") {
  CHECK(names(fit<std::string_view>({}, {"b", "a"})) == strings{"a", "b"});
  CHECK(names(fit<std::int8_t>({}, {3, -1})) == strings{"-1", "3"});
  CHECK(names(fit<colour>({}, {colour::red, colour::blue})) == strings{"1", "4"});
  CHECK(row_of(fit<colour>({}, {colour::red, colour::blue}), colour::red) == std::vector<float>{0, 1});
  const auto maybe = fit<std::optional<std::string>>({}, {"x", std::nullopt, "y"});
  CHECK(row_of(maybe, std::optional<std::string>()) == std::vector<float>{0, 0});
  CHECK(row_of(maybe, std::optional<std::string>("y")) == std::vector<float>{0, 1});
  const bool values[]{true, false, true};
  const auto b = one_hot{}.fit(blocks<bool>(std::span<const bool>(values)), no_targets(3), context{});
  CHECK(names(b) == strings{"false", "true"});
  CHECK(row_of(b, true) == std::vector<float>{0, 1});
}

TEST_CASE("one_hot: unseen categories give no 1, or one in their own column") {
  CHECK(row_of(fit<std::string>({}, {"a", "b"}), std::string("c")) == std::vector<float>{0, 0});
  const auto f = fit<strings>({.unseen = unseen::column}, {{"a", "b"}});
  CHECK(names(f) == strings{"a", "b", "(other)"});
  CHECK(row_of(f, strings{"c", "b", "d", "b"}) == std::vector<float>{0, 1, 1});
  const auto absent = fit<std::optional<int>>({.unseen = unseen::column}, {1, std::nullopt});
  CHECK(row_of(absent, std::optional<int>()) == std::vector<float>{0, 0});
}

TEST_CASE("one_hot: rare categories are left out, records counted, not mentions") {
  CHECK(names(fit<strings>({.min_count = 2}, {{"a", "a"}, {"b"}, {"b", "c"}})) == strings{"b"});
  const strings values{"d", "c", "c", "b", "b", "a"};
  CHECK(names(fit(one_hot{.max_categories = 2}, values)) == strings{"b", "c"});
  CHECK(names(fit(one_hot{.max_categories = 3}, values)) == strings{"a", "b", "c"});
}

TEST_CASE("one_hot: a row without any category") {
  const auto f = fit<strings>({}, {{}, {}});
  CHECK(f.width() == 0);
  CHECK(row_of(f, strings{"x"}).empty());
}

TEST_CASE("one_hot: columns of a row ascend") {
  const auto f = fit<strings>({}, {{"a", "b", "c", "d"}});
  scratch s;
  const sparse_row r = f({"d", "a", "c", "a"}, s);
  CHECK(std::vector<std::uint32_t>(r.columns.begin(), r.columns.end()) == std::vector<std::uint32_t>{0, 2, 3});
  CHECK(r.width() == 4);
}

TEST_CASE("one_hot finds every one of many categories") {
  const strings values = many(3000);
  const auto f = fit(one_hot{}, values);
  for (std::size_t c = 0; c < f.width(); ++c) CHECK(row_of(f, f.column_name(c))[c] == 1.0f);
  CHECK(row_of(f, std::string("user")) == std::vector<float>(f.width()));
}

TEST_CASE("one_hot: the same bytes for any number of threads") {
  const std::string one = saved(fit(one_hot{}, many(5000), 1));
  CHECK(one == saved(fit(one_hot{}, many(5000), 2)));
  CHECK(one == saved(fit(one_hot{}, many(5000), 4)));
}

TEST_CASE("one_hot is read back as it was written") {
  const one_hot spec{.unseen = unseen::column, .min_count = 2};
  const auto f = fit(spec, many(2000));
  const auto again = loaded<std::string>(spec, saved(f));
  CHECK(saved(again) == saved(f));
  for (const auto& x : many(100)) CHECK(row_of(again, x) == row_of(f, x));
  CHECK_THAT(message([&] { loaded<std::string>(one_hot{}, saved(f)); }),
             contains("the file has unseen \"column\", this chain has \"zero\""));
  const auto numbers = fit<int>({}, {3, 1});
  CHECK(names(loaded<int>(one_hot{}, saved(numbers))) == strings{"1", "3"});
}

TEST_CASE("one_hot: bad input has its message") {
  CHECK(message([] { fit<int>({}, {}); }) == "one_hot: there are no records to learn from");
  CHECK(message([] { fit<int>({.min_count = 0}, {1}); }) ==
        "one_hot: expected min_count of 1 or more, got 0; 1 keeps every category");
  bundle_writer w;
  auto section = w.stage("one_hot/1");
  section.put("unseen", "zero");
  section.put("categories", std::span<const std::string>(strings{"b", "a"}));
  CHECK_THAT(message([&] { loaded<std::string>(one_hot{}, w.bytes({})); }),
             contains("the categories are not in ascending order"));
}

TEST_CASE("one_hot makes up records from its categories") {
  const auto one = fit<std::string>({}, {"a", "b"});
  const auto sets = fit<strings>({}, {{"a", "b", "c"}});
  for (std::uint64_t random = 0; random < 40; ++random) {
    CHECK((one.golden(random) == "a" || one.golden(random) == "b"));
    CHECK(sets.golden(random).size() < 4);
  }
}

TEST_CASE("one_hot is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<one_hot, std::string>);
  STATIC_REQUIRE(stage_spec<one_hot, std::vector<std::string>, float>);
  STATIC_REQUIRE(stage_spec<one_hot, std::optional<colour>>);
  STATIC_REQUIRE_FALSE(stage_spec<one_hot, float>);
  STATIC_REQUIRE_FALSE(stage_spec<one_hot, dense_row>);
}
