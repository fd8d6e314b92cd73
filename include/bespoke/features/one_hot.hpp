// SPDX-License-Identifier: Apache-2.0
#pragma once
// One-hot: a category becomes a row with a single 1, a set of categories (tags) a row with a 1 for each.

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// What a category that has no column gives: one never seen in training, or one that was too rare.
enum class unseen {
  zero,    ///< nothing: the row stays without a 1 for it
  column,  ///< a 1 in a column of its own, the last one
};

namespace detail {

/// One category: text, or anything that is a number underneath.
template <class T>
concept single_category =
    std::same_as<T, std::string> || std::same_as<T, std::string_view> || std::integral<T> || std::is_enum_v<T>;

/// How a value holds its categories: as one, or as a range of none to many.
template <class T>
struct categories_of {
  using one = T;
  template <class F>
  static void each(const T& x, F&& f) {
    f(x);
  }
  static std::size_t count(const T&) { return 1; }
};
template <class T>
struct categories_of<std::optional<T>> {
  using one = T;
  template <class F>
  static void each(const std::optional<T>& x, F&& f) {
    if (x) f(*x);
  }
  static std::size_t count(const std::optional<T>&) { return 1; }
};
template <class T, class A>
struct categories_of<std::vector<T, A>> {
  using one = T;
  template <class F>
  static void each(const std::vector<T, A>& x, F&& f) {
    for (const auto& one : x) f(one);
  }
  static std::size_t count(const std::vector<T, A>& x) { return x.size(); }
};

/// A category, or an optional one, or a vector of them.
template <class T>
concept category_value = single_category<typename categories_of<T>::one> && !std::same_as<T, std::vector<bool>>;

/// Sorted texts and their numbers. Texts lie in one run of bytes; a lookup is a hash, a probe or two and one comparison.
class text_categories {
 public:
  using key = std::string;

  /// `sorted` must ascend strictly.
  explicit text_categories(const std::vector<std::string>& sorted);

  std::size_t size() const noexcept { return offsets_.size() - 1; }
  std::string_view operator[](std::size_t i) const noexcept {
    return std::string_view(bytes_).substr(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }
  /// The category's number; `size()` if it is none. O(length), allocates nothing.
  std::size_t find(std::string_view text) const noexcept;

  void save(bundle_writer& w) const;
  static text_categories load(const bundle_reader& r);

 private:
  std::string bytes_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::uint32_t> slots_;  // open addressing, at most half full; number + 1, or 0
};

/// Sorted integers and their numbers.
class number_categories {
 public:
  using key = std::int64_t;

  explicit number_categories(std::vector<std::int64_t> sorted) : sorted_(std::move(sorted)) {}

  std::size_t size() const noexcept { return sorted_.size(); }
  std::int64_t operator[](std::size_t i) const noexcept { return sorted_[i]; }
  /// As above. O(log size()).
  std::size_t find(std::int64_t number) const noexcept {
    const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), number);
    return at != sorted_.end() && *at == number ? static_cast<std::size_t>(at - sorted_.begin()) : size();
  }

  void save(bundle_writer& w) const;
  static number_categories load(const bundle_reader& r);

 private:
  std::vector<std::int64_t> sorted_;
};

template <class One>
inline constexpr bool is_text = std::same_as<One, std::string> || std::same_as<One, std::string_view>;
template <class One>
using category_table = std::conditional_t<is_text<One>, text_categories, number_categories>;

template <single_category One>
auto lookup_key(const One& x) {
  if constexpr (is_text<One>) return std::string_view(x);
  else return static_cast<std::int64_t>(x);
}

/// A category and in how many records it was.
template <class Key>
using counted = std::pair<Key, std::size_t>;

/// The categories that get a column, sorted.
std::vector<std::string> kept(std::vector<counted<std::string>> all, std::size_t min_count, std::size_t max_categories);
std::vector<std::int64_t> kept(std::vector<counted<std::int64_t>> all, std::size_t min_count,
                               std::size_t max_categories);

/// Sorts, and drops what stands twice: a tag given twice is one tag.
std::size_t distinct(std::span<std::uint32_t> columns) noexcept;

}  // namespace detail

/// Columns are the categories of the training records in ascending order (texts by bytes), 1 where a record has the
/// category, 0 elsewhere.
///
///     std::string, std::string_view, integers, bool, enums → sparse_row with one 1
///     std::optional of these: an absent value gives a row of zeros
///     std::vector of these (a set, such as tags): a 1 for each, whatever their order and number
///
/// Fit: one pass, O(values); memory O(distinct categories). Throws errc::empty_input without records,
/// errc::invalid_argument for `.min_count = 0`. One record: no allocation, O(length of the text).
/// Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's OneHotEncoder and MultiLabelBinarizer.
struct one_hot {
  features::unseen unseen = features::unseen::zero;  ///< what a category without a column gives
  std::size_t min_count = 1;                         ///< categories of fewer records get no column
  std::size_t max_categories = 0;  ///< only the most frequent ones, equal counts in ascending order; 0: all of them

  template <class In>
  static constexpr bool accepts = detail::category_value<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted {
    using shape = detail::categories_of<In>;
    using one = typename shape::one;
    using table = detail::category_table<one>;

   public:
    static constexpr std::string_view kind = "one_hot/1";
    using output_type = sparse_row;

    fitted(table categories, features::unseen policy)
        : categories_(std::make_shared<const table>(std::move(categories))), policy_(policy) {}

    sparse_row operator()(const In& x, scratch& s) const {
      const std::size_t room = shape::count(x);
      auto columns = s.take<std::uint32_t>(room);
      std::size_t n = 0;
      shape::each(x, [&](const auto& category) {
        const std::size_t c = categories_->find(detail::lookup_key<one>(category));
        if (c < width()) columns[n++] = static_cast<std::uint32_t>(c);
      });
      n = detail::distinct(columns.first(n));
      auto values = s.take<float>(n);
      std::fill(values.begin(), values.end(), 1.0f);
      return {columns.first(n), values, width()};
    }

    /// The number of categories with a column, and one more with `unseen::column`.
    std::size_t width() const noexcept { return categories_->size() + (policy_ == unseen::column ? 1 : 0); }

    /// The category: its text, its number, "true" or "false"; "(other)" for the column of unseen ones.
    std::string column_name(std::size_t column) const {
      if (column >= categories_->size()) return "(other)";
      if constexpr (detail::is_text<one>) return std::string((*categories_)[column]);
      else if constexpr (std::same_as<one, bool>) return (*categories_)[column] != 0 ? "true" : "false";
      else return std::to_string((*categories_)[column]);
    }

    /// A category, or up to three of them where the input is a set.
    In golden(std::uint64_t random) const {
      if constexpr (requires(In x, one o) { x.push_back(o); }) {
        In some{};
        for (std::uint64_t left = random % 4; left > 0; --left) some.push_back(example(random / 4 * (left + 1)));
        return some;
      } else {
        return In(example(random));
      }
    }

    void save(bundle_writer& w) const {
      w.put("unseen", text(policy_));
      categories_->save(w);
    }

   private:
    friend struct one_hot;
    using unseen = features::unseen;
    static const char* text(unseen u) { return u == unseen::zero ? "zero" : "column"; }

    one example(std::uint64_t random) const {
      if (categories_->size() == 0) return one{};
      return static_cast<one>((*categories_)[random % categories_->size()]);
    }

    std::shared_ptr<const table> categories_;
    unseen policy_;
  };

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check(x.size());
    using key = typename detail::category_table<typename detail::categories_of<In>::one>::key;
    std::unordered_map<key, std::size_t> all;
    x.reduce(ctx, count<key, In>, [&](const auto& some) {
      for (const auto& [category, n] : some) all[category] += n;
    });
    using table = detail::category_table<typename detail::categories_of<In>::one>;
    const std::vector<detail::counted<key>> counts(all.begin(), all.end());
    return fitted<In>(table(detail::kept(counts, min_count, max_categories)), unseen);
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    r.must_equal("unseen", fitted<In>::text(unseen));
    return fitted<In>(detail::category_table<typename detail::categories_of<In>::one>::load(r), unseen);
  }

 private:
  void check(std::size_t records) const;

  // The records of a block that have each category; a category that stands twice in a record counts once.
  template <class Key, class In>
  static std::vector<detail::counted<Key>> count(const block<In>& b) {
    using shape = detail::categories_of<In>;
    using view = decltype(detail::lookup_key(std::declval<const typename shape::one&>()));
    struct tally {
      std::size_t records = 0, last = static_cast<std::size_t>(-1);
    };
    std::unordered_map<view, tally> seen;
    for (std::size_t i = 0; i < b.size(); ++i)
      shape::each(b[i], [&](const auto& category) {
        tally& t = seen[detail::lookup_key<typename shape::one>(category)];
        if (t.last != i) t = {t.records + 1, i};
      });
    std::vector<detail::counted<Key>> out;
    out.reserve(seen.size());
    for (const auto& [category, t] : seen) out.emplace_back(Key(category), t.records);
    return out;
  }
};

}  // namespace bespoke::features
