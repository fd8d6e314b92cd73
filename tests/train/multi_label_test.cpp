// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/save.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/calibrated.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/multi_label.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using bespoke_test::contains;
using train::linear_svm;
using train::multi_label;

namespace {

using sets = std::vector<std::vector<int>>;

const std::vector<std::vector<float>> corners{{0, 0},    {1, 0},    {0, 1},    {1, 1},
                                              {0, 0.1f}, {1, 0.1f}, {0.1f, 1}, {1, 0.9f}};
const sets of_corners{{}, {1}, {2}, {2, 1}, {}, {1, 1}, {2}, {1, 2}};

template <class Spec, class Y>
auto fit_to(const Spec& spec, const std::vector<std::vector<float>>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(dense_blocks(x), own(std::move(y)), context({.threads = threads}));
}

template <class F>
std::vector<int> labels_for(const F& f, const std::vector<float>& x) {
  scratch s;
  std::vector<int> all;
  for (const auto& d : f(dense_row{x}, s)) all.push_back(d.label());
  return all;
}

template <class F>
std::vector<double> scores_of(const F& f, const std::vector<float>& x) {
  scratch s;
  const auto all = f.scores(dense_row{x}, s);
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("multi_label agrees with scikit-learn's OneVsRestClassifier") {
  const auto c = oracle("train/multi_label");
  const auto f =
      fit_to(multi_label(linear_svm{.tolerance = 1e-12, .max_iterations = 1000000}), c["x"], c["sets"].get<sets>());
  double most = 0;
  for (std::size_t i = 0; i < c["test"].size(); ++i) {
    const std::vector<float> x = c["test"][i];
    const auto scores = scores_of(f, x);
    for (std::size_t k = 0; k < c["learned"].size(); ++k)
      most = std::max(most, std::abs(scores[c["learned"][k].get<std::size_t>()] - c["margins"][i][k].get<double>()));
    CHECK(scores[2] == 1.0);  // every record has it
    auto found = labels_for(f, x);
    std::sort(found.begin(), found.end());
    CHECK(found == c["predicted"][i].get<std::vector<int>>());
  }
  CHECK(most <= 1e-5);
}

TEST_CASE("multi_label: what is above the threshold, most certain first") {
  const auto margins = fit_to(multi_label(linear_svm{.c = 100}), corners, of_corners);
  CHECK(margins.labels().size() == 2);
  CHECK(labels_for(margins, {0, 0}).empty());
  CHECK(labels_for(margins, {1, 0}) == std::vector<int>{1});
  CHECK(labels_for(margins, {1, 2}) == std::vector<int>{2, 1});
  CHECK(labels_for(margins, {2, 1}) == std::vector<int>{1, 2});
  const auto f = fit_to(multi_label(train::calibrated(linear_svm{.c = 100}, {.folds = 2})), corners, of_corners);
  STATIC_REQUIRE(decltype(f)::threshold == 0.5);
  STATIC_REQUIRE(decltype(margins)::threshold == 0.0);
  for (const auto& x : corners) {
    const auto p = scores_of(f, x);
    const auto answer = labels_for(f, x);
    for (std::size_t k = 0; k < p.size(); ++k)
      CHECK((p[k] > 0.5) == (std::find(answer.begin(), answer.end(), int(k) + 1) != answer.end()));
  }
}

TEST_CASE("multi_label: a label twice counts once, a weight of 2 as two records") {
  const auto once = fit_to(multi_label(linear_svm{}), {{0}, {1}, {2}}, sets{{}, {4}, {4}});
  const auto twice = fit_to(multi_label(linear_svm{}), {{0}, {1}, {2}}, sets{{}, {4, 4}, {4}});
  CHECK(saved(once) == saved(twice));
  const linear_svm tight{.tolerance = 1e-12, .max_iterations = 100000};
  using heavy = weighted<std::vector<int>>;
  const auto a = fit_to(multi_label(tight), {{0}, {1}, {2}}, std::vector<heavy>{{{}, 1}, {{4}, 2}, {{4, 5}, 1}});
  const auto b = fit_to(multi_label(tight), {{0}, {1}, {1}, {2}}, sets{{}, {4}, {4}, {4, 5}});
  for (const float x : {0.0f, 0.7f, 3.0f})
    for (std::size_t k = 0; k < 2; ++k) CHECK(scores_of(a, {x})[k] == Approx(scores_of(b, {x})[k]).margin(1e-5));
}

TEST_CASE("multi_label: the same bytes for any number of threads, and read back as it was written") {
  const auto c = oracle("train/multi_label");
  const auto spec = multi_label(linear_svm{});
  const auto f = fit_to(spec, c["x"], c["sets"].get<sets>(), 1);
  CHECK(saved(f) == saved(fit_to(spec, c["x"], c["sets"].get<sets>(), 2)));
  CHECK(saved(f) == saved(fit_to(spec, c["x"], c["sets"].get<sets>(), 4)));
  const auto again = loaded<dense_row, std::vector<int>>(spec, saved(f));
  CHECK(saved(again) == saved(f));
  CHECK(again.learner(2) == nullptr);
  CHECK(again.learner(1) != nullptr);
}

TEST_CASE("a chain whose target is a list of labels") {
  struct Ticket {
    std::string body{};
    std::vector<std::string> tags{};
  };
  const std::vector<Ticket> tickets{
      {"card lost", {"card"}},      {"card broken", {"card", "damage"}}, {"parcel broken", {"damage"}},   {"hello", {}},
      {"card card lost", {"card"}}, {"good morning hello", {}},          {"parcel is broken", {"damage"}}};
  const auto spec = field("body", &Ticket::body) | features::tfidf{} | multi_label(linear_svm{.c = 10});
  const auto f = fit(spec, tickets, &Ticket::tags);
  const auto both = f(Ticket{"card broken"});
  REQUIRE(both.size() == 2);
  CHECK(both[0].score() >= both[1].score());
  CHECK(f(Ticket{"hello"}).empty());
  CHECK(f(tickets)[2][0].label() == "damage");
  CHECK(f.scores(tickets[0]).size() == 2);
  CHECK(f.scores(tickets[0])[0].label() == "card");
  const std::string file = (std::filesystem::temp_directory_path() / "bespoke_multi_label.safetensors").string();
  save(f, file);
  const auto again = load(spec, file, &Ticket::tags);
  CHECK(again.summary().label == "list of string");
  REQUIRE(again.summary().golden.size() == detail::golden_count);
  for (const auto& t : tickets) CHECK(again(t) == f(t));
  CHECK_THAT(message([&] { (void)load(spec, file, [](const Ticket&) { return std::vector<int>{}; }); }),
             contains("another kind of label"));
  std::filesystem::remove(file);
}

TEST_CASE("golden records tell the labels and scores of a list") {
  golden_record g;
  detail::answer_into(g, std::vector<decision<int>>{{7, 0.5f, 1}, {3, 0.25f, 0}});
  CHECK(g.label == "7, 3");
  CHECK(g.scores == std::vector<double>{0.5, 0.25});
}

TEST_CASE("multi_label: bad input has its message") {
  const auto with = [](const auto& spec, auto y) { return message([&] { fit_to(spec, {{1}, {2}}, std::move(y)); }); };
  CHECK(with(multi_label(linear_svm{}), sets{{}, {}}) ==
        "multi_label: expected targets with some label, got no label 2 times");
  CHECK(with(multi_label(linear_svm{}), sets{{1}}) ==
        "multi_label: expected a target for each of 2 records, got 1 targets");
  CHECK(with(multi_label(linear_svm{}), std::vector<std::vector<float>>{{1}, {2, std::nanf("")}}) ==
        "multi_label: record 1: expected labels, got nan");
  CHECK_THAT(with(multi_label(linear_svm{.c = 0}), sets{{1}, {}}), contains("linear_svm: expected c"));
  CHECK(message([&] { fit_to(multi_label(linear_svm{}), {}, sets{}); }) ==
        "multi_label: there are no records to learn from");
  STATIC_REQUIRE_FALSE(stage_spec<train::multi_label_learner<linear_svm>, dense_row, int>);
  std::stop_source stop;
  stop.request_stop();
  const context stopped({.stop = stop.get_token()});
  CHECK_THAT(message([&] { multi_label(linear_svm{}).fit(dense_blocks(corners), own(of_corners), stopped); }),
             contains("a stop was requested"));
}

TEST_CASE("multi_label: a file whose parts do not fit together is refused") {
  const auto one = linear_svm{}.fit(dense_blocks({{0}, {1}, {2}}), own(std::vector<int>{0, 1, 1}), context{});
  const auto three = linear_svm{}.fit(dense_blocks({{0}, {1}, {2}}), own(std::vector<int>{0, 1, 2}), context{});
  const auto read = [&](const std::vector<std::uint8_t>& learned, const auto& learner) {
    bundle_writer w;
    auto section = w.stage("multi_label/1");
    section.put("label_type", "int");
    section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{3, 4}));
    section.put("learned", std::span(learned));
    auto inner = section.stage("linear_svm/1");
    learner.save(inner);
    return message([&] { loaded<dense_row, std::vector<int>>(multi_label(linear_svm{}), w.bytes({})); });
  };
  CHECK_THAT(read({1, 0}, one), contains("label_type"));  // of the learner: it is no question of yes or no
  CHECK_THAT(read({1, 0}, three), contains("label_type"));
  CHECK_THAT(read({2, 0}, one), contains("which labels were learned"));
  CHECK_THAT(read({1}, one), contains("learned"));
  CHECK_THAT(read({0, 0}, one), contains("no stage 2"));
  CHECK_THAT(read({1, 1}, one), contains("label_type"));
}
