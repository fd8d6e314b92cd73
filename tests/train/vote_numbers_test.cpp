// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/infer/live.hpp>
#include <bespoke/train/ridge.hpp>
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
  return vote(std::move(how), field("a", &Triple::a) | means{}, field("b", &Triple::b) | means{},
              field("c", &Triple::c) | means{});
}

/// Members with features of different kinds: a text, and a number beside one that is read as it is.
template <class How>
auto desk(How how) {
  return vote(std::move(how), field("name", &Triple::name) | features::tfidf{} | train::ridge{},
              fuse(field("b", &Triple::b) | features::standardize{}, field("c", &Triple::c)) | train::ridge{},
              field("a", &Triple::a) | means{});
}

std::string path(const char* name) {
  return (std::filesystem::temp_directory_path() / ("bespoke_average_" + std::string(name) + ".safetensors")).string();
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

/// The records of an oracle's case, with its numbers as `amount`.
std::vector<Triple> with_amounts(const nlohmann::json& c) {
  auto all = triples(c["x"]);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].amount = c["numbers"]["y"][i].get<float>();
  return all;
}

template <class F>
double difference(const F& f, const std::vector<Triple>& test, const nlohmann::json& theirs) {
  REQUIRE(test.size() == theirs.size());
  double most = 0;
  for (std::size_t i = 0; i < test.size(); ++i)
    most = std::max(most, std::abs(double{f(test[i])} - theirs[i].get<double>()));
  return most;
}

/// The squared error of weights over the members' numbers.
double squared_error(std::span<const double> numbers, std::span<const double> y, std::span<const double> weights) {
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    double mean = 0;
    for (std::size_t m = 0; m < weights.size(); ++m) mean += weights[m] * numbers[i * weights.size() + m];
    sum += (mean - y[i]) * (mean - y[i]);
  }
  return sum;
}

std::vector<double> weights_for(const std::vector<double>& numbers, std::size_t members, const std::vector<double>& y,
                                const std::vector<float>& records = {}) {
  return detail::average_weights(numbers, members, y, records);
}

}  // namespace

TEST_CASE("vote of regressions agrees with scikit-learn's VotingRegressor") {
  for (const auto& c : oracle("train/ensembles")) {
    INFO(c["name"].get<std::string>());
    const auto train = with_amounts(c), test = triples(c["test"]);
    const std::vector<float> weights = c["numbers"]["record_weights"];
    const auto weight_of = [&](const Triple& t) { return weights[static_cast<std::size_t>(&t - train.data())]; };
    const auto check = [&](const nlohmann::json& theirs, const auto& target) {
      const double mean = difference(fit(three(voting::soft{}), train, target), test, theirs["mean"]);
      const auto weighted = three(voting::soft{.weights = {2, 1, 0.5}});
      CHECK(std::max(mean, difference(fit(weighted, train, target), test, theirs["weighted"])) <= 1e-6);  // floats
      const auto learned = fit(three(voting::fitted{.folds = folds_of(c)}), train, target);
      double most = 0;
      for (std::size_t m = 0; m < 3; ++m)
        most = std::max(most, std::abs(learned.stage().weights()[m] - theirs["weights"][m].get<double>()));
      CHECK(most <= 1e-6);
    };
    check(c["numbers"]["even"], &Triple::amount);
    check(c["numbers"]["heavy"], with_weight(&Triple::amount, weight_of));
  }
}

TEST_CASE("average_weights: no worse than any other weights") {
  random_numbers random(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> y(30), numbers(30 * 3);
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = random.unit();
      const double shared = random.unit();
      for (std::size_t m = 0; m < 3; ++m)
        numbers[i * 3 + m] = y[i] + shared + static_cast<double>(m + 1) * (random.unit() - (round % 2 ? 0.5 : 0.9));
    }
    const auto best = weights_for(numbers, 3, y);
    CHECK(best[0] + best[1] + best[2] == Approx(1));
    const double error = squared_error(numbers, y, best);
    for (int a = 0; a <= 50; ++a)
      for (int b = 0; a + b <= 50; ++b) {
        const std::vector<double> other{a / 50.0, b / 50.0, (50 - a - b) / 50.0};
        CHECK(error <= squared_error(numbers, y, other) * (1 + 1e-7));
      }
    for (const double w : best) CHECK(w >= 0);
  }
}

TEST_CASE("average_weights: members that say the same, that follow from others, and that are never wrong") {
  const std::vector<double> y{1, 2, 3, 5};
  const auto near = [](const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t m = 0; m < a.size(); ++m) CHECK(a[m] == Approx(b[m]).margin(1e-5));
  };
  near(weights_for({1, 1, 2, 2, 3, 3, 4, 4}, 2, y), {0.5, 0.5});
  near(weights_for({1, 0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4}, 3, y), {0.5, 0, 0.5});
  near(weights_for({1, 1, 2, 2, 3, 3, 5, 5}, 2, y), {0.5, 0.5});  // both are right
  near(weights_for({1, 0, 1, 2, 0, 2, 3, 0, 3, 5, 0, 5}, 3, y), {0.5, 0, 0.5});
  near(weights_for({2, 0, 3, 1, 4, 2, 6, 4}, 2, y), {0.5, 0.5});               // together they are right
  const std::vector<double> made{2, 0, 1.5, 3, 1, 2.5, 4, 2, 3.5, 6, 4, 5.5};  // the third is made of the others
  CHECK(squared_error(made, y, weights_for(made, 3, y)) < 1e-9);
  near(weights_for({7}, 1, {1}), {1});
  // A member that is far off costs the others nothing.
  const auto without = weights_for({1.5, 1, 2, 2.5, 3, 3.5, 5.5, 5}, 2, y);
  const auto with = weights_for({1.5, 1, 1e12, 2, 2.5, -1e12, 3, 3.5, 1e11, 5.5, 5, 2e12}, 3, y);
  near({with[0], with[1]}, without);
  CHECK(with[2] < 1e-9);
}

TEST_CASE("average_weights: a record of weight 2 is the same as having it twice") {
  const std::vector<double> numbers{1, 2, 2, 5, 4, 3}, y{1, 4, 3};
  const auto a = weights_for(numbers, 2, y, {1, 2, 0.5f});
  auto twice = numbers;
  twice.insert(twice.end(), {2, 5});
  const auto b = weights_for(twice, 2, {1, 4, 3, 4}, {1, 1, 0.5f, 1});
  CHECK(a[0] == Approx(b[0]).margin(1e-12));
  CHECK(message([&] { weights_for({1, 2, 3, NAN}, 2, {1, 2}); }) ==
        "vote: record 1: expected members that answer finite numbers for records that they have not seen, got nan from "
        "member 2");
  CHECK_THAT(message([&] { weights_for({1, INFINITY, 3, 4}, 2, {1, 2}); }), contains("got inf from member 2"));
}

TEST_CASE("a vote of regressions is a regression like any other") {
  const auto records = made_up_triples(120, 3);
  const auto run = [&](auto how, const char* name) {
    const auto spec = desk(how);
    const auto f = fit(spec, records, &Triple::amount, {.threads = 1});
    CHECK(bytes_of(f) == bytes_of(fit(spec, records, &Triple::amount, {.threads = 2})));
    CHECK(bytes_of(f) == bytes_of(fit(spec, records, &Triple::amount, {.threads = 4})));
    const std::string file = path(name);
    save(f, file);
    const auto again = load(spec, file, &Triple::amount);
    CHECK(again.summary().golden.size() == detail::golden_count);
    CHECK(again.summary().golden[0].fields.size() == 4);
    const std::vector<float> many = f(records);
    double error = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(many[i] == f(records[i]));
      CHECK(again(records[i]) == f(records[i]));
      error += std::abs(many[i] - records[i].amount) / static_cast<double>(records.size());
    }
    CHECK(error < 0.5);
    infer::live<Triple, float> live{f};
    CHECK(live(records[3]) == f(records[3]));
    std::filesystem::remove(file);
  };
  run(voting::soft{}, "mean");
  run(voting::soft{.weights = {1, 2, 1}}, "weighted");
  run(voting::fitted{.folds = 3}, "fitted");
}

TEST_CASE("reasons of a vote of regressions: the parts of its members sum to the answer") {
  const auto records = made_up_triples(100, 3);
  const auto f = fit(desk(voting::soft{.weights = {2, 1, 1}}), records, &Triple::amount);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto why = f.reasons(records[i], 3);
    REQUIRE(why.size() == 3);
    double sum = 0;
    for (const auto& r : why) sum += r.contribution;
    CHECK(sum == Approx(f(records[i])).margin(1e-5));
    for (std::size_t r = 1; r < 3; ++r) CHECK(std::abs(why[r - 1].contribution) >= std::abs(why[r].contribution));
    for (const auto& r : why) {
      CHECK((r.name == "name" || r.name == "member 2" || r.name == "a"));
      if (r.name == "a") CHECK(r.contribution == Approx(std::get<2>(f.stage().parts()).last()(records[i].a) / 4));
    }
    CHECK(f.reasons(records[i], 1).size() == 1);
  }
  const auto words =
      f.stage().reasons_of<0>(Triple{.name = "word2 ignored"}, 5);  // what stands behind the first member
  REQUIRE(words.size() == 1);
  CHECK(words[0].name == "word2");
}

TEST_CASE("regressions behind features that they share, a vote in a vote, a stage behind a vote") {
  const auto records = made_up_triples(60, 2);
  const auto shared = field("amount", &Triple::amount) | features::standardize{} |
                      vote(voting::soft{}, train::ridge{}, train::ridge{.alpha = 100});
  const auto f = fit(shared, records, &Triple::amount);
  CHECK(f(Triple{.amount = 1.5f}) == Approx(1.5f).margin(0.5));
  const auto why = f.reasons(Triple{.amount = 1.5f}, 5);
  REQUIRE(why.size() == 2);
  CHECK(why[0].contribution + why[1].contribution == Approx(f(Triple{.amount = 1.5f})));
  CHECK((why[0].name == "member 1" || why[0].name == "member 2"));

  const auto a = field("a", &Triple::a) | means{}, b = field("b", &Triple::b) | means{},
             c = field("c", &Triple::c) | means{};
  const auto nested =
      fit(vote(voting::soft{.weights = {2, 1}}, vote(voting::soft{}, a, b), c), records, &Triple::amount);
  const auto flat = fit(three(voting::soft{}), records, &Triple::amount);
  for (const Triple& t : records) CHECK(nested(t) == Approx(flat(t)).margin(1e-6));
  CHECK(nested.stage().reasons_of<0>(records[0], 5).size() == 2);  // a chain of one: the inner vote's members
  const auto halved =
      fit(three(voting::soft{}) | map("half/1", [](float x) { return x / 2; }), records, &Triple::amount);
  CHECK(halved(records[0]) == flat(records[0]) / 2);
  STATIC_REQUIRE_FALSE(has_reasons<decltype(halved)>);
}

TEST_CASE("targets of another number type") {
  const auto records = made_up_triples(60, 3);
  const auto f = fit(three(voting::fitted{.folds = 3}), records, &Triple::label);
  STATIC_REQUIRE(std::is_same_v<decltype(f(records[0])), float>);
  CHECK(f(Triple{9, 9, 9}) == 0.0f);
  CHECK(f.reasons(Triple{9, 9, 9}, 3).empty());  // parts of 0 are none
}

TEST_CASE("a bundle of another average is refused") {
  const auto records = made_up_triples(40, 2);
  const std::string file = path("other");
  const auto refused = [&](const auto& spec) { return message([&] { (void)load(spec, file, &Triple::amount); }); };
  save(fit(three(voting::soft{.weights = {2, 1, 1}}), records, &Triple::amount), file);
  CHECK_THAT(refused(three(voting::fitted{})), contains("how \"soft\", this chain has \"fitted\""));
  CHECK_THAT(refused(three(voting::soft{})), contains("weights \"2 1 1\", this chain has \"1 1 1\""));
  CHECK_THAT(refused(field("a", &Triple::a) | means{}), contains("average/1"));
  std::filesystem::remove(file);
}

TEST_CASE("a bundle of an average with bad weights is refused") {
  const auto records = made_up_triples(40, 2);
  const std::span<const Triple> all(records);
  const auto a = field("a", &Triple::a) | means{};
  const auto member = a.fit(blocks<Triple>(all), detail::targets_of(all, &Triple::amount), context{});
  const auto read = [&](const std::vector<double>& weights, std::int64_t branches) {
    bundle_writer w;
    auto section = w.stage("average/1");
    section.put("how", "fitted");
    section.put("weights", std::span(weights));
    section.put("branches", branches);
    member.save(section);
    member.save(section);
    const std::string bytes = w.bytes({});
    auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
    auto stage = r.stage("average/1");
    return message([&] { (void)vote(voting::fitted{}, a, a).load<Triple, float>(stage); });
  };
  CHECK(read({0.5, 0.5}, 2) == "");
  CHECK_THAT(read({0.5, 0.6}, 2), contains("do not sum to 1"));
  CHECK_THAT(read({1.5, -0.5}, 2), contains("negative or not finite"));
  CHECK_THAT(read({NAN, 1}, 2), contains("negative or not finite"));
  CHECK_THAT(read({1}, 2), contains("weights"));
  CHECK_THAT(read({0.5, 0.5}, 3), contains("branches"));
}

TEST_CASE("vote of regressions: bad input has its message") {
  auto records = made_up_triples(20, 2);
  const auto with = [&](const auto& how) { return message([&] { (void)fit(three(how), records, &Triple::amount); }); };
  CHECK(with(voting::soft{.weights = {1, 2}}) == "vote: expected a weight for each of 3 members, got 2 weights");
  CHECK(with(voting::soft{.weights = {1, -2, 1}}) == "vote: expected weights of 0 or more, got -2");
  CHECK(with(voting::soft{.weights = {0, 0, 0}}) == "vote: expected some weight above 0, got 0 for all");
  CHECK_THAT(with(voting::fitted{.folds = 1}), contains("folds"));
  CHECK_THAT(with(voting::fitted{.folds = 21}), contains("folds"));
  CHECK_THAT(with(voting::fitted{.tolerance = NAN}), contains("vote: expected tolerance of 0 or more"));
  CHECK_THAT(with(voting::fitted{.max_iterations = 0}), contains("vote: expected max_iterations"));
  records[7].amount = INFINITY;
  CHECK_THAT(with(voting::fitted{}), contains("inf"));
  std::stop_source stop;
  fit_options options{.on_progress =
                          [&](const progress& p) {
                            if (p.stage == "vote") stop.request_stop();
                          },
                      .stop = stop.get_token()};
  records[7].amount = 1;
  CHECK_THAT(message([&] { (void)fit(three(voting::fitted{}), records, &Triple::amount, options); }),
             contains("a stop was requested"));
}
