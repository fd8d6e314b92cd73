// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/bpr.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/warp.hpp>

#include "history_models.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

std::vector<scored> best(const recommender_model& model, std::size_t user) {
  scratch& s = scratch::local();
  std::vector<scored> room(5);
  room.resize(model.best(model.profile({.number = user}, s), room, [](std::size_t i) { return i % 7 != 3; }, s).size());
  return room;
}

// Learns each way of finding; all but the graph, whose items are too few for it to be asked, must answer the same.
template <class Spec>
void check_retrieval(Spec spec) {
  const auto seen = made_up(60, 200, 5);
  const auto plain = spec.fit(seen, context());
  for (const auto how : {retrieval::exact, retrieval::quantized, retrieval::approximate}) {
    spec.find = how;
    check_same_for_any_threads(spec, seen);
    const auto model = spec.fit(seen, context());
    CHECK(model->factors().found_by() == how);
    const auto again = loaded(Spec{}, saved(*model));
    CHECK(again->factors().found_by() == how);
    for (std::size_t u = 0; u < 60; ++u) {
      CHECK(best(*model, u) == best(*plain, u));
      CHECK(best(*again, u) == best(*plain, u));
    }
  }
}

}  // namespace

TEST_CASE("factors of all learners are found as the spec says, and as the file says after it was saved") {
  check_retrieval(train::ials{.factors = 4, .iterations = 2});
  check_retrieval(train::bpr{.factors = 4, .epochs = 3});
  check_retrieval(train::warp{.factors = 4, .epochs = 3});
}
