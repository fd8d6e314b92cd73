// SPDX-License-Identifier: Apache-2.0
// Classifies texts: how well, and how long training takes.
//
//   bench_text accuracy SET        prints the accuracy on the official test rows: ag_news, banking77
//   bench_text folds SET           prints the mean accuracy over 5 folds (record i is held out in fold i mod 5): chnsenticorp
//   bench_text end_to_end ROUNDS   trains on AG News from its file: prints seconds (the median) and accuracy
//
// With QUICK in the environment every eighth training row only: a smoke test.
//
// Settings are chosen by cross-validation on training rows alone; what was chosen goes to standard error. The rows that
// judge are read once, after that. BESPOKE_DATA names the folder with the sets.

#include <bespoke/core/fuse.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/preprocess/stop_words.hpp>
#include <bespoke/preprocess/words.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/naive_bayes_svm.hpp>
#include <bespoke/train/search.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace bespoke;
using seconds = std::chrono::duration<double>;

struct document {
  std::string text{}, more{}, label{};
};

std::string data_folder() {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr) throw error(errc::io, {.stage = "bench_text", .problem = "BESPOKE_DATA names no folder"});
  return data;
}

std::vector<document> read(const std::string& set, const std::string& file) {
  const std::size_t step = std::getenv("QUICK") != nullptr && file != "test.csv" ? 8 : 1;
  std::size_t seen = 0;
  const std::string path = data_folder() + "/" + set + "/" + file;
  std::vector<document> all;
  const auto keep = [&](const document& d) {
    if (seen++ % step != 0) return;
    all.push_back(d);
    if (!d.more.empty()) all.back().text += " " + d.more;
  };
  if (set == "ag_news")
    for (const document& d :
         ingest::csv<document>(path,
                               {column(std::size_t{0}, &document::label), column(std::size_t{1}, &document::text),
                                column(std::size_t{2}, &document::more)},
                               {.header = false}))
      keep(d);
  else if (set == "banking77")
    for (const document& d :
         ingest::csv<document>(path, {column("text", &document::text), column("category", &document::label)}))
      keep(d);
  else
    for (const document& d :
         ingest::csv<document>(path, {column("review", &document::text), column("label", &document::label)}))
      keep(d);
  return all;
}

template <class F>
double accuracy(const F& f, const std::vector<document>& held_out) {
  const auto answers = f(held_out);
  std::size_t right = 0;
  for (std::size_t i = 0; i < held_out.size(); ++i) right += answers[i].label() == held_out[i].label;
  return static_cast<double>(right) / static_cast<double>(held_out.size());
}

// Words and runs of characters side by side: nothing to configure for a language.
auto features_of(ngram_range words, ngram_range characters) {
  return fuse(field("words", &document::text) | features::tfidf{.ngrams = words, .sublinear = true},
              field("characters", &document::text) |
                  features::tfidf{
                      .terms = term_kind::characters_in_words, .ngrams = characters, .min_df = 2, .sublinear = true});
}

// Every two words of a text, in whatever order: "card has not arrived" and "has my card arrived?" share "arrived~card".
// As many as the square of the words: for texts of a sentence or two.
std::vector<std::string> word_pairs(const std::vector<std::string>& words) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t j = i + 1; j < words.size(); ++j)
      pairs.push_back(std::min(words[i], words[j]) + "~" + std::max(words[i], words[j]));
  return pairs;
}
auto pairs_of_words() {
  return field("pairs", &document::text) | preprocess::words{} | map("word_pairs/1", word_pairs) |
         features::tfidf{.sublinear = true};
}
auto pairs_without_stop_words() {
  return field("telling pairs", &document::text) | preprocess::words{} | preprocess::stop_words{} |
         map("word_pairs/1", word_pairs) | features::tfidf{.sublinear = true};
}

template <class Found>
void tell(const Found& found) {
  const auto& t = found.evidence[found.best_number];
  std::fprintf(stderr, "bench_text: %s gives %.4f in cross-validation\n", t.settings.c_str(), t.score.mean);
}

// The best of some settings of a learner behind the features, fitted to all of `train`.
auto chosen_naive_bayes_svm(const std::vector<document>& train, ngram_range characters) {
  const auto found = grid_search(features_of({1, 2}, characters) | train::naive_bayes_svm{}, train, &document::label,
                                 {.folds = 3}, axis<&train::naive_bayes_svm::c>({0.1f, 0.3f, 1.0f}),
                                 axis<&train::naive_bayes_svm::smoothing>({0.1f, 1.0f}));
  tell(found);
  return fit(found.best, train, &document::label);
}
template <class Features>
auto linear_svm_search(const Features& features, const std::vector<document>& train) {
  auto found = grid_search(features | train::linear_svm{}, train, &document::label, {.folds = 3},
                           axis<&train::linear_svm::c>({0.5f, 1.0f, 2.0f}));
  tell(found);
  return found;
}
template <class Found>
double mean_score(const Found& found) {
  return found.evidence[found.best_number].score.mean;
}

// With pairs of all words, or also with pairs of those that are no stop words: whichever does better in cross-validation.
double short_texts_accuracy(const std::vector<document>& train, const std::string& set) {
  const auto all = linear_svm_search(fuse(features_of({1, 3}, {3, 5}), pairs_of_words()), train);
  const auto both =
      linear_svm_search(fuse(features_of({1, 3}, {3, 5}), pairs_of_words(), pairs_without_stop_words()), train);
  const auto judged = [&](const auto& found) {
    return accuracy(fit(found.best, train, &document::label), read(set, "test.csv"));
  };
  return mean_score(both) > mean_score(all) ? judged(both) : judged(all);
}

double test_accuracy(const std::string& set) {
  if (set == "ag_news") {
    const auto f = chosen_naive_bayes_svm(read(set, "train_subset.csv"), {3, 5});
    return accuracy(f, read(set, "test.csv"));
  }
  return short_texts_accuracy(read(set, "train.csv"), set);
}

double folds_accuracy() {
  const auto all = read("chnsenticorp", "ChnSentiCorp_htl_all.csv");
  double sum = 0;
  for (std::size_t fold = 0; fold < 5; ++fold) {
    std::vector<document> train, held_out;
    for (std::size_t i = 0; i < all.size(); ++i) (i % 5 == fold ? held_out : train).push_back(all[i]);
    sum += accuracy(chosen_naive_bayes_svm(train, {1, 3}), held_out);
  }
  return sum / 5;
}

double now() { return seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void end_to_end(int rounds) {
  const auto spec =
      field("words", &document::text) | features::tfidf{.ngrams = {1, 2}, .sublinear = true} | train::linear_svm{};
  std::vector<double> taken;
  double best = 0;
  for (int i = 0; i < rounds; ++i) {
    const double start = now();
    const auto f = fit(spec, read("ag_news", "train_subset.csv"), &document::label);
    taken.push_back(now() - start);
    if (i == 0) best = accuracy(f, read("ag_news", "test.csv"));
  }
  std::nth_element(taken.begin(), taken.begin() + rounds / 2, taken.end());
  std::printf("%.4f %.4f\n", taken[static_cast<std::size_t>(rounds / 2)], best);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string what = argc == 3 ? arguments[0] : "";
  if (what == "accuracy") std::printf("%.4f\n", test_accuracy(arguments[1]));
  else if (what == "folds") std::printf("%.4f\n", folds_accuracy());
  else if (what == "end_to_end") end_to_end(std::stoi(arguments[1]));
  else return std::fprintf(stderr, "usage: bench_text accuracy SET | folds SET | end_to_end ROUNDS\n"), 2;
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_text: %s\n", e.what());
  return 1;
}
