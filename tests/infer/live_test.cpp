// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/decision.hpp>
#include <bespoke/core/fitted.hpp>
#include <bespoke/infer/live.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;

namespace {

struct ticket {
  std::string body{};
  float amount = 0;
};

struct doubled {
  static constexpr std::string_view kind = "doubled/1";
  using output_type = float;
  float factor = 2;
  float operator()(const ticket& t) const { return t.amount * factor; }
  void save(bundle_writer&) const {}
};

static_assert(fitted_stage<doubled, ticket>);

fitted<ticket, doubled> fitted_with(float factor) { return {doubled{factor}, {}}; }

decision<std::string> queue_of(const std::string& label) {
  auto kept = std::make_shared<const std::string>(label);
  return {*kept, 1.0f, 0, kept};
}

}  // namespace

TEST_CASE("live takes what fit returned, and answers with the version published last") {
  infer::live desk{fitted_with(2)};
  static_assert(std::is_same_v<decltype(desk), infer::live<ticket, float>>);
  CHECK(desk(ticket{.amount = 3}) == 6.0f);

  const auto before = desk.snapshot();
  const auto first = desk.version();
  const auto second = desk.publish(fitted_with(5));
  CHECK(second > first);
  CHECK(desk(ticket{.amount = 3}) == 15.0f);
  CHECK(before(ticket{.amount = 3}) == 6.0f);

  const auto asked = desk.ask(ticket{.amount = 1});
  CHECK(asked.answer == 5.0f);
  CHECK(asked.version == second);

  REQUIRE(desk.rollback());
  CHECK(desk(ticket{.amount = 3}) == 6.0f);
  CHECK_FALSE(desk.rollback());
}

TEST_CASE("live takes a model and, with its types written out, any function") {
  infer::live from_model{model<ticket, float>(fitted_with(2)), {.keep_previous = false}};
  static_assert(std::is_same_v<decltype(from_model), infer::live<ticket, float>>);
  from_model.publish(fitted_with(3));
  CHECK_FALSE(from_model.rollback());

  infer::live<ticket, std::size_t> length{[](const ticket& t) { return t.body.size(); }};
  CHECK(length(ticket{.body = "four"}) == 4);

  using desk_type = infer::live<ticket, float>;
  CHECK_THROWS_AS(desk_type((model<ticket, float>())), error);
  CHECK_THROWS_AS(from_model.publish({}), error);
  CHECK(from_model(ticket{.amount = 1}) == 3.0f);
}

TEST_CASE("a label stays readable after its version is gone") {
  infer::live<ticket, decision<std::string>> desk{
      [d = queue_of("cards and cash machines")](const ticket&) { return d; }, {.keep_previous = false}};
  const auto answer = desk(ticket{});
  desk.publish([d = queue_of("loans")](const ticket&) { return d; });
  CHECK(answer.label() == "cards and cash machines");
  CHECK(desk(ticket{}).label() == "loans");
}

TEST_CASE("a span is answered by one version, whatever is published meanwhile") {
  infer::live<ticket, float> desk{fitted_with(1)};
  const std::vector<ticket> many(1000, ticket{.amount = 1});
  std::atomic<bool> stop{false};
  std::thread publisher([&] {
    for (float f = 2; !stop; ++f) desk.publish(fitted_with(f));
  });
  bool same = true;
  for (int round = 0; round < 50; ++round) {
    const auto answers = desk(std::span<const ticket>(many));
    same = same && answers.size() == many.size() && std::count(answers.begin(), answers.end(), answers[0]) == 1000;
  }
  stop = true;
  publisher.join();
  CHECK(same);
}

TEST_CASE("a model may ask the live function it stands in") {
  infer::live<int, int> factorial{[](const int&) { return 1; }};
  factorial.publish([&](const int& n) { return n <= 1 ? 1 : n * factorial(n - 1); });
  CHECK(factorial(10) == 3628800);
}
