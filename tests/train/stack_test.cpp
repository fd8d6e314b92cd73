// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/ridge.hpp>
#include <bespoke/train/stack.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "catch.hpp"
#include "ensemble_members.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using bespoke_test::contains;

namespace {

auto name() { return field("name", &Triple::name) | features::tfidf{} | train::linear_svm{}; }
auto amounts() {
  return fuse(field("amount", &Triple::amount) | features::standardize{}, field("b", &Triple::b)) | train::linear_svm{};
}

/// A stack's rows: those that the next stage learns from, and those of the fitted members.
template <class Spec>
auto both_rows(const Spec& spec, const std::vector<Triple>& train, const std::vector<Triple>& test,
               unsigned threads = 2) {
  const context ctx({.threads = threads});
  const std::span all(train);
  auto both = spec.fit_rows(blocks<Triple>(all), detail::targets_of(all, &Triple::label), ctx);
  return std::pair(collect(both.output, ctx), collect(applied(both.fitted, blocks<Triple>(std::span(test))), ctx));
}

double difference(const dense_rows& ours, const nlohmann::json& theirs) {
  REQUIRE(ours.size() == theirs.size());
  double most = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    REQUIRE(ours.width() == theirs[i].size());
    for (std::size_t c = 0; c < ours.width(); ++c)
      most = std::max(most, std::abs(double{ours[i][c]} - theirs[i][c].get<double>()));
  }
  return most;
}

template <class Spec>
std::string fit_message(const Spec& spec, const std::vector<Triple>& records, const fit_options& options = {}) {
  return message([&] { (void)fit(spec, records, &Triple::label, options); });
}

}  // namespace

TEST_CASE("stack agrees with scikit-learn's StackingClassifier on the same folds") {
  for (const auto& c : oracle("train/ensembles")) {
    INFO(c["name"].get<std::string>());
    const auto spec = stack(stacking{.folds = folds_of(c)}, member_a(), member_b(), member_c());
    const auto [train, test] = both_rows(spec, triples(c["x"], c["y"]), triples(c["test"]));
    CHECK(difference(train, c["stack_train"]) <= 1e-7);  // rows are floats
    CHECK(difference(test, c["stack_test"]) <= 1e-7);
  }
}

TEST_CASE("a stack's training rows come from members that have not seen them") {
  // Every number stands for one record: seen it tells the label, unseen nothing.
  std::vector<Triple> records;
  for (int i = 0; i < 40; ++i) records.push_back({i, i, i, i % 2});
  const auto [train, test] = both_rows(stack(member_a(), member_b()), records, records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(train[i][0] == 0.5f);
    CHECK(test[i][0] == Approx(i % 2 == 0 ? 1.0 / 3 : 2.0 / 3));
  }
}

TEST_CASE("a stack before a learner, and beside other features") {
  const auto records = made_up_triples(150, 3);
  const std::string file = (std::filesystem::temp_directory_path() / "bespoke_stack.safetensors").string();
  const auto run = [&](const auto& spec) {
    const auto f = fit(spec, records, &Triple::label, {.threads = 1});
    save(f, file);
    const auto again = load(spec, file, &Triple::label);
    CHECK(again.summary().golden.size() == detail::golden_count);
    std::size_t right = 0;
    for (const unsigned threads : {2u, 4u}) {
      const auto other = fit(spec, records, &Triple::label, {.threads = threads});
      for (const Triple& t : records) CHECK(other(t) == f(t));
    }
    const auto many = f(records);
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(many[i] == f(records[i]));
      CHECK(again(records[i]) == f(records[i]));
      right += many[i].label() == records[i].label ? 1 : 0;
    }
    CHECK(right > 135);
    const auto why = f.reasons(records[0], 2);
    REQUIRE(!why.empty());
    CHECK_THAT(why[0].name, contains(": "));
    std::filesystem::remove(file);
  };
  run(stack(name(), amounts(), member_a()) | train::linear_svm{});
  run(fuse(stack(stacking{.folds = 3}, name(), member_a()),
           field("amount", &Triple::amount) | features::standardize{}) |
      train::linear_svm{});
}

TEST_CASE("a stack's columns are named by field and label") {
  const auto three = made_up_triples(60, 3), two = made_up_triples(60, 2);
  const auto names = [](const auto& spec, const auto& records, const auto& target) {
    const context ctx;
    const std::span all(records);
    const auto f = spec.fit(blocks<Triple>(all), detail::targets_of(all, target), ctx);
    std::vector<std::string> out;
    for (std::size_t c = 0; c < f.width(); ++c) out.push_back(f.column_name(c));
    return out;
  };
  CHECK(names(stack(name(), amounts()), three, &Triple::label) ==
        std::vector<std::string>{"name: 0", "name: 1", "name: 2", "member 2: 0", "member 2: 1", "member 2: 2"});
  CHECK(names(stack(member_a(), name()), two, &Triple::label) == std::vector<std::string>{"a: 1", "name: 1"});
  const auto word = [](const Triple& t) { return std::string(t.label == 0 ? "no" : "yes"); };
  CHECK(names(stack(member_a(), member_a()), two, word) == std::vector<std::string>{"member 1: yes", "member 2: yes"});
}

TEST_CASE("a stack of regressions") {
  const auto records = made_up_triples(100, 3);
  const auto spec = stack(field("b", &Triple::b) | features::standardize{} | train::ridge{},
                          field("name", &Triple::name) | features::tfidf{} | train::ridge{}) |
                    train::ridge{};
  const auto f = fit(spec, records, &Triple::amount);
  CHECK(f.stage().template stage<0>().width() == 2);
  CHECK(f.stage().template stage<0>().column_name(1) == "name");
  double error = 0;
  for (const Triple& t : records) error += std::abs(f(t) - t.amount) / static_cast<double>(records.size());
  CHECK(error < 0.5);
}

TEST_CASE("a stack of learners behind features that they share") {
  const auto records = made_up_triples(60, 2);
  const auto spec = field("amount", &Triple::amount) | features::standardize{} |
                    stack(train::linear_svm{}, train::linear_svm{.c = 0.01f}) | train::linear_svm{};
  CHECK(fit(spec, records, &Triple::label)(Triple{.amount = 1.9f}).label() == 1);
}

TEST_CASE("a stack: a class with fewer records than folds") {
  auto records = made_up_triples(40, 2);
  records[0].label = 5;
  const auto [train, test] = both_rows(stack(name(), member_a()), records, records);
  CHECK(train.width() == 6);
  CHECK(train[0][5] == 0.0f);                                // nobody who learned without it knows the label
  CHECK(train[0][2] == std::min(train[0][0], train[0][1]));  // the smallest margin
  for (const float v : train.values()) CHECK(std::isfinite(v));
}

TEST_CASE("a stack: two labels, one of them in one record") {
  auto records = made_up_triples(20, 1);
  records[4].label = 1;
  const auto [train, test] = both_rows(stack(name(), member_a()), records, records);
  CHECK(train[4][0] == -1.0f);  // one label was left to learn from: a sure answer
  CHECK(train[4][1] == 0.0f);
}

TEST_CASE("a stack's bundle of other widths is refused") {
  const auto records = made_up_triples(40, 2);
  const context ctx;
  const std::span all(records);
  const auto m = member_a().fit(blocks<Triple>(all), detail::targets_of(all, &Triple::label), ctx);
  const auto read = [&](std::int64_t width, std::int64_t branches) {
    bundle_writer w;
    auto section = w.stage("stack/1");
    section.put("width", width);
    section.put("branches", branches);
    m.save(section);
    const std::string bytes = w.bytes({});
    auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
    auto stage = r.stage("stack/1");
    return message([&] { (void)stack(member_a()).load<Triple, int>(stage); });
  };
  CHECK(read(1, 1) == "");
  CHECK_THAT(read(2, 1), contains("the width is not the sum of its members' scores"));
  CHECK_THAT(read(1, 2), contains("branches"));
}

TEST_CASE("stack: bad input has its message") {
  const auto records = made_up_triples(20, 2);
  const auto with = [&](stacking how) { return stack(std::move(how), member_a(), name()) | train::linear_svm{}; };
  CHECK_THAT(fit_message(with({.folds = 1}), records), contains("folds"));
  CHECK_THAT(fit_message(with({.folds = 21}), records), contains("folds"));
  auto one = records;
  for (auto& r : one) r.label = 1;
  CHECK(fit_message(with({}), one) == "stack: expected targets with two labels or more, got the same label 20 times");
  auto bad = records;
  bad[3].amount = INFINITY;
  CHECK_THAT(fit_message(stack(field("amount", &Triple::amount) | features::standardize{} | train::linear_svm{}) |
                             train::linear_svm{},
                         bad),
             contains("amount/standardize"));
  std::stop_source stop;
  CHECK_THAT(fit_message(with({}), records,
                         {.on_progress =
                              [&](const progress& p) {
                                if (p.stage == "stack") stop.request_stop();
                              },
                          .stop = stop.get_token()}),
             contains("a stop was requested"));
}
