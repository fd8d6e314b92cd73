// SPDX-License-Identifier: Apache-2.0
// Learns with decision_tree, random_forest and gradient_boosting from tables that peer.py wrote.
//
//   bench_train_trees LEARNER NAME THREADS ROUNDS TIMED SETTINGS...
//
// chooses the SETTINGS that are right most often on the folds of NAME.choose, then reads NAME.test. Prints on one line the
// seconds of one fit to NAME.train with the settings TIMED (the median of ROUNDS), the accuracy of the chosen ones on
// NAME.test, and the chosen ones.
// LEARNER: tree, forest, boosting. Settings are NAME=NUMBER,NAME=NUMBER,... with the names of the spec's fields. A table is
// a binary file: records and columns as uint32, the rows as float32 (NaN: missing), then of each record its label and its
// fold as uint32.

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
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace bespoke;
using numbers = std::map<std::string, double>;

struct table {
  std::shared_ptr<dense_rows> rows{};
  std::vector<std::uint32_t> labels{}, folds{};
};

table read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::uint32_t size[2]{};
  in.read(reinterpret_cast<char*>(size), sizeof size);
  table t{std::make_shared<dense_rows>(size[0], size[1]), std::vector<std::uint32_t>(size[0]),
          std::vector<std::uint32_t>(size[0])};
  for (std::size_t i = 0; i < size[0]; ++i)
    in.read(reinterpret_cast<char*>(t.rows->writable(i).data()), static_cast<std::streamsize>(size[1] * sizeof(float)));
  for (auto* of : {&t.labels, &t.folds})
    in.read(reinterpret_cast<char*>(of->data()), static_cast<std::streamsize>(size[0] * sizeof(std::uint32_t)));
  if (!in) throw error(errc::io, {.stage = "bench_train_trees", .source = path, .problem = "the table is too short"});
  return t;
}

// The records of a fold, or all others.
table part(const table& all, std::uint32_t fold, bool held_out) {
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < all.labels.size(); ++i)
    if ((all.folds[i] == fold) == held_out) some.push_back(i);
  table t{std::make_shared<dense_rows>(some.size(), all.rows->width())};
  for (std::size_t i = 0; i < some.size(); ++i) {
    std::copy_n((*all.rows)[some[i]].values.begin(), all.rows->width(), t.rows->writable(i).begin());
    t.labels.push_back(all.labels[some[i]]);
  }
  return t;
}

numbers parsed(const std::string& settings) {
  numbers all;
  std::istringstream in(settings);
  for (std::string one; std::getline(in, one, ',');) {
    const std::size_t at = one.find('=');
    all[one.substr(0, at)] = std::stod(one.substr(at + 1));
  }
  return all;
}

std::size_t size(const numbers& given, const char* name, std::size_t otherwise) {
  const auto at = given.find(name);
  return at == given.end() ? otherwise : static_cast<std::size_t>(at->second);
}

// Calls `use` with the spec that the settings ask for.
template <class Use>
auto with_spec(const std::string& learner, const numbers& n, Use&& use) {
  if (learner == "tree")
    return use(
        train::decision_tree{.max_depth = size(n, "max_depth", 0), .min_samples_leaf = size(n, "min_samples_leaf", 1)});
  if (learner == "forest")
    return use(train::random_forest{.trees = size(n, "trees", 100),
                                    .max_depth = size(n, "max_depth", 0),
                                    .min_samples_leaf = size(n, "min_samples_leaf", 1)});
  if (learner != "boosting")
    throw error(errc::invalid_argument, {.stage = "bench_train_trees", .problem = "unknown learner " + learner});
  return use(train::gradient_boosting{.rounds = size(n, "rounds", 100),
                                      .learning_rate = n.contains("learning_rate") ? n.at("learning_rate") : 0.1,
                                      .max_leaves = size(n, "max_leaves", 31),
                                      .min_samples_leaf = size(n, "min_samples_leaf", 20)});
}

auto fitted(const auto& spec, const table& t, unsigned threads) {
  const auto x = rows_as_blocks(std::shared_ptr<const dense_rows>(t.rows));
  return spec.fit(x, blocks<std::uint32_t>{std::span<const std::uint32_t>(t.labels)}, context({.threads = threads}));
}

double share_right(const auto& f, const table& t, unsigned threads) {
  std::vector<std::uint32_t> predicted(t.labels.size());
  context({.threads = threads}).parallel(predicted.size(), [&](std::size_t r, scratch& s) {
    predicted[r] = f((*t.rows)[r], s).label();
  });
  return accuracy(predicted, t.labels);
}

// Fits to all folds but one and is judged on that one: the mean.
double cross_validated(const auto& spec, const table& all, unsigned threads) {
  const std::uint32_t folds = *std::max_element(all.folds.begin(), all.folds.end()) + 1;
  double sum = 0;
  for (std::uint32_t f = 0; f < folds; ++f)
    sum += share_right(fitted(spec, part(all, f, false), threads), part(all, f, true), threads);
  return sum / folds;
}

double seconds(const auto& spec, const table& train, unsigned threads, int rounds) {
  std::vector<double> taken;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto f = fitted(spec, train, threads);
    taken.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(taken.begin(), taken.begin() + rounds / 2, taken.end());
  return taken[static_cast<std::size_t>(rounds / 2)];
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> given(argv + 1, argv + argc);
  if (given.size() < 6)
    return std::fprintf(stderr, "usage: bench_train_trees LEARNER NAME THREADS ROUNDS TIMED SETTINGS...\n"), 2;
  const std::string &learner = given[0], &name = given[1], &timed = given[4];
  const auto threads = static_cast<unsigned>(std::stoul(given[2]));
  const table choose = read(name + ".choose"), train = read(name + ".train");
  std::pair<double, std::string> best{-1, ""};
  for (auto s = given.begin() + 5; s != given.end(); ++s) {
    const double mean =
        with_spec(learner, parsed(*s), [&](const auto& spec) { return cross_validated(spec, choose, threads); });
    if (mean > best.first) best = {mean, *s};
  }
  const double taken = with_spec(learner, parsed(timed),
                                 [&](const auto& spec) { return seconds(spec, train, threads, std::stoi(given[3])); });
  const double right = with_spec(learner, parsed(best.second), [&](const auto& spec) {
    return share_right(fitted(spec, train, threads), read(name + ".test"), threads);
  });
  std::printf("%.5f %.5f %s\n", taken, right, best.second.c_str());
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_train_trees: %s\n", e.what());
  return 1;
}
