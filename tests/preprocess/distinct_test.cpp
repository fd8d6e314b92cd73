// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/flow.hpp>
#include <bespoke/preprocess/distinct.hpp>
#include <bespoke/preprocess/filter.hpp>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;

namespace {

enum class colour : unsigned char { red, green };

struct ticket {
  std::string body{};
  float amount = 0;
  int number = 0;
  std::optional<std::string> queue{};
  std::vector<std::string> tags{};
  colour tint = colour::red;
};

struct numbers {
  int at = 0, end = 0;
  bool next(ticket& out) {
    if (at == end) return false;
    out = {.body = "ticket " + std::to_string(at % 2500), .number = at};
    ++at;
    return true;
  }
  void rewind() { at = 0; }
};

template <class Stage>
std::vector<int> kept(Stage stage, std::vector<ticket> records) {
  for (std::size_t i = 0; i < records.size(); ++i) records[i].number = static_cast<int>(i);
  stage(records);
  std::vector<int> out;
  for (const auto& r : records) out.push_back(r.number);
  return out;
}

}  // namespace

TEST_CASE("distinct keeps the first record of each key, in order") {
  CHECK(kept(preprocess::distinct(&ticket::body), {{"a"}, {"b"}, {"a"}, {""}, {"c"}, {""}, {"b"}}) ==
        std::vector{0, 1, 3, 4});
}

TEST_CASE("distinct remembers across blocks, and forgets on rewind") {
  auto records = flow(numbers{0, 10'000}) | preprocess::distinct(&ticket::body);
  for (int round = 0; round < 2; ++round) {
    int expected = 0;
    for (const ticket& t : records) REQUIRE(t.number == expected++);
    CHECK(expected == 2500);
    REQUIRE(records.rewind());
  }
}

TEST_CASE("distinct takes several keys, members or functions, and keeps them apart") {
  const auto first_letter = [](const ticket& t) { return t.body.substr(0, 1); };
  CHECK(kept(preprocess::distinct(first_letter), {{"ab"}, {"ac"}, {"b"}}) == std::vector{0, 2});

  const auto body = [](const ticket& t) { return std::string_view(t.body); };
  const auto queue = [](const ticket& t) { return t.queue.value_or(""); };
  CHECK(kept(preprocess::distinct(body, queue),
             {{.body = "ab", .queue = "c"}, {.body = "a", .queue = "bc"}, {.body = "ab", .queue = "c"}}) ==
        std::vector{0, 1});
}

TEST_CASE("distinct compares numbers, enums, optionals and lists") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(kept(preprocess::distinct(&ticket::amount),
             {{.amount = 0.0f}, {.amount = -0.0f}, {.amount = nan}, {.amount = -nan}, {.amount = 1}}) ==
        std::vector{0, 2, 4});
  CHECK(kept(preprocess::distinct(&ticket::tint), {{.tint = colour::red}, {.tint = colour::green}, {}}) ==
        std::vector{0, 1});
  CHECK(kept(preprocess::distinct(&ticket::queue), {{}, {.queue = ""}, {}, {.queue = "x"}, {.queue = ""}}) ==
        std::vector{0, 1, 3});
  CHECK(kept(preprocess::distinct(&ticket::tags),
             {{.tags = {"a", "b"}}, {.tags = {"ab"}}, {.tags = {"b", "a"}}, {.tags = {"a", "b"}}, {}}) ==
        std::vector{0, 1, 2, 4});
}

TEST_CASE("distinct agrees with a set of strings on many keys") {
  std::set<std::string> reference;
  preprocess::distinct stage(&ticket::body);
  std::vector<ticket> one(1);
  for (unsigned i = 0; i < 200'000; ++i) {
    one.assign(1, {.body = std::to_string(i * 2654435761u % 130'000)});
    const bool fresh = reference.insert(one[0].body).second;
    stage(one);
    if (one.size() != (fresh ? 1u : 0u)) FAIL("disagree on record " << i);
  }
  CHECK(stage.size() == reference.size());
}

TEST_CASE("copies of distinct have their own memory") {
  preprocess::distinct a(&ticket::body);
  std::vector<ticket> records{{"x"}};
  a(records);
  auto b = a;
  b.reset();
  CHECK(a.size() == 1);
  b(records);
  CHECK(b.size() == 1);
}

TEST_CASE("filter keeps what satisfies its predicate, in order") {
  auto odd = flow(numbers{0, 5000}) | preprocess::filter([](const ticket& t) { return t.number % 2 == 1; });
  int expected = 1;
  for (const ticket& t : odd) {
    REQUIRE(t.number == expected);
    expected += 2;
  }
  CHECK(expected == 5001);
  CHECK(kept(preprocess::filter(&ticket::queue), {{}, {.queue = ""}}) == std::vector{1});
}

TEST_CASE("record stages follow one another, and a flow may end up empty") {
  auto none_left = flow(numbers{0, 5000}) | preprocess::distinct(&ticket::body) |
                   preprocess::filter([](const ticket& t) { return t.number < 0; });
  CHECK(to_vector(none_left).empty());
  static_assert(flow_stage<preprocess::distinct<std::string ticket::*>, ticket>);
  static_assert(!flow_stage<preprocess::distinct<std::string ticket::*>, std::string>);
}
