// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/metric.hpp>
#include <bespoke/core/metrics.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;

namespace {

template <class F>
errc code_of(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return e.code();
  }
  return errc{};
}

using labels_list = std::vector<std::uint32_t>;

/// The largest difference seen in all cases, so that one figure tells how near they are.
struct difference {
  double largest = 0;
  void operator()(double ours, const nlohmann::json& theirs) {
    CHECK(std::fabs(ours - theirs.get<double>()) < 1e-12);
    largest = std::max(largest, std::fabs(ours - theirs.get<double>()));
  }
};

void compare_labels(const nlohmann::json& c, difference& off) {
  const labels_list predicted = c["predicted"], actual = c["actual"];
  const std::vector<float> weights = c["weights"];
  const auto matrix = confusion(predicted, actual, c["labels"], weights);
  for (std::size_t i = 0; i < matrix.counts.size(); ++i) off(matrix.counts[i], c["confusion"][i]);
  off(accuracy(predicted, actual, weights), c["accuracy"]);
  off(balanced_accuracy(matrix), c["balanced_accuracy"]);
  for (const auto& [beta_text, expected] : c["f"].items()) {
    const double beta = std::stod(beta_text);
    const auto each = per_label(matrix, beta);
    for (std::size_t label = 0; label < each.size(); ++label) {
      off(each[label].precision, expected["each"][0][label]);
      off(each[label].recall, expected["each"][1][label]);
      off(each[label].f, expected["each"][2][label]);
      off(each[label].support, expected["each"][3][label]);
    }
    const std::map<std::string, averaging> hows{
        {"macro", averaging::macro}, {"micro", averaging::micro}, {"weighted", averaging::weighted}};
    for (const auto& [name, how] : hows) {
      const auto q = averaged(matrix, how, beta);
      off(q.precision, expected[name][0]);
      off(q.recall, expected[name][1]);
      off(q.f, expected[name][2]);
    }
  }
}

void compare_scores(const nlohmann::json& c, difference& off) {
  const std::vector<double> scores = c["scores"];
  const labels_list actual = c["actual"];
  const std::vector<float> weights = c["weights"];
  off(roc_auc(scores, actual, weights), c["roc_auc"]);
  off(average_precision(scores, actual, weights), c["average_precision"]);
  if (!c.contains("log_loss")) return;
  off(log_loss(scores, actual, weights), c["log_loss"]);
  off(brier(scores, actual, weights), c["brier"]);
}

}  // namespace

TEST_CASE("metrics are scikit-learn's") {
  const auto all = bespoke_test::oracle("core/metrics");
  difference off;
  for (const auto& c : all["labels"]) compare_labels(c, off);
  for (const auto& c : all["scores"]) compare_scores(c, off);
  for (const auto& c : all["values"]) {
    const std::vector<double> predicted = c["predicted"], actual = c["actual"];
    const std::vector<float> weights = c["weights"];
    off(rmse(predicted, actual, weights), c["rmse"]);
    off(mae(predicted, actual, weights), c["mae"]);
    off(r_squared(predicted, actual, weights), c["r2"]);
  }
  INFO("largest difference: " << off.largest);
  CHECK(off.largest < 1e-12);
  CHECK((all["labels"].size() == 4 && all["scores"].size() == 8 && all["values"].size() == 3));
}

TEST_CASE("rmse by hand, and what it refuses") {
  CHECK(rmse(std::vector<double>{1, 2}, std::vector<double>{1, 4}) == Approx(std::sqrt(2.0)));
  CHECK(code_of([] { rmse(std::vector<double>{1}, std::vector<double>{1, 2}); }) == errc::shape);
  CHECK(code_of([] { rmse({}, {}); }) == errc::empty_input);
  CHECK(code_of([] { mae(std::vector<double>{NAN}, std::vector<double>{1}); }) == errc::invalid_argument);
}

TEST_CASE("a score that says nothing has an area of one half, and of one label there is none") {
  const labels_list actual{0, 1, 0, 1};
  CHECK(roc_auc(std::vector<double>{3, 3, 3, 3}, actual) == 0.5);
  CHECK(average_precision(std::vector<double>{3, 3, 3, 3}, actual) == 0.5);
  CHECK(roc_auc(std::vector<double>{0, 1, 0, 1}, actual) == 1);
  CHECK(roc_auc(std::vector<double>{1, 0, 1, 0}, actual) == 0);
  constexpr double most = std::numeric_limits<double>::infinity();
  CHECK(roc_auc(std::vector<double>{-most, most, 0, most}, actual) == 1);
  CHECK(std::isnan(roc_auc(std::vector<double>{1, 2}, labels_list{0, 0})));
  CHECK(std::isnan(average_precision(std::vector<double>{1, 2}, labels_list{0, 0})));
}

TEST_CASE("labels without records are left out of means over labels") {
  // Label 2 is in neither; label 1 has no records, but was predicted.
  const auto c = confusion(labels_list{0, 1, 0}, labels_list{0, 0, 0}, 3);
  CHECK(balanced_accuracy(c) == Approx(2 / 3.0));
  CHECK(averaged(c, averaging::macro).recall == Approx(1 / 3.0));
  CHECK(averaged(c, averaging::weighted).recall == Approx(2 / 3.0));
  // Of three labels the one without records has no area; the two others are told apart.
  const std::vector<double> scores{1, 0, 0, 0, 1, 0};
  CHECK(roc_auc(scores, labels_list{0, 1}) == 1);
}

TEST_CASE("r squared of values that are all the same") {
  const std::vector<double> same{2, 2, 2};
  CHECK(r_squared(same, same) == 1);
  CHECK(r_squared(std::vector<double>{2, 2, 3}, same) == 0);
}

TEST_CASE("a weight of two is a record twice, a weight of zero is none") {
  const labels_list predicted{0, 1, 1, 0}, actual{0, 1, 0, 1};
  CHECK(accuracy(predicted, actual, std::vector<float>{2, 1, 1, 0}) == Approx(0.75));
  CHECK(accuracy(labels_list{0, 0, 1, 1}, labels_list{0, 0, 1, 0}) == Approx(0.75));
}

TEST_CASE("what metrics refuse") {
  const labels_list two{0, 1};
  const std::vector<double> scores{0.5, 0.25};
  CHECK(code_of([&] { accuracy({}, {}); }) == errc::empty_input);
  CHECK(code_of([&] { accuracy(two, labels_list{1}); }) == errc::shape);
  CHECK(code_of([&] { accuracy(two, two, std::vector<float>{1}); }) == errc::shape);
  CHECK(code_of([&] { accuracy(two, two, std::vector<float>{1, -1}); }) == errc::invalid_argument);
  CHECK(code_of([&] { accuracy(two, two, std::vector<float>{0, 0}); }) == errc::invalid_argument);
  CHECK(code_of([&] { confusion(two, two, 1); }) == errc::invalid_argument);
  CHECK(code_of([&] { roc_auc({}, two); }) == errc::shape);
  CHECK(code_of([&] { roc_auc(std::vector<double>{1, 2, 3}, two); }) == errc::shape);
  CHECK(code_of([&] { roc_auc(std::vector<double>{1, NAN}, two); }) == errc::invalid_argument);
  CHECK(code_of([&] { log_loss(scores, labels_list{0, 2}); }) == errc::invalid_argument);
  CHECK(code_of([&] { brier({}, {}); }) == errc::empty_input);
}

TEST_CASE("a metric as a value says what it cannot judge") {
  predictions labels, values;
  labels.label_count = 2;
  labels.labels = labels.actual_labels = {0, 1};
  labels.scores = {2, -2, -1, 1};
  values.values = {1, 2};
  values.actual_values = {1, 4};
  CHECK(metric::accuracy()(labels) == 1);
  CHECK(metric::roc_auc()(labels) == 1);
  CHECK(metric::rmse()(values) == Approx(std::sqrt(2.0)));
  CHECK(or_default({}, true).name == "accuracy");
  CHECK(or_default({}, false).name == "RMSE");
  CHECK(metric::f(0.5).name == "macro F0.5");
  CHECK(metric::f(2, averaging::weighted).name == "weighted F2");
  CHECK(!metric::mae().larger_is_better);
  using bespoke_test::message;
  CHECK_THAT(message([&] { metric::log_loss()(labels); }), bespoke_test::contains("expected probabilities"));
  CHECK_THAT(message([&] { metric::accuracy()(values); }), bespoke_test::contains("predicted labels for accuracy"));
  CHECK_THAT(message([&] { metric::mae()(labels); }), bespoke_test::contains("predicted values for MAE"));
}

TEST_CASE("parts of predictions, and predictions put together") {
  predictions p;
  p.label_count = 2;
  p.labels = {0, 1, 1};
  p.actual_labels = {0, 1, 0};
  p.scores = {1, 2, 3, 4, 5, 6};
  p.weights = {1, 2, 3};
  const auto some = p.part(std::vector<std::size_t>{2, 0, 2});
  CHECK(some.labels == labels_list{1, 0, 1});
  CHECK(some.scores == std::vector<double>{5, 6, 1, 2, 5, 6});
  CHECK(some.weights == std::vector<float>{3, 1, 3});
  auto both = p;
  both.append(some);
  CHECK(both.size() == 6);
  CHECK(both.part(std::vector<std::size_t>{3, 4, 5}).scores == some.scores);
}
