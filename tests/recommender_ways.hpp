// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every way to recommend, small, and all that may be asked of a model: what is done with bundles that may hold anything.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/train/bayesian_factorization.hpp>
#include <bespoke/train/biased_factorization.hpp>
#include <bespoke/train/bpr.hpp>
#include <bespoke/train/ease.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/item_neighbors.hpp>
#include <bespoke/train/popularity.hpp>
#include <bespoke/train/svd_plus_plus.hpp>
#include <bespoke/train/user_neighbors.hpp>
#include <bespoke/train/warp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bespoke_test {

/// `use(spec)` of each.
template <class Use>
void for_each_way(Use&& use) {
  using namespace bespoke::train;
  use(popularity{});
  use(item_neighbors{.k = 5});
  use(item_neighbors{.k = 5, .by_value = true, .predicted = true});
  use(user_neighbors{.k = 5});
  use(user_neighbors{.k = 5, .similarity = similarity::pearson, .by_value = true, .predicted = true});
  use(ease{.l2 = 2});
  use(ials{.factors = 4, .iterations = 2});
  use(bpr{.factors = 4, .epochs = 2});
  use(warp{.factors = 4, .epochs = 2});
  use(biased_factorization{.factors = 4, .epochs = 2});
  use(svd_plus_plus{.factors = 4, .epochs = 2});
  use(bayesian_factorization{.factors = 3, .burn_in = 2, .samples = 2, .thinning = 1});
}

/// 9 users and 7 items, of which the last have no interactions.
inline bespoke::interaction_matrix few_interactions() {
  bespoke::interaction_collector all({}, false);
  for (std::uint32_t u = 0; u < 8; ++u)
    for (std::uint32_t i = 0; i < 6; ++i)
      if ((u + i) % 3 != 0) all.add(u, i, static_cast<float>(1 + (u * i) % 5), 0);
  return std::move(all).finish(9, 7);
}

/// The bytes of a bundle with one section: a model learned from `few_interactions`.
template <class Spec>
std::string sound_bundle(const Spec& spec) {
  const auto model = spec.fit(few_interactions(), bespoke::context({.threads = 1}));
  bespoke::bundle_writer w;
  bespoke::bundle_writer section = w.stage(Spec::kind);
  model->save(section);
  return w.bytes({});
}

/// Everything, of users known and new; gives how many items there are.
inline std::size_t ask_everything(const bespoke::recommender_model& model) {
  using namespace bespoke;
  scratch s;
  const std::size_t items = model.items(), liked = items < 3 ? items : 3;
  const std::array<std::uint32_t, 3> columns{0, 1, 2};
  const std::array<float, 3> values{4, 1, 5};
  const sparse_row history{std::span(columns).first(liked), std::span(values).first(liked), items};
  const sparse_row nothing{{}, {}, items};
  std::vector<float> all(items), parts(liked);
  for (const asked_user& user :
       {asked_user{0, history}, asked_user{.history = history}, asked_user{.history = nothing}}) {
    const scratch::frame temporaries(s);
    const auto profile = model.profile(user, s);
    model.score_all(profile, all, s);
    for (const std::size_t item : {std::size_t{0}, items, items + 5}) {
      model.score(profile, item, s);
      model.parts(user, item, std::span(parts).first(user.history.size()), s);
    }
    std::array<scored, 4> room;
    model.best(profile, room, [](std::size_t i) { return i % 2 == 0; }, s);
  }
  for (const std::size_t item : {std::size_t{0}, items}) model.likeness(item, all, s);
  return items;
}

}  // namespace bespoke_test
