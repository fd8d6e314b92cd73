// SPDX-License-Identifier: Apache-2.0
// Fits features::tfidf with words and pairs to AG News' training rows, from memory, and gives the training rows too.
//
//   bench_tfidf time THREADS RULE ROUNDS   prints the megabytes of text a second: the median of ROUNDS
//   bench_tfidf rows RULE FILE             writes terms and rows to FILE, for peer.py to compare
//   bench_tfidf one RULE                   prints microseconds for one text: median over the rows
//
// RULE is "sklearn" or "unicode". BESPOKE_DATA names the folder with ag_news/train_subset.csv.

#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/csv.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace bespoke;
using seconds = std::chrono::duration<double>;

struct article {
  std::string title{}, description{};
};

std::vector<std::string> texts() {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr) throw error(errc::io, {.stage = "bench_tfidf", .problem = "BESPOKE_DATA names no folder"});
  std::vector<std::string> all;
  for (const article& a :
       ingest::csv<article>(std::string(data) + "/ag_news/train_subset.csv",
                            {column(1, &article::title), column(2, &article::description)}, {.header = false}))
    all.push_back(a.title + " " + a.description);
  return all;
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

double now() { return seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

features::tfidf spec(const std::string& rule) {
  return {.ngrams = {1, 2}, .words = rule == "sklearn" ? word_rule::sklearn : word_rule::unicode};
}

auto fit(const std::string& rule, const std::vector<std::string>& x, unsigned threads) {
  const context ctx({.threads = threads});
  return spec(rule).fit_rows(blocks<std::string>(std::span<const std::string>(x)), own(std::vector<none>(x.size())),
                             ctx);
}

void measure(unsigned threads, const std::string& rule, int rounds) {
  const auto x = texts();
  double megabytes = 0;
  for (const auto& text : x) megabytes += static_cast<double>(text.size()) / 1e6;
  std::vector<double> taken;
  for (int i = 0; i < rounds; ++i) {
    const double start = now();
    const auto fitted = fit(rule, x, threads);
    taken.push_back(now() - start);
  }
  std::printf("%.2f\n", megabytes / median(taken));
}

template <class T>
void write(std::ofstream& out, std::span<const T> values) {
  const std::uint64_t n = values.size();
  out.write(reinterpret_cast<const char*>(&n), sizeof n);
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

void write_rows(const std::string& rule, const std::string& file) {
  const auto x = texts();
  const auto [fitted, rows] = fit(rule, x, 0);
  const sparse_rows all = collect(rows, context());
  std::string names;
  for (std::size_t c = 0; c < fitted.width(); ++c) names += fitted.column_name(c) + '\n';
  std::ofstream out(file, std::ios::binary);
  write(out, std::span<const char>(names));
  write(out, all.offsets());
  write(out, all.columns());
  write(out, all.values());
}

void measure_one(const std::string& rule) {
  const auto x = texts();
  const auto fitted = fit(rule, x, 0).fitted;
  scratch& s = scratch::local();
  std::vector<double> taken;
  for (const auto& text : x) {
    const scratch::frame frame(s);
    const double start = now();
    fitted(text, s);
    taken.push_back((now() - start) * 1e6);
  }
  std::printf("%.2f\n", median(taken));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "time" && argc == 5)
    measure(static_cast<unsigned>(std::stoul(arguments[1])), arguments[2], std::stoi(arguments[3]));
  else if (what == "rows" && argc == 4) write_rows(arguments[1], arguments[2]);
  else if (what == "one" && argc == 3) measure_one(arguments[1]);
  else return std::fprintf(stderr, "usage: bench_tfidf time THREADS RULE ROUNDS | rows RULE FILE | one RULE\n"), 2;
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_tfidf: %s\n", e.what());
  return 1;
}
