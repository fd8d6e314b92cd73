// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/infer/live.hpp>
#include <bespoke/train/any_of.hpp>
#include <bespoke/train/calibrated.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/vote.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "ensemble_members.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using bespoke_test::contains;

namespace {

template <class F>
concept has_reasons = requires(const F& f, const Triple& t) { f.reasons(t, 1); };

template <class How>
auto three(How how) {
  return vote(std::move(how), member_a(), member_b(), member_c());
}

/// Members with features of different kinds: a text, and a number beside one that is read as it is.
template <class How>
auto desk(How how) {
  return vote(std::move(how),
              field("name", &Triple::name) | features::tfidf{} | train::calibrated(train::linear_svm{}, {.folds = 3}),
              fuse(field("amount", &Triple::amount) | features::standardize{}, field("b", &Triple::b)) |
                  train::calibrated(train::linear_svm{}, {.folds = 3}),
              member_a());
}

template <class F>
std::vector<float> scores_of(const F& f, const Triple& t) {
  std::vector<float> all;
  for (const auto& d : f.scores(t)) all.push_back(d.score());
  return all;
}

std::string path(const char* name) {
  return (std::filesystem::temp_directory_path() / ("bespoke_vote_" + std::string(name) + ".safetensors")).string();
}

template <class F>
std::string bytes_of(const F& f) {
  const std::string file = path("bytes");
  save(f, file);
  std::ifstream in(file, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  return all;
}

/// The mean log loss of weights over the members' held-out probabilities.
double log_loss(std::span<const double> likely, std::span<const double> weights) {
  double sum = 0;
  const std::size_t m = weights.size();
  for (std::size_t i = 0; i < likely.size() / m; ++i) {
    double p = 0;
    for (std::size_t k = 0; k < m; ++k) p += weights[k] * likely[i * m + k];
    sum -= std::log(p);
  }
  return sum / static_cast<double>(likely.size() / m);
}

}  // namespace

TEST_CASE("vote agrees with scikit-learn's VotingClassifier") {
  for (const auto& c : oracle("train/ensembles")) {
    INFO(c["name"].get<std::string>());
    const auto train = triples(c["x"], c["y"]), test = triples(c["test"]);
    const auto soft = fit(three(voting::soft{.weights = {2, 1, 0.5}}), train, &Triple::label);
    const auto hard = fit(three(voting::hard{}), train, &Triple::label);
    const auto heavy = fit(three(voting::hard{.weights = {1, 3, 1}}), train, &Triple::label);
    double largest = 0;
    scratch s;
    for (std::size_t i = 0; i < test.size(); ++i) {
      const scratch::frame frame(s);
      const auto p = soft.stage().scores(test[i], s);
      for (std::size_t k = 0; k < p.size(); ++k)
        largest = std::max(largest, std::abs(p[k] - c["soft"][i][k].get<double>()));
      CHECK(hard(test[i]).label() == c["hard"][i].get<int>());
      CHECK(heavy(test[i]).label() == c["heavy"][i].get<int>());
    }
    CHECK(largest <= 1e-12);
  }
}

TEST_CASE("voting::fitted finds the weights with the smallest log loss on held-out records") {
  for (const auto& c : oracle("train/ensembles")) {
    INFO(c["name"].get<std::string>());
    const auto f = fit(three(voting::fitted{.folds = folds_of(c)}), triples(c["x"], c["y"]), &Triple::label);
    double sum = 0;
    for (std::size_t m = 0; m < 3; ++m) {
      const double w = f.stage().weights()[m];
      CHECK(w >= 0);
      CHECK(w == Approx(c["weights"][m].get<double>()).margin(1e-5));
      sum += w;
    }
    CHECK(sum == Approx(1));
  }
}

TEST_CASE("mixture_weights: no worse than any other weights, with weights of the records and impossible records too") {
  const std::vector<double> likely{0.9, 0.2, 0.5, 0.8, 0.1, 0.5, 0.1, 0.7, 0.5, 0.3, 0.9, 0.5};
  const auto best = detail::mixture_weights(likely, 3, {}, {.folds = 2}, context{});
  for (const auto& other :
       {std::vector<double>{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.5, 0.5, 0}, {0.4, 0.6, 0}, {0.3, 0.3, 0.4}})
    CHECK(log_loss(likely, best) <= log_loss(likely, other) + 1e-6);
  // A record with weight 2 is the same as having it twice.
  std::vector<double> twice = likely;
  twice.insert(twice.end(), {0.3, 0.9, 0.5});
  const auto a = detail::mixture_weights(twice, 3, {}, {.folds = 2}, context{});
  const auto b = detail::mixture_weights(likely, 3, std::vector<float>{1, 1, 1, 2}, {.folds = 2}, context{});
  for (std::size_t m = 0; m < 3; ++m) CHECK(a[m] == Approx(b[m]).margin(1e-9));
  const auto sure = detail::mixture_weights(std::vector<double>{0, 1, 0, 1, 0, 0}, 2, {}, {.folds = 2}, context{});
  CHECK(sure[1] > 0.99);
}

TEST_CASE("a hard vote: equal votes go to the first label, a score is the share of the votes") {
  const std::vector<Triple> records{{0, 1, 2, 0}, {1, 2, 0, 1}, {2, 0, 1, 2}, {0, 1, 2, 0}, {1, 2, 0, 1}, {2, 0, 1, 2}};
  const auto f = fit(three(voting::hard{}), records, &Triple::label);
  CHECK(f(Triple{0, 1, 2}).score() == 1.0f);
  CHECK(f(Triple{2, 1, 0}).label() == 0);  // one vote each for 2, 0 and 1
  CHECK(f(Triple{2, 1, 0}).score() == Approx(1.0 / 3));
  CHECK(f(Triple{2, 2, 2}).score() == Approx(1.0 / 3));
  STATIC_REQUIRE_FALSE(gives_probabilities<std::remove_cvref_t<decltype(f.stage())>>);
}

TEST_CASE("a vote of chains with different features is a learner like any other") {
  const auto records = made_up_triples(120, 3);
  const auto run = [&](auto how, const char* name) {
    const auto spec = desk(how);
    const auto f = fit(spec, records, &Triple::label, {.threads = 1});
    CHECK(bytes_of(f) == bytes_of(fit(spec, records, &Triple::label, {.threads = 2})));
    CHECK(bytes_of(f) == bytes_of(fit(spec, records, &Triple::label, {.threads = 4})));
    CHECK(!f.summary().training_digest.empty());  // the fields of all members
    const std::string file = path(name);
    save(f, file);
    const auto again = load(spec, file, &Triple::label);
    CHECK(again.summary().golden.size() == detail::golden_count);
    CHECK(again.summary().golden[0].fields.size() == 4);
    const auto many = f(records);
    std::size_t right = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(many[i] == f(records[i]));
      CHECK(scores_of(again, records[i]) == scores_of(f, records[i]));
      right += f(records[i]).label() == records[i].label ? 1 : 0;
    }
    CHECK(right > 100);
    infer::live<Triple, decision<int>> live{f};
    CHECK(live(records[3]) == f(records[3]));
    std::filesystem::remove(file);
  };
  run(voting::hard{}, "hard");
  run(voting::soft{.weights = {1, 2, 1}}, "soft");
  run(voting::fitted{.folds = 3}, "fitted");
}

TEST_CASE("a flow, weights of records, and learners behind features that they share") {
  auto records = made_up_triples(60, 2);
  const auto shared = field("amount", &Triple::amount) | features::standardize{} |
                      vote(voting::hard{}, train::linear_svm{}, train::linear_svm{.c = 0.01f});
  CHECK(fit(shared, records, &Triple::label)(Triple{.amount = 1.9f}).label() == 1);
  const auto heavy = with_weight(&Triple::label, [](const Triple& t) { return t.label == 0 ? 3.0f : 1.0f; });
  const auto f = fit(three(voting::fitted{.folds = 3}), records, heavy);
  CHECK(f.scores(Triple{9, 9, 9})[0].score() == 0.5f);
  CHECK(f.scores(Triple{0, 0, 0})[0].score() > 0.5f);
  const auto inner = vote(voting::soft{}, member_a(), member_b());  // a vote may be a member
  const auto nested = fit(vote(voting::soft{.weights = {2, 1}}, inner, member_c()), records, &Triple::label);
  const auto flat = fit(three(voting::soft{}), records, &Triple::label);
  for (const Triple& t : records) CHECK(nested(t).score() == Approx(flat(t).score()));
}

TEST_CASE("reasons of a vote: the parts of its members sum to the lead over the runner-up") {
  const auto records = made_up_triples(100, 3);
  const auto check = [&](const auto& spec, std::span<const double> weights) {
    const auto f = fit(spec, records, &Triple::label);
    for (std::size_t i = 0; i < 30; ++i) {
      auto scores = scores_of(f, records[i]);
      std::sort(scores.begin(), scores.end());
      const auto why = f.reasons(records[i], 3);
      double sum = 0;
      for (std::size_t r = 0; r < why.size(); ++r) {
        sum += why[r].contribution;
        CHECK(why[r].contribution != 0);
        if (r > 0) CHECK(std::abs(why[r - 1].contribution) >= std::abs(why[r].contribution));
        CHECK(std::abs(why[r].contribution) <= *std::max_element(weights.begin(), weights.end()) / 4);
      }
      CHECK(sum == Approx(scores[2] - scores[1]).margin(1e-6));
      if (why.size() > 1) CHECK(f.reasons(records[i], 1).size() == 1);
    }
    return f;
  };
  check(desk(voting::soft{.weights = {2, 1, 1}}), std::vector<double>{2, 1, 1});
  check(desk(voting::hard{.weights = {2, 1, 1}}), std::vector<double>{2, 1, 1});
  check(desk(voting::fitted{.folds = 3}), std::vector<double>{4});
}

TEST_CASE("reasons of a vote, by hand") {
  const std::vector<Triple> records{{0, 1, 2, 0}, {1, 2, 0, 1}, {2, 0, 1, 2}, {0, 1, 2, 0}, {1, 2, 0, 1}, {2, 0, 1, 2}};
  const auto hard = fit(three(voting::hard{.weights = {2, 1, 1}}), records, &Triple::label);
  const auto why = hard.reasons(Triple{0, 2, 2}, 5);  // a and c vote for 0, b for 1
  REQUIRE(why.size() == 3);
  CHECK((why[0].name == "a" && why[0].contribution == 0.5f));
  CHECK((why[1].name == "b" && why[1].contribution == -0.25f));
  CHECK((why[2].name == "c" && why[2].contribution == 0.25f));
  CHECK(hard.reasons(Triple{0, 2, 1}, 5).size() == 2);  // c votes for neither the answer nor the runner-up
  const auto soft = fit(vote(voting::soft{}, member_a(), member_a()), records, &Triple::label);
  const auto twins = soft.reasons(Triple{.a = 1}, 5);  // of (1 + 0, 1 + 2, 1 + 0) / 5
  REQUIRE(twins.size() == 2);
  CHECK((twins[0].name == "member 1" && twins[0].contribution == Approx(0.2)));
  CHECK((twins[1].name == "member 2" && twins[1].contribution == Approx(0.2)));
  CHECK(soft.reasons(Triple{.a = 9}, 5).empty());  // all labels are equal
  const auto silent = fit(vote(voting::soft{.weights = {0, 1}}, member_a(), member_b()), records, &Triple::label);
  REQUIRE(silent.reasons(Triple{0, 1, 2}, 5).size() == 1);
  CHECK(silent.reasons(Triple{0, 1, 2}, 5)[0].name == "b");
  auto one = records;
  for (auto& r : one) r.label = 0;
  CHECK(fit(three(voting::soft{}), one, &Triple::label).reasons(records[0], 5).empty());  // nobody else to lead over
}

TEST_CASE("reasons of a vote behind features, in a vote, in others; and of its members") {
  const auto records = made_up_triples(80, 2);
  const auto amount = field("amount", &Triple::amount) | features::standardize{};
  const auto sure = train::calibrated(train::linear_svm{}, {.folds = 3});
  const auto shared = fit(amount | vote(voting::soft{}, sure, sure), records, &Triple::label);
  const auto two = shared.reasons(records[0], 5);
  REQUIRE(two.size() == 2);
  CHECK(two[0].name == "member 1");
  CHECK(two[0].contribution == two[1].contribution);
  const auto inner = vote(voting::soft{}, member_a(), member_b());
  const auto nested = fit(vote(voting::soft{.weights = {2, 1}}, inner, member_c()), records, &Triple::label);
  CHECK(nested.reasons(records[0], 5).size() <= 2);
  CHECK(!nested.stage().reasons_of<0>(records[0], 5).empty());  // a chain of one: the inner vote's members
  const auto f = fit(desk(voting::soft{}), records, &Triple::label);
  const auto words = f.stage().reasons_of<0>(Triple{.name = "word1 ignored"}, 5);
  REQUIRE(words.size() == 1);
  CHECK(words[0].name == "word1");
  // Stages that hand reasons on do so for columns only.
  const auto within =
      fit(amount | train::calibrated(vote(voting::hard{}, sure, sure), {.folds = 3}), records, &Triple::label);
  STATIC_REQUIRE_FALSE(has_reasons<decltype(within)>);
  CHECK(within(records[0]).label() == records[0].label);
  auto choice = train::any_of(vote(voting::hard{}, sure, sure), train::linear_svm{});
  CHECK(fit(amount | choice, records, &Triple::label).reasons(records[0], 5).empty());
  choice.choice = 1;
  CHECK(fit(amount | choice, records, &Triple::label).reasons(Triple{.amount = 5}, 5).size() == 1);
}

TEST_CASE("a bundle of another vote is refused") {
  const auto records = made_up_triples(60, 2);
  const std::string file = path("other");
  const auto refused = [&](const auto& spec) { return message([&] { (void)load(spec, file, &Triple::label); }); };
  save(fit(three(voting::soft{.weights = {2, 1, 1}}), records, &Triple::label), file);
  CHECK_THAT(refused(three(voting::hard{})), contains("how \"soft\", this chain has \"hard\""));
  CHECK_THAT(refused(three(voting::soft{})), contains("weights \"2 1 1\", this chain has \"1 1 1\""));
  CHECK_THAT(refused(vote(voting::soft{.weights = {2, 1}}, member_a(), member_b())), contains("weights"));
  CHECK_THAT(refused(vote(voting::soft{.weights = {2, 1, 1}}, member_a(), member_b(), member_b())), contains("name"));
  CHECK_THAT(refused(member_a()), contains("vote/1"));
  std::filesystem::remove(file);
}

TEST_CASE("a bundle with bad weights or members that differ in labels is refused") {
  const auto records = made_up_triples(40, 2);
  auto more = records;
  more[0].label = 7;
  const context ctx;
  const auto member = [&](const std::vector<Triple>& from) {
    return member_a().fit(blocks<Triple>(std::span(from)), detail::targets_of(std::span(from), &Triple::label), ctx);
  };
  const auto read = [&](const std::vector<double>& weights, const std::vector<Triple>& second) {
    bundle_writer w;
    auto section = w.stage("vote/1");
    section.put("how", "fitted");
    section.put("weights", std::span(weights));
    section.put("branches", 2);
    member(records).save(section);
    member(second).save(section);
    const std::string bytes = w.bytes({});
    auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
    auto stage = r.stage("vote/1");
    return message([&] { (void)vote(voting::fitted{}, member_a(), member_a()).load<Triple, int>(stage); });
  };
  CHECK(read({0.5, 0.5}, records) == "");
  CHECK_THAT(read({0.5, 0.6}, records), contains("do not sum to 1"));
  CHECK_THAT(read({1.5, -0.5}, records), contains("negative or not finite"));
  CHECK_THAT(read({std::nan(""), 1}, records), contains("negative or not finite"));
  CHECK_THAT(read({1}, records), contains("weights"));
  CHECK_THAT(read({0.5, 0.5}, more), contains("do not know the same labels"));
}

TEST_CASE("a class with fewer records than folds has a weight in fitted votes as in others") {
  auto records = made_up_triples(40, 2);
  records[0].label = 5;
  const auto f = fit(three(voting::fitted{}), records, &Triple::label);
  CHECK(f.scores(records[0]).size() == 3);
  for (auto& r : records) r.label = 0;
  records[0].label = 5;  // the fold without it has one label
  CHECK(fit(three(voting::fitted{}), records, &Triple::label).scores(records[0]).size() == 2);
}

TEST_CASE("vote: bad input has its message") {
  const auto records = made_up_triples(20, 2);
  const auto with = [&](const auto& how) { return message([&] { (void)fit(three(how), records, &Triple::label); }); };
  CHECK(with(voting::soft{.weights = {1, 2}}) == "vote: expected a weight for each of 3 members, got 2 weights");
  CHECK(with(voting::hard{.weights = {1, -2, 1}}) == "vote: expected weights of 0 or more, got -2");
  CHECK(with(voting::hard{.weights = {1, std::nan(""), 1}}) == "vote: expected weights of 0 or more, got nan");
  CHECK(with(voting::soft{.weights = {0, 0, 0}}) == "vote: expected some weight above 0, got 0 for all");
  CHECK_THAT(with(voting::fitted{.folds = 1}), contains("folds"));
  CHECK_THAT(with(voting::fitted{.folds = 21}), contains("folds"));
  CHECK_THAT(with(voting::fitted{.tolerance = -1}), contains("vote: expected tolerance of 0 or more"));
  CHECK_THAT(with(voting::fitted{.max_iterations = 0}), contains("vote: expected max_iterations"));
  auto one = records;
  for (auto& r : one) r.label = 1;
  CHECK(message([&] { (void)fit(three(voting::fitted{}), one, &Triple::label); }) ==
        "vote: expected targets with two labels or more, got the same label 20 times");
  CHECK_THAT(message([&] { (void)fit(desk(voting::soft{}), one, &Triple::label); }),
             contains("name/calibrated: expected targets with two labels or more"));
}

TEST_CASE("vote stops when asked") {
  std::stop_source stop;
  fit_options options{.on_progress =
                          [&](const progress& p) {
                            if (p.stage == "vote") stop.request_stop();
                          },
                      .stop = stop.get_token()};
  const auto records = made_up_triples(60, 2);
  CHECK_THAT(message([&] { (void)fit(three(voting::fitted{}), records, &Triple::label, options); }),
             contains("a stop was requested"));
}
