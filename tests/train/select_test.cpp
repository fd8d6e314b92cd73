// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/select.hpp>

#include <cmath>
#include <filesystem>
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

TEST_CASE("any_of learns with the learner of its choice, and its file says which") {
  const auto all = notes(60);
  auto spec = field("text", &note::text) | features::tfidf{} |
              train::any_of(train::linear_svm{}, train::complement_naive_bayes{});
  for (const std::size_t choice : {0u, 1u}) {
    const auto chosen = detail::with_choice(spec, choice);
    const auto f = fit(chosen, all, &note::kind);
    CHECK(f.stage().last().choice() == choice);
    CHECK(f.stage().last().has_probabilities() == (choice == 1));
    const auto svm = fit(field("text", &note::text) | features::tfidf{} | train::linear_svm{}, all, &note::kind);
    const auto bayes =
        fit(field("text", &note::text) | features::tfidf{} | train::complement_naive_bayes{}, all, &note::kind);
    for (std::size_t i = 0; i < 10; ++i) CHECK(f(all[i]) == (choice == 0 ? svm(all[i]) : bayes(all[i])));
    CHECK(f.scores(all[0]).size() == 2);
    if (choice == 0) CHECK(f.reasons(all[0], 2).size() == svm.reasons(all[0], 2).size());

    const auto path = std::filesystem::temp_directory_path() / ("bespoke_any_of_" + std::to_string(choice));
    save(f, path);
    const auto again = load(spec, path, &note::kind);  // whatever the choice of this spec
    CHECK(again.stage().last().choice() == choice);
    for (std::size_t i = 0; i < 10; ++i) CHECK(again(all[i]) == f(all[i]));
    std::filesystem::remove(path);
  }
  const auto none = detail::with_choice(spec, 2);
  CHECK_THAT(message([&] { (void)fit(none, all, &note::kind); }), contains("any_of: expected a choice below 2, got 2"));
}

TEST_CASE("a damaged any_of is refused") {
  const auto x = bespoke_test::dense_blocks({{1, 2}, {2, 1}, {3, 1}, {0, 2}});
  const auto y = own(std::vector<int>{0, 1, 1, 0});
  const auto spec = train::any_of(train::linear_svm{}, train::gaussian_naive_bayes{});
  const auto f = spec.fit(x, y, context());
  const std::string bytes = bespoke_test::saved(f);
  CHECK(bespoke_test::loaded<dense_row, int>(spec, bytes).choice() == 0);
  const std::size_t at = bytes.find("choice");
  REQUIRE(at != std::string::npos);
  for (const char digit : {'7', '1', '-', 'x'}) {
    std::string damaged = bytes;
    damaged[damaged.find('0', at)] = digit;
    CHECK_FALSE(message([&] { (void)bespoke_test::loaded<dense_row, int>(spec, damaged); }).empty());
  }
  for (std::size_t n = 0; n < bytes.size(); n += 7)
    CHECK_FALSE(message([&] { (void)bespoke_test::loaded<dense_row, int>(spec, bytes.substr(0, n)); }).empty());
}

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

TEST_CASE("select among learners of one's own: each with the axes that concern it") {
  const auto all = notes(60);
  const auto spec = field("text", &note::text) | features::tfidf{} |
                    train::any_of(train::linear_svm{}, train::complement_naive_bayes{});
  const auto chosen = select_among(spec, all, &note::kind, {.folds = 3}, axis<&features::tfidf::min_df>({1, 2}),
                                   axis<&train::linear_svm::c>({0.5f, 1}));
  std::vector<std::string> settings;
  for (const trial& t : chosen.evidence) settings.push_back(t.settings);
  CHECK(settings ==
        std::vector<std::string>{
            "linear_svm, tfidf.min_df = 1, linear_svm.c = 0.5", "linear_svm, tfidf.min_df = 1, linear_svm.c = 1",
            "linear_svm, tfidf.min_df = 2, linear_svm.c = 0.5", "linear_svm, tfidf.min_df = 2, linear_svm.c = 1",
            "complement_naive_bayes, tfidf.min_df = 1", "complement_naive_bayes, tfidf.min_df = 2"});
  const auto by_hand =
      cross_validate(field("text", &note::text) | features::tfidf{.min_df = 2} | train::complement_naive_bayes{}, all,
                     &note::kind, {.folds = 3});
  CHECK(by_hand.fold_scores == chosen.evidence[5].fold_scores);
}
