// SPDX-License-Identifier: Apache-2.0
#include "classifier.hpp"

#include <bespoke/core/fuse.hpp>
#include <bespoke/core/progress.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/naive_bayes_svm.hpp>
#include <bespoke/train/select.hpp>

#include <algorithm>
#include <chrono>
#include <map>

using namespace bespoke;

namespace {

/// Words and runs of characters, which need no configuration for a language, and learners to choose from.
auto text_chain() {
  return fuse(field("words", &labelled_text::text) | features::tfidf{.ngrams = {1, 2}, .sublinear = true},
              field("characters", &labelled_text::text) |
                  features::tfidf{
                      .terms = term_kind::characters_in_words, .ngrams = {3, 5}, .min_df = 2, .sublinear = true}) |
         train::any_of(train::linear_svm{}, train::naive_bayes_svm{}, train::complement_naive_bayes{});
}

template <class F>
text_classifier behind(F f) {
  return {.answer = [f](const labelled_text& d) { return f(d); },
          .reasons = [f](const labelled_text& d, std::size_t k) { return f.reasons(d, k); },
          .save = [f](const std::filesystem::path& file) { save(f, file); }};
}

auto choose(const std::vector<labelled_text>& from, const learning_options& o, learned& out) {
  const auto found = select_among(
      text_chain(), from, &labelled_text::label,
      {.folds = 3, .on_progress = o.progress ? progress_callback(progress_bar{}) : progress_callback(), .seed = o.seed},
      axis<&train::linear_svm::c>({0.3f, 1.0f}), axis<&train::naive_bayes_svm::c>({0.1f, 0.3f, 1.0f}),
      axis<&train::complement_naive_bayes::alpha>({0.1, 0.5}));
  for (std::size_t i = 0; i < found.evidence.size(); ++i)
    out.evidence.push_back({found.evidence[i].settings, found.evidence[i].score, i == found.best_number});
  return found.best;
}

/// The number of each text's label; `labels` are all there are, sorted.
std::uint32_t number_of(const std::vector<std::string>& labels, std::string_view label) {
  const auto at = std::lower_bound(labels.begin(), labels.end(), label);
  return static_cast<std::uint32_t>(at - labels.begin());
}

std::vector<std::string> labels_of(const parts& p) {
  std::vector<std::string> all;
  for (const auto* some : {&p.learn, &p.judge})
    for (const labelled_text& d : *some) all.push_back(d.label);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

template <class F>
void judge(const F& f, const std::vector<labelled_text>& held_out, learned& out) {
  std::vector<std::uint32_t> predicted, actual;
  std::vector<double> right;
  const auto answers = f(held_out);
  for (std::size_t i = 0; i < held_out.size(); ++i) {
    predicted.push_back(number_of(out.labels, answers[i].label()));
    actual.push_back(number_of(out.labels, held_out[i].label));
    right.push_back(predicted.back() == actual.back() ? 1 : 0);
  }
  out.confusion = confusion(predicted, actual, out.labels.size());
  out.accuracy = bootstrap_mean(right);
}

/// Which words carried the answers to the held-out texts, label by label.
template <class F>
void add_words(const F& f, const std::vector<labelled_text>& held_out, learned& out) {
  std::vector<std::map<std::string, double>> parts(out.labels.size());
  for (std::size_t i = 0; i < std::min<std::size_t>(held_out.size(), 2'000); ++i)
    for (const named_reason& r : f.reasons(held_out[i], 30))
      if (r.name.starts_with("words: "))
        parts[number_of(out.labels, f(held_out[i]).label())][r.name.substr(7)] += static_cast<double>(r.contribution);
  for (const auto& sums : parts) {
    std::vector<speaking_word> words;
    for (const auto& [word, weight] : sums) words.push_back({word, weight});
    std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.word < b.word;
    });
    words.resize(std::min<std::size_t>(words.size(), 12));
    out.words.push_back(std::move(words));
  }
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

learned learn(const parts& p, const learning_options& options) {
  learned out{.labels = labels_of(p)};
  const double start = now();
  const auto spec = choose(p.learn, options, out);
  const auto f = fit(spec, p.learn, &labelled_text::label, {.seed = options.seed});
  out.seconds = now() - start;
  judge(f, p.judge, out);
  add_words(f, p.judge, out);
  if (options.curve)
    out.curve = learning_curve(spec, p.learn, &labelled_text::label,
                               {.shares = {0.0625, 0.125, 0.25, 0.5, 1}, .folds = 3, .seed = options.seed});
  out.function = behind(f);
  return out;
}

text_classifier load_classifier(const std::filesystem::path& file) {
  return behind(load(text_chain(), file, &labelled_text::label));
}
