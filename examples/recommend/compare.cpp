// SPDX-License-Identifier: Apache-2.0
#include "compare.hpp"

#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/train/ease.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/item_neighbors.hpp>
#include <bespoke/train/popularity.hpp>
#include <bespoke/train/user_neighbors.hpp>

#include <algorithm>

using namespace bespoke;

namespace {

constexpr const char* figure = "NDCG@10";

template <recommender_spec Spec>
way way_of(std::string name, Spec spec) {
  return {std::move(name), [spec](const interaction_matrix& seen, const context& ctx) { return spec.fit(seen, ctx); },
          [spec](const film_table& seen, const fit_options& options) { return fit(spec, seen, options); }};
}

std::vector<named_model> learned(const std::vector<way>& ways, const interaction_matrix& seen, const context& ctx) {
  std::vector<named_model> all;
  for (const way& w : ways) all.push_back({w.name, w.learn(seen, ctx)});
  return all;
}

std::string best_of_all(const recommender_comparison& found) {
  const auto mean = [](const auto& row) { return row.found[figure].value.mean; };
  return std::max_element(found.rows.begin(), found.rows.end(),
                          [&](const auto& a, const auto& b) { return mean(a) < mean(b); })
      ->name;
}

}  // namespace

std::vector<way> all_ways() {
  return {way_of("popularity", train::popularity{}), way_of("item neighbours", train::item_neighbors{}),
          way_of("user neighbours", train::user_neighbors{}), way_of("EASE", train::ease{}),
          way_of("iALS", train::ials{})};
}

comparison compare(const std::vector<way>& ways, const interaction_matrix& seen, const fit_options& options) {
  const context ctx(options);
  const auto last = leave_one_out(seen, ctx.seed()), before = leave_one_out(last.train, ctx.seed());
  comparison c;
  c.chosen = best_of_all(
      compare_ranking(learned(ways, before.train, ctx), before.train, before.held, {.cut_offs = {10}}, ctx));
  const auto models = learned(ways, last.train, ctx);
  c.full = compare_ranking(models, last.train, last.held, {.cut_offs = {10}}, ctx);
  c.sampled = compare_ranking(models, last.train, last.held, {.cut_offs = {10}, .negatives = 99}, ctx);
  return c;
}
