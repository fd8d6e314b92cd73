// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace bespoke;

namespace {

const unsigned thread_counts[] = {1, 2, 4};

}  // namespace

TEST_CASE("a context has the options it was given, and defaults") {
  const context plain;
  CHECK(plain.threads() >= 1);
  CHECK(plain.seed() == 1);
  const context chosen({.threads = 3, .seed = 7});
  CHECK(chosen.threads() == 3);
  CHECK(chosen.seed() == 7);
}

TEST_CASE("function_ref calls what it refers to") {
  int calls = 0;
  auto count = [&](int by) { return calls += by; };
  const function_ref<int(int)> f = count;
  CHECK(f(2) == 2);
  CHECK(f(3) == 5);
  const function_ref<int(int)> copy = f;
  CHECK(copy(1) == 6);
  const auto doubled = [](int x) { return 2 * x; };
  CHECK(function_ref<long(int)>(doubled)(4) == 8);
}

TEST_CASE("parallel runs every unit once") {
  for (const unsigned threads : thread_counts) {
    const context ctx({.threads = threads});
    for (const std::size_t units : {0u, 1u, 2u, 7u, 1000u}) {
      std::vector<std::atomic<int>> runs(units);
      ctx.parallel(units, [&](std::size_t i, scratch&) { ++runs[i]; });
      CHECK(std::all_of(runs.begin(), runs.end(), [](const std::atomic<int>& n) { return n == 1; }));
    }
  }
}

TEST_CASE("parallel uses no more threads than it was given") {
  const context ctx({.threads = 2});
  std::mutex lock;
  std::set<std::thread::id> seen;
  ctx.parallel(200, [&](std::size_t, scratch&) {
    const std::lock_guard guard(lock);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(seen.size() >= 1);
  CHECK(seen.size() <= 2);
  const context single({.threads = 1});
  const auto caller = std::this_thread::get_id();
  single.parallel(10, [&](std::size_t, scratch&) { CHECK(std::this_thread::get_id() == caller); });
}

TEST_CASE("each unit has scratch inside a frame, also where loops nest") {
  for (const unsigned threads : thread_counts) {
    const context ctx({.threads = threads});
    std::atomic<int> wrong = 0;
    ctx.parallel(20, [&](std::size_t unit, scratch& s) {
      const auto mine = s.take<std::size_t>(500);
      std::fill(mine.begin(), mine.end(), unit);
      ctx.parallel(20, [&](std::size_t inner, scratch& t) {
        const auto its = t.take<std::size_t>(500);
        std::fill(its.begin(), its.end(), 1000 + inner);
        if (std::count(its.begin(), its.end(), 1000 + inner) != 500) ++wrong;
      });
      if (std::count(mine.begin(), mine.end(), unit) != 500) ++wrong;
    });
    CHECK(wrong == 0);
  }
}

TEST_CASE("reduce combines in unit order, whatever the number of threads") {
  for (const unsigned threads : thread_counts) {
    const context ctx({.threads = threads});
    std::vector<std::size_t> order;
    ctx.reduce(100, [](std::size_t i, scratch&) { return i; }, [&](std::size_t i) { order.push_back(i); });
    std::vector<std::size_t> expected(100);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    CHECK(order == expected);
  }
}

TEST_CASE("reduce gives the same sum of fractions, bit for bit, for any number of threads") {
  std::vector<double> sums;
  for (const unsigned threads : thread_counts) {
    const context ctx({.threads = threads});
    double sum = 0;
    ctx.reduce(
        1000, [](std::size_t i, scratch&) { return 1.0 / static_cast<double>(i * i + 1); },
        [&](double part) { sum += part; });
    sums.push_back(sum);
  }
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0] == sums[2]);
}

TEST_CASE("reduce hands over results that only move, and does nothing for no units") {
  const context ctx({.threads = 2});
  std::string text;
  ctx.reduce(
      5, [](std::size_t i, scratch&) { return std::make_unique<std::size_t>(i); },
      [&](std::unique_ptr<std::size_t> p) { text += std::to_string(*p); });
  CHECK(text == "01234");
  ctx.reduce(0, [](std::size_t i, scratch&) { return i; }, [&](std::size_t) { text = "called"; });
  CHECK(text == "01234");
}

TEST_CASE("an exception of a unit reaches the caller, and the context works on") {
  for (const unsigned threads : thread_counts) {
    const context ctx({.threads = threads});
    const auto fail = [](std::size_t i, scratch&) {
      if (i == 13) throw error(errc::parse, {.record = i, .problem = "odd"});
    };
    CHECK_THROWS_WITH(ctx.parallel(100, fail), "record 13: odd");
    const auto other = [](std::size_t, scratch&) -> int { throw std::runtime_error("mine"); };
    CHECK_THROWS_AS(ctx.reduce(100, other, [](int) {}), std::runtime_error);
    std::atomic<int> runs = 0;
    ctx.parallel(10, [&](std::size_t, scratch&) { ++runs; });
    CHECK(runs == 10);
  }
}

TEST_CASE("an exception while combining reaches the caller") {
  const context ctx({.threads = 2});
  int combined = 0;
  const auto combine = [&](std::size_t i) {
    ++combined;
    if (i == 5) throw std::runtime_error("full");
  };
  CHECK_THROWS_AS(ctx.reduce(100, [](std::size_t i, scratch&) { return i; }, combine), std::runtime_error);
  CHECK(combined == 6);
}

TEST_CASE("a requested stop ends the work with errc::stopped") {
  for (const unsigned threads : thread_counts) {
    std::stop_source source;
    const context ctx({.stop = source.get_token(), .threads = threads});
    CHECK_NOTHROW(ctx.check());
    std::atomic<int> runs = 0;
    try {
      ctx.parallel(10'000, [&](std::size_t, scratch&) {
        if (++runs == 3) source.request_stop();
      });
      FAIL("the work went on");
    } catch (const error& e) {
      CHECK(e.code() == errc::stopped);
      CHECK(std::string(e.what()) == "fit: a stop was requested; nothing was changed");
    }
    CHECK(runs <= 3 + static_cast<int>(threads));  // units that had begun may end
    CHECK_THROWS_AS(ctx.check(), error);
  }
}

TEST_CASE("reports reach the listener one at a time") {
  std::atomic<int> inside = 0;
  int most = 0;
  std::vector<std::string> stages;
  const auto listen = [&](const progress& p) {
    most = std::max(most, ++inside);
    stages.push_back(std::string(p.stage) + " " + std::to_string(p.total));
    --inside;
  };
  const context ctx({.on_progress = listen, .threads = 4});
  ctx.parallel(200, [&](std::size_t i, scratch&) { ctx.report("tfidf", i, 200); });
  CHECK(most == 1);
  CHECK(stages.size() == 200);
  CHECK(std::all_of(stages.begin(), stages.end(), [](const std::string& s) { return s == "tfidf 200"; }));
  CHECK_NOTHROW(context().report("nobody listens", 0, 0));
}
