// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/calibrated.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <cmath>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using bespoke_test::contains;
using train::calibrated;
using train::calibration;
using train::linear_svm;
using train::score_curves;

namespace {

using table = std::vector<std::vector<float>>;

struct sample {
  table x{};
  std::vector<int> y{};
};
sample made_up(std::size_t n, std::size_t labels) {
  std::mt19937 random(4);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = random() % labels;
    std::vector<float> row(5);
    for (float& v : row) v = static_cast<float>(random() % 100) / 100;
    row[label] += 0.6f;
    s.x.push_back(row);
    s.y.push_back(static_cast<int>(label));
  }
  return s;
}

calibration method_of(const nlohmann::json& c) {
  return c["method"] == "sigmoid" ? calibration::sigmoid : calibration::isotonic;
}

/// Margins as `scores` gives them: of two labels scikit-learn writes the second's only.
std::vector<double> both(const nlohmann::json& rows) {
  std::vector<double> all;
  for (const auto& row : rows) {
    if (row.size() == 1) all.push_back(-row[0].get<double>());
    for (const auto& v : row) all.push_back(v);
  }
  return all;
}

template <class F, class In>
std::vector<double> scores_of(const F& f, const In& x) {
  scratch s;
  const auto all = f.scores(x, s);
  return {all.begin(), all.end()};
}

template <class Spec>
auto fit(const Spec& spec, const sample& s, unsigned threads = 2) {
  return spec.fit(dense_blocks(s.x), own(s.y), context({.threads = threads}));
}

std::vector<fold> folds_of(const nlohmann::json& c, std::size_t n) {
  std::vector<fold> folds;
  for (const std::vector<std::size_t> test : c["folds"]) folds.push_back({others(test, n), test});
  return folds;
}

double difference(const std::vector<double>& ours, const nlohmann::json& theirs) {
  double most = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) most = std::max(most, std::abs(ours[i] - theirs[i].get<double>()));
  return most;
}

}  // namespace

TEST_CASE("score_curves agree with scikit-learn's CalibratedClassifierCV on the same held-out scores") {
  double sigmoid = 0, isotonic = 0;
  for (const auto& c : oracle("train/calibrated")) {
    const std::vector<std::uint32_t> y = c["y"];
    const std::size_t labels = c["probabilities"][0].size();
    const auto curves =
        score_curves::fit(method_of(c), both(c["held"]), y, c["weights"].get<std::vector<float>>(), labels, context{});
    const auto asked = both(c["asked"]);
    std::vector<double> p(labels);
    for (std::size_t i = 0; i < c["probabilities"].size(); ++i) {
      curves(std::span(asked).subspan(i * labels, labels), p);
      double& most = method_of(c) == calibration::sigmoid ? sigmoid : isotonic;
      most = std::max(most, difference(p, c["probabilities"][i]));
    }
  }
  CHECK(sigmoid <= 1e-6);
  CHECK(isotonic <= 1e-12);
}

TEST_CASE("calibrated agrees with scikit-learn's CalibratedClassifierCV on the same folds") {
  for (const auto& c : oracle("train/calibrated")) {
    INFO(c["name"].get<std::string>());
    const std::vector<int> y = c["y"];
    const std::vector<float> weights = c["weights"];
    const auto spec = calibrated(linear_svm{.tolerance = 1e-12, .max_iterations = 1000000},
                                 {.method = method_of(c), .folds = folds_of(c, y.size())});
    const auto compare = [&](const auto& f) {
      const auto rows = dense(c["test"]);
      double most = 0;
      for (std::size_t i = 0; i < rows.size(); ++i)
        most = std::max(most, difference(scores_of(f, rows[i]), c["probabilities"][i]));
      CHECK(most <= 1e-5);
    };
    const context ctx({.threads = 2});
    if (weights.empty()) {
      compare(spec.fit(dense_blocks(c["x"]), own(y), ctx));
    } else {
      std::vector<weighted<int>> both;
      for (std::size_t i = 0; i < y.size(); ++i) both.push_back({y[i], weights[i]});
      compare(spec.fit(dense_blocks(c["x"]), own(both), ctx));
    }
  }
}

TEST_CASE("calibrated: probabilities sum to 1 and the answer is the largest") {
  for (const std::size_t labels : {2, 4})
    for (const auto method : {calibration::sigmoid, calibration::isotonic}) {
      const auto s = made_up(200, labels);
      const auto f = fit(calibrated(linear_svm{}, {.method = method}), s);
      STATIC_REQUIRE(gives_probabilities<decltype(f)>);
      scratch room;
      for (const auto& values : s.x) {
        const auto p = scores_of(f, dense_row{values});
        double sum = 0;
        for (const double v : p) sum += v;
        CHECK(sum == Approx(1));
        const auto d = f(dense_row{values}, room);
        CHECK(d.index() == largest(p));
        CHECK(d.score() == static_cast<float>(p[d.index()]));
      }
      CHECK(f.width() == 5);
      CHECK(f.reasons(dense_row{s.x[0]}, 2) == f.learner().reasons(dense_row{s.x[0]}, 2));
    }
}

TEST_CASE("calibrated: the same bytes for any number of threads, and read back as it was written") {
  for (const auto method : {calibration::sigmoid, calibration::isotonic})
    for (const std::size_t labels : {2, 3}) {
      const auto s = made_up(150, labels);
      const auto spec = calibrated(linear_svm{}, {.method = method, .folds = 3});
      const auto f = fit(spec, s, 1);
      CHECK(saved(f) == saved(fit(spec, s, 2)));
      CHECK(saved(f) == saved(fit(spec, s, 4)));
      // Whichever method is asked for: the file says which it is.
      const auto again = loaded<dense_row, int>(calibrated(linear_svm{}), saved(f));
      CHECK(saved(again) == saved(f));
      for (const auto& row : s.x) CHECK(scores_of(again, dense_row{row}) == scores_of(f, dense_row{row}));
    }
}

TEST_CASE("calibrated: a label with fewer records than folds") {
  auto s = made_up(40, 3);
  s.y.back() = 9;  // one record: unknown where it is held out
  for (const auto method : {calibration::sigmoid, calibration::isotonic}) {
    const auto f = fit(calibrated(linear_svm{}, {.method = method}), s);
    CHECK(f.labels().size() == 4);
    for (const auto& row : s.x)
      for (const double p : scores_of(f, dense_row{row})) CHECK((p >= 0 && p <= 1));
  }
  // Of two labels the fold without it has one label left, and needs no learner.
  const sample two{{{0}, {1}, {2}, {3}, {4}, {5}}, {0, 0, 0, 0, 0, 1}};
  const auto f = fit(calibrated(linear_svm{}, {.folds = 3}), two);
  CHECK(scores_of(f, dense_row{two.x[0]})[0] > 0.5);
}

TEST_CASE("calibrated: a NaN in a row") {
  const auto f = fit(calibrated(linear_svm{}), made_up(60, 3));
  const std::vector<float> bad{std::nanf(""), 0, 0, 0, 0};
  scratch s;
  CHECK(f(dense_row{bad}, s).label() == 0);
  CHECK(std::isnan(f(dense_row{bad}, s).score()));
}

TEST_CASE("calibrated: bad input has its message") {
  const auto s = made_up(20, 2);
  const auto with = [&](train::calibration_options options) {
    return message([&] { fit(calibrated(linear_svm{}, std::move(options)), s); });
  };
  CHECK_THAT(with({.folds = 1}), contains("folds"));
  CHECK_THAT(with({.folds = 21}), contains("folds"));
  CHECK_THAT(with({.folds = std::vector<fold>{{{0, 1, 2}, {3, 4}}, {{3, 4}, {1, 2, 3}}}}),
             contains("calibrated: record 0: expected folds that hold out every record once, got 0 times"));
  CHECK(message([&] { fit(calibrated(linear_svm{}), {s.x, std::vector<int>(20, 1)}); }) ==
        "calibrated: expected targets with two labels or more, got the same label 20 times");
  CHECK(message([&] { fit(calibrated(linear_svm{}), {s.x, {1, 2}}); }) ==
        "calibrated: expected a target for each of 20 records, got 2 targets");
  CHECK(message([&] { fit(calibrated(linear_svm{}), {}); }) == "calibrated: there are no records to learn from");
  CHECK_THAT(message([&] { fit(calibrated(linear_svm{.c = -1}), s); }), contains("linear_svm: expected c"));
}

TEST_CASE("calibrated stops when asked") {
  std::stop_source stop;
  std::size_t reports = 0;
  const context ctx({.on_progress =
                         [&](const progress& p) {
                           if (p.stage != "calibrated") return;
                           CHECK(p.total == 5);
                           if (++reports == 2) stop.request_stop();
                         },
                     .stop = stop.get_token()});
  const auto s = made_up(100, 3);
  CHECK_THAT(message([&] { calibrated(linear_svm{}).fit(dense_blocks(s.x), own(s.y), ctx); }),
             contains("a stop was requested"));
  CHECK(reports == 2);
}

TEST_CASE("calibrated: a damaged file is refused or answers, and is never read beyond its end") {
  const auto s = made_up(60, 3);
  for (const auto method : {calibration::sigmoid, calibration::isotonic}) {
    const std::string good = saved(fit(calibrated(linear_svm{}, {.method = method}), s));
    std::mt19937 random(9);
    std::size_t refused = 0;
    for (int i = 0; i < 400; ++i) {
      std::string bad = good;
      if (i % 4 == 0) bad.resize(random() % bad.size());
      else bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
      try {
        const auto f = loaded<dense_row, int>(calibrated(linear_svm{}), bad);
        CHECK(scores_of(f, dense_row{s.x[0]}).size() == 3);
      } catch (const error&) {
        ++refused;
      }
    }
    CHECK(refused > 100);
  }
}

TEST_CASE("score_curves that do not fit together are refused") {
  const auto read = [](const char* method, std::int64_t labels, const std::vector<double>& at,
                       const std::vector<double>& value, const std::vector<std::uint64_t>& ends) {
    bundle_writer w;
    auto section = w.stage("calibrated/1");
    section.put("method", method);
    section.put("labels", labels);
    section.put("at", std::span(at));
    section.put("value", std::span(value));
    section.put("ends", std::span(ends));
    section.put("a", std::span(at));
    section.put("b", std::span(value));
    const std::string bytes = w.bytes({});
    auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
    return message([&] { score_curves::load(r.stage("calibrated/1")); });
  };
  CHECK(read("isotonic", 2, {1, 2}, {0, 1}, {2}) == "");
  CHECK_THAT(read("isotonic", 2, {2, 1}, {0, 1}, {2}), contains("a calibration falls"));
  CHECK_THAT(read("isotonic", 2, {1, 2}, {1, 0}, {2}), contains("a calibration falls"));
  CHECK_THAT(read("isotonic", 2, {1, 2}, {0, 2}, {2}), contains("gives no probabilities"));
  CHECK_THAT(read("isotonic", 2, {1, std::nan("")}, {0, 1}, {2}), contains("not finite"));
  CHECK_THAT(read("isotonic", 2, {1, 2}, {0, 1}, {1}), contains("do not fit together"));
  CHECK_THAT(read("isotonic", 2, {1, 2}, {0, 1}, {3}), contains("do not fit together"));
  CHECK_THAT(read("isotonic", 3, {1, 2}, {0, 1}, {1, 1, 2}), contains("do not fit together"));
  CHECK_THAT(read("isotonic", 3, {1, 2}, {0, 1}, {2}), contains("ends"));
  CHECK_THAT(read("sigmoid", 2, {1, 2}, {0, 1}, {2}), contains("\"a\""));
  CHECK_THAT(read("sigmoid", 2, {1}, {std::nan("")}, {2}), contains("not finite"));
  CHECK_THAT(read("sigmoid", 1, {1}, {1}, {1}), contains("two labels"));
  CHECK_THAT(read("magic", 2, {1}, {1}, {1}), contains("neither sigmoid nor isotonic"));
}
