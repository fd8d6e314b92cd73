// SPDX-License-Identifier: Apache-2.0
#include "boosting.hpp"

#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "checks.hpp"
#include "tree_checks.hpp"

namespace bespoke::train::detail {

namespace {

constexpr std::size_t most_records = (std::size_t{1} << 24) - 1;

void check_share(const char* stage, const char* name, double share) {
  if (share > 0 && share <= 1) return;
  throw error(errc::invalid_argument,
              {.stage = stage, .expected = fmt::format("{} above 0, to 1", name), .got = fmt::format("{}", share)});
}

// `share` of these, drawn, in their order; one at least.
std::vector<std::uint32_t> some_of(std::vector<std::uint32_t> all, double share, random_numbers& random) {
  if (share >= 1) return all;
  const auto n = static_cast<std::size_t>(std::lround(share * static_cast<double>(all.size())));
  auto drawn = sample(std::move(all), std::max<std::size_t>(n, 1), random);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

std::vector<std::uint32_t> counting(std::size_t n) {
  std::vector<std::uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

class boosting_run {
 public:
  boosting_run(const char* stage, const boosting& rules, const objective& goal, const dense_rows& rows,
               const context& ctx)
      : stage_(stage),
        rules_(rules),
        goal_(goal),
        rows_(rows),
        ctx_(ctx),
        random_(ctx.seed()),
        binned_(stage, rows, rules.max_bins, ctx),
        booster_(binned_, rules, ctx) {}

  grown<boosting_notes> run() {
    hold_out();
    auto all = std::make_shared<trees>(rows_.width(), 1, goal_.scores(), goal_.base(learn_));
    for (std::size_t k = 0; k < goal_.scores(); ++k) scores_.insert(scores_.end(), rows_.size(), all->base()[k]);
    boosting_notes best{0, std::numeric_limits<double>::infinity()};
    for (std::size_t round = 0; round < rules_.rounds; ++round) {
      one_round(*all);
      ctx_.report(stage_, round + 1, rules_.rounds);
      if (held_.empty()) continue;
      const double loss = goal_.loss(scores_, held_);
      if (loss < best.held_out_loss - rules_.stopping.tolerance || round == 0) best = {round + 1, loss};
      else if (round + 1 - best.rounds >= rules_.stopping.patience) break;
    }
    if (held_.empty()) best = {rules_.rounds, std::numeric_limits<double>::quiet_NaN()};
    all->keep(best.rounds * goal_.scores());
    return {std::move(all), best};
  }

 private:
  void hold_out() {
    learn_ = counting(rows_.size());
    const auto of = goal_.groups();
    const std::size_t units = of.empty() ? rows_.size() : *std::max_element(of.begin(), of.end()) + std::size_t{1};
    if (rules_.stopping.held_out == 0 || units < 2) return;
    std::vector<std::uint8_t> is_held(units);
    for (const std::uint32_t u : some_of(counting(units), rules_.stopping.held_out, random_)) is_held[u] = 1;
    const auto held = [&](std::uint32_t r) { return is_held[of.empty() ? r : of[r]] != 0; };
    std::copy_if(learn_.begin(), learn_.end(), std::back_inserter(held_), held);
    learn_.erase(std::remove_if(learn_.begin(), learn_.end(), held), learn_.end());
  }

  void one_round(trees& all) {
    const auto records = some_of(learn_, rules_.row_share, random_);
    pulls_.resize(scores_.size());
    goal_.pulls(scores_, records, pulls_, ctx_);
    for (std::size_t k = 0; k < goal_.scores(); ++k) {
      ctx_.check();
      const std::size_t first = k * rows_.size();
      const auto grown = booster_.grow(records, std::span(pulls_).subspan(first, rows_.size()), columns());
      step(grown, std::span(scores_).subspan(first, rows_.size()));
      all.append(grown.tree);
    }
  }

  std::vector<std::uint8_t> columns() {
    std::vector<std::uint8_t> asked(rows_.width(), rules_.column_share >= 1);
    if (rules_.column_share < 1 && !asked.empty())
      for (const std::uint32_t c : some_of(counting(asked.size()), rules_.column_share, random_)) asked[c] = 1;
    return asked;
  }

  // Adds a tree's steps to all records' scores: where a record learned, its leaf is known.
  void step(const boosted_tree& t, std::span<double> scores) const {
    for (const auto& leaf : t.leaves)
      for (std::size_t i = leaf.begin; i < leaf.end; ++i) scores[t.order[i]] += double{t.tree.values[leaf.node]};
    if (t.order.size() == rows_.size()) return;
    std::vector<std::uint8_t> done(rows_.size());
    for (const std::uint32_t r : t.order) done[r] = 1;
    ctx_.parallel((rows_.size() + block_size - 1) / block_size, [&](std::size_t b, scratch&) {
      for (std::size_t r = b * block_size; r < std::min(rows_.size(), (b + 1) * block_size); ++r) {
        std::uint32_t at = 0;
        while (done[r] == 0 && !t.tree.nodes[at].is_leaf())
          at = t.tree.nodes[at].next(rows_[r][t.tree.nodes[at].column()]);
        if (done[r] == 0) scores[r] += double{t.tree.values[at]};
      }
    });
  }

  const char* stage_;
  const boosting& rules_;
  const objective& goal_;
  const dense_rows& rows_;
  const context& ctx_;
  random_numbers random_;
  binned_rows binned_;
  tree_booster booster_;
  std::vector<std::uint32_t> learn_, held_;
  std::vector<double> scores_;  // [score][record]
  std::vector<pull> pulls_;     // the same
};

}  // namespace

void boosting::check(const char* stage) const {
  check_at_least(stage, "rounds", 1, rounds);
  check_positive(stage, "learning_rate", learning_rate);
  check_at_least(stage, "max_leaves", 2, max_leaves);
  check_at_least(stage, "min_samples_leaf", 1, min_samples_leaf);
  check_positive(stage, "l2", l2, true);
  if (max_bins < 2 || max_bins > 255)
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "max_bins of 2 to 255", .got = fmt::format("{}", max_bins)});
  check_share(stage, "row_share", row_share);
  check_share(stage, "column_share", column_share);
  if (!(stopping.held_out >= 0 && stopping.held_out < 1))
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = "stopping.held_out of 0 or more, below 1",
                                         .got = fmt::format("{}", stopping.held_out)});
  check_at_least(stage, "stopping.patience", 1, stopping.patience);
  check_positive(stage, "stopping.tolerance", stopping.tolerance, true);
}

void boosting::save(bundle_writer& w) const {
  w.put("max_rounds", rounds);
  w.put("learning_rate", learning_rate);
  w.put("max_leaves", max_leaves);
  w.put("max_depth", max_depth);
  w.put("min_samples_leaf", min_samples_leaf);
  w.put("l2", l2);
  w.put("max_bins", max_bins);
  w.put("row_share", row_share);
  w.put("column_share", column_share);
  w.put("stopping_held_out", stopping.held_out);
  w.put("stopping_patience", stopping.patience);
  w.put("stopping_tolerance", stopping.tolerance);
}

grown<boosting_notes> boost(const char* stage, const boosting& rules, const objective& goal, const dense_rows& rows,
                            const context& ctx) {
  if (rows.size() > most_records)
    throw error(errc::limit, {.stage = stage,
                              .expected = "fewer than 2^24 records",
                              .got = fmt::format("{}", rows.size()),
                              .advice = "learn from a part of them"});
  return boosting_run(stage, rules, goal, rows, ctx).run();
}

}  // namespace bespoke::train::detail

namespace bespoke::train {

void boosting_notes::save(bundle_writer& w) const {
  w.put("rounds", rounds);
  w.put("held_out_loss", held_out_loss);
}
boosting_notes boosting_notes::load(const bundle_reader& r) {
  return {detail::saved_size(r, "rounds"), r.number("held_out_loss")};
}

}  // namespace bespoke::train
