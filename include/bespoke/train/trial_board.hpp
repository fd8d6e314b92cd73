// SPDX-License-Identifier: Apache-2.0
#pragma once
// What trials find: of each candidate its score in each fold, what it cost, and why it could not be judged.

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/metric.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace bespoke {

/// What was found of one candidate.
struct trial {
  std::string settings{};             ///< "linear_svm.c = 0.1, tfidf.min_df = 2"
  estimate score{};                   ///< of the metric: the mean over the folds and its interval; NaN after an error
  std::vector<double> fold_scores{};  ///< fold by fold; empty after an error
  std::size_t records = 0;            ///< learned from in a fold, on average
  double seconds = 0;                 ///< of all its folds; work shared with others is divided among them
  std::string error{};                ///< why it could not be judged; empty where it could
};

namespace detail {

/// The settings of candidates, stage by stage: equal numbers are equal settings.
using stage_keys = std::vector<std::vector<std::uint32_t>>;

/// What is true of all records.
struct truth {
  std::vector<std::uint32_t> labels{};
  std::vector<std::string> names{};  ///< of the labels; empty of numbers
  std::vector<double> values{};
  std::vector<float> weights{};
};

/// What is known so far. Each candidate's place in a fold is written by one thread.
class trial_board {
 public:
  /// `keep`: hold on to predictions; `on_train`: judge what was predicted for the training part too.
  trial_board(stage_keys keys, std::vector<fold> folds, const truth& actual, metric m, bool keep, bool on_train);

  std::size_t candidates() const noexcept { return keys_.size(); }
  std::span<const fold> folds() const noexcept { return folds_; }
  bool on_train() const noexcept { return on_train_; }

  /// Parts candidates by their settings at a stage, in the order in which settings first come.
  std::vector<std::vector<std::size_t>> groups(std::span<const std::size_t> members, std::size_t stage) const;
  /// The number of different settings up to a stage before the last: how many units of work a fold has.
  std::size_t settings_before_last() const;

  void judged(std::span<const std::size_t> members, std::size_t f, predictions test, predictions train,
              const context& ctx);
  void failed(std::span<const std::size_t> members, std::size_t f, const error& e, const context& ctx);
  void spent(std::span<const std::size_t> members, std::size_t f, double seconds);

  /// What was found of a candidate; `settings` stays empty.
  trial of(std::size_t candidate) const;
  /// The same of the training part.
  std::vector<double> train_scores(std::size_t candidate) const;
  /// The first error of a candidate, if any.
  const error* failure(std::size_t candidate) const;
  /// The predictions that were kept.
  const predictions& kept(std::size_t candidate, std::size_t f) const { return at(candidate, f).test; }

 private:
  struct cell {
    double score = 0, train_score = 0, seconds = 0;
    std::shared_ptr<const error> problem{};
    predictions test{};
  };
  const cell& at(std::size_t candidate, std::size_t f) const { return cells_[candidate * folds_.size() + f]; }
  cell& at(std::size_t candidate, std::size_t f) { return cells_[candidate * folds_.size() + f]; }
  void complete(predictions& p, std::span<const std::size_t> records) const;
  void report(std::size_t finished, const context& ctx);

  stage_keys keys_;
  std::vector<fold> folds_;
  const truth& actual_;
  metric metric_;
  bool keep_, on_train_;
  std::vector<cell> cells_;
  std::mutex reporting_;
  std::size_t done_ = 0;
};

}  // namespace detail
}  // namespace bespoke
