// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/random.hpp>

#include <cmath>
#include <numeric>
#include <string>
#include <string_view>

namespace bespoke {

namespace {

void check(std::string_view what, std::size_t n, std::size_t folds, std::string_view of = "records") {
  if (folds >= 2 && n >= folds) return;
  throw error(errc::invalid_argument,
              {.stage = std::string(what),
               .expected = folds < 2 ? "2 folds or more" : std::to_string(folds) + " " + std::string(of) + " or more",
               .got = std::to_string(folds < 2 ? folds : n)});
}

std::vector<std::size_t> first_numbers(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

std::vector<std::size_t> shuffled(std::vector<std::size_t> all, random_numbers& random) {
  const std::size_t n = all.size();
  return sample(std::move(all), n, random);
}

/// Each part held out once.
std::vector<fold> held_out_in_turn(std::vector<std::vector<std::size_t>> parts, std::size_t n) {
  std::vector<fold> folds;
  for (auto& part : parts) {
    auto rest = others(part, n);
    folds.push_back({std::move(rest), std::move(part)});
  }
  return folds;
}

/// The same from the number of each record's fold.
std::vector<fold> folds_of(std::span<const std::size_t> fold_of, std::size_t folds) {
  std::vector<std::vector<std::size_t>> parts(folds);
  for (std::size_t i = 0; i < fold_of.size(); ++i) parts[fold_of[i]].push_back(i);
  return held_out_in_turn(std::move(parts), fold_of.size());
}

/// The records of each label, labels in the order in which they first come.
std::vector<std::vector<std::size_t>> members_of(label_numbers labels) {
  std::vector<std::vector<std::size_t>> members;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= place.size()) place.resize(std::size_t{labels[i]} + 1, labels.size());
    if (place[labels[i]] == labels.size()) {
      place[labels[i]] = members.size();
      members.emplace_back();
    }
    members[place[labels[i]]].push_back(i);
  }
  return members;
}

}  // namespace

std::vector<std::vector<std::size_t>> random_folds(std::size_t n, std::size_t folds, std::uint64_t seed) {
  if (folds == 0)
    throw error(errc::invalid_argument, {.stage = "random_folds", .expected = "at least one fold", .got = "0"});
  random_numbers random(seed);
  const auto all = shuffled(first_numbers(n), random);
  std::vector<std::vector<std::size_t>> parts(folds);
  for (std::size_t i = 0; i < n; ++i) parts[i % folds].push_back(all[i]);
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

std::vector<std::size_t> others(std::span<const std::size_t> part, std::size_t n) {
  std::vector<bool> in_part(n);
  for (const std::size_t i : part)
    if (i < n) in_part[i] = true;
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < n; ++i)
    if (!in_part[i]) rest.push_back(i);
  return rest;
}

std::vector<fold> plain_folds(std::size_t n, std::size_t folds) {
  check("plain_folds", n, folds);
  std::vector<std::size_t> fold_of;
  for (std::size_t f = 0; f < folds; ++f) fold_of.insert(fold_of.end(), n / folds + (f < n % folds ? 1 : 0), f);
  return folds_of(fold_of, folds);
}

std::vector<fold> shuffled_folds(std::size_t n, std::size_t folds, std::uint64_t seed) {
  check("shuffled_folds", n, folds);
  return held_out_in_turn(random_folds(n, folds, seed), n);
}

std::vector<fold> stratified_folds(label_numbers labels, std::size_t folds, std::optional<std::uint64_t> seed) {
  check("stratified_folds", labels.size(), folds);
  // As if the records were sorted by label and dealt out one by one: fold f gets of each label what it is dealt so.
  random_numbers random(seed.value_or(0));
  std::vector<std::size_t> fold_of(labels.size());
  std::size_t dealt = 0;
  for (auto& members : members_of(labels)) {
    if (seed) members = shuffled(std::move(members), random);
    std::vector<std::size_t> share(folds);
    for (std::size_t i = 0; i < members.size(); ++i) ++share[dealt++ % folds];
    std::size_t next = 0;
    for (std::size_t f = 0; f < folds; ++f)
      for (std::size_t i = 0; i < share[f]; ++i) fold_of[members[next++]] = f;
  }
  return folds_of(fold_of, folds);
}

std::vector<fold> grouped_folds(std::span<const std::uint32_t> groups, std::size_t folds) {
  const auto members = members_of(groups);
  check("grouped_folds", members.size(), folds, "groups");
  auto order = first_numbers(members.size());
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return members[a].size() > members[b].size(); });
  std::vector<std::size_t> records(folds), fold_of(groups.size());
  for (const std::size_t g : order) {
    const auto least = static_cast<std::size_t>(std::min_element(records.begin(), records.end()) - records.begin());
    records[least] += members[g].size();
    for (const std::size_t i : members[g]) fold_of[i] = least;
  }
  return folds_of(fold_of, folds);
}

std::vector<fold> time_folds(std::span<const double> times, std::size_t folds) {
  const std::size_t n = times.size();
  check("time_folds", n, folds);
  if (n <= folds)
    throw error(errc::invalid_argument, {.stage = "time_folds",
                                         .expected = "more records than the " + std::to_string(folds) + " folds",
                                         .got = std::to_string(n)});
  for (std::size_t i = 0; i < n; ++i)
    if (std::isnan(times[i]))
      throw error(errc::invalid_argument, {.stage = "time_folds", .record = i, .expected = "a time", .got = "nan"});
  auto order = first_numbers(n);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  const std::size_t length = n / (folds + 1);
  std::vector<fold> all;
  for (std::size_t f = 0; f < folds; ++f) {
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(n - (folds - f) * length);
    all.push_back({{order.begin(), begin}, {begin, begin + static_cast<std::ptrdiff_t>(length)}});
  }
  return all;
}

std::vector<fold> fold_plan::folds(std::size_t n, label_numbers labels, std::uint64_t seed) const {
  if (count_ != 0) return labels.empty() ? shuffled_folds(n, count_, seed) : stratified_folds(labels, count_, seed);
  const auto wrong = [&](const std::vector<std::size_t>& part) {
    return part.empty() || *std::max_element(part.begin(), part.end()) >= n;
  };
  if (folds_.empty() ||
      std::any_of(folds_.begin(), folds_.end(), [&](const fold& f) { return wrong(f.train) || wrong(f.test); }))
    throw error(errc::invalid_argument,
                {.stage = "folds",
                 .expected = "folds whose parts hold numbers of records below " + std::to_string(n),
                 .got = folds_.empty() ? "no folds" : "an empty part or a larger number"});
  return folds_;
}

}  // namespace bespoke
