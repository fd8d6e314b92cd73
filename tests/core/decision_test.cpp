// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/decision.hpp>
#include <bespoke/core/labels.hpp>

#include <optional>
#include <vector>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using bespoke_test::message;

namespace {

enum class queue : std::uint8_t { cards = 7, loans = 2 };

template <class Label>
labels<Label> of(std::vector<Label> targets) {
  return labels<Label>::of(own(std::move(targets)), context{});
}

template <class Label>
labels<Label> through_file(const labels<Label>& l) {
  bundle_writer w;
  auto section = w.stage("labels/1");
  l.save(section);
  const std::string bytes = w.bytes({});
  auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  return labels<Label>::load(r.stage("labels/1"));
}

// A column of bools that lie as bools, which std::vector<bool> has not.
blocks<bool> bools(std::shared_ptr<bool[]> values, std::size_t n) { return {values.get(), 1, n, values}; }

}  // namespace

TEST_CASE("a decision keeps the text of its label alive") {
  std::optional<decision<std::string>> answer;
  {
    const auto names = of<std::string>({"a label far longer than any small string", "b"});
    answer = names.decide(0, 1.5f);
  }
  CHECK(answer->label() == "a label far longer than any small string");
  CHECK(answer->score() == 1.5f);
  CHECK(answer->index() == 0);
  const decision<std::string> copy = *answer;
  answer.reset();
  CHECK(copy.label().size() == 40);
}

TEST_CASE("decisions are equal when label and score are") {
  const auto one = of<std::string>({"a", "b"}), other = of<std::string>({"b", "c"});
  CHECK(one.decide(1, 2.f) == other.decide(0, 2.f));
  CHECK_FALSE(one.decide(1, 2.f) == other.decide(0, 3.f));
  CHECK_FALSE(one.decide(1, 2.f) == one.decide(0, 2.f));
  CHECK(decision<int>(4, 1.f, 0) == decision<int>(4, 1.f, 9));
  CHECK_FALSE(decision<bool>(true, 1.f, 1) == decision<bool>(false, 1.f, 0));
  CHECK(decision<std::string>{}.label().empty());
}

TEST_CASE("labels are sorted and distinct, whatever their type") {
  const auto text = of<std::string>({"pear", "apple", "pear", "Zoo"});
  REQUIRE(text.size() == 3);
  CHECK(text[0] == "Zoo");
  CHECK(text[2] == "pear");
  CHECK(text.find("apple") == 1);
  CHECK(text.find("plum") == 3);

  const auto numbers = of<int>({5, -3, 5, 0});
  CHECK(numbers[0] == -3);
  CHECK(numbers.find(5) == 2);
  const auto enums = of<queue>({queue::cards, queue::loans, queue::cards});
  CHECK(enums[0] == queue::loans);
  CHECK(enums.decide(1, 1.f).label() == queue::cards);
  const auto floats = of<float>({2.5f, -0.0f, 0.0f});
  CHECK(floats.size() == 2);

  const std::shared_ptr<bool[]> values(new bool[3]{true, false, true});
  const auto both = labels<bool>::of(bools(values, 3), context{});
  CHECK(both.size() == 2);
  CHECK(both.decide(1, 1.f).label() == true);
  CHECK(both.encode(bools(values, 3), context{}) == std::vector<std::uint32_t>{1, 0, 1});
}

TEST_CASE("labels are the same for any number of threads") {
  std::vector<std::string> targets;
  for (int i = 0; i < 5000; ++i) targets.push_back("label " + std::to_string((i * 7919) % 977));
  const auto x = own(targets);
  const context one({.threads = 1}), four({.threads = 4});
  const auto a = labels<std::string>::of(x, one), b = labels<std::string>::of(x, four);
  REQUIRE(a.size() == 977);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == b[i]);
  const auto numbers = a.encode(x, four);
  CHECK(numbers == b.encode(x, one));
  for (std::size_t i = 0; i < targets.size(); i += 97) CHECK(a[numbers[i]] == targets[i]);
}

TEST_CASE("labels are read back as they were written") {
  const auto text = of<std::string>({"b", "a", "", "ø"});
  const auto again = through_file(text);
  REQUIRE(again.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(again[i] == text[i]);
  const auto big = through_file(of<std::uint64_t>({~std::uint64_t{0}, 3}));
  CHECK(big.find(~std::uint64_t{0}) == 1);
  CHECK(through_file(of<queue>({queue::cards, queue::loans}))[0] == queue::loans);
  CHECK(through_file(of<double>({0.1, -7.25}))[1] == 0.1);
  CHECK(through_file(of<char>({'x', 'a'}))[0] == 'a');
}

TEST_CASE("labels: bad input has its message") {
  CHECK(message([] { of<int>({}); }) == "labels: there are no targets");
  CHECK(message([] { of<float>({1.f, std::nanf(""), 2.f}); }) == "labels: record 1: expected a label, got nan");
  const auto few = of<std::string>({"a", "b"});
  CHECK(message([&] { few.encode(own(std::vector<std::string>{"a", "c"}), context{}); }) ==
        "labels: record 1: the target is not a known label");
}

TEST_CASE("labels: a damaged or foreign section is refused") {
  const auto read = [](auto write, auto&& load) {
    bundle_writer w;
    auto section = w.stage("labels/1");
    write(section);
    const std::string bytes = w.bytes({});
    return message([&] {
      auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
      load(r.stage("labels/1"));
    });
  };
  const auto put = [](const char* type, std::vector<std::int64_t> values) {
    return [type, values](bundle_writer& w) {
      w.put("label_type", type);
      w.put("labels", std::span<const std::int64_t>(values));
    };
  };
  const auto as_int = [](const bundle_reader& r) { labels<int>::load(r); };
  const auto as_bool = [](const bundle_reader& r) { labels<bool>::load(r); };
  using bespoke_test::contains;
  CHECK_THAT(read(put("int", {2, 1}), as_int), contains("the labels are not in ascending order"));
  CHECK_THAT(read(put("int", {}), as_int), contains("there are no labels"));
  CHECK_THAT(read(put("int", {std::int64_t{1} << 40}), as_int), contains("a label does not fit"));
  CHECK_THAT(read(put("bool", {0, 2}), as_bool), contains("a label does not fit"));
  CHECK_THAT(read(put("string", {1, 2}), as_int), contains("label_type \"string\", this chain has \"int\""));
}
