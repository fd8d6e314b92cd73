// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

struct one {
  std::uint32_t user, item;
  float value = 1;
  std::int64_t time = 0;
  friend auto operator<=>(const one&, const one&) = default;
};

interaction_matrix matrix(const std::vector<one>& all, std::size_t users, std::size_t items, bool times = true) {
  interaction_collector c({}, times);
  for (const one& o : all) c.add(o.user, o.item, o.value, o.time);
  return std::move(c).finish(users, items);
}

/// User u has the items u … 2u − 1 of 60: 190 in all; times are a few days only, so that many are equal.
interaction_matrix many(bool times = true) {
  random_numbers random(3);
  std::vector<one> all;
  for (std::uint32_t u = 0; u < 20; ++u)
    for (std::uint32_t i = u; i < 2 * u; ++i)
      all.push_back({u, i, static_cast<float>(i % 5), static_cast<std::int64_t>(random.below(30))});
  return matrix(all, 20, 60, times);
}

std::vector<one> listed(const sparse_rows& rows, const aligned_vector<std::int64_t>& times) {
  std::vector<one> all;
  for (std::uint32_t u = 0; u < rows.size(); ++u)
    for (std::size_t i = 0; i < rows[u].size(); ++i)
      all.push_back({u, rows[u].columns[i], rows[u].values[i], times.empty() ? 0 : times[all.size()]});
  return all;
}
std::vector<one> listed(const interaction_matrix& m) { return listed(m.by_user, m.times); }

bool same(const sparse_rows& a, const sparse_rows& b) {
  return std::ranges::equal(a.offsets(), b.offsets()) && std::ranges::equal(a.columns(), b.columns()) &&
         std::ranges::equal(a.values(), b.values());
}

/// Both parts together are the whole, in the whole's shape.
void check_parts(const interaction_split& split, const interaction_matrix& whole) {
  CHECK(split.train.users() == whole.users());
  CHECK(split.train.items() == whole.items());
  CHECK(split.train.by_item.stored() == split.train.size());
  CHECK(split.held.size() == whole.users());
  CHECK(split.held.width() == whole.items());
  auto both = listed(split.train);
  const auto held = listed(split.held, split.held_times);
  both.insert(both.end(), held.begin(), held.end());
  std::sort(both.begin(), both.end());
  CHECK(both == listed(whole));
}

}  // namespace

TEST_CASE("a random split holds the share that was asked for, and every set of that size") {
  const auto whole = many();
  const auto split = random_split(whole, 0.25, 7);
  check_parts(split, whole);
  CHECK(split.held.stored() == 48);  // of 190
  CHECK(same(split.held, random_split(whole, 0.25, 7).held));
  CHECK_FALSE(same(split.held, random_split(whole, 0.25, 8).held));
  const auto four = matrix({{0, 0}, {0, 1}, {0, 2}, {0, 3}}, 1, 4);
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> pairs;
  for (std::uint64_t seed = 0; seed < 1200; ++seed) {
    const auto held = random_split(four, 0.5, seed).held;
    ++pairs[{held[0].columns[0], held[0].columns[1]}];
  }
  CHECK(pairs.size() == 6);
  for (const auto& [pair, n] : pairs) CHECK(std::abs(n - 200) < 65);  // five deviations
}

TEST_CASE("a user split holds each user's share, and leaves everybody something") {
  const auto whole = many();
  for (const holding which : {holding::drawn, holding::latest}) {
    const auto split = user_split(whole, 0.3, which, 7);
    check_parts(split, whole);
    for (std::size_t u = 0; u < whole.users(); ++u) {
      const std::size_t n = whole.by_user[u].size(), wanted = (3 * n + 5) / 10;
      CHECK(split.held[u].size() == wanted);
    }
    CHECK(split.cold_users == 0);
    CHECK(same(split.held, user_split(whole, 0.3, which, 7).held));
  }
  const auto most = user_split(whole, 0.99, holding::drawn, 7);
  for (std::size_t u = 1; u < whole.users(); ++u) CHECK(most.train.by_user[u].size() == 1);
}

TEST_CASE("what a user split holds by time is latest") {
  const auto whole = many();
  const auto split = user_split(whole, 0.3, holding::latest, 7);
  const auto kept = listed(split.train), held = listed(split.held, split.held_times);
  std::vector<std::int64_t> last(whole.users(), -1);
  for (const one& o : kept) last[o.user] = std::max(last[o.user], o.time);
  for (const one& o : held) CHECK(o.time >= last[o.user]);
}

TEST_CASE("leave one out holds the latest of users with two interactions or more") {
  const auto whole = matrix({{0, 0, 1, 5}, {0, 1, 2, 9}, {0, 2, 3, 7}, {1, 1, 1, 4}, {3, 0, 1, 2}, {3, 2, 1, 1}}, 4, 3);
  const auto split = leave_one_out(whole, 1);
  check_parts(split, whole);
  CHECK(listed(split.held, split.held_times) == std::vector<one>{{0, 1, 2, 9}, {3, 0, 1, 2}});
  CHECK(split.cold_users == 0);
  CHECK(split.cold_items == 0);
}

TEST_CASE("leave one out draws among equal times, and without times") {
  for (const bool times : {true, false}) {
    const auto whole = matrix({{0, 0}, {0, 1}, {0, 2}}, 1, 3, times);
    std::vector<int> held(3);
    for (std::uint64_t seed = 0; seed < 900; ++seed) ++held[leave_one_out(whole, seed).held[0].columns[0]];
    for (const int n : held) CHECK(std::abs(n - 300) < 71);
  }
}

TEST_CASE("splits by time hold what is later") {
  const auto whole = many();
  const auto split = split_after(whole, 19);
  check_parts(split, whole);
  for (const one& o : listed(split.train)) CHECK(o.time <= 19);
  for (const one& o : listed(split.held, split.held_times)) CHECK(o.time > 19);
  const auto last = latest_split(whole, 0.2);
  check_parts(last, whole);
  CHECK(last.held.stored() <= 38);
  CHECK(last.held.stored() > 20);
  const auto train_times = last.train.times;
  for (const std::int64_t t : last.held_times) CHECK(t > *std::max_element(train_times.begin(), train_times.end()));
  const auto at_once = matrix({{0, 0, 1, 5}, {0, 1, 1, 5}, {1, 0, 1, 5}}, 2, 2);
  CHECK(latest_split(at_once, 0.5).held.stored() == 0);
  CHECK(latest_split(at_once, 0.999).train.size() == 3);
}

TEST_CASE("folds hold every interaction once") {
  const auto whole = many();
  std::vector<one> all;
  for (std::size_t f = 0; f < 7; ++f) {
    const auto split = fold_split(whole, 7, f, 5);
    check_parts(split, whole);
    const auto held = listed(split.held, split.held_times);
    CHECK(held.size() == 190 / 7 + (f < 190 % 7));
    all.insert(all.end(), held.begin(), held.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all == listed(whole));
}

TEST_CASE("users and items without training interactions are counted, and stay as empty rows") {
  const auto whole = matrix({{0, 0}, {0, 1}, {1, 1}, {1, 2}, {2, 2}}, 4, 5);
  const std::vector<std::uint8_t> held{0, 0, 0, 1, 1};
  const auto split = split_of(whole, held);
  check_parts(split, whole);
  CHECK(split.cold_users == 1);  // user 3 has nothing held either
  CHECK(split.cold_items == 1);
  CHECK(split.train.by_user[2].size() == 0);
  CHECK(split.train.by_item[2].size() == 0);
}

TEST_CASE("interactions without times have splits without times") {
  const auto split = random_split(many(false), 0.5, 1);
  CHECK(split.train.times.empty());
  CHECK(split.held_times.empty());
}

TEST_CASE("splits: bad input has its message") {
  const auto whole = many(), timeless = many(false);
  for (const double share : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH(random_split(whole, share, 1), contains("a share between 0 and 1"));
    CHECK_THROWS_WITH(user_split(whole, share, holding::drawn, 1), contains("a share between 0 and 1"));
    CHECK_THROWS_WITH(latest_split(whole, share), contains("a share between 0 and 1"));
  }
  CHECK_THROWS_WITH(latest_split(timeless, 0.5), contains("interactions have no times"));
  CHECK_THROWS_WITH(split_after(timeless, 5), contains("interactions have no times"));
  CHECK_THROWS_WITH(user_split(timeless, 0.5, holding::latest, 1), contains("interactions have no times"));
  CHECK_THROWS_WITH(fold_split(whole, 1, 0, 1), contains("2 folds or more"));
  CHECK_THROWS_WITH(fold_split(whole, 191, 0, 1), contains("at most 190 folds"));
  CHECK_THROWS_WITH(fold_split(whole, 5, 5, 1), contains("fold 5 of 5"));
  CHECK_THROWS_WITH(split_of(whole, std::vector<std::uint8_t>(3)), contains("190 flags"));
  const interaction_matrix nothing = matrix({}, 3, 3);
  CHECK_THROWS_WITH(random_split(nothing, 0.5, 1), contains("there are no interactions"));
  CHECK_THROWS_WITH(leave_one_out(nothing, 1), contains("there are no interactions"));
  CHECK_THROWS_WITH(latest_split(nothing, 0.5), contains("there are no interactions"));
  const auto single = matrix({{0, 0, 1, 1}}, 1, 1);
  CHECK(leave_one_out(single, 1).held.stored() == 0);
  CHECK(latest_split(single, 0.9).held.stored() == 0);
}
