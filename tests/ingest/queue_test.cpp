// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/queue.hpp>

#include "catch.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

using namespace bespoke;

TEST_CASE("a queue delivers what was pushed before it was closed, in order") {
  ingest::queue<int> uploads{.capacity = 10};
  for (int i = 0; i < 5; ++i) CHECK(uploads.push(i));
  CHECK(uploads.size() == 5);
  uploads.close();
  CHECK_FALSE(uploads.push(9));
  CHECK_FALSE(uploads.try_push(9));
  CHECK(to_vector(uploads.records()) == std::vector<int>{0, 1, 2, 3, 4});
  CHECK_FALSE(uploads.records().rewind());
}

TEST_CASE("a full queue refuses try_push and makes push wait for room") {
  ingest::queue<int> uploads{.capacity = 2};
  CHECK(uploads.try_push(1));
  CHECK(uploads.try_push(2));
  CHECK_FALSE(uploads.try_push(3));
  std::atomic<bool> pushed = false;
  std::thread host([&] { pushed = uploads.push(3); });
  std::vector<int> got, some;
  auto records = uploads.records();
  while (got.size() < 3 && records.next(some)) got.insert(got.end(), some.begin(), some.end());
  host.join();
  CHECK(pushed);
  CHECK(got == std::vector<int>{1, 2, 3});
}

TEST_CASE("closing wakes those that wait to push and those that wait to read") {
  ingest::queue<int> full{.capacity = 1}, empty{.capacity = 1};
  full.push(1);
  std::atomic<int> refused = 0, ended = 0;
  std::thread pusher([&] { refused += !full.push(2); });
  std::thread reader([&] { ended += to_vector(empty.records()).empty(); });
  full.close();
  empty.close();
  pusher.join();
  reader.join();
  CHECK(refused == 1);
  CHECK(ended == 1);
}

TEST_CASE("many threads may push at once, each one's records stay in order") {
  constexpr int threads = 4, each = 5000;
  ingest::queue<int> uploads{.capacity = 64};
  std::vector<std::thread> hosts;
  for (int t = 0; t < threads; ++t)
    hosts.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) uploads.push(t * each + i);
    });
  std::thread closer([&] {
    for (auto& h : hosts) h.join();
    uploads.close();
  });
  std::vector<std::vector<int>> by_thread(threads);
  for (int n : uploads.records()) by_thread[static_cast<std::size_t>(n / each)].push_back(n);
  closer.join();
  for (const auto& got : by_thread) {
    CHECK(got.size() == each);
    CHECK(std::is_sorted(got.begin(), got.end()));
  }
}

TEST_CASE("a queue holds records that can only be moved, and its flow outlives it") {
  std::vector<std::unique_ptr<int>> got;
  auto records = [] {
    ingest::queue<std::unique_ptr<int>> uploads;
    uploads.push(std::make_unique<int>(7));
    uploads.close();
    return uploads.records();
  }();
  REQUIRE(records.next(got));
  CHECK(*got.at(0) == 7);
}
