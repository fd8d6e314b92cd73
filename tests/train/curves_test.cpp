// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/curves.hpp>
#include <bespoke/train/linear_svm.hpp>

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
};

std::vector<note> notes(std::size_t n) {
  random_numbers random(7);
  std::vector<note> all;
  for (std::size_t i = 0; i < n; ++i) {
    const bool card = random.below(2) == 0;
    std::string text = random.below(3) == 0 ? "" : card ? "card" : "transfer";
    for (int w = 0; w < 5; ++w) text += " w" + std::to_string(2 * random.below(30) + (random.below(3) == 0) != card);
    all.push_back({text, card ? "card" : "transfer"});
  }
  return all;
}

auto spec() { return field("text", &note::text) | features::tfidf{} | train::linear_svm{}; }

}  // namespace

TEST_CASE("a learning curve ends where cross-validation stands") {
  const auto all = notes(300);
  const auto c = learning_curve(spec(), all, &note::kind, {.shares = {0.05, 0.3, 1}, .folds = 4});
  CHECK(c.x_name == "records");
  CHECK(c.metric == "accuracy");
  CHECK(c.x == std::vector<double>{11, 68, 225});
  const auto judged = cross_validate(spec(), all, &note::kind, {.folds = 4});
  CHECK(c.test.back() == judged.score);
  CHECK(c.test.front().mean < c.test.back().mean);
  CHECK(c.train.front().mean > c.test.front().mean);
  CHECK(means(c.test) == std::vector<double>{c.test[0].mean, c.test[1].mean, c.test[2].mean});
  for (const auto& e : c.errors) CHECK(e.empty());
  const auto again = learning_curve(spec(), all, &note::kind, {.shares = {0.05, 0.3, 1}, .folds = 4, .threads = 1});
  CHECK(again.test == c.test);
  CHECK(again.train == c.train);
}

TEST_CASE("a learning curve goes on where too few records cannot be learned from") {
  const auto all = notes(100);
  const auto rare = field("text", &note::text) | features::tfidf{.min_df = 20} | train::linear_svm{};
  const auto c = learning_curve(rare, all, &note::kind, {.shares = {0.02, 1}, .folds = 4});
  CHECK_FALSE(c.errors[0].empty());
  CHECK(std::isnan(c.test[0].mean));
  CHECK(std::isnan(c.train[0].mean));
  CHECK(c.errors[1].empty());
  CHECK(c.test[1].mean > 0.4);
}

TEST_CASE("a validation curve has the values of its axis") {
  const auto all = notes(200);
  const auto c = validation_curve(spec(), all, &note::kind, {.folds = 4}, axis<&train::linear_svm::c>({0.001f, 1, -1}));
  CHECK(c.x_name == "linear_svm.c");
  CHECK(c.x == std::vector<double>{static_cast<double>(0.001f), 1, -1});
  CHECK(c.train[0].mean < c.train[1].mean);
  CHECK_THAT(c.errors[2], contains("linear_svm"));
  const auto found = grid_search(spec(), all, &note::kind, {.folds = 4}, axis<&train::linear_svm::c>({0.001f, 1, -1}));
  CHECK(c.test[0] == found.evidence[0].score);
  CHECK(c.test[1] == found.evidence[1].score);
  const auto ranges =
      validation_curve(spec(), all, &note::kind, {.folds = 4}, axis<&features::tfidf::ngrams>({{1, 1}, {1, 2}}));
  CHECK(ranges.x == std::vector<double>{0, 1});
}

TEST_CASE("what curves refuse") {
  const auto all = notes(30);
  CHECK_THAT(message([&] { (void)learning_curve(spec(), all, &note::kind, {.shares = {}}); }),
             contains("a share or more"));
  CHECK_THAT(message([&] { (void)learning_curve(spec(), all, &note::kind, {.shares = {0.5, 0}}); }),
             contains("shares above 0 and at most 1, got 0"));
  CHECK_THAT(message([&] { (void)learning_curve(spec(), all, &note::kind, {.shares = {NAN}}); }), contains("got nan"));
  CHECK_THAT(
      message([&] { (void)validation_curve(spec(), all, &note::kind, {}, log_between<&train::linear_svm::c>(1, 2)); }),
      contains("use random_search"));
}
