// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/select.hpp>

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
};

std::vector<note> notes(std::size_t n) {
  random_numbers random(7);
  std::vector<note> all;
  for (std::size_t i = 0; i < n; ++i) {
    const bool card = random.below(2) == 0;
    std::string text = card ? "card swallowed" : "transfer late";
    for (int w = 0; w < 4; ++w) text += " w" + std::to_string(random.below(60));
    all.push_back({text, card ? "card" : "transfer"});
  }
  return all;
}

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
