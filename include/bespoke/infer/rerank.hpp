// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the best items to the list that is shown: a recommender is asked for more than is needed, and rules put them in order.
//
//     auto page = infer::answers(movies, 200)                                      // a function of the user
//               | infer::exclude([&](int movie) { return !in_stock(movie); })
//               | infer::boost([&](int movie) { return is_new(movie) ? 0.1f : 0.0f; })
//               | infer::mmr(movies, {.k = 30, .trade_off = 0.8})                  // the best that are not all alike
//               | infer::limit_per(genre_of, 2)
//               | infer::pin(std::vector{todays_film})
//               | infer::first(10);
//     std::vector<recommended<int>> list = page(42);
//     infer::live desk{page};                                                      // as any function of a record
//
// A rule is a function of a list that gives a list: `rerank(f)` makes one of the host's own. Rules in a row are a rule, rules
// behind `answers`, or behind any function of a record that gives such a list, are a function of its record. In a chain of
// stages either stands as bespoke::map("page/1", page).
//
// Scores stay what the recommender said, except where `boost` changes them. Rules that keep the order do so whatever the scores
// are; so those that change scores stand first, those that count categories and cut stand last. All are immutable and take a
// list of any length, with NaNs and equal scores. Text ids in a list are views of the recommender, which `answers` and `mmr` keep
// alive, and of what is pinned: copy them before a newer page is published. Thread safety: const calls from any thread, as far as
// the host's functions allow that.

#include <algorithm>
#include <bespoke/core/category_limit.hpp>
#include <bespoke/core/field.hpp>
#include <bespoke/core/item_likeness.hpp>
#include <bespoke/core/recommender.hpp>
#include <bespoke/core/scratch.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::infer {

/// A list, first what is shown first.
template <id Item>
using recommendations = std::vector<recommended<Item>>;

/// A function of a list of recommendations, made by `rerank` or one of the functions below.
template <class F>
struct rule {
  F function;

  template <id Item>
  recommendations<Item> operator()(recommendations<Item> list) const {
    return std::invoke(function, std::move(list));
  }
};

/// A function of a record that gives such a list.
template <class Record, class F>
struct recommending {
  using record_type = Record;
  using answer_type = std::invoke_result_t<const F&, const Record&>;
  F function;

  answer_type operator()(const Record& r) const { return std::invoke(function, r); }
};

/// The host's own: `f` takes a `recommendations<Item>` and gives one.
template <class F>
rule<F> rerank(F f) {
  return {std::move(f)};
}

/// Asks a recommender for its `k` best items for a user, as `recommend` does with the same arguments.
template <id User, id Item, class Filter = any_item>
auto answers(recommender<User, Item> of, std::size_t k, Filter filter = {}, known_items known = known_items::hidden) {
  auto ask = [of = std::move(of), k, filter = std::move(filter), known](const User& user) {
    return of.recommend(user, k, filter, known);
  };
  return recommending<User, decltype(ask)>{std::move(ask)};
}

/// One rule after another.
template <class A, class B>
auto operator|(rule<A> a, rule<B> b) {
  return rerank([a = std::move(a), b = std::move(b)](auto list) { return b(a(std::move(list))); });
}

/// A rule behind a function of a record.
template <class Record, class F, class B>
auto operator|(recommending<Record, F> ask, rule<B> b) {
  auto both = [ask = std::move(ask), b = std::move(b)](const Record& r) { return b(ask(r)); };
  return recommending<Record, decltype(both)>{std::move(both)};
}

/// A rule behind the host's function of a record, whose parameter is written out (no `auto`).
template <bespoke::detail::has_signature F, class B>
auto operator|(F ask, rule<B> b) {
  using record = typename bespoke::detail::signature<F>::input;
  return recommending<record, F>{std::move(ask)} | std::move(b);
}

// ---- rules that change scores ----

/// Adds `amount(item)` to each score, and sorts by falling score; equal scores, and NaNs, which come last, stay in the order
/// that they had. O(n log n).
template <class Amount>
auto boost(Amount amount) {
  return rerank([amount = std::move(amount)](auto list) {
    for (auto& one : list) one.score += static_cast<float>(std::invoke(amount, one.item));
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return ranks_before({0, a.score}, {0, b.score}); });
    return list;
  });
}

// ---- rules that keep the order ----

/// Leaves out the items of which `is(item)` is true. O(n).
template <class Is>
auto exclude(Is is) {
  return rerank([is = std::move(is)](auto list) {
    std::erase_if(list, [&](const auto& one) { return std::invoke(is, one.item); });
    return list;
  });
}

/// Puts the items of which `is(item)` is true behind all others. O(n log n).
template <class Is>
auto bury(Is is) {
  return rerank([is = std::move(is)](auto list) {
    std::stable_partition(list.begin(), list.end(), [&](const auto& one) { return !std::invoke(is, one.item); });
    return list;
  });
}

/// Puts these items first, in this order, each once. One that is not in the list comes into it, with a score of 0.
/// O(n · items).
template <id Item>
auto pin(std::vector<Item> items) {
  return rerank([items = std::move(items)](recommendations<Item> list) {
    auto place = list.begin();
    for (const Item& item : items) {
      const auto is_it = [&](const recommended<Item>& one) { return one.item == item; };
      if (std::any_of(list.begin(), place, is_it)) continue;
      const auto at = std::find_if(place, list.end(), is_it);
      if (at == list.end()) place = list.insert(place, {item, 0});
      else std::rotate(place, at, at + 1);
      ++place;
    }
    return list;
  });
}

/// Keeps the first `most` items of each category. Where the list must not become short, limit the search instead:
/// `answers(movies, 10, at_most(2, genre_of))`, see core/category_limit.hpp, also for `category`. O(n) expected.
template <class Category>
auto limit_per(Category category, std::size_t most) {
  return rerank([category = std::move(category), most](auto list) {
    using item = decltype(list[0].item);
    category_counts<std::remove_cvref_t<std::invoke_result_t<const Category&, const item&>>> counts(most);
    std::erase_if(list, [&](const auto& one) { return !counts.add(std::invoke(category, one.item)); });
    return list;
  });
}

/// Keeps the first `k`. O(1).
inline auto first(std::size_t k) {
  return rerank([k](auto list) {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(std::min(k, list.size())), list.end());
    return list;
  });
}

// ---- diversity ----

struct mmr_options {
  std::size_t k = 10;      ///< items in the list, at most
  double trade_off = 0.7;  ///< 0 to 1: 1 is by score alone, 0 by how unlike the items are
  bool scaled = true;      ///< scores count as 0 for the list's lowest to 1 for its highest; false: as they are
};

namespace detail {
/// Throws errc::invalid_argument.
void check(const mmr_options& options);
/// The items' places in the order in which they are chosen, to `order`, whose size is that of the list to be. `items` are
/// numbers, of which those from `known` on are like nothing.
void choose_by_mmr(std::span<const float> scores, std::span<const std::uint32_t> items, std::size_t known,
                   const item_likeness& alike, const mmr_options& options, std::span<std::size_t> order, scratch& s);
}  // namespace detail

/// Maximal marginal relevance: of the items left, takes again and again the one with the largest
///
///     trade_off · score − (1 − trade_off) · the largest likeness to an item taken before
///
/// and of equal ones the first. `alike` compares items by the numbers that `of.items()` gives them: `cosine_of(rows)`, or
/// without it `of`'s model. A NaN score counts as the lowest, a NaN likeness as none; items that `of` does not know are like
/// nothing. k calls of `alike` with at most n items, and O(k · n). Throws errc::invalid_argument for a trade-off that is not from
/// 0 to 1.
/// Carbonell and Goldstein: The use of MMR, diversity-based reranking for reordering documents and producing summaries (SIGIR
/// 1998).
template <id User, id Item>
auto mmr(recommender<User, Item> of, mmr_options options = {}, item_likeness alike = {}) {
  detail::check(options);
  if (!alike) {  // holds the model with what keeps it
    const auto behind = std::make_shared<const recommender<User, Item>>(of);
    alike = likeness_of({behind, &behind->model()});
  }
  return rerank([of = std::move(of), alike = std::move(alike), options](const recommendations<Item>& list) {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const auto scores = s.take<float>(list.size());
    const auto items = s.take<std::uint32_t>(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      scores[i] = list[i].score;
      items[i] = static_cast<std::uint32_t>(of.items().find(list[i].item));
    }
    const auto order = s.take<std::size_t>(std::min(options.k, list.size()));
    detail::choose_by_mmr(scores, items, of.items().size(), alike, options, order, s);
    recommendations<Item> chosen;
    chosen.reserve(order.size());
    for (const std::size_t i : order) chosen.push_back(list[i]);
    return chosen;
  });
}

}  // namespace bespoke::infer
