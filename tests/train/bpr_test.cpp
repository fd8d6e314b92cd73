// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/bpr.hpp>

#include <set>

#include "../../src/train/pairwise_descent.hpp"
#include "catch.hpp"
#include "pairwise_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::bpr;
namespace pairwise = train::pairwise;

TEST_CASE("BPR learns, and folds in, what a plain reference does") {
  for (const auto& c : oracle("train/bpr")) {
    INFO(c["name"]);
    const auto& p = c["parameters"];
    const bpr spec{.factors = p["factors"],
                   .epochs = p["epochs"],
                   .learning_rate = p["learning_rate"],
                   .l2 = p["l2"],
                   .stddev = p["stddev"],
                   .constant_rate = p.value("constant_rate", false),
                   .verify_negatives = p.value("verify_negatives", true)};
    CHECK(difference(*learned(spec, interactions_of(c)), c) < 1e-5);
  }
}

TEST_CASE("what an item is compared with was never chosen by the user") {
  const auto seen = tastes(50, 40, 3);
  const sparse_rows liked = pairwise::liked_of("bpr", seen.by_user);
  std::vector<pairwise::interaction> all;
  for (std::uint32_t u = 0; u < 50; ++u)
    for (const std::uint32_t i : liked[u].columns) all.push_back({u, i});
  std::vector<std::uint32_t> items;
  for (std::uint32_t i = 0; i < 40; i += 2) items.push_back(i);
  const auto chosen = [&](std::uint32_t u, std::uint32_t i) {
    return std::binary_search(liked[u].columns.begin(), liked[u].columns.end(), i);
  };
  scratch& s = scratch::local();
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const bool verify : {true, false}) {
      pairwise::tile whole{all, items, random_numbers(seed)};
      std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
      bool any_chosen = false;
      const auto drawn = pairwise::triples_of(whole, 40, verify, s);
      for (const pairwise::triple& t : drawn) {
        pairs.emplace(t.user, t.liked);
        any_chosen = any_chosen || chosen(t.user, t.other);
        CHECK((chosen(t.user, t.liked) && t.other % 2 == 0));
      }
      CHECK(pairs.size() == drawn.size());
      CHECK((drawn.size() == all.size() || (verify && drawn.size() + 5 > all.size())));
      CHECK(any_chosen != verify);
    }
}

TEST_CASE("BPR: an interaction without an item to compare it with is left out") {
  const auto model = learned(bpr{.factors = 2, .epochs = 3, .l2 = 0}, matrix_from({{0, 0, 1}, {0, 1, 1}}, 1, 2));
  CHECK(model->factors().items().bias(0) == 0);
  const auto lower = learned(bpr{.factors = 2, .epochs = 9, .l2 = 0}, matrix_from({{0, 0, 1}, {0, 1, 1}}, 1, 3));
  for (const std::size_t i : {0u, 1u}) CHECK(lower->factors().items().bias(i) > 0);
  CHECK(lower->factors().items().bias(2) < 0);
}

TEST_CASE("the slope of the logistic loss is near the true one everywhere") {
  double furthest = 0;
  for (float d = -90; d < 90; d += 0.01f)
    furthest = std::max(furthest, std::fabs(static_cast<double>(pairwise::logistic_slope(d)) -
                                            1 / (1 + std::exp(static_cast<double>(d)))));
  CHECK(furthest < 1e-6);
}

TEST_CASE("all kernels make the same steps but for rounding") {
  constexpr std::size_t width = 48, users = 5, items = 7, stride = width + pairwise::bias_room;
  random_numbers random(4);
  std::vector<pairwise::triple> triples;
  for (std::uint32_t n = 0; n < 60; ++n) {
    const auto liked = static_cast<std::uint32_t>(random.below(items));
    triples.push_back({static_cast<std::uint32_t>(random.below(users)), liked, (liked + 1 + n % 6) % 7});
  }
  aligned_vector<float> begin(users * width + items * stride);
  for (float& v : begin) v = static_cast<float>(random.unit() - 0.5);
  const auto after = [&](const pairwise::kernels& k) {
    aligned_vector<float> all = begin;
    const pairwise::factor_rows rows{all.data(), all.data() + users * width, width};
    k.logistic(triples.data(), triples.size(), rows, {0.1f, 0.02f});
    for (const auto& t : triples) k.move(t, rows, {0.1f, 0.02f}, k.dot(rows.user(t.user), rows.item(t.other), width));
    return all;
  };
  const auto expected = after(pairwise::portable_kernels());
  for (const auto* k : {pairwise::avx2_kernels(), pairwise::avx512_kernels(), &pairwise::best_kernels()}) {
    if (k == nullptr) continue;  // this processor lacks them
    const auto found = after(*k);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(1e-4));
  }
}
