// SPDX-License-Identifier: Apache-2.0
// The best 10 of 1,000,000 rows of 64 normal numbers by dot product, exactly.
//
//   bench_recommend_exact_million ROUNDS THREADS FILE   prints milliseconds of one query on one thread, by row_search (8 bits, then
//                                                       floats) and by floats alone; queries a second of 60 at once; and
//                                                       gigabytes a second: what a query by floats reads, and what a thread
//                                                       reads that only adds up the same memory. All are medians. Writes rows,
//                                                       queries and answers for peer.py: float32, float32 and uint32.

#include <bespoke/core/context.hpp>
#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/row_search.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "recommend/made_up.hpp"

namespace {

using namespace bespoke;

constexpr std::size_t size = 1000000, width = 64, queries = 60, k = 10;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> all) {
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

template <class F>
double median_seconds(std::size_t times, F&& f) {
  std::vector<double> taken;
  for (std::size_t i = 0; i < times; ++i) {
    const double start = seconds();
    f(i);
    taken.push_back(seconds() - start);
  }
  return median(taken);
}

dense_rows normal_rows(std::size_t n, std::uint64_t seed) {
  random_numbers random(seed);
  dense_rows rows(n, width);
  for (std::size_t i = 0; i < n; ++i)
    for (float& v : rows.writable(i)) v = static_cast<float>(made_up_interactions::normal(random));
  return rows;
}

// Adds as integers, side by side, which compilers put into vectors as they are.
std::uint32_t sum_of(std::span<const float> values) {
  constexpr std::size_t lanes = 64;
  const auto* const words = reinterpret_cast<const std::uint32_t*>(values.data());
  std::uint32_t sums[lanes] = {}, sum = 0;
  for (std::size_t i = 0; i < values.size(); i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) sums[l] += words[i + l];
  for (const std::uint32_t lane : sums) sum += lane;
  return sum;
}

void run(std::size_t rounds, unsigned threads, const std::string& file) {
  const dense_rows rows = normal_rows(size, 1), asked = normal_rows(queries, 2);
  const dot_rows all(rows);
  const row_search search(all, retrieval::automatic, context());
  std::vector<scored> room(queries * k);
  std::vector<std::size_t> found(queries);
  const context ctx({.threads = threads});
  const auto place = [&](std::size_t i) { return std::span(room).subspan(i % queries * k, k); };
  const auto query = [&](std::size_t i) { return asked[i % queries].values; };
  const double one =
      median_seconds(rounds * queries, [&](std::size_t i) { search.top_k(all, query(i), place(i), any_index{}); });
  const auto from_8_bits = room;
  const double floats = median_seconds(rounds * queries, [&](std::size_t i) { all.top_k(query(i), place(i)); });
  const auto alone = room;
  const double many = median_seconds(rounds * 3, [&](std::size_t) {
    all.top_k_of_all(asked, k, [](std::size_t, std::size_t) { return true; }, room, found, ctx);
  });
  if (room != alone || room != from_8_bits) throw std::runtime_error("three ways have different answers");
  volatile std::uint32_t sink = 0;
  const double reading = median_seconds(rounds * 5, [&](std::size_t) { sink = sink + sum_of(rows.values()); });
  const double gigabytes = 1e-9 * static_cast<double>(rows.values().size_bytes());
  std::ofstream out(file, std::ios::binary);
  for (const auto& some : {rows.values(), asked.values()})
    out.write(reinterpret_cast<const char*>(some.data()), static_cast<std::streamsize>(some.size_bytes()));
  for (const scored& s : room) {
    const auto index = static_cast<std::uint32_t>(s.index);
    out.write(reinterpret_cast<const char*>(&index), sizeof index);
  }
  std::printf("%.3f %.3f %.1f %.2f %.2f\n", 1e3 * one, 1e3 * floats, queries / many, gigabytes / floats,
              gigabytes / reading);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) return std::fprintf(stderr, "usage: see the head of exact_million/bench.cpp\n"), 2;
  run(std::stoul(argv[1]), static_cast<unsigned>(std::stoul(argv[2])), argv[3]);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_recommend_exact_million: %s\n", e.what());
  return 1;
}
