// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/gaussian_naive_bayes.hpp>
#include <bespoke/train/naive_bayes.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::bernoulli_naive_bayes;
using train::complement_naive_bayes;
using train::gaussian_naive_bayes;
using train::multinomial_naive_bayes;

namespace {

using table = std::vector<std::vector<float>>;
using shares = std::vector<float>;
constexpr float infinity = std::numeric_limits<float>::infinity();

template <class Y>
blocks<weighted<Y>> weighted_targets(const std::vector<Y>& y, const shares& weights) {
  std::vector<weighted<Y>> all;
  for (std::size_t i = 0; i < y.size(); ++i) all.push_back({y[i], weights[i]});
  return own(std::move(all));
}

template <class S, class In, class Y>
auto fit(const S& spec, const blocks<In>& x, std::vector<Y> y, unsigned threads = 2) {
  return spec.fit(x, own(std::move(y)), context({.threads = threads}));
}
template <class S, class In, class Y>
auto fit(const S& spec, const blocks<In>& x, const std::vector<Y>& y, const shares& weights) {
  return spec.fit(x, weighted_targets(y, weights), context({.threads = 2}));
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

template <class S, class In, class Rows>
void agrees(const S& spec, const nlohmann::json& c, const blocks<In>& x, const Rows& test) {
  const auto y = c["y"].get<std::vector<int>>();
  const auto weights = c["weights"].get<shares>();
  const auto f = weights.empty() ? fit(spec, x, y) : fit(spec, x, y, weights);
  double furthest = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    scratch s;
    const auto logs = f.log_probabilities(test[i], s);
    const auto theirs = c["log_probabilities"][i].get<std::vector<double>>();
    for (std::size_t j = 0; j < theirs.size(); ++j)
      furthest =
          std::max(furthest, std::fabs(std::max(logs[j], -1e6) - theirs[j]) / std::max(1.0, std::fabs(theirs[j])));
    CHECK(answer(f, test[i]).label() == c["predicted"][i].get<int>());
  }
  INFO("the largest difference is " << furthest);
  CHECK(furthest < 1e-7);
}

template <class S>
void agrees(const S& spec, const nlohmann::json& c) {
  agrees(spec, c, dense_blocks(c["x"]), dense(c["test"]));
  if constexpr (S::template accepts<sparse_row>) agrees(spec, c, sparse_blocks(c["x"]), sparse(c["test"]));
}

struct sample {
  table x{};
  std::vector<std::string> y{};
  shares weights{};
};
sample made_up(std::size_t n, std::size_t columns, std::size_t labels) {
  std::mt19937 random(4);
  sample s;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = i < labels ? i : random() % labels;
    std::vector<float> row(columns);
    for (int k = 0; k < 5; ++k) row[(label * 3 + random() % 9) % columns] += static_cast<float>(random() % 40) / 8.0f;
    s.x.push_back(row);
    s.y.push_back("label " + std::to_string(label));
    s.weights.push_back(static_cast<float>(random() % 5) / 2.0f);
  }
  return s;
}

template <class F>
void every_spec(F&& f) {
  f(multinomial_naive_bayes{.alpha = 0.5});
  f(complement_naive_bayes{.norm = true});
  f(bernoulli_naive_bayes{.binarize = 1});
  f(gaussian_naive_bayes{});
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

TEST_CASE("naive Bayes agrees with scikit-learn's") {
  for (const auto& c : oracle("train/naive_bayes")) {
    INFO(c["name"].get<std::string>());
    const auto& o = c["options"];
    const double alpha = o.value("alpha", 1.0);
    const bool prior = o.value("fit_prior", true);
    if (c["kind"] == "MultinomialNB") agrees(multinomial_naive_bayes{.alpha = alpha, .fit_prior = prior}, c);
    else if (c["kind"] == "ComplementNB")
      agrees(complement_naive_bayes{.alpha = alpha, .norm = o.value("norm", false)}, c);
    else if (c["kind"] == "BernoulliNB")
      agrees(bernoulli_naive_bayes{.alpha = alpha, .binarize = o.value("binarize", 0.0f), .fit_prior = prior}, c);
    else agrees(gaussian_naive_bayes{.var_smoothing = o.value("var_smoothing", 1e-9)}, c);
  }
}

TEST_CASE("naive Bayes: the same bytes for any number of threads, read back as they were written") {
  const auto s = made_up(2100, 40, 6);
  every_spec([&]<class S>(const S& spec) {
    const auto f = fit(spec, dense_blocks(s.x), s.y, 1);
    CHECK(saved(f) == saved(fit(spec, dense_blocks(s.x), s.y, 2)));
    CHECK(saved(f) == saved(fit(spec, dense_blocks(s.x), s.y, 4)));
    const auto again = loaded<dense_row, std::string>(spec, saved(f));
    CHECK(saved(again) == saved(f));
    const auto rows = dense(s.x);
    for (std::size_t i = 0; i < 50; ++i) {
      CHECK(scores(again, rows[i]) == scores(f, rows[i]));
      double sum = 0;
      for (const double p : scores(f, rows[i])) sum += p;
      CHECK(sum == Approx(1).margin(1e-12));
    }
    if constexpr (S::template accepts<sparse_row>) {
      const auto p = fit(spec, sparse_blocks(s.x), s.y);
      CHECK(saved(p) == saved(f));
      for (std::size_t i = 0; i < 50; ++i) CHECK(scores(p, sparse(s.x)[i]) == scores(f, rows[i]));
    }
  });
}

TEST_CASE("naive Bayes learns more rows as if it had had them from the start") {
  const auto s = made_up(300, 20, 4);
  const auto part = [](const auto& all, std::size_t from, std::size_t to) {
    return std::remove_cvref_t<decltype(all)>(all.begin() + static_cast<std::ptrdiff_t>(from),
                                              all.begin() + static_cast<std::ptrdiff_t>(to));
  };
  every_spec([&]<class S>(S spec) {
    for (const bool balanced : {false, true}) {
      spec.balanced = balanced;
      const auto whole = fit(spec, dense_blocks(s.x), s.y, s.weights);
      const auto first = fit(spec, dense_blocks(part(s.x, 0, 120)), part(s.y, 0, 120), part(s.weights, 0, 120));
      const auto more = weighted_targets(part(s.y, 120, 300), part(s.weights, 120, 300));
      STATIC_REQUIRE(updatable<std::remove_const_t<decltype(first)>, dense_row, std::string>);
      const auto then = decltype(fit(spec, dense_blocks(s.x), s.y))(first).updated(dense_blocks(part(s.x, 120, 300)),
                                                                                   more, context({.threads = 2}));
      if constexpr (!std::is_same_v<S, gaussian_naive_bayes>) CHECK(saved(then) == saved(whole));
      const auto rows = dense(s.x);
      for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < 4; ++j)
          CHECK(scores(then, rows[i])[j] == Approx(scores(whole, rows[i])[j]).epsilon(1e-6).margin(1e-9));
    }
    auto f = fit(spec, dense_blocks(s.x), s.y);
    CHECK_THAT(message([&] {
                 decltype(f)(f).updated(dense_blocks({s.x[0]}), own(std::vector<std::string>{"new"}), context());
               }),
               contains("record 0: the target is not a known label"));
    CHECK_THAT(message([&] {
                 decltype(f)(f).updated(dense_blocks({{1, 2}}), own(std::vector<std::string>{"label 0"}), context());
               }),
               contains("expected a row of 20 columns, got 2"));
  });
}

TEST_CASE("naive Bayes: a weight of two is the record twice, of none no record; balanced makes labels equal") {
  const table x{{1, 0, 2}, {0, 3, 1}, {0, 1, 0}, {2, 1, 0}}, twice{{1, 0, 2}, {1, 0, 2}, {0, 3, 1}, {2, 1, 0}};
  every_spec([&]<class S>(S spec) {
    if constexpr (std::is_same_v<S, gaussian_naive_bayes>) spec.var_smoothing = 0.1;
    const auto w = fit(spec, dense_blocks(x), std::vector{1, 2, 2, 1}, shares{2, 1, 0, 1});
    const auto r = fit(spec, dense_blocks(twice), std::vector{1, 1, 2, 1});
    if constexpr (!std::is_same_v<S, gaussian_naive_bayes>)  // whose smoothing looks at all records alike
      for (std::size_t j = 0; j < 2; ++j) CHECK(scores(w, dense(x)[0])[j] == Approx(scores(r, dense(x)[0])[j]));
    CHECK(w.learned().counts.totals.weights == r.learned().counts.totals.weights);
    spec.balanced = true;
    const auto b = fit(spec, dense_blocks(twice), std::vector{1, 1, 2, 1});
    CHECK(b.learned().counts.totals.log_shares(true)[0] == Approx(std::log(0.5)));
    CHECK(scores(b, dense(x)[1])[1] > scores(r, dense(x)[1])[1] - 1e-12);
  });
}

TEST_CASE("naive Bayes gives the columns that spoke for its answer against the runner-up") {
  const table x{{3, 0, 1}, {4, 0, 1}, {0, 2, 1}, {0, 5, 1}, {0, 0, 9}};
  every_spec([&](const auto& spec) {
    const auto f = fit(spec, dense_blocks(x), std::vector{1, 1, 2, 2, 3});
    const auto row = dense({{5, 0, 1}});
    REQUIRE(answer(f, row[0]).label() == 1);
    const auto why = f.reasons(row[0], 3);
    REQUIRE(!why.empty());
    CHECK(why[0].column == 0);
    CHECK(why[0].contribution > 0);
  });
  const auto f = fit(multinomial_naive_bayes{}, dense_blocks(x), std::vector{1, 1, 2, 2, 2});
  scratch s;
  const auto row = dense({{5, 2, 1}});
  const auto logs = f.log_probabilities(row[0], s);
  double parts = 0;
  for (const auto& r : f.reasons(row[0], 9, signs::both)) parts += r.contribution;
  const auto prior = f.learned().constants;
  CHECK(parts + prior[0] - prior[1] == Approx(logs[0] - logs[1]).margin(1e-5));
}

TEST_CASE("naive Bayes: a label with one record, more columns than rows, constant columns, a label of no weight") {
  every_spec([](const auto& spec) {
    const auto wide =
        fit(spec, dense_blocks({{1, 0, 0, 0, 2, 1}, {0, 0, 3, 1, 0, 1}, {0, 0, 2, 1, 0, 1}}), std::vector{1, 2, 2});
    CHECK(answer(wide, dense({{1, 0, 0, 0, 2, 1}})[0]).label() == 1);
    CHECK(answer(wide, dense({{0, 0, 3, 1, 0, 1}})[0]).label() == 2);
    const auto constant = fit(spec, dense_blocks({{2, 2}, {2, 2}, {2, 2}}), std::vector{1, 2, 2});
    for (const double p : scores(constant, dense({{2, 2}})[0])) CHECK(std::isfinite(p));
    const auto weightless = fit(spec, dense_blocks({{1, 0}, {0, 1}, {2, 2}}), std::vector{1, 2, 3}, shares{1, 1, 0});
    for (const double p : scores(weightless, dense({{1, 1}})[0])) CHECK(std::isfinite(p));
  });
  const auto gaussian =
      fit(gaussian_naive_bayes{}, dense_blocks({{1, 0}, {0, 1}, {2, 2}}), std::vector{1, 2, 3}, shares{1, 1, 0});
  CHECK(scores(gaussian, dense({{2, 2}})[0])[2] == 0);
  const auto same = fit(gaussian_naive_bayes{}, dense_blocks({{2}, {2}, {2}}), std::vector{1, 2, 2});
  CHECK(scores(same, dense({{2}})[0])[1] == Approx(2.0 / 3));
}

TEST_CASE("naive Bayes: a NaN or an infinity in a row answers the first label with the score NaN") {
  every_spec([](const auto& spec) {
    const auto f = fit(spec, dense_blocks({{1, 0}, {2, 1}, {0, 3}}), std::vector{1, 2, 2});
    for (const float bad : {std::nanf(""), infinity}) {
      if (std::isinf(bad) && std::is_same_v<std::decay_t<decltype(spec)>, bernoulli_naive_bayes>) continue;  // present
      CHECK(answer(f, dense({{bad, 1}})[0]).label() == 1);
      CHECK(std::isnan(answer(f, dense({{bad, 1}})[0]).score()));
    }
  });
}

TEST_CASE("naive Bayes: bad input has its message") {
  const auto x = dense_blocks({{1}, {2}});
  every_spec([&](const auto& spec) {
    const std::string name = spec.name;
    CHECK(message([&] { fit(spec, x, std::vector{1, 1}); }) ==
          name + ": expected targets with two labels or more, got the same label 2 times");
    CHECK(message([&] { fit(spec, x, std::vector{1}); }) ==
          name + ": expected a target for each of 2 records, got 1 targets");
    CHECK(message([&] { fit(spec, dense_blocks({}), std::vector<int>{}); }) ==
          name + ": there are no records to learn from");
    CHECK_THAT(message([&] { fit(spec, dense_blocks({{1, 2}, {3, infinity}}), std::vector{1, 2}); }),
               contains(name + ": record 1: expected finite numbers in the row, got inf in column 1"));
    CHECK_THAT(message([&] { fit(spec, x, std::vector{1, 2}, shares{1, -1}); }),
               contains("record 1: expected a weight"));
    CHECK_THAT(message([&] { fit(spec, x, std::vector{1, 2}, shares{0, 0}); }),
               contains("no record has a weight above 0"));
    const auto f = fit(spec, x, std::vector{1, 2});
    CHECK_THAT(message([&] { answer(f, dense({{1, 2}})[0]); }), contains("expected a row of 1 columns, got 2"));
  });
  const auto negative = [](const auto& spec) {
    return message([&] { fit(spec, sparse_blocks({{1, 0, 1}, {3, 0, -2}}), std::vector{1, 2}); });
  };
  CHECK_THAT(
      negative(multinomial_naive_bayes{}),
      contains("multinomial_naive_bayes: record 1: expected values of 0 or more in the row, got -2 in column 2"));
  CHECK_THAT(negative(complement_naive_bayes{}), contains("got -2 in column 2"));
  CHECK(negative(bernoulli_naive_bayes{}).empty());
  CHECK(message([&] { fit(multinomial_naive_bayes{.alpha = -1}, x, std::vector{1, 2}); }) ==
        "multinomial_naive_bayes: expected alpha of 0 or more, got -1");
  CHECK(message([&] { fit(gaussian_naive_bayes{.var_smoothing = 0}, x, std::vector{1, 2}); }) ==
        "gaussian_naive_bayes: expected var_smoothing of more than 0, got 0");
  CHECK(message([&] { fit(bernoulli_naive_bayes{.binarize = -1}, sparse_blocks({{1}, {2}}), std::vector{1, 2}); }) ==
        "bernoulli_naive_bayes: expected binarize of 0 or more for sparse rows, got -1");
}

TEST_CASE("naive Bayes stops when asked") {
  std::stop_source stop;
  stop.request_stop();
  every_spec([&](const auto& spec) {
    const context ctx({.stop = stop.get_token()});
    CHECK_THAT(message([&] { spec.fit(dense_blocks({{1}, {2}}), own(std::vector{1, 2}), ctx); }),
               contains("a stop was requested"));
  });
}

TEST_CASE("naive Bayes: counts that do not fit together are refused") {
  const auto read = [](std::vector<double> counts, std::vector<std::size_t> shape, std::vector<double> records,
                       std::vector<double> weights, double alpha = 1) {
    bundle_writer w;
    auto section = w.stage("multinomial_naive_bayes/1");
    section.put("alpha", alpha);
    section.put("fit_prior", true);
    section.put("balanced", false);
    section.put("label_records", std::span<const double>(records));
    section.put("label_weights", std::span<const double>(weights));
    section.put("counts", std::span<const double>(counts), shape);
    section.put("label_type", "int");
    section.put("labels", std::span<const std::int64_t>(std::vector<std::int64_t>{1, 2}));
    return message([&] { loaded<dense_row, int>(multinomial_naive_bayes{}, w.bytes({})); });
  };
  CHECK(read({1, 2, 3, 4}, {2, 2}, {1, 1}, {1, 1}).empty());
  CHECK_THAT(read({1, 2, 3, 4}, {4, 1}, {1, 1}, {1, 1}), contains("counts and labels do not fit together"));
  CHECK_THAT(read({1, -2}, {1, 2}, {1, 1}, {1, 1}), contains("a count is not a number of 0 or more"));
  CHECK_THAT(read({1, std::nan("")}, {1, 2}, {1, 1}, {1, 1}), contains("a count is not a number of 0 or more"));
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 0}, {1, 1}), contains("a label's count"));
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 1}, {0, 0}), contains("the labels have no weight"));
  CHECK_THAT(read({1, 2}, {1, 2}, {1}, {1, 1}), contains("label_records"));
  CHECK_THAT(read({1, 2}, {1, 2}, {1, 1}, {1, 1}, -3), contains("alpha is not a number of 0 or more"));
  const auto b = saved(fit(bernoulli_naive_bayes{.binarize = 1}, dense_blocks({{1}, {2}}), std::vector{1, 2}));
  CHECK_THAT(message([&] { loaded<dense_row, int>(bernoulli_naive_bayes{}, b); }), contains("this chain has"));
  auto cut = saved(fit(gaussian_naive_bayes{}, dense_blocks({{1}, {2}}), std::vector{1, 2}));
  cut.resize(cut.size() - 8);
  CHECK(!message([&] { loaded<dense_row, int>(gaussian_naive_bayes{}, cut); }).empty());
}

TEST_CASE("naive Bayes: a changed file is refused or read") {
  const auto s = made_up(30, 6, 3);
  every_spec([&](const auto& spec) {
    survives_changes<dense_row, std::string>(spec, saved(fit(spec, dense_blocks(s.x), s.y)));
  });
}

TEST_CASE("naive Bayes is a stage for rows and labels") {
  STATIC_REQUIRE(stage_spec<multinomial_naive_bayes, sparse_row, std::string>);
  STATIC_REQUIRE(stage_spec<complement_naive_bayes, dense_row, bool>);
  STATIC_REQUIRE(stage_spec<bernoulli_naive_bayes, sparse_row, weighted<int>>);
  STATIC_REQUIRE(stage_spec<gaussian_naive_bayes, dense_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<gaussian_naive_bayes, sparse_row, int>);
  STATIC_REQUIRE_FALSE(stage_spec<multinomial_naive_bayes, dense_row, none>);
  STATIC_REQUIRE(classifier<multinomial_naive_bayes::fitted<sparse_row, int>, sparse_row>);
  STATIC_REQUIRE(gives_probabilities<gaussian_naive_bayes::fitted<dense_row, int>>);
}
