// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/scratch.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <thread>
#include <utility>
#include <vector>

using namespace bespoke;

namespace {

bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

}  // namespace

TEST_CASE("what is taken is aligned, as long as asked for, and apart from the rest") {
  scratch s;
  const auto a = s.take<char>(1);
  const auto b = s.take<double>(3);
  const auto c = s.take<float>(1000);
  CHECK(a.size() == 1);
  CHECK(b.size() == 3);
  CHECK(c.size() == 1000);
  CHECK((is_aligned(a.data()) && is_aligned(b.data()) && is_aligned(c.data())));
  std::fill(a.begin(), a.end(), 'x');
  std::fill(c.begin(), c.end(), 2.0f);
  std::fill(b.begin(), b.end(), 1.0);
  CHECK(a[0] == 'x');
  CHECK(std::all_of(c.begin(), c.end(), [](float v) { return v == 2.0f; }));
}

TEST_CASE("nothing can be taken, from a new scratch too") {
  scratch s;
  CHECK(s.take<int>(0).empty());
  CHECK(s.take<int>(5).size() == 5);
  CHECK(s.take<int>(0).empty());
}

TEST_CASE("a frame gives back what was taken inside it, and no more") {
  scratch s;
  const auto kept = s.take<int>(4);
  std::iota(kept.begin(), kept.end(), 1);
  int* inner = nullptr;
  {
    const scratch::frame f(s);
    inner = s.take<int>(100).data();
    inner[0] = 9;
  }
  const scratch::frame f(s);
  CHECK(s.take<int>(100).data() == inner);
  CHECK(std::vector<int>(kept.begin(), kept.end()) == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("frames nest, also where the scratch had to grow inside") {
  scratch s;
  const auto outer = s.take<std::uint64_t>(1000);
  std::fill(outer.begin(), outer.end(), 1u);
  const scratch::frame f1(s);
  const auto middle = s.take<std::uint64_t>(100'000);  // larger than the first chunk
  std::fill(middle.begin(), middle.end(), 2u);
  for (int round = 0; round < 3; ++round) {
    const scratch::frame f2(s);
    const auto inner = s.take<std::uint64_t>(1'000'000);
    std::fill(inner.begin(), inner.end(), 3u);
  }
  CHECK(std::accumulate(outer.begin(), outer.end(), std::uint64_t{0}) == 1000);
  CHECK(std::accumulate(middle.begin(), middle.end(), std::uint64_t{0}) == 200'000);
}

TEST_CASE("the same records take the same memory every time") {
  scratch s;
  const auto record = [&] {
    const scratch::frame f(s);
    std::vector<const void*> places;
    for (std::size_t n : {10u, 20'000u, 5u, 300'000u, 7u}) places.push_back(s.take<char>(n).data());
    return places;
  };
  const auto first = record();
  for (int i = 0; i < 5; ++i) CHECK(record() == first);
}

TEST_CASE("random takes and frames never overlap") {
  std::mt19937 random(7);
  scratch s;
  struct taken {
    std::span<unsigned char> bytes;
    unsigned char mark;
  };
  const auto intact = [](const std::vector<taken>& all) {
    return std::all_of(all.begin(), all.end(), [](const taken& t) {
      return std::all_of(t.bytes.begin(), t.bytes.end(), [&](unsigned char b) { return b == t.mark; });
    });
  };
  const auto level = [&](auto& self, std::vector<taken> alive, int depth) -> bool {
    const scratch::frame f(s);
    for (int i = 0; i < 4; ++i) {
      const auto mark = static_cast<unsigned char>(random());
      alive.push_back({s.take<unsigned char>(random() % 50'000), mark});
      std::fill(alive.back().bytes.begin(), alive.back().bytes.end(), mark);
      if (depth < 4 && !self(self, alive, depth + 1)) return false;
    }
    return intact(alive);
  };
  CHECK(level(level, {}, 0));
}

TEST_CASE("a moved-from scratch is empty and usable") {
  scratch a;
  const auto before = a.take<int>(10);
  before[0] = 42;
  scratch b = std::move(a);
  const auto from_a = a.take<int>(10);  // NOLINT: a moved-from scratch is a new one
  const auto from_b = b.take<int>(10);
  CHECK(from_a.data() != before.data());
  CHECK(from_b.data() != before.data());
  CHECK(from_b.data() != from_a.data());
  CHECK(before[0] == 42);
  a = std::move(b);
  CHECK(before[0] == 42);
  CHECK(a.take<int>(1).size() == 1);
}

TEST_CASE("each thread has a scratch of its own") {
  const scratch* const here = &scratch::local();
  CHECK(here == &scratch::local());
  const scratch* there = nullptr;
  std::thread([&] { there = &scratch::local(); }).join();
  CHECK(there != here);
}
