// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/interactions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "linear_algebra.hpp"

namespace bespoke {

namespace {

constexpr const char* stage = "interactions";

struct entry {
  std::uint32_t user, item, count;  // how many interactions it stands for
  double value;                     // at its time
  std::int64_t time;                // of the latest
};

// Brings entries into the order of users, items and of their coming, in one pass and one small sort for each user.
std::vector<entry> in_order(const std::vector<entry>& some) {
  std::uint32_t users = 0;
  for (const entry& e : some) users = std::max(users, e.user + 1);
  std::vector<std::size_t> place(users + std::size_t{1});
  for (const entry& e : some) ++place[e.user + 1];
  for (std::size_t u = 1; u < place.size(); ++u) place[u] += place[u - 1];
  const std::vector<std::size_t> begin = place;
  std::vector<entry> ordered(some.size());
  for (const entry& e : some) ordered[place[e.user]++] = e;
  for (std::size_t u = 0; u < users; ++u)
    std::stable_sort(ordered.begin() + static_cast<std::ptrdiff_t>(begin[u]),
                     ordered.begin() + static_cast<std::ptrdiff_t>(begin[u + 1]),
                     [](const entry& a, const entry& b) { return a.item < b.item; });
  return ordered;
}

}  // namespace

struct interaction_collector::state {
  interaction_options options;
  bool has_times;
  std::size_t added = 0;
  std::vector<entry> pairs{}, coming{};  // in order, one for each pair; and as they came
  std::int64_t latest = std::numeric_limits<std::int64_t>::min();

  double faded(double value, std::int64_t from, std::int64_t to) const {
    if (options.half_life == 0) return value;
    return value * std::exp2((static_cast<double>(from) - static_cast<double>(to)) / options.half_life);
  }

  // `b` came after `a`.
  entry merged(const entry& a, const entry& b) const {
    const std::int64_t time = std::max(a.time, b.time);
    entry both{a.user, a.item, a.count + b.count, 0, time};
    const double first = faded(a.value, a.time, time), second = faded(b.value, b.time, time);
    switch (options.repeats) {
      case repeated::last: both.value = b.time >= a.time ? b.value : a.value; break;
      case repeated::most: both.value = std::max(first, second); break;
      case repeated::sum:
      case repeated::mean: both.value = first + second; break;
    }
    return both;
  }

  void add_to(std::vector<entry>& all, const entry& e) const {
    const bool same = !all.empty() && all.back().user == e.user && all.back().item == e.item;
    if (same) all.back() = merged(all.back(), e);
    else all.push_back(e);
  }

  // Two ordered runs become one, that of the earlier entries first where they meet.
  void compact() {
    const std::vector<entry> late = in_order(coming);
    std::vector<entry> all;
    all.reserve(pairs.size() + late.size());
    const auto before = [](const entry& a, const entry& b) {
      return a.user != b.user ? a.user < b.user : a.item < b.item;
    };
    auto early = pairs.begin();
    for (const entry& e : late) {
      for (; early != pairs.end() && !before(e, *early); ++early) add_to(all, *early);
      add_to(all, e);
    }
    for (; early != pairs.end(); ++early) add_to(all, *early);
    pairs = std::move(all);
    coming.clear();
  }

  float value_of(const entry& e) const {
    const double value = options.repeats == repeated::mean ? e.value / e.count : e.value;
    return static_cast<float>(faded(value, e.time, latest));
  }
};

interaction_collector::interaction_collector(interaction_options options, bool has_times)
    : state_(std::make_unique<state>(state{.options = options, .has_times = has_times})) {
  if (!std::isfinite(options.half_life) || options.half_life < 0)
    throw error(
        errc::invalid_argument,
        {.stage = stage, .expected = "a half_life of 0 or more seconds", .got = fmt::format("{}", options.half_life)});
  if (options.half_life > 0 && !has_times)
    throw error(errc::invalid_argument,
                {.stage = stage,
                 .problem = "half_life is given, but interactions have no times",
                 .advice = "name the time too: interactions(user, item, value, time, options)"});
}
interaction_collector::~interaction_collector() = default;
interaction_collector::interaction_collector(interaction_collector&&) noexcept = default;
interaction_collector& interaction_collector::operator=(interaction_collector&&) noexcept = default;

std::size_t interaction_collector::added() const noexcept { return state_->added; }

void interaction_collector::add(std::uint32_t user, std::uint32_t item, float value, std::int64_t time) {
  constexpr std::size_t few = 1 << 18;
  state& s = *state_;
  if (!std::isfinite(value))
    throw error(errc::invalid_argument,
                {.stage = stage, .record = s.added, .expected = "a finite value", .got = fmt::format("{}", value)});
  if (s.coming.size() >= std::max(few, s.pairs.size())) s.compact();
  s.coming.push_back({user, item, 1, static_cast<double>(value), time});
  s.latest = std::max(s.latest, time);
  ++s.added;
}

interaction_matrix interaction_collector::finish(std::size_t users, std::size_t items) && {
  state& s = *state_;
  s.compact();
  aligned_vector<std::uint64_t> offsets(users + 1);
  aligned_vector<std::uint32_t> columns(s.pairs.size());
  aligned_vector<float> values(s.pairs.size());
  aligned_vector<std::int64_t> times(s.has_times ? s.pairs.size() : 0);
  for (std::size_t i = 0; i < s.pairs.size(); ++i) {
    const entry& e = s.pairs[i];
    ++offsets[e.user + std::size_t{1}];
    columns[i] = e.item;
    values[i] = s.value_of(e);
    if (s.has_times) times[i] = e.time;
  }
  for (std::size_t u = 0; u < users; ++u) offsets[u + 1] += offsets[u];
  s.pairs = {};
  return matrix_of(sparse_rows(items, std::move(offsets), std::move(columns), std::move(values)), std::move(times));
}

interaction_matrix matrix_of(sparse_rows by_user, aligned_vector<std::int64_t> times) {
  if (!times.empty() && times.size() != by_user.stored())
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("{} times, one for each interaction", by_user.stored()),
                              .got = fmt::format("{}", times.size())});
  auto by_item = linear::transposed(by_user);
  return {std::move(by_user), std::move(by_item), std::move(times)};
}

}  // namespace bespoke
