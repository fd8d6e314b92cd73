// SPDX-License-Identifier: Apache-2.0
// What training costs as the text grows 10 times: tf-idf of words and pairs and a linear_svm on AG News' training rows,
// 2,400 and 24,000 of them, from memory.
//
//   bench_text_growth ROUNDS   prints the ratio of the two times: medians of ROUNDS, large and small taking turns
//
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

double seconds_to_fit(const std::vector<article>& some) {
  const auto spec = field("text", &article::text) | features::tfidf{.ngrams = {1, 2}} | train::linear_svm{};
  const auto start = std::chrono::steady_clock::now();
  const auto classify = fit(spec, some, &article::label);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return classify.stage().last().converged() ? taken.count() : -1;
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

double growth(int rounds) {
  const auto large = articles();
  const std::vector<article> small(large.begin(), large.begin() + 2400);
  std::vector<double> of_large, of_small;
  for (int i = 0; i < rounds; ++i) {
    of_large.push_back(seconds_to_fit(large));
    for (int k = 0; k < 3; ++k) of_small.push_back(seconds_to_fit(small));
  }
  std::fprintf(stderr, "2,400 records %.3f s, 24,000 records %.3f s\n", median(of_small), median(of_large));
  return median(of_large) / median(of_small);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return std::fprintf(stderr, "usage: bench_text_growth ROUNDS\n"), 2;
  std::printf("%.2f\n", growth(std::stoi(argv[1])));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_text_growth: %s\n", e.what());
  return 1;
}
