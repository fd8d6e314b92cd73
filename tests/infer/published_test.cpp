// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/infer/published.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <future>
#include <optional>
#include <random>
#include <thread>

#include "../catch.hpp"

using bespoke::infer::published;

namespace {

// Counts lives and notes which thread destroyed each version; `check` is wrong in a destroyed one.
struct ledger {
  std::atomic<long> made{0}, destroyed{0}, destroyed_by_readers{0}, twice{0};
};

thread_local bool is_reader = false;

struct version {
  version(ledger& l, long n) : book(&l), number(n), check(~n) { ++book->made; }
  version(const version&) = delete;
  version& operator=(const version&) = delete;
  ~version() {
    if (check != ~number) ++book->twice;
    check = number;
    ++book->destroyed;
    if (is_reader) ++book->destroyed_by_readers;
  }
  bool sound() const { return check == ~number; }

  ledger* book;
  long number, check;
};

auto make(ledger& l, long n) { return std::make_shared<const version>(l, n); }

long number(const published<version>& p) {
  return p.read([](const version& v) { return v.number; });
}

}  // namespace

TEST_CASE("a reader sees the version published last, under a stamp of its own") {
  ledger l;
  published<version> p(make(l, 1));
  const auto first = p.version();
  CHECK(number(p) == 1);
  const auto second = p.publish(make(l, 2));
  CHECK(second > first);
  CHECK(p.version() == second);
  CHECK(number(p) == 2);
  CHECK(p.read([](const version&, std::uint64_t stamp) { return stamp; }) == second);
  CHECK(p.read([&](const version&) { return p.read([](const version&, std::uint64_t stamp) { return stamp; }); }) ==
        second);
  published<version> other(make(l, 3));
  CHECK(other.version() > second);
  CHECK_THROWS_AS(p.publish(nullptr), bespoke::error);
  CHECK_THROWS_AS(published<version>(nullptr), bespoke::error);
}

TEST_CASE("rollback publishes the previous version again, once, under a new stamp") {
  ledger l;
  published<version> p(make(l, 1));
  CHECK_FALSE(p.rollback());
  const auto second = p.publish(make(l, 2));
  REQUIRE(p.rollback());
  CHECK(number(p) == 1);
  CHECK(p.version() > second);
  CHECK_FALSE(p.rollback());
  CHECK(l.destroyed == 1);

  published<version> forgetful(make(l, 5), {.keep_previous = false});
  forgetful.publish(make(l, 6));
  CHECK(l.destroyed == 2);
  CHECK_FALSE(forgetful.rollback());
}

TEST_CASE("a read inside a read uses the newest version and leaves the outer one its own") {
  ledger l;
  published<version> p(make(l, 0), {.keep_previous = false});
  const bool held = p.read([&](const version& outer) {
    for (long n = 1; n <= 50; ++n) {
      p.publish(make(l, n));
      const bool newest = p.read([&](const version& inner) {
        return inner.sound() && inner.number == n && number(p) == n && outer.sound() && outer.number == 0;
      });
      if (!newest) return false;
    }
    return outer.sound() && outer.number == 0;
  });
  CHECK(held);
  CHECK(l.destroyed == 49);  // all but the current one and the one that was being read
  CHECK(p.collect() == 0);
  CHECK(l.destroyed == 50);
}

TEST_CASE("an exception in a read ends it") {
  ledger l;
  published<version> p(make(l, 1), {.keep_previous = false});
  CHECK_THROWS_AS(p.read([](const version&) -> int { throw 7; }), int);
  p.publish(make(l, 2));
  CHECK(l.destroyed == 1);
}

TEST_CASE("idle threads keep no old version") {
  ledger l;
  published<version> p(make(l, 1), {.keep_previous = false});
  std::promise<void> read, finish;
  std::thread idle([&] {
    number(p);
    read.set_value();
    finish.get_future().wait();
  });
  read.get_future().wait();
  p.publish(make(l, 2));
  CHECK(l.destroyed == 1);
  finish.set_value();
  idle.join();
}

TEST_CASE("a snapshot outlives what it was taken from and may change threads") {
  ledger l;
  std::shared_ptr<const version> kept;
  {
    published<version> p(make(l, 1), {.keep_previous = false});
    kept = p.snapshot();
    p.publish(make(l, 2));
    CHECK(l.destroyed == 0);
  }
  CHECK(l.destroyed == 1);
  std::thread([owned = std::move(kept)] { CHECK(owned->sound()); }).join();
  CHECK(l.destroyed == 2);
}

TEST_CASE("a published value dies while idle threads hold copies of its version") {
  ledger l;
  std::optional<published<version>> p(std::in_place, make(l, 1));
  published<version> later(make(l, 2));
  std::promise<void> read, go_on;
  std::thread idle([&] {
    number(*p);
    read.set_value();
    go_on.get_future().wait();
    CHECK(number(later) == 2);
  });
  read.get_future().wait();
  p.reset();
  CHECK(l.destroyed == 1);
  go_on.set_value();
  idle.join();
}

TEST_CASE("a thread may read more values than it has slots, each inside the other") {
  ledger l;
  std::deque<published<version>> many;
  for (long n = 0; n < 30; ++n) many.emplace_back(make(l, n));
  for (int round = 0; round < 3; ++round)
    for (long n = 0; n < 30; ++n) CHECK(number(many[static_cast<std::size_t>(n)]) == n);
  const auto sum = [&](const auto& self, std::size_t from) -> long {
    if (from == many.size()) return 0;
    return many[from].read([&](const version& v) { return v.number + self(self, from + 1); });
  };
  CHECK(sum(sum, 0) == 435);
  for (auto& p : many) p.publish(make(l, 100));
  CHECK(sum(sum, 0) == 3000);
  many.clear();
  CHECK(l.made == l.destroyed);
}

TEST_CASE("publishers and readers in a crowd: every version dies once, and never by a reader") {
  ledger l;
  constexpr int publishers = 2, readers = 3, versions = 2000;
  {
    std::deque<published<version>> values;
    for (int i = 0; i < 3; ++i) values.emplace_back(make(l, 0));
    std::atomic<bool> stop{false};
    std::atomic<long> unsound{0}, backwards{0}, reads{0};
    const auto read_until_stopped = [&](unsigned seed) {
      is_reader = true;
      std::minstd_rand random(seed);
      std::array<std::uint64_t, 3> last{};
      while (!stop) {
        const std::size_t i = random() % 3;
        const auto before = values[i].version();
        if (before < last[i]) ++backwards;
        last[i] = before;
        values[i].read([&](const version& outer) {
          if (random() % 4 == 0) values[random() % 3].read([&](const version& inner) { unsound += !inner.sound(); });
          if (random() % 64 == 0) std::this_thread::yield();
          unsound += !outer.sound();
        });
        ++reads;
      }
    };
    std::vector<std::thread> crowd;
    for (unsigned r = 0; r < readers; ++r) crowd.emplace_back(read_until_stopped, r + 1);
    std::vector<std::thread> writing;
    for (int w = 0; w < publishers; ++w)
      writing.emplace_back([&, w] {
        std::minstd_rand random(static_cast<unsigned>(w) + 100);
        for (long n = 1; n <= versions; ++n) {
          auto& p = values[random() % 3];
          p.publish(make(l, n));
          if (n % 16 == 0) p.rollback();
          if (n % 32 == 0) unsound += !p.snapshot()->sound();
          if (n % 8 == 0) std::thread([&] { is_reader = true, unsound += number(p) < 0; }).join();
        }
      });
    for (auto& w : writing) w.join();
    stop = true;
    for (auto& r : crowd) r.join();
    CHECK(unsound == 0);
    CHECK(backwards == 0);
    CHECK(reads > 0);
    for (auto& p : values) CHECK(p.collect() == 0);
    CHECK(l.made - l.destroyed <= 6);  // the current and the previous one of each
  }
  CHECK(l.made == publishers * versions + 3);
  CHECK(l.destroyed == l.made);
  CHECK(l.twice == 0);
  CHECK(l.destroyed_by_readers == 0);
}

TEST_CASE("values come and go while threads that read others push their copies out") {
  ledger l;
  std::atomic<bool> stop{false};
  std::atomic<long> unsound{0};
  std::deque<published<version>> lasting;
  for (long n = 0; n < 9; ++n) lasting.emplace_back(make(l, n));
  std::mutex handing;
  std::shared_ptr<published<version>> passing = std::make_shared<published<version>>(make(l, 1));
  std::vector<std::thread> crowd;
  for (int r = 0; r < 2; ++r)
    crowd.emplace_back([&] {
      while (!stop) {
        std::shared_ptr<published<version>> p;
        {
          const std::lock_guard lock(handing);
          p = passing;
        }
        unsound += number(*p) < 0;
        {
          // The last user of `p` may be this thread, which then is an owner and no reader.
          p.reset();
          is_reader = true;
          for (auto& q : lasting) unsound += number(q) < 0;
          is_reader = false;
        }
      }
    });
  for (long n = 0; n < 2000; ++n) {
    auto next = std::make_shared<published<version>>(make(l, n));
    const std::lock_guard lock(handing);
    passing = std::move(next);
  }
  stop = true;
  for (auto& r : crowd) r.join();
  passing.reset();
  lasting.clear();
  CHECK(unsound == 0);
  CHECK(l.made == l.destroyed);
  CHECK(l.twice == 0);
  CHECK(l.destroyed_by_readers == 0);
}

TEST_CASE("the cost of a read with two readers", "[.timing]") {
  published<long> p(std::make_shared<const long>(1));
  constexpr long rounds = 50'000'000;
  std::atomic<long> sum{0};
  const auto start = std::chrono::steady_clock::now();
  const auto work = [&] {
    long s = 0;
    for (long i = 0; i < rounds; ++i) s += p.read([](const long& v) { return v; });
    sum += s;
  };
  std::thread other(work);
  work();
  other.join();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  std::printf("a read with 2 readers: %.1f ns\n", took.count() / double(rounds));
  CHECK(sum == 2 * rounds);
}
