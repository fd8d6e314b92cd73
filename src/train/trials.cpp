// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/trials.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace bespoke::detail {

trial_board::trial_board(stage_keys keys, std::vector<fold> folds, const truth& actual, metric m, bool keep,
                         bool on_train)
    : keys_(std::move(keys)),
      folds_(std::move(folds)),
      actual_(actual),
      metric_(or_default(m, actual.values.empty())),
      keep_(keep),
      on_train_(on_train),
      cells_(keys_.size() * folds_.size()) {}

std::vector<std::vector<std::size_t>> trial_board::groups(std::span<const std::size_t> members,
                                                          std::size_t stage) const {
  std::vector<std::vector<std::size_t>> all;
  std::map<std::uint32_t, std::size_t> place;
  for (const std::size_t m : members) {
    const auto [at, is_new] = place.try_emplace(keys_[m][stage], all.size());
    if (is_new) all.emplace_back();
    all[at->second].push_back(m);
  }
  return all;
}

std::size_t trial_board::settings_before_last() const {
  std::vector<std::vector<std::uint32_t>> before = keys_;
  for (auto& key : before) key.pop_back();
  std::sort(before.begin(), before.end());
  return static_cast<std::size_t>(std::unique(before.begin(), before.end()) - before.begin());
}

void trial_board::complete(predictions& p, std::span<const std::size_t> records) const {
  for (const std::size_t r : records) {
    if (p.label_count != 0) p.actual_labels.push_back(actual_.labels[r]);
    else p.actual_values.push_back(actual_.values[r]);
    if (!actual_.weights.empty()) p.weights.push_back(actual_.weights[r]);
  }
}

void trial_board::judged(std::span<const std::size_t> members, std::size_t f, predictions test, predictions train,
                         const context& ctx) {
  complete(test, folds_[f].test);
  const double score = metric_(test);
  double train_score = 0;
  if (on_train_) {
    complete(train, folds_[f].train);
    train_score = metric_(train);
  }
  for (const std::size_t m : members) {
    at(m, f).score = score;
    at(m, f).train_score = train_score;
    if (keep_) at(m, f).test = test;
  }
  report(members.size(), ctx);
}

void trial_board::failed(std::span<const std::size_t> members, std::size_t f, const error& e, const context& ctx) {
  if (e.code() == errc::stopped) throw e;
  const auto problem = std::make_shared<const error>(e);
  for (const std::size_t m : members) at(m, f).problem = problem;
  report(members.size(), ctx);
}

void trial_board::spent(std::span<const std::size_t> members, std::size_t f, double seconds) {
  for (const std::size_t m : members) at(m, f).seconds += seconds / static_cast<double>(members.size());
}

void trial_board::report(std::size_t finished, const context& ctx) {
  const std::lock_guard lock(reporting_);
  done_ += finished;
  ctx.report("search", done_, cells_.size());
}

const error* trial_board::failure(std::size_t candidate) const {
  for (std::size_t f = 0; f < folds_.size(); ++f)
    if (at(candidate, f).problem) return at(candidate, f).problem.get();
  return nullptr;
}

std::vector<double> trial_board::train_scores(std::size_t candidate) const {
  std::vector<double> scores;
  for (std::size_t f = 0; f < folds_.size(); ++f) scores.push_back(at(candidate, f).train_score);
  return scores;
}

trial trial_board::of(std::size_t candidate) const {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  trial t{.score = {unknown, unknown, unknown}};
  std::size_t train = 0, test = 0;
  for (std::size_t f = 0; f < folds_.size(); ++f) {
    train += folds_[f].train.size();
    test += folds_[f].test.size();
    t.seconds += at(candidate, f).seconds;
  }
  t.records = train / folds_.size();
  if (const error* e = failure(candidate)) {
    t.error = e->what();
    return t;
  }
  for (std::size_t f = 0; f < folds_.size(); ++f) t.fold_scores.push_back(at(candidate, f).score);
  t.score = mean_of_folds(t.fold_scores, static_cast<double>(test) / static_cast<double>(train));
  if (std::isnan(t.score.mean)) t.error = metric_.name + " is not defined for what was held out";
  return t;
}

void throw_without_records(std::string_view entry) {
  throw error(errc::empty_input, {.stage = std::string(entry),
                                  .problem = "there are no records to learn from",
                                  .advice = "check the source and what its filters drop; a flow that was read before "
                                            "is at its end: rewind() it"});
}

}  // namespace bespoke::detail
