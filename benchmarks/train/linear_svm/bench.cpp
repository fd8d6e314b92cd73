// SPDX-License-Identifier: Apache-2.0
// Trains linear_svm on AG News' training rows: words and pairs, tf-idf as scikit-learn has it.
//
//   bench_train_linear_svm rows FILE                   writes labels and rows to FILE, for peer.py to train on
//   bench_train_linear_svm time THREADS ROUNDS FILE    prints the seconds of a fit, the median of ROUNDS, and writes what
//                                                      was learned to FILE, for peer.py to judge
//
// BESPOKE_DATA names the folder with ag_news/train_subset.csv.

#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace bespoke;

struct article {
  std::uint32_t label{};
  std::string title{}, description{};
};

struct data_set {
  std::shared_ptr<const sparse_rows> rows{};
  std::vector<std::uint32_t> labels{};
};

data_set read() {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr)
    throw error(errc::io, {.stage = "bench_train_linear_svm", .problem = "BESPOKE_DATA names no folder"});
  std::vector<std::string> texts;
  data_set all;
  for (const article& a :
       ingest::csv<article>(std::string(data) + "/ag_news/train_subset.csv",
                            {column(0, &article::label), column(1, &article::title), column(2, &article::description)},
                            {.header = false})) {
    texts.push_back(a.title + " " + a.description);
    all.labels.push_back(a.label);
  }
  const features::tfidf spec{.ngrams = {1, 2}, .words = word_rule::sklearn};
  const context ctx;
  const auto fitted = spec.fit_rows(blocks<std::string>(std::span<const std::string>(texts)),
                                    own(std::vector<none>(texts.size())), ctx);
  all.rows = std::make_shared<const sparse_rows>(collect(fitted.output, ctx));
  return all;
}

template <class T>
void write(std::ofstream& out, std::span<const T> values) {
  const std::uint64_t n = values.size();
  out.write(reinterpret_cast<const char*>(&n), sizeof n);
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

void write_rows(const std::string& file) {
  const auto [rows, labels] = read();
  std::ofstream out(file, std::ios::binary);
  write(out, std::span<const std::uint32_t>(labels));
  write(out, rows->offsets());
  write(out, rows->columns());
  write(out, rows->values());
}

void measure(unsigned threads, int rounds, const std::string& file) {
  const auto [rows, labels] = read();
  const auto x = rows_as_blocks<sparse_rows>(rows);
  const blocks<std::uint32_t> y{std::span<const std::uint32_t>(labels)};
  std::vector<double> taken;
  std::optional<train::linear_svm::fitted<sparse_row, std::uint32_t>> fitted;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    fitted.emplace(train::linear_svm{}.fit(x, y, context({.threads = threads})));
    taken.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ofstream out(file, std::ios::binary);
  write(out, fitted->linear().weights());
  write(out, fitted->linear().intercepts());
  std::nth_element(taken.begin(), taken.begin() + rounds / 2, taken.end());
  std::printf("%.4f\n", taken[static_cast<std::size_t>(rounds / 2)]);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "rows" && argc == 3) write_rows(arguments[1]);
  else if (what == "time" && argc == 5)
    measure(static_cast<unsigned>(std::stoul(arguments[1])), std::stoi(arguments[2]), arguments[3]);
  else return std::fprintf(stderr, "usage: bench_train_linear_svm rows FILE | time THREADS ROUNDS FILE\n"), 2;
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_train_linear_svm: %s\n", e.what());
  return 1;
}
