// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/features/impute.hpp>
#include <bespoke/ingest/memory.hpp>
#include <bespoke/preprocess/filter.hpp>
#include <bespoke/preprocess/isolation_forest.hpp>

#include <algorithm>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using preprocess::isolation_forest;

namespace {

template <class S>
auto fit_seeded(const S& spec, const table& x, std::uint64_t seed, unsigned threads = 2) {
  return spec.fit(dense_blocks(x), no_targets(x.size()), context({.threads = threads, .seed = seed}));
}

template <class F>
std::vector<double> scores_of(const F& f, const table& x) {
  std::vector<double> all;
  scratch s;
  for (const auto& row : x) all.push_back(f.score(dense_row{row}, s));
  return all;
}

/// The share of pairs of one outlier and one other in which the outlier has the larger score.
double area(const std::vector<double>& scores, const std::vector<double>& truth) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    for (std::size_t k = 0; k < scores.size(); ++k)
      if (truth[i] > truth[k]) pairs += 1, right += scores[i] > scores[k] ? 1 : scores[i] == scores[k] ? 0.5 : 0;
  return right / pairs;
}

template <class F, class In>
bool is_outlier(const F& f, const In& x) {
  scratch s;
  return f(x, s);
}

struct order {
  float amount{};
  std::optional<float> items{};
};

}  // namespace

TEST_CASE("isolation_forest: average path lengths agree with scikit-learn") {
  const auto o = oracle("preprocess/outliers");
  for (std::size_t i = 0; i < o["sizes"].size(); ++i)
    CHECK(std::fabs(preprocess::average_path_length(o["sizes"][i].get<std::size_t>()) -
                    o["average_path_length"][i].get<double>()) <= 1e-12);
}

TEST_CASE("isolation_forest ranks planted outliers as well as scikit-learn") {
  const auto o = oracle("preprocess/outliers");
  const table x = table_of(o["planted"]);
  const auto truth = o["truth"].get<std::vector<double>>(), peer = o["auc"].get<std::vector<double>>();
  double mean = 0, peer_mean = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    mean += area(scores_of(fit_seeded(isolation_forest{}, x, seed), x), truth) / 10;
  for (const double a : peer) peer_mean += a / 10;
  INFO(mean << " here, " << peer_mean << " there");
  CHECK(mean >= peer_mean - 0.02);
}

TEST_CASE("isolation_forest: a value far away is an outlier, and a share sets how many are") {
  std::vector<double> x;
  for (int i = 0; i < 1000; ++i) x.push_back(i % 100);
  x.push_back(5000);
  const auto f = fitted_to_values(isolation_forest{.share = 0.05}, x);
  CHECK(is_outlier(f, 5000.));
  CHECK(is_outlier(f, 1e9));
  CHECK_FALSE(is_outlier(f, 50.));
  std::size_t found = 0;
  for (const double v : x) found += is_outlier(f, v) ? 1 : 0;
  CHECK(found >= 20);
  CHECK(found <= 50);
  CHECK(fitted_to_values(isolation_forest{}, x).threshold() == 0.5);
}

TEST_CASE("isolation_forest drops records from a flow") {
  std::vector<order> all;
  for (int i = 0; i < 200; ++i) all.push_back({static_cast<float>(i % 10), static_cast<float>(i % 10)});
  all[70] = {90, -40};
  all[80].items.reset();
  const auto odd = fit(
      fuse(field("amount", &order::amount) | features::impute{}, field("items", &order::items) | features::impute{}) |
          isolation_forest{.share = 0.005},
      all);
  auto clean = ingest::memory(all) | preprocess::filter([odd](const order& o) { return !odd(o); });
  std::vector<order> some, kept;
  while (clean.next(some)) kept.insert(kept.end(), some.begin(), some.end());
  CHECK(kept.size() == 199);
  CHECK(std::none_of(kept.begin(), kept.end(), [](const order& o) { return o.amount == 90; }));
}

TEST_CASE("isolation_forest: constants, one record, no columns, missing values of a record asked") {
  const auto same = fitted_to_table(isolation_forest{}, table(300, {7, 7}));
  CHECK(scores_of(same, {{7, 7}, {9, 1}}) == std::vector<double>{0.5, 0.5});
  const std::vector<float> seven{7, 7};
  CHECK_FALSE(is_outlier(same, dense_row{seven}));
  const auto one = fitted_to_values<float>(isolation_forest{.share = 0.1}, {3});
  CHECK_FALSE(is_outlier(one, 3.f));
  CHECK(scores_of(fitted_to_table(isolation_forest{}, {{}, {}, {}}), {{}}) == std::vector<double>{0.5});
  const auto f = fitted_to_table(isolation_forest{}, sample_table(300, 2));
  for (const double score : scores_of(f, {{not_a_number, 1}, {infinity, -infinity}, {not_a_number, not_a_number}}))
    CHECK((score > 0 && score < 1));
  const auto extremes = fitted_to_values<double>(isolation_forest{}, {-1.7e308, 1.7e308, 0, 1});
  scratch s;
  CHECK(std::isfinite(extremes.score(1.7e308, s)));
}

TEST_CASE("isolation_forest: bad input has its message") {
  CHECK(message([] { fitted_to_values<float>(isolation_forest{}, {}); }) ==
        "isolation_forest: there are no records to learn from");
  CHECK(message([] { fitted_to_values<float>(isolation_forest{.trees = 0}, {1}); }) ==
        "isolation_forest: expected trees from 1 to 10000, got 0");
  CHECK(message([] { fitted_to_values<float>(isolation_forest{.sample = 1}, {1}); }) ==
        "isolation_forest: expected sample from 2 to 65536, got 1");
  CHECK(message([] { fitted_to_values<float>(isolation_forest{.share = 0.6}, {1}); }) ==
        "isolation_forest: expected share from 0 to 0.5, got 0.6");
  CHECK_THAT(message([] { fitted_to_values<std::optional<float>>(isolation_forest{}, {1.f, std::nullopt}); }),
             contains("isolation_forest: record 1: expected a finite number, got a missing value; put impute before"));
  CHECK_THAT(message([] { fitted_to_values<float>(isolation_forest{}, {infinity}); }), contains("got an infinity"));
}

TEST_CASE("isolation_forest: the same bytes for any number of threads, others for another seed") {
  const table t = sample_table(3000, 4);
  const isolation_forest spec{.trees = 20, .share = 0.1};
  const std::string one = saved(fit_seeded(spec, t, 1, 1));
  CHECK(one == saved(fit_seeded(spec, t, 1, 2)));
  CHECK(one == saved(fit_seeded(spec, t, 1, 4)));
  CHECK(one != saved(fit_seeded(spec, t, 2, 1)));
}

TEST_CASE("isolation_forest is read back as it was written, and refuses damage") {
  const isolation_forest spec{.trees = 2, .sample = 8};
  const auto f = fitted_to_table(spec, sample_table(30, 2));
  const std::string bytes = saved(f);
  const auto again = loaded<dense_row>(spec, bytes);
  CHECK(saved(again) == bytes);
  const table asked = sample_table(50, 2);
  CHECK(scores_of(again, asked) == scores_of(f, asked));
  CHECK(refused_when_damaged<dense_row>(spec, bytes, dense_row{asked[0]}) > bytes.size());
  CHECK_THAT(message([&] { loaded<float>(spec, bytes); }), contains("\"dense rows\", this chain has \"numbers\""));
}

TEST_CASE("isolation_forest is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<isolation_forest, double>);
  STATIC_REQUIRE(stage_spec<isolation_forest, dense_row, float>);
  STATIC_REQUIRE_FALSE(stage_spec<isolation_forest, std::string>);
}
