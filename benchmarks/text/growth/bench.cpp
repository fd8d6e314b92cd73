// SPDX-License-Identifier: Apache-2.0
// What training costs as the text grows 10 times: tf-idf of words and pairs and a linear_svm on AG News' training rows,
// 2,400 and 24,000 of them, from memory.
//
//   bench_text_growth WHAT ROUNDS   prints the ratio of the two times: the least of ROUNDS, large and small taking turns
//
// WHAT is "features", tf-idf alone, or "training", the whole chain.
// BESPOKE_DATA names the folder with ag_news/train_subset.csv, which is grouped by label: it is shuffled first.

#include <bespoke/core/fit.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace bespoke;

struct article {
  int label = 0;
  std::string title{}, text{};
};

std::vector<article> articles() {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr) throw error(errc::io, {.stage = "bench_text_growth", .problem = "BESPOKE_DATA names no folder"});
  auto all = to_vector(ingest::csv<article>(
      std::string(data) + "/ag_news/train_subset.csv",
      {column(0, &article::label), column(1, &article::title), column(2, &article::text)}, {.header = false}));
  for (article& a : all) a.text = a.title + " " + a.text;
  random_numbers random(7);
  return sample(std::move(all), 24'000, random);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double seconds_to_fit(const std::string& what, const std::vector<article>& some) {
  const auto features = field("text", &article::text) | features::tfidf{.ngrams = {1, 2}};
  const double start = now();
  if (what == "features") {
    const context ctx;
    const blocks<article> x{std::span<const article>(some)};
    const auto rows = features.fit_rows(x, own(std::vector<none>(some.size())), ctx);
    return now() - start;
  }
  const auto classify = fit(features | train::linear_svm{}, some, &article::label);
  return now() - start;
}

/// Other work on the machine only adds to a time.
double least(const std::vector<double>& x) { return *std::min_element(x.begin(), x.end()); }

double growth(const std::string& what, int rounds) {
  const auto large = articles();
  const std::vector<article> small(large.begin(), large.begin() + 2400);
  std::vector<double> of_large, of_small;
  for (int i = 0; i < rounds; ++i) {
    of_large.push_back(seconds_to_fit(what, large));
    for (int k = 0; k < 3; ++k) of_small.push_back(seconds_to_fit(what, small));
  }
  std::fprintf(stderr, "text/growth, %s: 2,400 records %.3f s, 24,000 records %.3f s\n", what.c_str(), least(of_small),
               least(of_large));
  return least(of_large) / least(of_small);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc == 3 ? argv[1] : "";
  if (what != "features" && what != "training")
    return std::fprintf(stderr, "usage: bench_text_growth features|training ROUNDS\n"), 2;
  std::printf("%.2f\n", growth(what, std::stoi(argv[2])));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_text_growth: %s\n", e.what());
  return 1;
}
