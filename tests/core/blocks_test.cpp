// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/blocks.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using namespace bespoke;
using bespoke_test::contains;

namespace {

const unsigned thread_counts[] = {1, 2, 4};

struct ticket {
  std::string body{};
  float amount = 0;
};

std::vector<int> numbers(std::size_t n) {
  std::vector<int> v(n);
  std::iota(v.begin(), v.end(), 0);
  return v;
}

template <class T>
std::vector<T> read_all(const blocks<T>& b) {
  scratch s;
  std::vector<T> out;
  for (std::size_t i = 0; i < b.count(); ++i)
    b.visit(i, s, [&](const block<T>& values) { out.insert(out.end(), values.begin(), values.end()); });
  return out;
}

sparse_rows random_sparse(std::size_t rows, std::uint32_t width) {
  std::mt19937 random(3);
  sparse_rows m(width);
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    for (std::uint32_t c = 0; c < width; ++c)
      if (random() % 4 == 0) columns.push_back(c), values.push_back(static_cast<float>(random() % 1000) / 7.0f);
    m.append({columns, values, width});
  }
  return m;
}

template <class T>
bool same(std::span<const T> a, std::span<const T> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Rows whose width is 3, but for those given.
blocks<dense_row> uneven(std::size_t rows, std::vector<std::pair<std::size_t, std::size_t>> odd) {
  static const float values[16] = {};
  std::vector<dense_row> out(rows, dense_row{std::span<const float>(values, 3)});
  for (const auto& [at, width] : odd) out[at] = dense_row{std::span<const float>(values, width)};
  return own(std::move(out));
}

}  // namespace

TEST_CASE("values are cut into blocks of 1,024, the last one shorter") {
  struct cut {
    std::size_t size, count, last;
  };
  for (const auto& [size, count, last] :
       {cut{1, 1, 1}, cut{1023, 1, 1023}, cut{1024, 1, 1024}, cut{1025, 2, 1}, cut{2048, 2, 1024}, cut{5000, 5, 904}}) {
    const auto b = own(numbers(size));
    CHECK(b.size() == size);
    CHECK(b.count() == count);
    scratch s;
    b.visit(count - 1, s, [&, at = count - 1, n = last](const block<int>& values) {
      CHECK(values.size() == n);
      CHECK(values.first() == at * block_size);
      CHECK(values[0] == static_cast<int>(at * block_size));
    });
  }
}

TEST_CASE("no values are no blocks") {
  const auto b = own(std::vector<int>{});
  CHECK(b.size() == 0);
  CHECK(b.count() == 0);
  int calls = 0;
  b.for_each(context(), [&](const block<int>&) { ++calls; });
  b.reduce(context(), [](const block<int>&) { return 0; }, [&](int) { ++calls; });
  CHECK(calls == 0);
}

TEST_CASE("blocks borrow a span or own a vector") {
  const auto v = numbers(3000);
  CHECK(read_all(blocks<int>(std::span<const int>(v))) == v);
  CHECK(read_all(own(v)) == v);
  auto b = std::make_unique<blocks<int>>(own(v));
  const blocks<int> copy = *b;
  b.reset();
  CHECK(read_all(copy) == v);
}

TEST_CASE("one field of the host's records is read in place") {
  std::vector<ticket> tickets(2500);
  for (std::size_t i = 0; i < tickets.size(); ++i) tickets[i] = {std::to_string(i), static_cast<float>(i) / 2};
  const blocks<float> amounts(&tickets[0].amount, sizeof(ticket), tickets.size(), nullptr);
  scratch s;
  amounts.visit(2, s, [&](const block<float>& values) {
    CHECK(values.size() == 452);
    CHECK(&values[0] == &tickets[2048].amount);
    CHECK(&values[451] == &tickets[2499].amount);
    CHECK(std::distance(values.begin(), values.end()) == 452);
    CHECK(*std::next(values.begin(), 10) == 1029.0f);
  });
  const blocks<std::string> bodies(&tickets[0].body, sizeof(ticket), tickets.size(), nullptr);
  CHECK(read_all(bodies)[1234] == "1234");
}

TEST_CASE("blocks keep their owner alive") {
  auto kept = std::make_shared<std::vector<int>>(numbers(10));
  const std::weak_ptr<std::vector<int>> watched = kept;
  {
    const blocks<int> b(kept->data(), sizeof(int), kept->size(), kept);
    kept.reset();
    CHECK_FALSE(watched.expired());
    CHECK(read_all(b) == numbers(10));
  }
  CHECK(watched.expired());
}

TEST_CASE("a block's iterators walk its values") {
  const auto v = numbers(3);
  const block<int> b(std::span<const int>(v), 40);
  CHECK(b.first() == 40);
  auto it = b.begin();
  CHECK(*it++ == 0);
  CHECK(*it == 1);
  CHECK(*++it == 2);
  CHECK(++it == b.end());
  CHECK(block<int>(std::span<const int>(), 0).begin() == block<int>(std::span<const int>(), 0).end());
}

TEST_CASE("a stride of 0 repeats one value") {
  const int seven = 7;
  const blocks<int> b(&seven, 0, 1500, nullptr);
  CHECK(read_all(b) == std::vector<int>(1500, 7));
}

TEST_CASE("for_each sees every value once, on any number of threads") {
  const auto b = own(numbers(10'000));
  for (const unsigned threads : thread_counts) {
    std::vector<std::atomic<int>> seen(10'000);
    b.for_each(context({.threads = threads}), [&](const block<int>& values) {
      for (const int v : values) ++seen[static_cast<std::size_t>(v)];
    });
    CHECK(std::all_of(seen.begin(), seen.end(), [](const std::atomic<int>& n) { return n == 1; }));
  }
}

TEST_CASE("reduce over blocks combines in the order of the blocks") {
  const auto b = own(numbers(100'000));
  for (const unsigned threads : thread_counts) {
    std::vector<std::size_t> order;
    long total = 0;
    b.reduce(
        context({.threads = threads}),
        [](const block<int>& v) { return std::pair(v.first(), std::accumulate(v.begin(), v.end(), 0L)); },
        [&](const std::pair<std::size_t, long>& part) {
          order.push_back(part.first);
          total += part.second;
        });
    CHECK(order.size() == b.count());
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(total == 99'999L * 100'000 / 2);
  }
}

TEST_CASE("reduce over blocks passes exceptions and stops on") {
  const auto b = own(numbers(50'000));
  std::stop_source stopped;
  stopped.request_stop();
  const auto count = [](const block<int>& v) { return v.size(); };
  try {
    b.reduce(context({.stop = stopped.get_token(), .threads = 2}), count, [](std::size_t) {});
    FAIL("the work went on");
  } catch (const error& e) {
    CHECK(e.code() == errc::stopped);
  }
  const auto fail = [](const block<int>& v) -> int { throw error(errc::parse, {.record = v.first()}); };
  CHECK_THROWS_AS(b.reduce(context({.threads = 2}), fail, [](int) {}), error);
}

TEST_CASE("a matrix's rows are blocks of views") {
  dense_rows m(1500, 2);
  for (std::size_t i = 0; i < 1500; ++i) m.writable(i)[1] = static_cast<float>(i);
  const auto kept = std::make_shared<const dense_rows>(std::move(m));
  const auto b = rows_as_blocks<dense_rows>(kept);
  CHECK(b.size() == 1500);
  scratch s;
  b.visit(1, s, [&](const block<dense_row>& rows) {
    CHECK(rows.first() == 1024);
    CHECK(rows.size() == 476);
    CHECK(rows[3].values.data() == (*kept)[1027].values.data());
  });
}

TEST_CASE("collect copies dense rows in order, for any number of threads") {
  dense_rows m(5000, 3);
  for (std::size_t i = 0; i < 5000; ++i)
    for (std::size_t c = 0; c < 3; ++c) m.writable(i)[c] = static_cast<float>(3 * i + c);
  const auto kept = std::make_shared<const dense_rows>(std::move(m));
  for (const unsigned threads : thread_counts) {
    const dense_rows copy = collect(rows_as_blocks<dense_rows>(kept), context({.threads = threads}));
    CHECK(copy.size() == 5000);
    CHECK(copy.width() == 3);
    CHECK(same(copy.values(), kept->values()));
    CHECK(copy.values().data() != kept->values().data());
  }
}

TEST_CASE("collect copies sparse rows in order, for any number of threads") {
  const auto kept = std::make_shared<const sparse_rows>(random_sparse(5000, 20));
  for (const unsigned threads : thread_counts) {
    const sparse_rows copy = collect(rows_as_blocks<sparse_rows>(kept), context({.threads = threads}));
    CHECK(copy.width() == 20);
    CHECK(same(copy.offsets(), kept->offsets()));
    CHECK(same(copy.columns(), kept->columns()));
    CHECK(same(copy.values(), kept->values()));
  }
}

TEST_CASE("collect of nothing is nothing, and rows may have no columns") {
  CHECK(collect(own(std::vector<dense_row>{}), context()).size() == 0);
  CHECK(collect(own(std::vector<sparse_row>{}), context()).size() == 0);
  CHECK(collect(own(std::vector<dense_row>(1030)), context()).size() == 1030);
  const sparse_rows empty = collect(own(std::vector<sparse_row>(1030, sparse_row{{}, {}, 9})), context());
  CHECK(empty.size() == 1030);
  CHECK(empty.width() == 9);
  CHECK(empty.stored() == 0);
}

TEST_CASE("collect names the first row of another width") {
  for (const unsigned threads : thread_counts) {
    const context ctx({.threads = threads});
    CHECK_THROWS_WITH(collect(uneven(5000, {{1030, 4}, {20, 5}}), ctx),
                      "collect: record 20: a row of another width than the first: expected 3 columns, got 5");
    CHECK_THROWS_WITH(collect(uneven(5000, {{1024, 4}, {4000, 5}}), ctx), contains("record 1024:"));
    CHECK_THROWS_WITH(collect(uneven(5000, {{1030, 4}, {4000, 5}}), ctx), contains("record 1030:"));
  }
  std::vector<sparse_row> rows(2000, sparse_row{{}, {}, 9});
  rows[1999].columns_in_all = 8;
  CHECK_THROWS_WITH(collect(own(rows), context()), contains("record 1999: a row of another width than the first"));
}
