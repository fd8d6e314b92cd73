// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/warp.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "pairwise_descent.hpp"

namespace bespoke::train {

namespace {

using namespace pairwise;

// What a tile's steps need.
struct steps {
  const sparse_rows& liked;
  const factor_rows& rows;
  std::size_t max_sampled;
  step_size by;
  const kernels& fastest = best_kernels();

  float score(std::uint32_t user, std::uint32_t item) const {
    return fastest.dot(rows.user(user), rows.item(item), rows.width) + rows.bias(item);
  }

  void learn(const interaction& one, tile& from) const {
    const auto chosen = liked[one.user].columns;
    const violation found = first_violation(
        max_sampled, liked.width(), score(one.user, one.item),
        [&] { return from.items[quick_below(from.random, from.items.size())]; },
        [&](std::uint32_t item) { return score(one.user, item); },
        [&](std::uint32_t item) { return std::binary_search(chosen.begin(), chosen.end(), item); });
    if (found.slope > 0) fastest.move({one.user, one.item, found.item}, rows, by, found.slope);
  }
};

}  // namespace

std::shared_ptr<const warp::model> warp::fit(const interaction_matrix& seen, const context& ctx) const {
  const settings common{"warp", factors, epochs, learning_rate, l2, stddev, constant_rate, find};
  check(common);
  if (max_sampled < 1 || max_sampled > most_sampled)
    throw error(errc::invalid_argument, {.stage = "warp",
                                         .expected = fmt::format("max_sampled of 1 to {}", most_sampled),
                                         .got = fmt::format("{}", max_sampled)});
  const sparse_rows liked = liked_of("warp", seen.by_user);
  descent learning(common, liked, ctx);
  for (std::size_t e = 0; e < epochs; ++e) {
    const steps down{liked, learning.rows(), max_sampled, common.step(e)};
    learning.epoch(e, [&](tile& one, scratch& s) {
      shuffled<interaction> order{s.take<interaction>(one.all.size() + 1)};
      for (const interaction& next : one.all) order.add(next, one.random);
      for (const interaction& next : order.room.first(order.size)) down.learn(next, one);
    });
  }
  return std::make_shared<const model>(learning.learned(), pairwise_fold_in{epochs, learning_rate, l2, max_sampled});
}

std::shared_ptr<const warp::model> warp::load(bundle_reader& r) const {
  const auto how = load_fold_in(r);
  if (how.max_sampled == 0) r.reject("max_sampled is 0");
  return std::make_shared<const model>(user_item_factors::load(r), how);
}

}  // namespace bespoke::train
