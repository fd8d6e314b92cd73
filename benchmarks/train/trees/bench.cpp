// SPDX-License-Identifier: Apache-2.0
// Learns with decision_tree, random_forest and gradient_boosting from tables that peer.py wrote.
//
//   bench_train_trees LEARNER TABLE TEST THREADS ROUNDS [NAME=NUMBER ...]
//
// prints the seconds of one fit (the median of ROUNDS) and the accuracy on TEST, on one line.
// LEARNER: tree, forest, boosting; a NAME is a field of its spec. A table is a binary file: records and columns as
// uint32, then the rows as float32 (NaN: missing), then the labels as uint32.

#include <bespoke/core/metrics.hpp>
#include <bespoke/train/decision_tree.hpp>
#include <bespoke/train/gradient_boosting.hpp>
#include <bespoke/train/random_forest.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace bespoke;
using numbers = std::map<std::string, double>;

struct table {
  std::shared_ptr<dense_rows> rows{};
  std::vector<std::uint32_t> labels{};
};

table read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::uint32_t size[2]{};
  in.read(reinterpret_cast<char*>(size), sizeof size);
  table t{std::make_shared<dense_rows>(size[0], size[1]), std::vector<std::uint32_t>(size[0])};
  for (std::size_t i = 0; i < size[0]; ++i)
    in.read(reinterpret_cast<char*>(t.rows->writable(i).data()), static_cast<std::streamsize>(size[1] * sizeof(float)));
  in.read(reinterpret_cast<char*>(t.labels.data()), static_cast<std::streamsize>(size[0] * sizeof(std::uint32_t)));
  if (!in) throw error(errc::io, {.stage = "bench_train_trees", .source = path, .problem = "the table is too short"});
  return t;
}

template <class Spec>
void measure(const Spec& spec, const table& train, const table& test, unsigned threads, int rounds) {
  const auto x = rows_as_blocks(std::shared_ptr<const dense_rows>(train.rows));
  const blocks<std::uint32_t> y{std::span<const std::uint32_t>(train.labels)};
  std::vector<double> taken;
  std::vector<std::uint32_t> predicted(test.labels.size());
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto f = spec.fit(x, y, context({.threads = threads}));
    taken.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (i + 1 < rounds) continue;
    context({.threads = threads}).parallel(predicted.size(), [&](std::size_t r, scratch& s) {
      predicted[r] = f((*test.rows)[r], s).label();
    });
  }
  std::nth_element(taken.begin(), taken.begin() + rounds / 2, taken.end());
  std::printf("%.5f %.5f\n", taken[static_cast<std::size_t>(rounds / 2)], accuracy(predicted, test.labels));
}

std::size_t size(const numbers& given, const char* name, std::size_t otherwise) {
  const auto at = given.find(name);
  return at == given.end() ? otherwise : static_cast<std::size_t>(at->second);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 5)
    return std::fprintf(stderr, "usage: bench_train_trees LEARNER TABLE TEST THREADS ROUNDS [NAME=NUMBER ...]\n"), 2;
  const table train = read(arguments[1]), test = read(arguments[2]);
  const auto threads = static_cast<unsigned>(std::stoul(arguments[3]));
  const int rounds = std::stoi(arguments[4]);
  numbers given;
  for (std::size_t i = 5; i < arguments.size(); ++i) {
    const std::size_t at = arguments[i].find('=');
    given[arguments[i].substr(0, at)] = std::stod(arguments[i].substr(at + 1));
  }
  if (arguments[0] == "tree") {
    measure(train::decision_tree{.max_depth = size(given, "max_depth", 0),
                                 .min_samples_leaf = size(given, "min_samples_leaf", 1)},
            train, test, threads, rounds);
  } else if (arguments[0] == "forest") {
    measure(train::random_forest{.trees = size(given, "trees", 100),
                                 .min_samples_leaf = size(given, "min_samples_leaf", 1)},
            train, test, threads, rounds);
  } else if (arguments[0] == "boosting") {
    measure(train::gradient_boosting{.rounds = size(given, "rounds", 100),
                                     .max_leaves = size(given, "max_leaves", 31),
                                     .min_samples_leaf = size(given, "min_samples_leaf", 20)},
            train, test, threads, rounds);
  } else {
    return std::fprintf(stderr, "bench_train_trees: unknown learner %s\n", arguments[0].c_str()), 2;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_train_trees: %s\n", e.what());
  return 1;
}
