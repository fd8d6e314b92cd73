// SPDX-License-Identifier: Apache-2.0
// The best 10 of many rows of 64 numbers for one query at a time, on one thread: exactly, exactly by 8 bits first, and along a
// graph. Rows are made up as factors are: some directions tell them apart more than others, and some rows are longer.
//
//   bench_recommend_retrieval ROWS QUERIES FILE   writes rows and queries to FILE for peer.py, and prints: the median
//                                                 microseconds of dot_rows, quantized_rows and row_graph, the share of the
//                                                 best 10 that the graph finds, and the seconds in which it is built

#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/graph_top_k.hpp>
#include <bespoke/core/quantized_top_k.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace bespoke;

constexpr std::size_t width = 64, k = 10;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> all) {
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

double bell(random_numbers& random) { return random.unit() + random.unit() + random.unit() + random.unit() - 2; }

dense_rows made_up(std::size_t rows, bool uneven, std::uint64_t seed) {
  random_numbers random(seed);
  dense_rows all(rows, width);
  for (std::size_t i = 0; i < rows; ++i) {
    const double length = uneven ? std::exp(0.5 * bell(random)) : 1;
    for (std::size_t n = 0; n < width; ++n)
      all.writable(i)[n] = static_cast<float>(length * bell(random) / std::sqrt(1 + static_cast<double>(n) / 4));
  }
  return all;
}

void write(const dense_rows& rows, const dense_rows& queries, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  for (const auto* all : {&rows, &queries}) {
    const std::uint64_t n = all->size();
    out.write(reinterpret_cast<const char*>(&n), sizeof n);
    out.write(reinterpret_cast<const char*>(all->values().data()),
              static_cast<std::streamsize>(n * width * sizeof(float)));
  }
  if (!out) throw error(errc::io, {.stage = "recommend/retrieval", .source = path, .problem = "cannot write the rows"});
}

struct measured {
  double microseconds = 0;
  std::vector<scored> best;  // k of each query
};

template <class TopK>
measured measure(const dense_rows& queries, TopK&& top_k) {
  measured all;
  std::vector<double> times;
  std::vector<scored> room(k);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const double start = seconds();
    const auto best = top_k(queries[q].values, std::span<scored>(room));
    times.push_back(seconds() - start);
    all.best.insert(all.best.end(), best.begin(), best.end());
  }
  all.microseconds = 1e6 * median(times);
  return all;
}

double shared(const std::vector<scored>& some, const std::vector<scored>& others) {
  double n = 0;
  for (std::size_t i = 0; i < some.size(); ++i) {
    const auto list = others.begin() + static_cast<std::ptrdiff_t>(i / k * k);
    n += static_cast<double>(std::count(list, list + static_cast<std::ptrdiff_t>(k), some[i]));
  }
  return n / static_cast<double>(some.size());
}

int run(std::size_t n, std::size_t questions, const std::string& path) {
  const dense_rows items = made_up(n, true, 1), queries = made_up(questions, false, 2);
  write(items, queries, path);
  const dot_rows rows(items);
  const quantized_rows small(rows);
  const double start = seconds();
  const row_graph graph(rows, {.build_width = 40}, context({.threads = 1}));
  const double build = seconds() - start;
  const auto exact = measure(queries, [&](auto query, auto room) { return rows.top_k(query, room); });
  const auto bits = measure(queries, [&](auto query, auto room) { return small.top_k(rows, query, room); });
  const auto near =
      measure(queries, [&](auto query, auto room) { return graph.top_k(rows, query, room, any_index{}); });
  if (bits.best != exact.best) throw error(errc::invalid_argument, {.problem = "8 bits gave other answers"});
  std::printf("%.2f %.2f %.2f %.4f %.2f\n", exact.microseconds, bits.microseconds, near.microseconds,
              shared(near.best, exact.best), build);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4) return run(std::stoul(argv[1]), std::stoul(argv[2]), argv[3]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  std::fprintf(stderr, "usage: %s ROWS QUERIES FILE\n", argv[0]);
  return 2;
}
