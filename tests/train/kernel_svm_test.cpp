// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/kernel_svm.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::kernel_svm;
using train::svm_kernel;

namespace {

using table = std::vector<std::vector<float>>;
constexpr float infinity = std::numeric_limits<float>::infinity();

template <class In, class Y>
auto fit(const kernel_svm& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}
template <class In>
auto fit(const kernel_svm& spec, const blocks<In>& x, const std::vector<int>& y, const std::vector<float>& weights) {
  std::vector<weighted<int>> all;
  for (std::size_t i = 0; i < y.size(); ++i) all.push_back({y[i], weights[i]});
  return spec.fit(x, own(std::move(all)), context({.threads = 2}));
}
template <class F, class In>
auto answer(const F& f, const In& x) {
  scratch s;
  return f(x, s);
}
template <class F, class In>
std::vector<double> scores(const F& f, const In& x) {
  scratch s;
  const auto all = f.scores(x, s);
  return {all.begin(), all.end()};
}

kernel_svm spec_of(const nlohmann::json& c) {
  const auto& o = c["options"];
  const std::string kernel = o.value("kernel", "rbf");
  kernel_svm spec{.c = o.value("C", 1.0),
                  .kernel = kernel == "poly"     ? svm_kernel::polynomial
                            : kernel == "linear" ? svm_kernel::linear
                                                 : svm_kernel::rbf,
                  .degree = o.value("degree", std::size_t{3}),
                  .coef0 = o.value("coef0", 0.0),
                  .balanced = o.contains("class_weight"),
                  .tolerance = c["tolerance"]};
  if (o.contains("gamma")) spec.gamma = o["gamma"].get<double>();
  return spec;
}

template <class In, class Rows>
void agrees(const nlohmann::json& c, const blocks<In>& x, const Rows& test) {
  const auto y = c["y"].get<std::vector<int>>();
  const auto weights = c["weights"].get<std::vector<float>>();
  const auto f = weights.empty() ? fit(spec_of(c), x, y) : fit(spec_of(c), x, y, weights);
  CHECK(f.converged());
  CHECK(f.machine().gamma() == Approx(c["gamma"].get<double>()).epsilon(1e-12));
  if (c.contains("objective")) CHECK(f.machine().objectives()[0] == Approx(c["objective"].get<double>()).epsilon(1e-4));
  double furthest = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto ours = scores(f, test[i]);
    const auto theirs = c["scores"][i].get<std::vector<double>>();
    for (std::size_t j = 0; j < theirs.size(); ++j)
      furthest = std::max(furthest, std::fabs(ours[theirs.size() == 1 ? 1 : j] - theirs[j]));
    CHECK(ours.size() == std::max<std::size_t>(theirs.size(), 2));
  }
  INFO("the largest difference is " << furthest);
  CHECK(furthest < 1e-3);
  CHECK((c["tolerance"].get<double>() > 1e-5 || furthest < 1e-5));
}

struct sample {
  table x{};
  std::vector<std::string> y{};
};
// Rings around the origin.
sample made_up(std::size_t n, std::size_t columns, int labels, unsigned seed = 9) {
  std::mt19937 random(seed);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(columns);
    double size = 0;
    for (auto& v : row) v = random() % 4 == 0 ? 0 : static_cast<float>(random() % 2001) / 1000.0f - 1;
    for (std::size_t c = 0; c < 2; ++c) size += double{row[c]} * row[c];
    s.x.push_back(row);
    s.y.push_back("label " + std::to_string(std::min(labels - 1, static_cast<int>(size * labels))));
  }
  return s;
}

// A file with any byte changed is read as something, or refused by an error of this library.
template <class In, class Label, class S>
void survives_changes(const S& spec, const std::string& bytes) {
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 1500)
    for (const char change : {'\x01', '\x80'}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ change);
      refused += !message([&] { loaded<In, Label>(spec, changed); }).empty();
    }
  CHECK(refused > 0);
  for (const std::size_t kept : {bytes.size() - 1, bytes.size() / 2, std::size_t{20}})
    CHECK(!message([&] { loaded<In, Label>(spec, bytes.substr(0, kept)); }).empty());
}

}  // namespace

TEST_CASE("kernel_svm agrees with scikit-learn's SVC") {
  const auto all = oracle("train/kernel_svm");
  for (const auto& c : all["cases"]) {
    INFO(c["name"].get<std::string>());
    agrees(c, dense_blocks(c["x"]), dense(c["test"]));
    agrees(c, sparse_blocks(c["x"]), sparse(c["test"]));
  }
}

TEST_CASE("kernel_svm couples pairs to the distribution that agrees best") {
  const auto all = oracle("train/kernel_svm");
  for (const auto& c : all["coupled"]) {
    const auto theirs = c["probabilities"].get<std::vector<double>>();
    std::vector<double> ours(theirs.size());
    scratch s;
    train::detail::couple(c["pairs"].get<std::vector<double>>(), ours, s);
    for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(theirs[i]).margin(1e-10));
  }
  scratch s;
  std::vector<double> sure(3);
  train::detail::couple(std::vector<double>{1, 1, 1}, sure, s);
  CHECK(sure[0] == Approx(1).margin(1e-6));
}

TEST_CASE("kernel_svm: the same bytes for any number of threads and any cache, read back as they were written") {
  for (const bool probability : {false, true})
    for (const int labels : {2, 4}) {
      const auto s = made_up(150, 5, labels);
      const kernel_svm spec{.c = 10, .probability = probability};
      const auto f = fit(spec, sparse_blocks(s.x), s.y, 1);
      CHECK(saved(f) == saved(fit(spec, sparse_blocks(s.x), s.y, 2)));
      CHECK(saved(f) == saved(fit(spec, sparse_blocks(s.x), s.y, 4)));
      kernel_svm small = spec;
      small.cache_mb = 1e-6;
      const auto uncached = fit(small, sparse_blocks(s.x), s.y);
      const auto again = loaded<sparse_row, std::string>(spec, saved(f));
      CHECK(saved(again) == saved(f));
      CHECK(again.spec().c == 10);
      const auto rows = sparse(s.x);
      for (std::size_t i = 0; i < rows.size(); i += 7) {
        CHECK(scores(again, rows[i]) == scores(f, rows[i]));
        CHECK(scores(uncached, rows[i]) == scores(f, rows[i]));
      }
    }
}

TEST_CASE("kernel_svm: kernel rows in parts on all threads are the same") {
  const auto s = made_up(1100, 200, 2);
  const kernel_svm spec{.max_iterations = 60};
  CHECK(saved(fit(spec, dense_blocks(s.x), s.y, 1)) == saved(fit(spec, dense_blocks(s.x), s.y, 4)));
}

TEST_CASE("kernel_svm learns what no plane separates, with probabilities that mean something") {
  for (const int labels : {2, 3}) {
    const auto s = made_up(400, 2, labels), fresh = made_up(300, 2, labels, 10);
    const auto f = fit(kernel_svm{.c = 50, .probability = true}, dense_blocks(s.x), s.y);
    const auto rows = dense(fresh.x);
    double right = 0, expected = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto all = scores(f, rows[i]);
      double sum = 0;
      for (const double p : all) {
        CHECK((p >= 0 && p <= 1));
        sum += p;
      }
      CHECK(sum == Approx(1).margin(1e-12));
      const auto d = answer(f, rows[i]);
      right += d.label() == fresh.y[i];
      expected += d.score();
    }
    CHECK(right / 300 > 0.9);
    CHECK(right / 300 == Approx(expected / 300).margin(0.06));
  }
}

TEST_CASE("kernel_svm: a weight of two is the record twice, of none no record") {
  const auto s = made_up(40, 3, 2);
  std::vector<int> y, y_twice;
  std::vector<float> weights;
  table twice;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    y.push_back(s.y[i].back() - '0');
    weights.push_back(static_cast<float>(i % 3));
    for (std::size_t k = 0; k < i % 3; ++k) twice.push_back(s.x[i]), y_twice.push_back(y.back());
  }
  const kernel_svm tight{.c = 2, .gamma = 0.5, .tolerance = 1e-9};
  const auto w = fit(tight, dense_blocks(s.x), y, weights), r = fit(tight, dense_blocks(twice), y_twice);
  const auto rows = dense(s.x);
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(scores(w, rows[i])[1] == Approx(scores(r, rows[i])[1]).margin(1e-5));
}

TEST_CASE("kernel_svm: a label with one record, constant columns, equal rows, more columns than rows") {
  for (const bool probability : {false, true}) {
    const kernel_svm spec{.c = 100, .probability = probability};
    const auto one = fit(spec, dense_blocks({{0, 1}, {0, 1.1f}, {5, 5}, {0.1f, 1}}), std::vector{1, 1, 2, 1});
    CHECK(answer(one, dense({{0, 1}})[0]).label() == 1);
    const auto flat = fit(spec, dense_blocks({{3, 3}, {3, 3}, {3, 3}}), std::vector{1, 2, 3});
    CHECK(flat.machine().gamma() == 1);
    for (const double v : scores(flat, dense({{3, 3}})[0])) CHECK(std::isfinite(v));
    const auto empty = fit(spec, sparse_blocks({{0, 0}, {0, 0}, {0, 0}}), std::vector{1, 2, 2});
    for (const double v : scores(empty, sparse({{0, 1}})[0])) CHECK(std::isfinite(v));
  }
  const auto wide = fit(kernel_svm{}, sparse_blocks({{1, 0, 0, 0, 2}, {0, 0, 3, 1, 0}}), std::vector{1, 2});
  CHECK(answer(wide, sparse({{1, 0, 0, 0, 1}})[0]).label() == 1);
  CHECK(answer(wide, sparse({{0, 0, 1, 1, 0}})[0]).label() == 2);
}

TEST_CASE("kernel_svm says when it has not converged") {
  const auto s = made_up(60, 3, 2);
  CHECK_FALSE(fit(kernel_svm{.max_iterations = 3}, dense_blocks(s.x), s.y).converged());
}

TEST_CASE("kernel_svm: a NaN or infinity in a row answers the first label with NaN") {
  for (const bool probability : {false, true})
    for (const float bad : {std::nanf(""), infinity}) {
      const auto s = made_up(40, 2, 3);
      const auto f = fit(kernel_svm{.probability = probability}, dense_blocks(s.x), s.y);
      CHECK(answer(f, dense({{bad, 1}})[0]).label() == "label 0");
      CHECK(std::isnan(answer(f, dense({{1, bad}})[0]).score()));
    }
}

TEST_CASE("kernel_svm: bad input has its message") {
  const auto x = dense_blocks({{1}, {2}});
  const auto with = [&](const kernel_svm& spec) { return message([&] { fit(spec, x, std::vector{1, 2}); }); };
  CHECK(with({.c = 0}) == "kernel_svm: expected c of more than 0, got 0");
  CHECK(with({.gamma = -1.0}) == "kernel_svm: expected gamma of more than 0, got -1");
  CHECK(with({.degree = 0}) == "kernel_svm: expected degree of more than 0, got 0");
  CHECK(with({.coef0 = std::nan("")}) == "kernel_svm: expected coef0 that is finite, got nan");
  CHECK(with({.tolerance = 0}) == "kernel_svm: expected tolerance of more than 0, got 0");
  CHECK(with({.max_iterations = 0}) == "kernel_svm: expected max_iterations of more than 0, got 0");
  CHECK(with({.cache_mb = -5}) == "kernel_svm: expected cache_mb of more than 0, got -5");
  CHECK(message([&] { fit(kernel_svm{}, x, std::vector{1, 1}); }) ==
        "kernel_svm: expected targets with two labels or more, got the same label 2 times");
  CHECK(message([&] { fit(kernel_svm{}, x, std::vector{1}); }) ==
        "kernel_svm: expected a target for each of 2 records, got 1 targets");
  CHECK(message([&] { fit(kernel_svm{}, dense_blocks({}), std::vector<int>{}); }) ==
        "kernel_svm: there are no records to learn from");
  CHECK_THAT(message([&] { fit(kernel_svm{}, dense_blocks({{1, 2}, {3, infinity}}), std::vector{1, 2}); }),
             contains("kernel_svm: record 1: expected finite numbers in the row, got inf in column 1"));
  CHECK_THAT(message([&] { fit(kernel_svm{}, x, {1, 2}, {1, -1}); }),
             contains("record 1: expected a weight of 0 or more"));
  CHECK_THAT(message([&] { fit(kernel_svm{}, x, {1, 2}, {0, 0}); }), contains("no record has a weight above 0"));
  CHECK(message([&] { fit(kernel_svm{}, x, {1, 2}, {1, 0}); }) ==
        "kernel_svm: expected a record with a weight above 0 for every label, got a label whose records all weigh 0");
  const auto f = fit(kernel_svm{}, x, std::vector{1, 2});
  CHECK(message([&] { answer(f, dense({{1, 2}})[0]); }) == "kernel_svm: expected a row of 1 columns, got 2");
  scratch s;
  CHECK_THAT(message([&] { f.machine().probabilities(dense({{1}})[0], s); }),
             contains("train with .probability = true"));
}

TEST_CASE("kernel_svm stops when asked") {
  std::stop_source stop;
  const auto s = made_up(200, 3, 3);
  const context ctx(
      {.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token(), .threads = 1});
  CHECK_THAT(message([&] { kernel_svm{}.fit(dense_blocks(s.x), own(s.y), ctx); }), contains("a stop was requested"));
}

TEST_CASE("kernel_svm: files that do not fit together are refused") {
  struct parts {
    std::vector<std::uint64_t> shares{1, 1};
    std::vector<double> coefficients{1, -1}, intercepts{0.5}, a{}, b{};
    double gamma = 1;
    std::int64_t degree = 3;
    std::string kernel = "rbf";
  };
  const auto read = [](const parts& p) {
    bundle_writer w;
    auto section = w.stage("kernel_svm/1");
    for (const char* name : {"c", "gamma", "coef0", "tolerance", "cache_mb"}) section.put(name, 1.0);
    section.put("kernel", p.kernel);
    section.put("degree", p.degree);
    section.put("probability", false);
    section.put("balanced", false);
    section.put("max_iterations", 5);
    section.put("gamma_used", p.gamma);
    section.put("rows", std::span<const float>(std::vector<float>{1, 2, 3, 4}), {2, 2});
    section.put("vectors_of_label", std::span<const std::uint64_t>(p.shares));
    section.put("coefficients", std::span<const double>(p.coefficients));
    section.put("intercepts", std::span<const double>(p.intercepts));
    section.put("objectives", std::span<const double>(std::vector<double>{-1}));
    section.put("converged", true);
    section.put("sigmoid_a", std::span<const double>(p.a));
    section.put("sigmoid_b", std::span<const double>(p.b));
    section.put("label_type", "int");
    section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{1, 2}));
    return message([&] { loaded<dense_row, int>(kernel_svm{}, w.bytes({})); });
  };
  CHECK(read({}).empty());
  CHECK_THAT(read({.shares = {2, 1}}), contains("support vectors are more than there are"));
  CHECK_THAT(read({.shares = {1, 0}}), contains("a support vector is of no label"));
  CHECK_THAT(read({.coefficients = {1}}), contains("coefficients"));
  CHECK_THAT(read({.coefficients = {1, std::nan("")}}), contains("coefficients is not finite"));
  CHECK_THAT(read({.intercepts = {1, 2}}), contains("intercepts"));
  CHECK_THAT(read({.a = {1}, .b = {1}}), contains("sigmoid_a"));
  CHECK_THAT(read({.gamma = -1}), contains("out of range"));
  CHECK_THAT(read({.degree = 0}), contains("out of range"));
  CHECK_THAT(read({.kernel = "linear"}), contains("this chain has"));
  const auto bytes = saved(fit(kernel_svm{}, dense_blocks({{1}, {2}}), std::vector{1, 2}));
  CHECK_THAT(message([&] { loaded<dense_row, int>(kernel_svm{.probability = true}, bytes); }),
             contains("this chain has"));
  CHECK(!message([&] { loaded<dense_row, int>(kernel_svm{}, bytes.substr(0, bytes.size() - 8)); }).empty());
}

TEST_CASE("kernel_svm: a changed file is refused or read") {
  const auto s = made_up(20, 4, 3);
  const kernel_svm spec{.probability = true};
  survives_changes<dense_row, std::string>(spec, saved(fit(spec, dense_blocks(s.x), s.y)));
  survives_changes<sparse_row, std::string>(spec, saved(fit(spec, sparse_blocks(s.x), s.y)));
}

TEST_CASE("kernel_svm is a stage for rows and labels") {
  STATIC_REQUIRE(stage_spec<kernel_svm, dense_row, std::string>);
  STATIC_REQUIRE(stage_spec<kernel_svm, sparse_row, weighted<bool>>);
  STATIC_REQUIRE_FALSE(stage_spec<kernel_svm, dense_row, none>);
  STATIC_REQUIRE(classifier<kernel_svm::fitted<dense_row, int>, dense_row>);
}
