// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "catch.hpp"
#include "oracle.hpp"

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

std::vector<std::size_t> numbers(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

/// The folds of the oracle, which gives the parts held out and learned from.
std::vector<fold> folds_in(const nlohmann::json& j) {
  std::vector<fold> folds;
  for (const auto& f : j) folds.push_back({f[0], f[1]});
  return folds;
}

void check_each_held_out_once(const std::vector<fold>& folds, std::size_t n) {
  std::vector<std::size_t> all;
  for (const fold& f : folds) {
    CHECK(f.train == others(f.test, n));
    all.insert(all.end(), f.test.begin(), f.test.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all == numbers(n));
}

}  // namespace

TEST_CASE("folds hold every number once, in parts of equal size") {
  const auto folds = random_folds(103, 5, 7);
  REQUIRE(folds.size() == 5);
  std::multiset<std::size_t> all;
  for (const auto& fold : folds) {
    CHECK((fold.size() == 20 || fold.size() == 21));
    CHECK(std::is_sorted(fold.begin(), fold.end()));
    all.insert(fold.begin(), fold.end());
  }
  const auto expected = numbers(103);
  CHECK(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
  CHECK(random_folds(103, 5, 7) == folds);
  CHECK(random_folds(103, 5, 8) != folds);
}

TEST_CASE("more folds than numbers, and none") {
  const auto folds = random_folds(2, 3, 1);
  CHECK(folds[0].size() + folds[1].size() == 2);
  CHECK(folds[2].empty());
  CHECK(code_of([] { random_folds(2, 0, 1); }) == errc::invalid_argument);
}

TEST_CASE("plain, stratified, grouped and time folds are scikit-learn's") {
  const auto cases = bespoke_test::oracle("core/folds");
  for (const auto& c : cases) {
    const std::string kind = c["kind"];
    const std::size_t k = c["k"];
    INFO(kind << " " << k);
    const auto expected = folds_in(c["folds"]);
    if (kind == "plain") {
      CHECK(plain_folds(c["n"], k) == expected);
    } else if (kind == "time") {
      CHECK(time_folds(c["times"].get<std::vector<double>>(), k) == expected);
    } else {
      const std::vector<std::uint32_t> of = c["of"];
      CHECK((kind == "grouped" ? grouped_folds(of, k) : stratified_folds(of, k)) == expected);
    }
  }
  CHECK(cases.size() >= 9);
}

TEST_CASE("shuffled folds are random folds, each held out once") {
  const auto folds = shuffled_folds(23, 4, 9);
  const auto parts = random_folds(23, 4, 9);
  for (std::size_t f = 0; f < 4; ++f) CHECK(folds[f].test == parts[f]);
  check_each_held_out_once(folds, 23);
}

TEST_CASE("stratified folds at random spread every label evenly") {
  std::vector<std::uint32_t> labels(103, 0);
  for (std::size_t i = 0; i < 31; ++i) labels[i * 3] = 1;
  labels[50] = 2;  // a label with one record
  const auto folds = stratified_folds(labels, 5, 7);
  check_each_held_out_once(folds, labels.size());
  for (const fold& f : folds) {
    std::map<std::uint32_t, std::size_t> count;
    for (const std::size_t i : f.test) ++count[labels[i]];
    CHECK((count[1] == 6 || count[1] == 7));
    CHECK((f.test.size() == 20 || f.test.size() == 21));
  }
  CHECK(stratified_folds(labels, 5, 7) == folds);
  CHECK(stratified_folds(labels, 5, 8) != folds);
}

TEST_CASE("a group is never torn apart") {
  std::vector<std::uint32_t> groups;
  for (std::uint32_t g = 0; g < 17; ++g) groups.insert(groups.end(), g % 5 + 1, g);
  const auto folds = grouped_folds(groups, 4);
  check_each_held_out_once(folds, groups.size());
  std::map<std::uint32_t, std::set<std::size_t>> where;
  for (std::size_t f = 0; f < folds.size(); ++f)
    for (const std::size_t i : folds[f].test) where[groups[i]].insert(f);
  for (const auto& [group, in] : where) CHECK(in.size() == 1);
}

TEST_CASE("time folds learn from the past only") {
  const std::vector<double> times{5, 1, 9, 3, 7, 2, 8, 4, 6, 0, 10};
  for (const fold& f : time_folds(times, 3)) {
    double last = -1, first = 100;
    for (const std::size_t i : f.train) last = std::max(last, times[i]);
    for (const std::size_t i : f.test) first = std::min(first, times[i]);
    CHECK(last < first);
  }
}

TEST_CASE("what folds refuse") {
  const std::vector<std::uint32_t> three{0, 1, 2};
  CHECK(code_of([] { plain_folds(3, 1); }) == errc::invalid_argument);
  CHECK(code_of([] { plain_folds(3, 4); }) == errc::invalid_argument);
  CHECK(code_of([] { shuffled_folds(0, 2, 1); }) == errc::invalid_argument);
  CHECK(code_of([&] { stratified_folds(three, 4); }) == errc::invalid_argument);
  CHECK(code_of([&] { grouped_folds(std::vector<std::uint32_t>{1, 1, 1}, 2); }) == errc::invalid_argument);
  CHECK(code_of([] { time_folds(std::vector<double>{1, 2}, 2); }) == errc::invalid_argument);
  CHECK(code_of([] { time_folds(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN(), 3}, 2); }) ==
        errc::invalid_argument);
}

TEST_CASE("a plan of folds: a number, or folds given") {
  const std::vector<std::uint32_t> labels{0, 0, 0, 1, 1, 1};
  CHECK(fold_plan(3).folds(6, labels, 5) == stratified_folds(labels, 3, 5));
  CHECK(fold_plan(3).folds(6, {}, 5) == shuffled_folds(6, 3, 5));
  const auto own = plain_folds(6, 2);
  CHECK(fold_plan(own).folds(6, labels, 5) == own);
  CHECK(code_of([&] { fold_plan(own).folds(5, labels, 5); }) == errc::invalid_argument);
  CHECK(code_of([&] { fold_plan(0).folds(5, labels, 5); }) == errc::invalid_argument);
  CHECK(code_of([&] { fold_plan(std::vector<fold>{{{0}, {}}}).folds(5, labels, 5); }) == errc::invalid_argument);
}

TEST_CASE("equal members get equal numbers") {
  struct visit {
    std::string user;
    bool paid;
  };
  const std::vector<visit> visits{{"eve", true}, {"ada", false}, {"eve", false}, {"bob", true}};
  CHECK(numbered(visits, &visit::user) == std::vector<std::uint32_t>{2, 0, 2, 1});
  CHECK(numbered(visits, &visit::paid) == std::vector<std::uint32_t>{1, 0, 0, 1});
  CHECK(numbered(std::vector<visit>{}, &visit::user).empty());
}
