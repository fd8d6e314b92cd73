// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the three learners of boosting share: the rounds, and the growth of one tree on histograms.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/tree.hpp>
#include <bespoke/train/gradient_boosting.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "boosting_bins.hpp"

namespace bespoke::train::detail {

/// The parameters that the three learners have in common.
struct boosting {
  std::size_t rounds, max_leaves, max_depth, min_samples_leaf, max_bins;
  double learning_rate, l2, row_share, column_share;
  early_stopping stopping;

  template <class Spec>
  explicit boosting(const Spec& s)
      : rounds(s.rounds),
        max_leaves(s.max_leaves),
        max_depth(s.max_depth),
        min_samples_leaf(s.min_samples_leaf),
        max_bins(s.max_bins),
        learning_rate(s.learning_rate),
        l2(s.l2),
        row_share(s.row_share),
        column_share(s.column_share),
        stopping(s.stopping) {}

  /// Throws errc::invalid_argument for a parameter out of range.
  void check(const char* stage) const;
  void save(bundle_writer& w) const;
};

/// What a record pulls at a score with: the first and the second derivative of the loss.
struct pull {
  double gradient = 0, hessian = 0;
};

/// What boosting minimises.
class objective {
 public:
  virtual ~objective() = default;
  /// Scores that each record has.
  virtual std::size_t scores() const = 0;
  /// What the scores begin with, from these records.
  virtual std::vector<double> base(std::span<const std::uint32_t> records) const = 0;
  /// Writes the pulls of these records at all scores, [score][record of all].
  virtual void pulls(std::span<const double> scores, std::span<const std::uint32_t> records, std::span<pull> out,
                     const context& ctx) const = 0;
  /// The mean loss of these records; `scores` are [score][record of all].
  virtual double loss(std::span<const double> scores, std::span<const std::uint32_t> records) const = 0;
  /// Records that must be held out together have the same number; empty: each for itself.
  virtual std::span<const std::uint32_t> groups() const { return {}; }
};

/// A tree over some records, and where each of them fell.
struct boosted_tree {
  grown_tree tree{};
  std::vector<std::uint32_t> order{};  // the records, leaf by leaf
  struct leaf {
    std::uint32_t node;
    std::size_t begin, end;
  };
  std::vector<leaf> leaves{};
};

/// Grows trees, one at a time, leaf by leaf where the gain is largest. Keeps its memory from tree to tree.
class tree_booster {
 public:
  tree_booster(const binned_rows& rows, const boosting& rules, const context& ctx);
  ~tree_booster();
  /// `pulls` are of all records; `columns` may be asked for. Every node's number is its step: what it adds to a score.
  boosted_tree grow(std::vector<std::uint32_t> records, std::span<const pull> pulls,
                    std::span<const std::uint8_t> columns);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// All rounds.
grown<boosting_notes> boost(const char* stage, const boosting& rules, const objective& goal, const dense_rows& rows,
                            const context& ctx);

}  // namespace bespoke::train::detail
