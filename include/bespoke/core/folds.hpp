// SPDX-License-Identifier: Apache-2.0
#pragma once
// Folds: parts of a data set, each held out once while the rest is learned from.
//
//     for (const fold& f : shuffled_folds(tickets.size(), 5, seed)) … f.train … f.test …
//     cross_validate(spec, visits, &Visit::paid, {.folds = grouped_folds(numbered(visits, &Visit::user), 5)});
//
// Every function of folds throws errc::invalid_argument for fewer than 2 folds and for fewer records than folds.

#include <algorithm>
#include <bespoke/core/metrics.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace bespoke {

/// Records by their numbers: what is learned from, and what is held out.
struct fold {
  std::vector<std::size_t> train{};
  std::vector<std::size_t> test{};
  friend bool operator==(const fold&, const fold&) = default;
};

/// Cuts the numbers 0 … n − 1 at random into `folds` parts whose sizes differ by at most one; each part ascends. For n below
/// `folds` the last parts are empty. Throws errc::invalid_argument for 0 folds, and for nothing else. O(n log n).
std::vector<std::vector<std::size_t>> random_folds(std::size_t n, std::size_t folds, std::uint64_t seed);

/// The numbers below n that are not in `part`, ascending. O(n).
std::vector<std::size_t> others(std::span<const std::size_t> part, std::size_t n);

/// Runs of neighbours, in order; the first ones are longer by one where n is no multiple (scikit-learn's KFold).
std::vector<fold> plain_folds(std::size_t n, std::size_t folds);

/// At random: `random_folds`, each held out once.
std::vector<fold> shuffled_folds(std::size_t n, std::size_t folds, std::uint64_t seed);

/// Each label's records spread evenly over the folds: in their order without a seed (scikit-learn's StratifiedKFold), at
/// random with one. `labels`: the number of each record's label. A label with fewer records than folds is missing in some.
std::vector<fold> stratified_folds(label_numbers labels, std::size_t folds, std::optional<std::uint64_t> seed = {});

/// The records of a group (a user, a patient) stay together, so that what is held out is somebody new. The largest group
/// is placed first, each where the fewest records are (scikit-learn's GroupKFold); throws for fewer groups than folds.
std::vector<fold> grouped_folds(std::span<const std::uint32_t> groups, std::size_t folds);

/// By time: each fold learns from what came before the records it holds out, and the last holds out the latest
/// (an expanding window, scikit-learn's TimeSeriesSplit). The oldest n / (folds + 1) records, or some more, are never held
/// out. Both parts are in order of time; of equal times the earlier record is first. `times` may be in any unit and order.
std::vector<fold> time_folds(std::span<const double> times, std::size_t folds);

/// How much of the data takes part: a number of folds, or folds made by the functions above.
/// Of a number, labels are stratified and other targets shuffled, at random by the seed of the fit.
class fold_plan {
 public:
  fold_plan(std::size_t folds) : count_(folds) {}
  fold_plan(std::vector<fold> folds) : folds_(std::move(folds)) {}

  /// The folds for `n` records; `labels` is empty where the targets are numbers. Throws errc::invalid_argument where given
  /// folds are none, have an empty part or a record that is not below `n`.
  std::vector<fold> folds(std::size_t n, label_numbers labels, std::uint64_t seed) const;

 private:
  std::size_t count_ = 0;
  std::vector<fold> folds_;
};

/// The members of records, or what a function says of them, as numbers: equal ones get the same, ascending from 0. For
/// groups (a user's name) and labels. O(records · log records).
template <class Records, class Get>
std::vector<std::uint32_t> numbered(const Records& records, const Get& get) {
  using value = std::remove_cvref_t<std::invoke_result_t<const Get&, decltype(*std::begin(records))>>;
  struct cell {
    value v;
  };
  std::vector<cell> all;
  for (const auto& r : records) all.push_back({std::invoke(get, r)});
  std::vector<const value*> order;
  for (const cell& c : all) order.push_back(&c.v);
  const auto less = [](const value* a, const value* b) { return *a < *b; };
  std::sort(order.begin(), order.end(), less);
  order.erase(std::unique(order.begin(), order.end(),
                          [&](const value* a, const value* b) { return !less(a, b) && !less(b, a); }),
              order.end());
  std::vector<std::uint32_t> numbers;
  for (const cell& c : all)
    numbers.push_back(
        static_cast<std::uint32_t>(std::lower_bound(order.begin(), order.end(), &c.v, less) - order.begin()));
  return numbers;
}

}  // namespace bespoke
