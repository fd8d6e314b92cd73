// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/bpr.hpp>

#include "pairwise_descent.hpp"

namespace bespoke::train {

std::shared_ptr<const bpr::model> bpr::fit(const interaction_matrix& seen, const context& ctx) const {
  const pairwise::settings common{"bpr", factors, epochs, learning_rate, l2, stddev, constant_rate, find};
  pairwise::check(common);
  const sparse_rows liked = pairwise::liked_of("bpr", seen.by_user);
  pairwise::descent learning(common, liked, ctx);
  const auto step_down = pairwise::best_kernels().logistic;
  for (std::size_t e = 0; e < epochs; ++e)
    learning.epoch(e, [&](pairwise::tile& one, scratch& s) {
      const auto triples = pairwise::triples_of(one, liked.width(), verify_negatives, s);
      step_down(triples.data(), triples.size(), learning.rows(), common.step(e));
    });
  return std::make_shared<const model>(learning.learned(), pairwise_fold_in{epochs, learning_rate, l2});
}

std::shared_ptr<const bpr::model> bpr::load(bundle_reader& r) const {
  const auto how = pairwise::load_fold_in(r);
  if (how.max_sampled != 0) r.reject("max_sampled is not 0");
  return std::make_shared<const model>(user_item_factors::load(r), how);
}

}  // namespace bespoke::train
