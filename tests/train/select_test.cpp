// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/select.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using bespoke_test::contains;
using bespoke_test::message;

namespace {

struct note {
  std::string text{};
  std::string kind{};
  float a{}, b{};
  double y{};
};

/// Texts of two kinds; numbers of which only a ring tells the kinds apart; a value that is a line of a number.
std::vector<note> notes(std::size_t n) {
  random_numbers random(7);
  std::vector<note> all;
  for (std::size_t i = 0; i < n; ++i) {
    const bool card = random.below(2) == 0;
    std::string text = card ? "card swallowed" : "transfer late";
    for (int w = 0; w < 4; ++w) text += " w" + std::to_string(random.below(60));
    const double angle = 6.28 * random.unit(), radius = card ? 1 : 3;
    const auto a = static_cast<float>(radius * std::cos(angle)), b = static_cast<float>(radius * std::sin(angle));
    all.push_back({text, card ? "card" : "transfer", a, b, 2.0 * a - 1 + 0.1 * random.unit()});
  }
  return all;
}

auto numbers_of() {
  return fuse(field("a", &note::a) | features::standardize{}, field("b", &note::b) | features::standardize{});
}

std::string learner_in(const trial& t) { return t.settings.substr(0, t.settings.find(',')); }

}  // namespace

TEST_CASE("select tries what suits texts, and gives the best") {
  const auto all = notes(120);
  const auto features = field("text", &note::text) | features::tfidf{};
  const auto chosen = select(features, all, &note::kind, {.folds = 3});
  REQUIRE(chosen.evidence.size() == 4 + 3 + 3 + 3);
  CHECK(chosen.evidence[0].settings == "linear_svm, linear_svm.c = 0.1");
  CHECK(chosen.evidence[4].settings == "logistic, logistic.c = 1");
  CHECK(chosen.evidence[12].settings == "multinomial_naive_bayes, multinomial_naive_bayes.alpha = 0.5");
  for (const trial& t : chosen.evidence) {
    CHECK(t.error.empty());
    CHECK(t.score.mean <= chosen.evidence[chosen.best_number].score.mean);
  }
  CHECK(chosen.evidence[chosen.best_number].score.mean > 0.95);
  const auto triage = fit(chosen.best, all, &note::kind);
  CHECK(triage(all[0]).label() == all[0].kind);
  // A metric of probabilities leaves out what gives none.
  const auto probable = select(features, all, &note::kind, {.folds = 3, .metric = metric::log_loss()});
  CHECK_THAT(probable.evidence[0].error, contains("expected probabilities"));
  CHECK(learner_in(probable.evidence[probable.best_number]) != "linear_svm");
}

TEST_CASE("select finds that a ring needs no line") {
  const auto all = notes(200);
  const auto chosen = select(numbers_of(), all, &note::kind, {.folds = 3, .threads = 2});
  const auto& best = chosen.evidence[chosen.best_number];
  CHECK(learner_in(best) != "linear_svm");
  CHECK(learner_in(best) != "logistic");
  CHECK(best.score.mean > 0.95);
  CHECK(chosen.evidence[0].score.mean < 0.75);
}

TEST_CASE("select of numbers that are values tries regressions") {
  const auto all = notes(100);
  const auto chosen = select(numbers_of(), all, &note::y, {.folds = 3});
  CHECK(chosen.metric == "RMSE");
  CHECK(learner_in(chosen.evidence[chosen.best_number]) == "ridge");
  CHECK(chosen.evidence[chosen.best_number].score.mean < 0.1);
}
