// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/category_limit.hpp>
#include <bespoke/core/random.hpp>

#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "table_recommender.hpp"

using namespace bespoke;
using bespoke_test::table_recommender;

namespace {

using list = std::vector<recommended<int>>;

// All items in order, taken one by one.
template <class Category, class Filter>
list greedily(const recommender<int, int>& from, std::size_t k, std::size_t most, Category&& category,
              Filter&& filter) {
  std::map<int, std::size_t> counts;
  list taken;
  for (const auto& one : from.recommend(1, from.items().size(), filter))
    if (taken.size() < k && counts[category(one.item)] < most) ++counts[category(one.item)], taken.push_back(one);
  return taken;
}

std::vector<float> scores(std::size_t n, std::size_t different, std::uint64_t seed) {
  random_numbers random(seed);
  std::vector<float> all(n);
  for (float& v : all) v = static_cast<float>(random.below(different));
  return all;
}

}  // namespace

TEST_CASE("at most so many of a category are those of all items taken in order") {
  for (const std::size_t n : {1u, 7u, 300u})
    for (const std::size_t different : {1u, 5u, 1000u})
      for (const int categories : {1, 3, 40})
        for (const std::size_t most : {0u, 1u, 3u, 1000u})
          for (const std::size_t k : {0u, 1u, 10u, 500u}) {
            const auto from = table_recommender(scores(n, different, n + different));
            const auto category = [&](int i) { return i * i % categories; };
            const auto filter = [](int i) { return i % 4 != 3; };
            CHECK(from.recommend(1, k, at_most(most, category)) == greedily(from, k, most, category, any_item{}));
            CHECK(from.recommend(1, k, at_most(most, category, filter)) == greedily(from, k, most, category, filter));
          }
}

TEST_CASE("categories of the best fill a list that would be short after a cut") {
  // 50 of one category stand before all others.
  std::vector<float> falling;
  for (int i = 0; i < 100; ++i) falling.push_back(static_cast<float>(-i));
  const auto from = table_recommender(falling, 1);
  const auto category = [](int i) { return std::string(i < 50 ? "drama" : i % 2 == 0 ? "crime" : "comedy"); };
  std::size_t asked = 0;
  const auto counted = [&](int) { return ++asked, true; };
  const auto some = from.recommend(1, 5, at_most(2, category, counted));
  CHECK(some == list{{0, 0}, {2, -2}, {50, -50}, {51, -51}, {52, -52}});
  CHECK(asked < 100);
  CHECK(from.recommend(1, 9, at_most(2, category)).size() == 6);
  CHECK(from.recommend(1, 2, at_most(2, category), known_items::shown) == list{{0, 0}, {1, -1}});
  CHECK(from.recommend_for(std::vector<past<int>>{{0}, {2}}, 2, at_most(1, category)) == list{{1, 0}, {50, 0}});
  CHECK(from.recommend(1, 9, at_most(2, category, [](int) { return false; })).empty());
}

TEST_CASE("a category may be any value that can be told from others") {
  enum class kind { book, film };
  category_counts<kind> kinds(1);
  CHECK(kinds.add(kind::film));
  CHECK_FALSE(kinds.add(kind::film));
  CHECK(kinds.is_full(kind::film));
  CHECK_FALSE(kinds.is_full(kind::book));
  CHECK(category_counts<kind>(0).is_full(kind::book));
  category_counts<bool> flags(2);
  CHECK((flags.add(true) && flags.add(true) && !flags.add(true) && flags.add(false)));
}
