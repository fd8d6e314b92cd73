// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ordinal: a category becomes its number in an order, for learners that split (trees) and for categories that have an order.

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/one_hot.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

namespace detail {

/// A category or an optional one.
template <class T>
concept one_category = category_value<T> && (std::same_as<typename categories_of<T>::one, T> ||
                                             std::same_as<std::optional<typename categories_of<T>::one>, T>);

/// The distinct categories of a data set, ascending.
template <one_category In>
auto distinct_categories(const blocks<In>& x, const context& ctx) {
  using one = typename categories_of<In>::one;
  using key = typename category_table<one>::key;
  std::unordered_set<key> seen;
  x.reduce(
      ctx,
      [](const block<In>& b) {
        std::unordered_set<decltype(lookup_key(std::declval<const one&>()))> some;
        for (const In& v : b) categories_of<In>::each(v, [&](const one& c) { some.insert(lookup_key(c)); });
        return std::vector<key>(some.begin(), some.end());
      },
      [&](const std::vector<key>& some) { seen.insert(some.begin(), some.end()); });
  std::vector<key> all(seen.begin(), seen.end());
  std::sort(all.begin(), all.end());
  return all;
}

/// The number of a value's category; the table's size for another, one more for an absent one.
template <one_category In>
std::size_t category_number(const category_table<typename categories_of<In>::one>& table, const In& x) {
  std::size_t number = table.size() + 1;
  categories_of<In>::each(x, [&](const auto& c) { number = table.find(lookup_key(c)); });
  return number;
}

/// Where each of `sorted` stands in `order`. Throws errc::invalid_argument for a text that stands twice in `order`, or is
/// no whole number where categories are numbers.
std::vector<std::string> ordered_keys(const std::vector<std::string>& order, const std::string*);
std::vector<std::int64_t> ordered_keys(const std::vector<std::string>& order, const std::int64_t*);

[[noreturn]] void throw_unseen(const char* what, std::size_t record);
void check_ordinal(std::size_t records, const std::optional<float>& unseen);
/// Reads a permutation of the numbers below `n`.
std::vector<std::uint32_t> load_positions(const bundle_reader& r, std::size_t n);

}  // namespace detail

/// Numbers the categories 0, 1, 2, … in ascending order of their values (texts by bytes), or in the order given.
///
///     std::string, std::string_view, integers, bool, enums, std::optional of these → dense_row of width 1
///
/// A category that has no number (never seen in training or not in `.order`) and an absent value give `.unseen`.
/// Fit: one pass, O(values); memory O(distinct categories). Throws errc::empty_input without records,
/// errc::invalid_argument for an order in which a category stands twice, for an unseen number that is not finite and, with
/// `.unseen = std::nullopt`, for a record without a number. One record: no allocation, O(length of the text).
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's OrdinalEncoder.
struct ordinal {
  /// The categories in their order; numbers and enums as decimals ("-1", "12"). Empty: all of training, ascending.
  std::vector<std::string> order{};
  /// What a category without a number and an absent value give; std::nullopt: errc::invalid_argument, at fit and after.
  std::optional<float> unseen = -1.0f;

  template <class In>
  static constexpr bool accepts = detail::one_category<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted {
    using one = typename detail::categories_of<In>::one;
    using table = detail::category_table<one>;

   public:
    static constexpr std::string_view kind = "ordinal/1";
    using output_type = dense_row;

    fitted(table sorted, std::vector<std::uint32_t> positions, std::optional<float> unseen)
        : learned_(std::make_shared<const learned>(learned{std::move(sorted), std::move(positions)})),
          unseen_(unseen) {}

    dense_row operator()(const In& x, scratch& s) const {
      auto out = s.take<float>(1);
      const std::size_t n = detail::category_number<In>(learned_->sorted, x);
      if (n < size()) out[0] = static_cast<float>(learned_->positions[n]);
      else if (unseen_) out[0] = *unseen_;
      else detail::throw_unseen("ordinal", error_details::unknown);
      return {out};
    }

    std::size_t width() const noexcept { return 1; }
    std::size_t size() const noexcept { return learned_->positions.size(); }  ///< categories that have a number
    std::string column_name(std::size_t) const { return {}; }                 ///< empty: called as its field is

    /// One of the categories.
    In golden(std::uint64_t random) const {
      if (size() == 0) return In{};
      return In(static_cast<one>(learned_->sorted[random % size()]));
    }

    void save(bundle_writer& w) const {
      w.put("unseen_is_error", !unseen_.has_value());
      w.put("unseen", static_cast<double>(unseen_.value_or(0.0f)));
      learned_->sorted.save(w);
      w.put("positions", std::span<const std::uint32_t>(learned_->positions));
    }

   private:
    struct learned {
      table sorted;
      std::vector<std::uint32_t> positions;
    };
    std::shared_ptr<const learned> learned_;
    std::optional<float> unseen_;
  };

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    using table = detail::category_table<typename detail::categories_of<In>::one>;
    detail::check_ordinal(x.size(), unseen);
    auto keys = order.empty() ? detail::distinct_categories(x, ctx)
                              : detail::ordered_keys(order, static_cast<const typename table::key*>(nullptr));
    auto sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    const table all(sorted);
    std::vector<std::uint32_t> positions(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) positions[all.find(keys[i])] = static_cast<std::uint32_t>(i);
    if (!unseen) check_all(all, x, ctx);
    return {all, std::move(positions), unseen};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    r.must_equal("unseen_is_error", !unseen.has_value());
    r.must_equal("unseen", static_cast<double>(unseen.value_or(0.0f)));
    auto sorted = detail::category_table<typename detail::categories_of<In>::one>::load(r);
    auto positions = detail::load_positions(r, sorted.size());
    return {std::move(sorted), std::move(positions), unseen};
  }

 private:
  template <class Table, class In>
  static void check_all(const Table& all, const blocks<In>& x, const context& ctx) {
    const auto first_unseen = [&](const block<In>& b) {
      for (std::size_t i = 0; i < b.size(); ++i)
        if (detail::category_number<In>(all, b[i]) >= all.size()) return b.first() + i;
      return error_details::unknown;
    };
    x.reduce(ctx, first_unseen, [](std::size_t record) {
      if (record != error_details::unknown) detail::throw_unseen("ordinal", record);
    });
  }
};

}  // namespace bespoke::features
