// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke {

namespace {

using flags = std::vector<std::uint8_t>;

void check_some(const interaction_matrix& seen, std::string_view what) {
  if (seen.size() == 0)
    throw error(errc::empty_input, {.stage = std::string(what), .problem = "there are no interactions"});
}

void check_share(double share, std::string_view what) {
  if (!(share > 0 && share < 1))
    throw error(errc::invalid_argument,
                {.stage = std::string(what), .expected = "a share between 0 and 1", .got = fmt::format("{}", share)});
}

void check_times(const interaction_matrix& seen, std::string_view what) {
  if (seen.times.size() != seen.size())
    throw error(errc::invalid_argument, {.stage = std::string(what),
                                         .problem = "interactions have no times",
                                         .advice = "collect them with a time: interactions(user, item, value, time)"});
}

std::size_t part_of(double share, std::size_t n) {
  return static_cast<std::size_t>(std::llround(share * static_cast<double>(n)));
}

/// The rows of those interactions whose flag is `wanted`.
sparse_rows rows_where(const sparse_rows& all, std::span<const std::uint8_t> held, bool wanted) {
  const auto n = static_cast<std::size_t>(
      std::count_if(held.begin(), held.end(), [wanted](std::uint8_t h) { return (h != 0) == wanted; }));
  aligned_vector<std::uint64_t> offsets{0};
  aligned_vector<std::uint32_t> columns;
  aligned_vector<float> values;
  offsets.reserve(all.size() + 1), columns.reserve(n), values.reserve(n);
  for (std::size_t u = 0; u < all.size(); ++u) {
    for (std::size_t i = all.offsets()[u]; i < all.offsets()[u + 1]; ++i)
      if ((held[i] != 0) == wanted) columns.push_back(all.columns()[i]), values.push_back(all.values()[i]);
    offsets.push_back(columns.size());
  }
  return sparse_rows(all.width(), std::move(offsets), std::move(columns), std::move(values));
}

aligned_vector<std::int64_t> times_where(const interaction_matrix& seen, std::span<const std::uint8_t> held,
                                         bool wanted) {
  aligned_vector<std::int64_t> times;
  for (std::size_t i = 0; i < seen.times.size(); ++i)
    if ((held[i] != 0) == wanted) times.push_back(seen.times[i]);
  return times;
}

void count_cold(interaction_split& split) {
  std::vector<std::uint8_t> counted(split.train.items());
  for (std::size_t u = 0; u < split.held.size(); ++u)
    split.cold_users += split.held[u].size() != 0 && split.train.by_user[u].size() == 0;
  for (const std::uint32_t item : split.held.columns())
    if (split.train.by_item[item].size() == 0 && counted[item]++ == 0) ++split.cold_items;
}

/// An interaction of a user, in the order in which they are held: by time, and by a number drawn where times are equal.
struct in_turn {
  std::int64_t time;
  std::uint64_t drawn;
  std::size_t at;
  friend bool operator<(const in_turn& a, const in_turn& b) {
    return a.time != b.time ? a.time < b.time : a.drawn != b.drawn ? a.drawn < b.drawn : a.at < b.at;
  }
};

/// Holds the last `count(n)` of each user's n interactions.
template <class Count>
flags last_of_users(const interaction_matrix& seen, bool by_time, std::uint64_t seed, Count&& count) {
  random_numbers random(seed);
  flags held(seen.size());
  std::vector<in_turn> own;
  for (std::size_t u = 0; u < seen.users(); ++u) {
    own.clear();
    for (std::size_t i = seen.by_user.offsets()[u]; i < seen.by_user.offsets()[u + 1]; ++i)
      own.push_back({by_time ? seen.times[i] : 0, random(), i});
    const std::size_t keep = own.size() - count(own.size());
    if (keep == own.size()) continue;
    std::nth_element(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(keep), own.end());
    for (std::size_t i = keep; i < own.size(); ++i) held[own[i].at] = 1;
  }
  return held;
}

}  // namespace

interaction_split split_of(const interaction_matrix& seen, std::span<const std::uint8_t> held) {
  if (held.size() != seen.size())
    throw error(errc::shape, {.stage = "split_of",
                              .expected = fmt::format("{} flags, one for each interaction", seen.size()),
                              .got = fmt::format("{}", held.size())});
  check_some(seen, "split_of");
  interaction_split split;
  split.train = matrix_of(rows_where(seen.by_user, held, false), times_where(seen, held, false));
  split.held = rows_where(seen.by_user, held, true);
  split.held_times = times_where(seen, held, true);
  count_cold(split);
  return split;
}

interaction_split random_split(const interaction_matrix& seen, double share, std::uint64_t seed) {
  check_some(seen, "random_split");
  check_share(share, "random_split");
  random_numbers random(seed);
  flags held(seen.size());
  std::size_t missing = part_of(share, seen.size());
  for (std::size_t i = 0; i < held.size(); ++i)
    if (random.below(held.size() - i) < missing) held[i] = 1, --missing;
  return split_of(seen, held);
}

interaction_split user_split(const interaction_matrix& seen, double share, holding which, std::uint64_t seed) {
  check_some(seen, "user_split");
  check_share(share, "user_split");
  if (which == holding::latest) check_times(seen, "user_split");
  const auto count = [share](std::size_t n) { return n == 0 ? 0 : std::min(part_of(share, n), n - 1); };
  return split_of(seen, last_of_users(seen, which == holding::latest, seed, count));
}

interaction_split leave_one_out(const interaction_matrix& seen, std::uint64_t seed) {
  check_some(seen, "leave_one_out");
  return split_of(seen, last_of_users(seen, seen.times.size() == seen.size(), seed,
                                      [](std::size_t n) { return std::size_t{n >= 2 ? 1u : 0u}; }));
}

interaction_split split_after(const interaction_matrix& seen, std::int64_t moment) {
  check_some(seen, "split_after");
  check_times(seen, "split_after");
  flags held(seen.size());
  for (std::size_t i = 0; i < held.size(); ++i) held[i] = seen.times[i] > moment;
  return split_of(seen, held);
}

interaction_split latest_split(const interaction_matrix& seen, double share) {
  check_some(seen, "latest_split");
  check_share(share, "latest_split");
  check_times(seen, "latest_split");
  const std::size_t held = std::min(part_of(share, seen.size()), seen.size() - 1);
  aligned_vector<std::int64_t> times = seen.times;
  const auto last_kept = times.begin() + static_cast<std::ptrdiff_t>(times.size() - held - 1);
  std::nth_element(times.begin(), last_kept, times.end());
  return split_after(seen, *last_kept);
}

interaction_split fold_split(const interaction_matrix& seen, std::size_t folds, std::size_t which, std::uint64_t seed) {
  check_some(seen, "fold_split");
  if (folds < 2 || folds > seen.size() || which >= folds)
    throw error(
        errc::invalid_argument,
        {.stage = "fold_split",
         .expected = folds < 2 ? "2 folds or more"
                               : fmt::format("at most {} folds, and a number below that of the folds", seen.size()),
         .got = fmt::format("fold {} of {}", which, folds)});
  std::vector<std::size_t> room(folds);
  for (std::size_t f = 0; f < folds; ++f) room[f] = seen.size() / folds + (f < seen.size() % folds);
  random_numbers random(seed);
  flags held(seen.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    std::size_t f = 0;
    for (std::size_t place = random.below(held.size() - i); place >= room[f]; ++f) place -= room[f];
    --room[f];
    held[i] = f == which;
  }
  return split_of(seen, held);
}

}  // namespace bespoke
