// SPDX-License-Identifier: Apache-2.0
// One text → its label: a chain of tfidf (words and pairs) and linear_svm, trained on AG News, asked for one record at a
// time. This program stands in for malloc, and counts.
//
//   bench_infer_text ROUNDS    prints p50 and p99 in microseconds over ROUNDS times 2,000 texts, after one round that does
//                              not count, the allocations of one answer, and the share of right labels
//
// BESPOKE_DATA names the folder with ag_news/train_subset.csv and ag_news/test.csv.

#include <bespoke/bespoke.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <counted_allocations.hpp>

using namespace bespoke;

struct Article {
  std::string text{};
  std::string label{};
};

namespace {

struct line {
  std::string label{}, title{}, description{};
};

std::vector<Article> articles(const std::string& file) {
  std::vector<Article> all;
  for (const line& l : ingest::csv<line>(
           file, {column(0, &line::label), column(1, &line::title), column(2, &line::description)}, {.header = false}))
    all.push_back({l.title + " " + l.description, l.label});
  return all;
}

double at(std::vector<double>& x, double share) {
  const auto place = x.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(x.size() - 1));
  std::nth_element(x.begin(), place, x.end());
  return *place;
}

void measure(const std::string& data, int rounds) {
  const auto spec = field("text", &Article::text) | features::tfidf{.ngrams = {1, 2}, .words = word_rule::sklearn} |
                    train::linear_svm{};
  const auto classify = fit(spec, articles(data + "/ag_news/train_subset.csv"), &Article::label);
  auto test = articles(data + "/ag_news/test.csv");
  test.resize(std::min<std::size_t>(test.size(), 2000));
  std::vector<double> taken;
  taken.reserve(test.size() * static_cast<std::size_t>(rounds));
  std::size_t right = 0;
  for (const Article& a : test) right += classify(a).label() == a.label;
  counting = true;
  for (int i = 0; i < rounds; ++i)
    for (const Article& a : test) {
      const auto start = std::chrono::steady_clock::now();
      const auto answer = classify(a);
      const auto end = std::chrono::steady_clock::now();
      if (answer.label().empty()) throw error(errc::shape, {.stage = "bench_infer_text", .problem = "no label"});
      taken.push_back(std::chrono::duration<double, std::micro>(end - start).count());
    }
  counting = false;
  const double calls = static_cast<double>(taken.size());
  std::printf("%.3f %.3f %g %.4f\n", at(taken, 0.5), at(taken, 0.99), static_cast<double>(counted) / calls,
              static_cast<double>(right) / static_cast<double>(test.size()));
}

}  // namespace

int main(int argc, char** argv) try {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr || argc != 2)
    return std::fprintf(stderr, "usage: bench_infer_text ROUNDS, with BESPOKE_DATA in the environment\n"), 2;
  measure(data, std::stoi(argv[1]));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_infer_text: %s\n", e.what());
  return 1;
}
