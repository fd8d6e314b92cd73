// SPDX-License-Identifier: Apache-2.0
#include "compare.hpp"

#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/train/bpr.hpp>
#include <bespoke/train/ease.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/item_neighbors.hpp>
#include <bespoke/train/popularity.hpp>
#include <bespoke/train/user_neighbors.hpp>
#include <bespoke/train/warp.hpp>

#include <algorithm>

using namespace bespoke;

namespace {

template <recommender_spec Spec>
way way_of(std::string name, Spec spec) {
  return {std::move(name), [spec](const interaction_matrix& seen, const context& ctx) { return spec.fit(seen, ctx); }};
}

std::vector<named_model> learned(const std::vector<way>& ways, const interaction_matrix& seen, const context& ctx) {
  std::vector<named_model> all;
  for (const way& w : ways) all.push_back({w.name, w.learn(seen, ctx)});
  return all;
}

std::string name_of_best(const recommender_comparison& found) {
  const auto figure = [](const auto& row) { return row.found["NDCG@10"].value.mean; };
  const auto less = [&](const auto& a, const auto& b) { return figure(a) < figure(b); };
  return std::max_element(found.rows.begin(), found.rows.end(), less)->name;
}

}  // namespace

std::vector<way> all_ways() {
  return {way_of("popularity", train::popularity{}),
          way_of("item neighbours", train::item_neighbors{}),
          way_of("user neighbours", train::user_neighbors{}),
          way_of("EASE", train::ease{}),
          way_of("iALS", train::ials{.factors = 128, .regularization = 0.01}),
          way_of("BPR", train::bpr{}),
          way_of("WARP", train::warp{})};
}

const way& way_named(const std::vector<way>& ways, const std::string& name) {
  return *std::find_if(ways.begin(), ways.end(), [&](const way& w) { return w.name == name; });
}

comparison compare(const std::vector<way>& ways, const interaction_matrix& seen, const context& ctx) {
  const auto last = leave_one_out(seen, ctx.seed()), before = leave_one_out(last.train, ctx.seed());
  const ranking_options all{.cut_offs = {10}}, some{.cut_offs = {10}, .negatives = 99};
  comparison c;
  c.before = compare_ranking(learned(ways, before.train, ctx), before.train, before.held, all, ctx);
  c.chosen = name_of_best(c.before);
  const auto models = learned(ways, last.train, ctx);
  c.full = compare_ranking(models, last.train, last.held, all, ctx);
  c.sampled = compare_ranking(models, last.train, last.held, some, ctx);
  return c;
}
