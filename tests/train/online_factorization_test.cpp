// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/prequential.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/train/online_factorization.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"

using namespace bespoke;
using bespoke_test::contains;
using learner = train::online_factorization::learner;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN(),
                infinite = std::numeric_limits<float>::infinity();

train::online_factorization spec_of(const nlohmann::json& p) {
  train::online_factorization spec;
  spec.factors = p.value("factors", spec.factors);
  spec.bias_rate = p.value("bias_rate", spec.bias_rate);
  spec.factor_rate = p.value("factor_rate", spec.factor_rate);
  spec.deviation = p.value("deviation", spec.deviation);
  spec.bias_l2 = p.value("bias_l2", spec.bias_l2);
  spec.factor_l2 = p.value("factor_l2", spec.factor_l2);
  spec.seed = p.value("seed", spec.seed);
  return spec;
}

std::vector<timed_interaction> made_up(std::size_t n) {
  random_numbers random(4);
  std::vector<timed_interaction> all;
  for (std::size_t i = 0; i < n; ++i) {
    const auto user = static_cast<std::uint32_t>(random.below(40)), item = static_cast<std::uint32_t>(random.below(60));
    const double liking = std::sin(user) + std::cos(item) + std::sin(user * 0.7) * std::cos(item * 0.3);
    all.push_back({user, item, static_cast<float>(std::round(3 + liking)), static_cast<std::int64_t>(i)});
  }
  return all;
}

std::string bytes_of(const learner& l) {
  bundle_writer w;
  bundle_writer section = w.stage(train::online_factorization::kind);
  l.save(section);
  return w.bytes({});
}
learner from_bytes(const std::string& bytes, const train::online_factorization& spec) {
  bundle_reader file = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  const bundle_reader section = file.stage(train::online_factorization::kind);
  return spec.load(section);
}

/// Answers the same whatever it is told.
struct fixed {
  float answer = 0;
  std::size_t learned = 0;
  float predict(std::uint32_t, std::uint32_t) const { return answer; }
  void learn(std::uint32_t, std::uint32_t, float) { ++learned; }
};

}  // namespace

TEST_CASE("online factorization predicts as River's BiasedMF written anew") {
  for (const auto& c : bespoke_test::oracle("train/online_factorization")) {
    CAPTURE(c["name"].get<std::string>());
    learner l(spec_of(c["parameters"]));
    double largest = 0;
    for (std::size_t i = 0; i < c["events"].size(); ++i) {
      const auto& e = c["events"][i];
      const auto user = e[0].get<std::uint32_t>(), item = e[1].get<std::uint32_t>();
      largest =
          std::max(largest, std::fabs(static_cast<double>(l.predict(user, item)) - c["predictions"][i].get<double>()));
      l.learn(user, item, e[2].get<float>());
    }
    CHECK(largest < 2e-6);
  }
}

TEST_CASE("online factorization learns what is to be learned") {
  const auto events = made_up(20'000);
  learner l({.low = 1, .high = 5});
  const auto found = prequential(l, events, 10);
  REQUIRE(found.curve.size() == 10);
  CHECK(found.curve.back().count() == events.size());
  CHECK(found.total.rmse() == found.curve.back().rmse());
  CHECK(found.total.rmse() < 0.45);
  CHECK(found.curve.front().rmse() > found.total.rmse());
  CHECK(l.users() == 40);
  CHECK(l.items() == 60);
  CHECK(l.learned() == events.size());
}

TEST_CASE("the same ratings give the same bytes, whoever else comes in between numbers") {
  const auto events = made_up(500);
  learner a, b;
  prequential(a, events);
  prequential(b, events);
  CHECK(bytes_of(a) == bytes_of(b));
  learner c({.seed = 2});
  prequential(c, events);
  CHECK(a.predict(3, 5) != c.predict(3, 5));
}

TEST_CASE("unknown users and items are expected to be as any") {
  learner l({.low = 1, .high = 5});
  CHECK(l.predict(7, 7) == 1);
  CHECK(learner().predict(7, 7) == 0);
  l.learn(0, 0, 4);
  l.learn(0, 1, 2);
  CHECK(l.predict(9, 9) == 3);
  CHECK(l.predict(0, 4'000'000'000u) != 3);  // the user's bias
  l.learn(5, 0, 4);
  CHECK(l.users() == 6);
  CHECK(l.predict(3, 9) == Approx(10.0 / 3));  // made room for, never learned
}

TEST_CASE("predictions stay in their range") {
  learner l({.low = 2, .high = 3});
  for (int i = 0; i < 50; ++i) l.learn(0, 0, 9), l.learn(1, 1, -9);
  CHECK(l.predict(0, 0) == 3);
  CHECK(l.predict(1, 1) == 2);
}

TEST_CASE("a learner is read back as it was written, and goes on alike") {
  const auto events = made_up(1'000);
  const train::online_factorization spec{.factors = 5, .low = 1, .high = 5};
  learner a(spec);
  prequential(a, std::span(events).first(600));
  learner b = from_bytes(bytes_of(a), spec);
  CHECK(bytes_of(b) == bytes_of(a));
  const auto rest = std::span(events).subspan(600);
  CHECK(prequential(a, rest).total.rmse() == prequential(b, rest).total.rmse());
  CHECK(bytes_of(b) == bytes_of(a));
  CHECK(bytes_of(from_bytes(bytes_of(learner()), {})) == bytes_of(learner()));  // unlimited range, nothing learned
}

TEST_CASE("a damaged learner is refused") {
  learner a;
  prequential(a, made_up(50));
  const auto refused = [](std::vector<float> users, std::int64_t learned, double sum) {
    bundle_writer w;
    bundle_writer section = w.stage(train::online_factorization::kind);
    section.put("factors", 10), section.put("seed", 1);
    section.put("low", static_cast<double>(-infinite)), section.put("high", static_cast<double>(infinite));
    section.put("learned", learned), section.put("sum", sum);
    section.put("users", std::span<const float>(users));
    section.put("items", std::span<const float>(std::vector<float>(32)));
    from_bytes(w.bytes({}), {});
  };
  CHECK_NOTHROW(refused(std::vector<float>(16), 1, 3));
  CHECK_THROWS_WITH(refused(std::vector<float>(17), 1, 3), contains("users are not whole rows"));
  CHECK_THROWS_WITH(refused(std::vector<float>(16, not_a_number), 1, 3), contains("not finite"));
  CHECK_THROWS_WITH(refused(std::vector<float>(16), -1, 3), contains("the mean is damaged"));
  CHECK_THROWS_WITH(refused(std::vector<float>(16), 1, static_cast<double>(not_a_number)),
                    contains("the mean is damaged"));
  CHECK_THROWS_WITH(from_bytes(bytes_of(a), {.factors = 9}), contains("factors"));
  CHECK_THROWS_WITH(from_bytes(bytes_of(a), {.seed = 9}), contains("seed"));
  const std::string bytes = bytes_of(a);
  for (std::size_t n = 0; n < bytes.size(); n += 101) CHECK_THROWS_AS(from_bytes(bytes.substr(0, n), {}), error);
}

TEST_CASE("online factorization: bad input has its message") {
  CHECK_THROWS_WITH(learner({.factors = 5000}), contains("at most 4096 factors"));
  CHECK_THROWS_WITH(learner({.bias_rate = -1}), contains("bias_rate of 0 or more"));
  CHECK_THROWS_WITH(learner({.factor_rate = not_a_number}), contains("factor_rate of 0 or more"));
  CHECK_THROWS_WITH(learner({.deviation = infinite}), contains("deviation of 0 or more"));
  CHECK_THROWS_WITH(learner({.bias_l2 = -1}), contains("bias_l2"));
  CHECK_THROWS_WITH(learner({.factor_l2 = -1}), contains("factor_l2"));
  CHECK_THROWS_WITH(learner({.low = 3, .high = 2}), contains("low at most high"));
  CHECK_THROWS_WITH(learner({.low = infinite}), contains("low at most high"));
  learner l;
  CHECK_THROWS_WITH(l.learn(3, 4, not_a_number), contains("a finite value of user 3 for item 4, got nan"));
  CHECK_THROWS_WITH(l.learn(0xFFFFFFFFu, 0, 1), contains("more than 2^32 - 1 users"));
  CHECK(l.learned() == 0);
}

TEST_CASE("rates that are too large end in an error, and predictions stay finite") {
  learner l({.bias_rate = 3, .factor_rate = 3});
  bool diverged = false;
  for (int i = 0; i < 1'000 && !diverged; ++i) {
    const float before = l.predict(9, 9);
    try {
      l.learn(static_cast<std::uint32_t>(i % 3), static_cast<std::uint32_t>(i % 2), static_cast<float>(i % 5));
    } catch (const error& e) {
      diverged = true;
      CHECK_THAT(e.what(), contains("predictions have diverged"));
      CHECK(l.predict(9, 9) == before);
    }
    for (std::uint32_t u = 0; u < 3; ++u) CHECK(std::isfinite(l.predict(u, u % 2)));
  }
  CHECK(diverged);
  learner all_equal;
  for (std::uint32_t i = 0; i < 300; ++i) all_equal.learn(i % 7, i % 11, 4);
  CHECK(all_equal.predict(3, 3) == Approx(4).margin(0.05));
}

TEST_CASE("interactions in time order, then foreseen before they are learned") {
  interaction_collector c({}, true);
  c.add(1, 0, 3, 20), c.add(0, 1, 5, 10), c.add(0, 0, 1, 20);
  const auto events = in_time_order(std::move(c).finish(2, 2));
  CHECK(events == std::vector<timed_interaction>{{0, 1, 5, 10}, {0, 0, 1, 20}, {1, 0, 3, 20}});
  fixed two{2};
  const auto found = prequential(two, events);
  CHECK(two.learned == 3);
  CHECK(found.total.mae() == Approx(5.0 / 3));
  CHECK(found.total.rmse() == Approx(std::sqrt(11.0 / 3)));
  CHECK(found.curve.size() == 3);
  CHECK(prequential(two, events, 0).curve.empty());
  CHECK(prequential(two, {}).total.count() == 0);
  CHECK(std::isnan(prequential(two, {}).total.rmse()));
}

TEST_CASE("prequential evaluation: bad input has its message") {
  fixed broken{not_a_number};
  const auto events = made_up(1);
  CHECK_THROWS_WITH(prequential(broken, events), contains("a finite prediction of user"));
  CHECK_THROWS_WITH(in_time_order(matrix_of(sparse_rows(3, {0, 1}, {2}, {1.0f}))),
                    contains("interactions have no times"));
  std::stop_source stop;
  stop.request_stop();
  fixed two{2};
  CHECK_THROWS_WITH(prequential(two, events, 10, context({.stop = stop.get_token()})),
                    contains("a stop was requested"));
  CHECK(two.learned == 0);
}
