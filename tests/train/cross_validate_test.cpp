// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/memory.hpp>
#include <bespoke/train/cross_validate.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;

namespace {

struct note {
  std::string text{};
  float amount{};
  std::string kind{};
  float weight = 1;
  double value{};
};

/// Texts of two kinds that share most words; every tenth says the wrong thing.
std::vector<note> notes(std::size_t n) {
  random_numbers random(7);
  std::vector<note> all;
  for (std::size_t i = 0; i < n; ++i) {
    const bool card = random.below(2) == 0, lies = random.below(10) == 0;
    std::string text = card != lies ? "card swallowed" : "transfer late";
    for (int w = 0; w < 4; ++w) text += " w" + std::to_string(random.below(40));
    all.push_back({text, static_cast<float>(random.unit()), card ? "card" : "transfer", 1, card ? 3.0 : 1.0});
  }
  return all;
}

auto text_spec() { return field("text", &note::text) | features::tfidf{} | train::linear_svm{}; }

/// Learns the mean of its targets and answers with it, whatever it is asked.
struct mean_of_targets {
  static constexpr bool supervised = true;
  template <class In>
  struct fitted {
    static constexpr std::string_view kind = "mean_of_targets/1";
    using output_type = float;
    float mean;
    float operator()(const In&) const { return mean; }
    void save(bundle_writer& w) const { w.put("mean", double{mean}); }
  };
  template <class In, class Y>
  fitted<In> fit(const blocks<In>&, const blocks<Y>& y, const context& ctx) const {
    double sum = 0;
    const auto targets = number_targets::of(y, ctx);
    for (const double v : targets.values) sum += v;
    return {static_cast<float>(sum / static_cast<double>(targets.values.size()))};
  }
  template <class In, class Y>
  fitted<In> load(bundle_reader& r) const {
    return {static_cast<float>(r.number("mean"))};
  }
};

}  // namespace

TEST_CASE("cross-validation is fitting to each training part and asking for the rest") {
  const auto all = notes(120);
  const auto folds = plain_folds(all.size(), 4);
  const auto judged = cross_validate(text_spec(), all, &note::kind, {.folds = folds});
  REQUIRE(judged.records.size() == all.size());
  CHECK(judged.label_names == std::vector<std::string>{"card", "transfer"});
  CHECK(judged.metric == "accuracy");
  CHECK(judged.folds == folds);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    std::vector<note> part;
    for (const std::size_t i : folds[f].train) part.push_back(all[i]);
    const auto by_hand = fit(text_spec(), part, &note::kind);
    double right = 0;
    for (const std::size_t i : folds[f].test) {
      const auto answer = by_hand(all[i]);
      CHECK(judged.label_names[judged.predicted.labels[i]] == answer.label());
      CHECK(static_cast<float>(judged.predicted.scores[i * 2 + judged.predicted.labels[i]]) == answer.score());
      right += answer.label() == all[i].kind;
    }
    CHECK(judged.fold_scores[f] == Approx(right / static_cast<double>(folds[f].test.size())));
  }
  CHECK(judged.score.mean > 0.7);
  CHECK(judged.score.low < judged.score.mean);
  CHECK(judged.score == mean_of_folds(judged.fold_scores, 1 / 3.0));
}

TEST_CASE("cross-validation is the same for any number of threads, from memory and from a flow") {
  const auto all = notes(150);
  const auto once = cross_validate(text_spec(), all, &note::kind, {.folds = 3, .threads = 1});
  for (const unsigned threads : {2u, 4u}) {
    const auto again = cross_validate(text_spec(), all, &note::kind, {.folds = 3, .threads = threads});
    CHECK(again.predicted.scores == once.predicted.scores);
    CHECK(again.fold_scores == once.fold_scores);
  }
  const auto flowed = cross_validate(text_spec(), ingest::memory(all), &note::kind, {.folds = 3});
  CHECK(flowed.predicted.scores == once.predicted.scores);
  CHECK(cross_validate(text_spec(), all, &note::kind, {.folds = 3, .seed = 2}).folds != once.folds);
}

TEST_CASE("a regression is judged by its values") {
  const auto all = notes(60);
  const auto spec = field("amount", &note::amount) | mean_of_targets{};
  const auto judged = cross_validate(spec, all, &note::value, {.folds = 4});
  CHECK(judged.metric == "RMSE");
  CHECK(judged.label_names.empty());
  REQUIRE(judged.predicted.values.size() == all.size());
  for (std::size_t f = 0; f < 4; ++f) {
    double sum = 0;
    for (const std::size_t i : judged.folds[f].train) sum += all[i].value;
    for (const std::size_t i : judged.folds[f].test)
      CHECK(judged.predicted.values[i] == Approx(sum / static_cast<double>(judged.folds[f].train.size())));
  }
  const auto mae = cross_validate(spec, all, &note::value, {.folds = 4, .metric = metric::mae()});
  CHECK(mae.score.mean == Approx(1).margin(0.1));
}

TEST_CASE("weights count for the fit and for the metric") {
  auto all = notes(80);
  for (std::size_t i = 0; i < all.size(); i += 2) all[i].weight = 3;
  const auto judged =
      cross_validate(text_spec(), all, with_weight(&note::kind, &note::weight), {.folds = plain_folds(80, 4)});
  REQUIRE(judged.predicted.weights.size() == 80);
  double right = 0, sum = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    sum += all[i].weight;
    if (judged.predicted.labels[i] == judged.predicted.actual_labels[i]) right += all[i].weight;
  }
  CHECK(judged.fold_scores[0] == Approx(right / sum));
}

TEST_CASE("a label that a training part lacks gets no score there") {
  auto all = notes(40);
  all[0].kind = "zebra";
  const auto judged = cross_validate(text_spec(), all, &note::kind, {.folds = plain_folds(40, 4)});
  REQUIRE(judged.predicted.label_count == 3);
  CHECK(judged.label_names[2] == "zebra");
  CHECK(judged.predicted.scores[2] == -std::numeric_limits<double>::infinity());
  CHECK(judged.predicted.labels[0] != 2);
  CHECK(std::isfinite(judged.predicted.scores[20 * 3 + 2]));
}

TEST_CASE("time folds leave the oldest records without a prediction") {
  const auto all = notes(60);
  std::vector<double> times;
  for (std::size_t i = 0; i < all.size(); ++i) times.push_back(static_cast<double>(i));
  const auto judged = cross_validate(text_spec(), all, &note::kind, {.folds = time_folds(times, 3)});
  REQUIRE(judged.records.size() == 45);
  CHECK(judged.records.front() == 15);
  CHECK(judged.predicted.size() == 45);
}

TEST_CASE("what cross-validation refuses") {
  using bespoke_test::contains;
  using bespoke_test::message;
  const auto all = notes(20);
  const auto said = [&](const auto& records, const auto& spec, validation_options options) {
    return message([&] { (void)cross_validate(spec, records, &note::kind, options); });
  };
  CHECK_THAT(said(std::vector<note>{}, text_spec(), {}), contains("there are no records to learn from"));
  CHECK_THAT(said(all, text_spec(), {.folds = 21}), contains("expected 21 records or more"));
  CHECK_THAT(said(all, text_spec(), {.folds = 1}), contains("expected 2 folds or more"));
  CHECK_THAT(said(all, text_spec(), {.metric = metric::log_loss()}), contains("expected probabilities for log loss"));
  const auto bad = field("text", &note::text) | features::tfidf{} | train::linear_svm{.c = -1};
  CHECK_THAT(said(all, bad, {}), contains("linear_svm"));
  auto one_kind = all;
  for (note& n : one_kind) n.kind = "card";
  CHECK_THAT(said(one_kind, text_spec(), {}), contains("two labels or more"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THAT(said(all, text_spec(), {.stop = stop.get_token()}), contains("a stop was requested"));
}

TEST_CASE("cross-validation reports its fits and stops in the middle") {
  const auto all = notes(60);
  std::vector<std::size_t> done;
  std::stop_source stop;
  const auto on_progress = [&](const progress& p) {
    if (p.stage != "search") return;
    CHECK(p.total == 5);
    done.push_back(p.done);
    if (p.done == 3) stop.request_stop();
  };
  const auto said = bespoke_test::message([&] {
    (void)cross_validate(text_spec(), all, &note::kind,
                         {.on_progress = on_progress, .stop = stop.get_token(), .threads = 1});
  });
  CHECK_THAT(said, bespoke_test::contains("a stop was requested"));
  CHECK(done == std::vector<std::size_t>{1, 2, 3});
}
