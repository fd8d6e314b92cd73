// SPDX-License-Identifier: Apache-2.0
#pragma once
// The study itself: choose between ways to learn, choose a threshold, and only then look at the records that judge.

#include <bespoke/core/save.hpp>
#include <bespoke/train/cross_validate.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include "findings.hpp"
#include "records.hpp"

struct study_options {
  double sensitivity = 0.95;
  std::uint64_t seed = 1;
  std::filesystem::path model{};
};

namespace study {

/// A spec with a name.
template <class Spec>
struct way {
  std::string name{};
  Spec spec;
};

template <class Record>
struct parts {
  std::vector<Record> learn{}, judge{};
};

/// A quarter of the records judges; cases are as frequent in both parts.
template <class Record>
parts<Record> cut(const std::vector<Record>& all, bool Record::* target, std::uint64_t seed) {
  const auto folds = bespoke::stratified_folds(bespoke::numbered(all, target), 4, seed);
  parts<Record> p;
  for (const std::size_t i : folds[0].train) p.learn.push_back(all[i]);
  for (const std::size_t i : folds[0].test) p.judge.push_back(all[i]);
  return p;
}

template <class Spec, class Record>
bespoke::predictions try_way(findings& f, const way<Spec>& w, const std::vector<Record>& learn, bool Record::* target,
                             std::uint64_t seed) {
  const auto judged =
      bespoke::cross_validate(w.spec, learn, target, {.folds = 5, .metric = bespoke::metric::log_loss(), .seed = seed});
  f.candidates.push_back({w.name, judged.score, bootstrap(judged.predicted, bespoke::metric::roc_auc())});
  return judged.predicted;
}

/// What the function says of records, beside the truth.
template <class F, class Record>
bespoke::predictions asked(const F& function, const std::vector<Record>& records, bool Record::* target) {
  bespoke::predictions p{.probabilities = true, .label_count = 2};
  for (const Record& r : records) {
    for (const auto& d : function.scores(r)) p.scores.push_back(static_cast<double>(d.score()));
    p.labels.push_back(static_cast<std::uint32_t>(function(r).index()));
    p.actual_labels.push_back(r.*target ? 1 : 0);
  }
  return p;
}

/// The most certain, the least certain and the most mistaken of the held-out records, with reasons.
template <class F, class Record>
void add_examples(findings& f, const F& function, const std::vector<Record>& records, bool Record::* target) {
  const auto probability = [&](std::size_t i) { return f.held_out.scores[2 * i + 1]; };
  std::vector<std::size_t> order(records.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return probability(a) > probability(b); });
  for (const std::size_t at : {std::size_t{0}, order.size() / 4, order.size() / 2, order.size() - 1}) {
    const Record& r = records[order[at]];
    f.examples.push_back({in_words(r), probability(order[at]), r.*target, function.reasons(r, 3)});
  }
}

/// Learns from all records for learning by the chosen way, and judges.
template <class Spec, class Record>
void judge_way(findings& f, const way<Spec>& w, const parts<Record>& p, bool Record::* target,
               const study_options& options) {
  const auto function = bespoke::fit(w.spec, p.learn, target, {.seed = options.seed});
  if (!options.model.empty()) bespoke::save(function, options.model);
  f.held_out = asked(function, p.judge, target);
  judge(f);
  add_examples(f, function, p.judge, target);
}

}  // namespace study

/// The whole study of one table. The records that judge are read once, after everything was chosen.
template <class Record, class... Spec>
findings examine(findings f, const std::vector<Record>& all, bool Record::* target, const study_options& options,
                 const study::way<Spec>&... ways) {
  const auto parts = study::cut(all, target, options.seed);
  f.records = all.size();
  f.learned_from = parts.learn.size();
  for (const Record& r : all) f.cases_in_all += r.*target ? 1 : 0;
  const std::vector<bespoke::predictions> unseen = {study::try_way(f, ways, parts.learn, target, options.seed)...};
  for (std::size_t i = 1; i < f.candidates.size(); ++i)
    if (f.candidates[i].log_loss.mean < f.candidates[f.chosen].log_loss.mean) f.chosen = i;
  f.wanted_sensitivity = options.sensitivity;
  f.threshold = threshold_for(options.sensitivity, unseen[f.chosen]);
  std::size_t i = 0;
  ((i++ == f.chosen ? study::judge_way(f, ways, parts, target, options) : void()), ...);
  return f;
}
