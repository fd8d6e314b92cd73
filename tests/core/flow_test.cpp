// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/flow.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace bespoke;

namespace {

struct countdown {  // the header's example
  int left = 3;
  bool next(int& out) { return left > 0 ? (out = left--, true) : false; }
};

struct counter {
  int size = 0, at = 0;
  bool next(int& out) noexcept { return at < size ? (out = at++, true) : false; }
  void rewind() { at = 0; }
};

struct letters {
  std::unique_ptr<int> left = std::make_unique<int>(2);  // only moves
  bool next(std::string& out) {
    if (*left == 0) return false;
    out += "letter " + std::to_string((*left)--);  // a record that is not cleared would show
    return true;
  }
};

struct only_even {
  void operator()(std::vector<int>& records) {
    records.erase(std::remove_if(records.begin(), records.end(), [](int n) { return n % 2 != 0; }), records.end());
  }
  void reset() {}
};

struct distinct_ones {
  std::set<int> seen{};
  void operator()(std::vector<int>& records) {
    records.erase(std::remove_if(records.begin(), records.end(), [&](int n) { return !seen.insert(n).second; }),
                  records.end());
  }
  void reset() { seen.clear(); }
};

struct twice {
  void operator()(std::vector<int>& records) {
    std::vector<int> out;
    for (const int n : records) out.insert(out.end(), {n, n});
    records = out;
  }
  void reset() {}
};

struct fails {
  bool next(int&) { throw error(errc::io, {.problem = "unplugged"}); }
};

struct no_source {
  int next() { return 0; }
};

std::vector<int> range(int n) {
  std::vector<int> v;
  for (int i = 0; i < n; ++i) v.push_back(i);
  return v;
}

}  // namespace

TEST_CASE("a struct with next is a source") {
  CHECK(record_source<countdown>);
  CHECK(record_source<counter>);
  CHECK(record_source<letters>);
  CHECK_FALSE(record_source<no_source>);
  CHECK_FALSE(record_source<int>);
}

TEST_CASE("a flow is read by a range for") {
  flow numbers(countdown{});
  std::vector<int> seen;
  for (const int n : numbers) seen.push_back(n);
  CHECK(seen == std::vector<int>{3, 2, 1});
  for (const int n : numbers) seen.push_back(n);
  CHECK(seen.size() == 3);
}

TEST_CASE("an empty flow ends at once") {
  flow none_at_all(countdown{0});
  CHECK(none_at_all.begin() == none_at_all.end());
  CHECK(to_vector(flow(countdown{0})).empty());
}

TEST_CASE("records come in order, in blocks of at most 1,024, each one fresh") {
  flow numbers(counter{2500});
  std::vector<int> some, all;
  std::vector<std::size_t> sizes;
  while (numbers.next(some)) {
    sizes.push_back(some.size());
    all.insert(all.end(), some.begin(), some.end());
  }
  CHECK(sizes == std::vector<std::size_t>{1024, 1024, 452});
  CHECK(all == range(2500));
  CHECK_FALSE(numbers.next(some));
  CHECK(to_vector(flow(letters{})) == std::vector<std::string>{"letter 2", "letter 1"});
}

TEST_CASE("copies of a flow share its source") {
  flow numbers(counter{1500});
  flow copy = numbers;
  std::vector<int> some;
  REQUIRE(numbers.next(some));
  REQUIRE(copy.next(some));
  CHECK(some.front() == 1024);
}

TEST_CASE("a flow starts again where its source can") {
  flow numbers(counter{1500});
  CHECK(to_vector(numbers) == range(1500));
  CHECK(to_vector(numbers).empty());
  CHECK(numbers.rewind());
  CHECK(to_vector(numbers) == range(1500));
  flow once(countdown{});
  CHECK(to_vector(once).size() == 3);
  CHECK_FALSE(once.rewind());
}

TEST_CASE("a flow may start again before its end") {
  flow numbers(counter{3000});
  std::vector<int> some;
  REQUIRE(numbers.next(some));
  CHECK(numbers.rewind());
  CHECK(to_vector(numbers) == range(3000));
}

TEST_CASE("record stages drop, change and add records") {
  CHECK(flow_stage<only_even, int>);
  CHECK_FALSE(flow_stage<countdown, int>);
  CHECK(to_vector(through(flow(counter{10}), only_even{})) == std::vector<int>{0, 2, 4, 6, 8});
  CHECK(to_vector(through(flow(counter{2}), twice{})) == std::vector<int>{0, 0, 1, 1});
  CHECK(to_vector(through(through(flow(counter{2000}), twice{}), distinct_ones{})) == range(2000));
}

TEST_CASE("a stage that empties a block does not end the flow") {
  struct only_last {
    void operator()(std::vector<int>& records) {
      std::erase_if(records, [](int n) { return n != 4999; });
    }
    void reset() {}
  };
  auto last = through(flow(counter{5000}), only_last{});
  std::vector<int> some;
  REQUIRE(last.next(some));
  CHECK(some == std::vector<int>{4999});
  CHECK_FALSE(last.next(some));
}

TEST_CASE("stages forget when the flow starts again") {
  auto numbers = through(flow(counter{1200}), distinct_ones{});
  CHECK(to_vector(numbers) == range(1200));
  CHECK(numbers.rewind());
  CHECK(to_vector(numbers) == range(1200));
  auto once = through(flow(countdown{}), distinct_ones{});
  CHECK_FALSE(once.rewind());
}

TEST_CASE("an error of the source reaches the reader") {
  flow broken(fails{});
  std::vector<int> some;
  CHECK_THROWS_WITH(broken.next(some), "unplugged");
  CHECK_THROWS_AS(broken.begin(), error);
}
