// SPDX-License-Identifier: Apache-2.0
#pragma once
// The best items with at most so many of each category: not what is left of the best ten after a cut, but ten.
//
//     movies.recommend(42, 10, at_most(2, genre_of));                            // genre_of(movie): a text, an enum, …
//     movies.recommend(42, 10, at_most(2, genre_of, [&](int movie) { return in_stock(movie); }));

#include <algorithm>
#include <bespoke/core/ids.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// Lets every item through.
struct any_item {
  template <class Item>
  constexpr bool operator()(const Item&) const noexcept {
    return true;
  }
};

/// How many of each category there are. Expected O(1) a call. Thread safety: one thread at a time.
template <id Category>
class category_counts {
 public:
  explicit category_counts(std::size_t most) : most_(most) {}

  bool is_full(const Category& c) const {
    const std::size_t number = numbers_.find(c);
    return number == counts_.size() ? most_ == 0 : counts_[number] == most_;
  }
  /// Counts one more, if that is not too many.
  bool add(const Category& c) {
    if (is_full(c)) return false;
    const std::size_t number = numbers_.add(c);
    if (number == counts_.size()) counts_.push_back(0);
    return ++counts_[number], true;
  }

 private:
  std::size_t most_;
  id_table<Category> numbers_;
  std::vector<std::size_t> counts_;
};

/// A filter for `recommend` and `recommend_for`: of all items that `filter` lets through, by falling score, an item is taken
/// unless `most` of its category have been. The answer is that of all items in order, without putting them in order: the best
/// are asked for, and again without the categories that have become full as long as something was left out. So `k` items come
/// wherever there are enough, after at most 1 + k / most searches. `category(item)` is called for items that would be among
/// the best, and must give the same whenever it is asked, from any thread: any value with == and std::hash or an order.
/// Allocates the counts of categories.
template <class Category, class Filter>
struct category_limit {
  std::size_t most = 1;
  Category category{};
  Filter filter{};

  template <class Item>
  bool operator()(const Item& item) const {
    return filter(item);
  }
};

template <class Category, class Filter = any_item>
category_limit<Category, Filter> at_most(std::size_t most, Category category, Filter filter = {}) {
  return {most, std::move(category), std::move(filter)};
}

namespace detail {

template <class Filter>
inline constexpr bool limits_categories = false;
template <class Category, class Filter>
inline constexpr bool limits_categories<category_limit<Category, Filter>> = true;

/// The best of each category, in the front of `room`: `ask(places, filter)` gives the best in the front of `places`.
template <class Ask, class CategoryOf>
std::span<scored> best_of_each(std::span<scored> room, std::size_t most, Ask&& ask, CategoryOf&& category_of) {
  category_counts<std::remove_cvref_t<std::invoke_result_t<CategoryOf&, std::size_t>>> counts(most);
  std::size_t n = 0;
  for (bool left_out = most > 0; left_out && n < room.size();) {
    const std::span<const scored> taken = room.first(n);
    const auto places = room.subspan(n);
    const auto found = ask(places, [&](std::size_t i) {
      return !counts.is_full(category_of(i)) &&
             std::none_of(taken.begin(), taken.end(), [&](const scored& t) { return t.index == i; });
    });
    left_out = false;
    for (const scored& one : found)
      if (counts.add(category_of(one.index))) room[n++] = one;
      else left_out = found.size() == places.size();
  }
  return room.first(n);
}

}  // namespace detail

}  // namespace bespoke
