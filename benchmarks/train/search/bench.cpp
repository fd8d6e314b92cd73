// SPDX-License-Identifier: Apache-2.0
// Searches 60 settings of tf-idf and a linear SVM on AG News' training rows, each judged on 5 stratified folds.
//
//   bench_train_search grid|halving EVERY THREADS   EVERY: takes every such row; prints the seconds and the mean accuracy
//                                                   of the best candidate; on standard error which it is
//
// BESPOKE_DATA names the folder with ag_news/train_subset.csv.

#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/search.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bespoke;

struct article {
  std::string title{}, description{}, topic{};
  std::string text{};
};

std::vector<article> articles(std::size_t every) {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr)
    throw error(errc::io, {.stage = "bench_train_search", .problem = "BESPOKE_DATA names no folder"});
  std::vector<article> some;
  std::size_t row = 0;
  for (article a :
       ingest::csv<article>(std::string(data) + "/ag_news/train_subset.csv",
                            {column(0, &article::topic), column(1, &article::title), column(2, &article::description)},
                            {.header = false}))
    if (row++ % every == 0) {
      a.text = a.title + " " + a.description;
      some.push_back(std::move(a));
    }
  return some;
}

template <class Found>
void print(const Found& found, std::chrono::steady_clock::time_point began) {
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  const trial& best = found.evidence[found.best_number];
  std::printf("%.3f %.6f\n", taken.count(), best.score.mean);
  std::fprintf(stderr, "best: %s, accuracy %.4f (%.4f to %.4f)\n", best.settings.c_str(), best.score.mean,
               best.score.low, best.score.high);
}

void search(const std::string& how, const std::vector<article>& all, unsigned threads) {
  const auto spec = field("text", &article::text) | features::tfidf{.ngrams = {1, 2}, .words = word_rule::sklearn} |
                    train::linear_svm{};
  const auto rare = axis<&features::tfidf::min_df>({1, 2, 3});
  const auto sublinear = axis<&features::tfidf::sublinear>({false, true});
  const auto c = axis<&train::linear_svm::c>({0.05f, 0.1f, 0.2f, 0.4f, 0.7f, 1, 2, 4, 8, 16});
  const auto began = std::chrono::steady_clock::now();
  const fold_plan folds = stratified_folds(numbered(all, &article::topic), 5);  // as scikit-learn's
  if (how == "grid")
    print(grid_search(spec, all, &article::topic, {.folds = folds, .threads = threads}, rare, sublinear, c), began);
  else
    print(halving_search(spec, all, &article::topic, {.folds = folds, .threads = threads}, rare, sublinear, c), began);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string how = argc == 4 ? argv[1] : "";
  if (how != "grid" && how != "halving")
    return std::fprintf(stderr, "usage: bench_train_search grid|halving EVERY THREADS\n"), 2;
  search(how, articles(std::stoul(argv[2])), static_cast<unsigned>(std::stoul(argv[3])));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_train_search: %s\n", e.what());
  return 1;
}
