// SPDX-License-Identifier: Apache-2.0
// BPR on made-up interactions of MovieLens-1M's shape (made_up.hpp), with 64 factors.
//
//   bench_recommend_bpr epoch THREADS EPOCHS   prints the seconds of an epoch, the median
//   bench_recommend_bpr auc EPOCHS SEEDS       prints the AUC of a held item of each user among all items, with the defaults but
//                                              for the epochs; and that of plain stochastic gradient descent, one step after
//                                              the other, after as many steps: the means over seeds

#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/train/bpr.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "../made_up.hpp"

namespace {

using namespace bespoke;

constexpr std::size_t width = 64;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> all) {
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

void epoch(unsigned threads, std::size_t epochs) {
  const auto seen = made_up_interactions::made_up();
  std::vector<double> ends, taken;
  const context ctx({.on_progress = [&](const progress&) { ends.push_back(seconds()); }, .threads = threads});
  train::bpr{.factors = width, .epochs = epochs + 1}.fit(seen, ctx);
  for (std::size_t i = 1; i < ends.size(); ++i) taken.push_back(ends[i] - ends[i - 1]);
  std::printf("%.4f\n", median(taken));
}

// What implicit does, as plainly as it can be said: an interaction is drawn of all, an item that the user did not choose, and
// a step is made.
struct plain {
  const train::bpr& spec;
  const sparse_rows& liked;
  random_numbers random;
  dense_rows x, y;
  std::vector<float> bias;

  plain(const train::bpr& s, const sparse_rows& all, std::uint64_t seed)
      : spec(s), liked(all), random(seed), x(all.size(), width), y(all.width(), width), bias(all.width()) {
    for (dense_rows* rows : {&x, &y})
      for (std::size_t r = 0; r < rows->size(); ++r)
        for (float& v : rows->writable(r))
          v = static_cast<float>(spec.stddev / std::sqrt(static_cast<double>(width)) *
                                 made_up_interactions::normal(random));
  }

  void step(std::size_t u, std::size_t i, std::size_t j, float rate) {
    const auto p = x.writable(u), q = y.writable(i), r = y.writable(j);
    float d = bias[i] - bias[j];
    for (std::size_t k = 0; k < width; ++k) d += p[k] * (q[k] - r[k]);
    const float slope = 1 / (1 + std::exp(d)), l2 = static_cast<float>(spec.l2);
    for (std::size_t k = 0; k < width; ++k) {
      const float user = p[k];
      p[k] += rate * (slope * (q[k] - r[k]) - l2 * user);
      q[k] += rate * (slope * user - l2 * q[k]);
      r[k] += rate * (-slope * user - l2 * r[k]);
    }
    bias[i] += rate * (slope - l2 * bias[i]);
    bias[j] += rate * (-slope - l2 * bias[j]);
  }

  void epoch(float rate) {
    const auto offsets = liked.offsets();
    for (std::size_t n = 0; n < liked.stored(); ++n) {
      const std::size_t at = random.below(liked.stored());
      const auto u =
          static_cast<std::size_t>(std::upper_bound(offsets.begin(), offsets.end(), at) - offsets.begin()) - 1;
      const auto own = liked[u].columns;
      std::size_t j = 0;
      do j = random.below(liked.width());
      while (std::binary_search(own.begin(), own.end(), static_cast<std::uint32_t>(j)));
      step(u, liked.columns()[at], j, rate);
    }
  }

  train::bpr::model learned() {
    for (std::size_t e = 0; e < spec.epochs; ++e)
      epoch(static_cast<float>(spec.learning_rate * (1 - static_cast<double>(e) / static_cast<double>(spec.epochs))));
    return {train::user_item_factors(x, y, bias), {spec.epochs, spec.learning_rate, spec.l2}};
  }
};

void auc(std::size_t epochs, std::uint64_t seeds) {
  const train::bpr spec{.factors = width, .epochs = epochs};
  const auto seen = made_up_interactions::made_up();
  double ours = 0, theirs = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto split = leave_one_out(seen, seed);
    const context ctx({.seed = seed});
    const auto of = [&](const recommender_model& m) {
      return evaluate_ranking(m, split.train, split.held, {.interval = {.samples = 10}}, ctx)["AUC"].value.mean;
    };
    ours += of(*spec.fit(split.train, ctx)) / static_cast<double>(seeds);
    theirs += of(plain(spec, split.train.by_user, seed).learned()) / static_cast<double>(seeds);
  }
  std::printf("%.4f %.4f\n", ours, theirs);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> a(argv + 1, argv + argc);
  const std::string what = argc == 4 ? a[0] : "";
  if (what == "epoch") epoch(static_cast<unsigned>(std::stoul(a[1])), std::stoul(a[2]));
  else if (what == "auc") auc(std::stoul(a[1]), std::stoul(a[2]));
  else return std::fprintf(stderr, "usage: see the head of benchmarks/recommend/bpr/bench.cpp\n"), 2;
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_recommend_bpr: %s\n", e.what());
  return 1;
}
