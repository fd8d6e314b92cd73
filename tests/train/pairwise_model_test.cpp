// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/train/bpr.hpp>
#include <bespoke/train/popularity.hpp>
#include <bespoke/train/warp.hpp>

#include <stop_token>
#include <type_traits>

#include "catch.hpp"
#include "pairwise_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;

#define MODELS train::bpr, train::warp

namespace {

double auc(const recommender_model& model, const interaction_split& split, bool as_new = false) {
  return evaluate_ranking(model, split.train, split.held, {.as_new = as_new}, context())["AUC"].value.mean;
}

errc refusal(auto&& spec, const interaction_matrix& seen) {
  try {
    learned(spec, seen);
  } catch (const error& e) {
    return e.code();
  }
  return {};
}

}  // namespace

TEMPLATE_TEST_CASE("pairs: tastes are found, of known users and of new ones", "", MODELS) {
  const auto split = leave_one_out(tastes(160, 120, 1), 5);
  const auto model = learned(TestType{.factors = 16, .epochs = 40}, split.train);
  const double popular = auc(*train::popularity{}.fit(split.train, context()), split);
  CHECK(auc(*model, split) > popular + 0.1);
  CHECK(auc(*model, split, true) > popular + 0.1);
}

TEMPLATE_TEST_CASE("pairs: the same bytes for any number of threads", "", MODELS) {
  check_same_for_any_threads(TestType{.factors = 20, .epochs = 3}, tastes(200, 150, 2));
  check_same_for_any_threads(TestType{.factors = 3, .epochs = 3}, tastes(9, 80, 2));
}

TEMPLATE_TEST_CASE("pairs: what is read back answers as what was written", "", MODELS) {
  const auto seen = tastes(70, 68, 4);
  const auto model = learned(TestType{.factors = 18, .epochs = 5}, seen), again = loaded(TestType{}, saved(*model));
  CHECK(saved(*again) == saved(*model));
  for (std::size_t u = 0; u < seen.users(); u += 7)
    for (const asked_user& user : {asked_user{u, seen.by_user[u]}, asked_user{.history = seen.by_user[u]}}) {
      CHECK(scores(*again, user) == scores(*model, user));
      CHECK(parts(*again, user, 5) == parts(*model, user, 5));
    }
  CHECK(likeness(*again, 3) == likeness(*model, 3));
  CHECK(likeness(*model, 3)[3] == 1);
}

TEMPLATE_TEST_CASE("pairs: parts of a score add up to what the history has in it", "", MODELS) {
  const auto seen = tastes(70, 68, 4);
  const auto model = learned(TestType{.factors = 18, .epochs = 60}, seen);
  for (std::size_t u = 0; u < 20; ++u)
    for (const std::size_t item : {0u, 31u, 67u}) {
      const asked_user somebody_new{.history = seen.by_user[u]};
      double sum = static_cast<double>(model->factors().items().bias(item));
      for (const float part : parts(*model, somebody_new, item)) sum += static_cast<double>(part);
      CHECK(score(*model, somebody_new, item) == Approx(sum).margin(1e-4));
      CHECK(parts(*model, {u, seen.by_user[u]}, item) == parts(*model, somebody_new, item));
    }
}

TEMPLATE_TEST_CASE("pairs: an interaction of a value of 0 or less is none, and how large a value is does not matter",
                   "", MODELS) {
  const TestType spec{.factors = 4, .epochs = 6};
  const triples liked{{0, 0, 1}, {0, 2, 1}, {1, 1, 1}, {1, 2, 1}, {3, 0, 1}};
  triples with_more = liked;
  for (auto& [u, i, v] : with_more) v = 3.5f + static_cast<float>(i);
  with_more.insert(with_more.end(), {{0, 1, 0}, {2, 2, -1}, {3, 3, -0.5f}});
  const auto model = learned(spec, matrix_from(with_more, 4, 5));
  CHECK(saved(*model) == saved(*learned(spec, matrix_from(liked, 4, 5))));
  CHECK(scores(*model, {.number = 2}) == scores(*model, {}));
  const std::uint32_t columns[] = {0, 1, 2};
  const float all[] = {1, -1, 2}, positive[] = {1, 2};
  const std::uint32_t fewer[] = {0, 2};
  CHECK(scores(*model, {.history = {columns, all, 5}}) == scores(*model, {.history = {fewer, positive, 5}}));
  CHECK(parts(*model, {.history = {columns, all, 5}}, 0)[1] == 0);
  const float none[] = {0, -1, -2};
  CHECK(scores(*model, {.history = {columns, none, 5}}) == scores(*model, {}));
}

TEMPLATE_TEST_CASE("pairs: what is not known is as the others are on average", "", MODELS) {
  const auto seen = tastes(40, 36, 6);
  const auto model = learned(TestType{.factors = 5, .epochs = 8}, seen);
  const auto& all = model->factors();
  double row = 0, bias = 0;
  for (std::size_t i = 0; i < 36; ++i) {
    row += static_cast<double>(all.items().value(i, 2)) / 36;
    bias += static_cast<double>(all.items().bias(i)) / 36;
  }
  CHECK(all.typical_item()[2] == Approx(row).margin(1e-6));
  double expected = bias;
  for (std::size_t k = 0; k < 5; ++k) expected += static_cast<double>(all.typical_item()[k] * all.typical_user()[k]);
  CHECK(score(*model, {}, 36) == Approx(expected).margin(1e-6));
  CHECK(score(*model, {}, 99999) == score(*model, {}, 36));
  CHECK(scores(*model, {.number = 40, .history = seen.by_user[3]}) == scores(*model, {.history = seen.by_user[3]}));
  const std::uint32_t beyond[] = {36, 99};
  const float values[] = {1, 1};
  CHECK(scores(*model, {.history = {beyond, values, 36}}) == scores(*model, {}));
}

TEMPLATE_TEST_CASE("pairs: damaged bundles are refused", "", MODELS) {
  check_damage(TestType{.factors = 3, .epochs = 2}, tastes(9, 8, 1));
  const auto model = learned(TestType{.factors = 3, .epochs = 2}, tastes(9, 8, 1));
  const std::size_t sampled = std::is_same_v<TestType, train::warp> ? 30 : 0;
  const auto refused = [&](const train::pairwise_fold_in& how) {
    return is_bad_bundle(TestType{}, saved(typename TestType::model(model->factors(), how)));
  };
  CHECK_FALSE(refused({3, 0.05, 0.1, sampled}));
  CHECK(refused({0, 0.05, 0.1, sampled}));
  CHECK(refused({3, 0, 0.1, sampled}));
  CHECK(refused({3, -1, 0.1, sampled}));
  CHECK(refused({3, std::nan(""), 0.1, sampled}));
  CHECK(refused({3, HUGE_VAL, 0, sampled}));
  CHECK(refused({3, 0.05, -0.1, sampled}));
  CHECK(refused({3, 0.05, 5, sampled}));
  CHECK(refused({3, 0.05, 0.1, 30 - sampled}));
  CHECK(refused({3, 0.05, 0.1, 1000000}));
}

TEMPLATE_TEST_CASE("pairs: a recommender answers whatever it is asked", "", MODELS) {
  check_recommender(TestType{.factors = 6, .epochs = 20});
  check_odd_data(TestType{.factors = 6, .epochs = 20});
}

TEMPLATE_TEST_CASE("pairs: bad input has its message", "", MODELS) {
  const auto seen = tastes(20, 10, 1);
  CHECK_THROWS_WITH(learned(TestType{.factors = 0}, seen), contains("factors of 1 to 4096"));
  CHECK_THROWS_WITH(learned(TestType{.factors = 5000}, seen), contains("5000"));
  CHECK_THROWS_WITH(learned(TestType{.epochs = 0}, seen), contains("epochs of 1 or more"));
  CHECK_THROWS_WITH(learned(TestType{.learning_rate = 0}, seen), contains("learning_rate of more than 0"));
  CHECK_THROWS_WITH(learned(TestType{.learning_rate = std::nan("")}, seen), contains("learning_rate"));
  CHECK_THROWS_WITH(learned(TestType{.l2 = -1}, seen), contains("l2 of 0 or more"));
  CHECK_THROWS_WITH(learned(TestType{.learning_rate = 1, .l2 = 1}, seen), contains("learning_rate times l2"));
  CHECK_THROWS_WITH(learned(TestType{.stddev = -1}, seen), contains("stddev"));
  CHECK_THROWS_WITH(learned(TestType{.epochs = 60, .learning_rate = 1e30, .l2 = 0}, seen),
                    contains("smaller learning_rate"));
  CHECK(refusal(TestType{}, matrix_from({}, 3, 3)) == errc::empty_input);
  CHECK(refusal(TestType{}, matrix_from({{0, 0, -1}, {1, 1, 0}}, 3, 3)) == errc::empty_input);
}

TEMPLATE_TEST_CASE("pairs: learning reports its epochs, and stops when told to", "", MODELS) {
  std::stop_source stop;
  std::size_t reports = 0;
  const context ctx({.on_progress = [&](const progress&) { ++reports == 3 ? void(stop.request_stop()) : void(); },
                     .stop = stop.get_token()});
  CHECK_THROWS_AS((TestType{.factors = 4, .epochs = 50}.fit(tastes(20, 10, 1), ctx)), error);
  CHECK(reports == 3);
}
