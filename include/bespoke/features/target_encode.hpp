// SPDX-License-Identifier: Apache-2.0
#pragma once
// Target encoding: a category becomes what the targets of its training records are on average. For categories too many for
// a column each, such as postcodes, shops and users.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/stage.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/text_form.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/ordinal.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

namespace detail {

/// What a target encoding learns from: a category and a target for each record.
struct encoding_data {
  std::vector<std::uint32_t> categories{};  ///< the number of each record's
  std::size_t slots = 0;                    ///< how many there are, absent ones being the last
  std::vector<double> numbers{};            ///< the targets, or
  std::vector<std::uint32_t> labels{};      ///< their labels'
  std::vector<std::string> names{};         ///< the labels; empty for numbers
  std::vector<float> weights{};             ///< of each record; empty where every one counts the same

  std::size_t columns() const noexcept { return names.size() > 2 ? names.size() : 1; }
};

/// The learned averages of each category. Copies share them.
class encoding {
 public:
  encoding(std::vector<double> averages, std::size_t columns, std::vector<std::string> names)
      : learned_(std::make_shared<const table>(table{std::move(averages), columns, std::move(names)})) {}

  std::size_t columns() const noexcept { return learned_->columns; }
  std::size_t slots() const noexcept { return learned_->averages.size() / columns() - 1; }
  /// Those of category `slot`; of the overall average where `slot` is `slots()`.
  std::span<const double> of(std::size_t slot) const noexcept {
    return std::span(learned_->averages).subspan(slot * columns(), columns());
  }
  std::string name(std::size_t column) const { return columns() == 1 ? std::string() : learned_->names[column]; }

  void save(bundle_writer& w) const;
  static encoding load(const bundle_reader& r, std::size_t slots);

 private:
  struct table {
    std::vector<double> averages;
    std::size_t columns;
    std::vector<std::string> names;
  };
  std::shared_ptr<const table> learned_;
};

}  // namespace detail

/// Of a category's training records, the mean target, drawn towards the mean of all where they are few:
///
///     λ · mean of the category + (1 − λ) · mean of all,   λ = n / (n + m)
///
/// n is the number of its records. m is `.smoothing`, or, where that is not given, follows from the data (empirical Bayes,
/// Micci-Barreca 2001, as scikit-learn 1.3's TargetEncoder has it): the variance of the targets within the category over the
/// variance of all targets. A category never seen in training gives the mean of all; an absent value is a category of its own.
///
///     std::string, integers, bool, enums, std::optional of these → dense_row
///     targets that are float or double: the mean, one column. Integers too with `.numbers = true`
///     other targets: with two labels the share of the second, one column; with more the share of each, a column each
///
/// **Training rows are out of fold**: what a learner behind it sees of a training record was learned from the records of the
/// other folds, so that no record's row holds its own target. A record asked later is encoded with all of training.
/// Record weights count (core/target.hpp).
///
/// Fit: O(folds · records · columns), folds side by side, memory O(categories · columns) a thread. Throws errc::empty_input
/// without records, errc::invalid_argument for a target that is not finite, fewer than two labels, fewer than two folds or a
/// smoothing below 0. One record: no allocation, O(length of the text + columns). Thread safety: const calls from any
/// thread. Checked against a numpy program of the formula (scikit-learn 1.2.1 has no TargetEncoder).
struct target_encode {
  std::optional<double> smoothing{};  ///< m: how many records the mean of all counts for; std::nullopt: from the data
  std::size_t folds = 5;              ///< 2 to 1,000; training records are divided at random by the seed of the fit
  bool numbers = false;               ///< integer targets are numbers and no labels

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = detail::one_category<In>;
  template <class In>
  using output_for = dense_row;

  template <class In>
  class fitted;

  template <detail::one_category In, class_target Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;
  /// `fit`, and the rows of the training records, each learned without its own fold.
  template <detail::one_category In, class_target Y>
  fitted_with_output<fitted<In>> fit_rows(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;
  template <detail::one_category In, class_target Y>
  fitted<In> load(bundle_reader& r) const;

 private:
  template <class In, class Y, class Table>
  detail::encoding_data data_of(const Table& table, const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;
  void check(std::size_t records, std::size_t targets) const;
  detail::encoding learn(detail::encoding_data data, const context& ctx) const;
  dense_rows out_of_fold(const detail::encoding_data& data, const context& ctx) const;
  void save(bundle_writer& w) const;
  void must_equal(const bundle_reader& r) const;
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class target_encode::fitted {
  using one = typename detail::categories_of<In>::one;

 public:
  static constexpr std::string_view kind = "target_encode/1";
  using output_type = dense_row;
  using table = detail::category_table<one>;

  fitted(table categories, detail::encoding learned, target_encode spec)
      : categories_(std::make_shared<const table>(std::move(categories))), learned_(std::move(learned)), spec_(spec) {}

  dense_row operator()(const In& x, scratch& s) const {
    auto out = s.take<float>(width());
    // Where the overall average stands, the table's size, is what it gives for another category; absent ones come before.
    std::size_t slot = detail::category_number<In>(*categories_, x);
    if (slot == categories_->size()) slot = learned_.slots();
    else if (slot > categories_->size()) slot = categories_->size();
    const auto averages = learned_.of(slot);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = static_cast<float>(averages[c]);
    return {out};
  }

  std::size_t width() const noexcept { return learned_.columns(); }
  /// The label whose share a column is; empty where there is one column: called as its field is.
  std::string column_name(std::size_t column) const { return learned_.name(column); }
  std::size_t size() const noexcept { return categories_->size(); }  ///< categories seen in training

  /// One of the categories.
  In golden(std::uint64_t random) const {
    if (size() == 0) return In{};
    return In(static_cast<one>((*categories_)[random % size()]));
  }

  void save(bundle_writer& w) const {
    spec_.save(w);
    categories_->save(w);
    learned_.save(w);
  }

 private:
  std::shared_ptr<const table> categories_;
  detail::encoding learned_;
  target_encode spec_;
};

template <class In, class Y, class Table>
detail::encoding_data target_encode::data_of(const Table& table, const blocks<In>& x, const blocks<Y>& y,
                                             const context& ctx) const {
  using value = target_value<Y>;
  detail::encoding_data data{.slots = table.size() + 1};
  if constexpr (std::is_arithmetic_v<value> && !std::is_same_v<value, bool>)
    if (std::is_floating_point_v<value> || numbers) {
      auto targets = number_targets::of(y, ctx);
      data.numbers = std::move(targets.values);
      data.weights = std::move(targets.weights);
    }
  if (data.numbers.empty()) {
    auto targets = class_targets<value>::of(y, false, ctx);
    data.labels = std::move(targets.numbers);
    data.weights = std::move(targets.weights);
    for (std::size_t i = 0; i < targets.names.size(); ++i)
      data.names.push_back(bespoke::detail::scalar_to_text(value(targets.names[i])));
  }
  data.categories.resize(x.size());
  x.for_each(ctx, [&](const block<In>& b) {
    for (std::size_t i = 0; i < b.size(); ++i) {
      const std::size_t n = detail::category_number<In>(table, b[i]);
      data.categories[b.first() + i] = static_cast<std::uint32_t>(n > table.size() ? table.size() : n);
    }
  });
  return data;
}

template <detail::one_category In, class_target Y>
target_encode::fitted<In> target_encode::fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
  check(x.size(), y.size());
  typename fitted<In>::table table(detail::distinct_categories(x, ctx));
  auto learned = learn(data_of(table, x, y, ctx), ctx);
  return {std::move(table), std::move(learned), *this};
}

template <detail::one_category In, class_target Y>
fitted_with_output<target_encode::fitted<In>> target_encode::fit_rows(const blocks<In>& x, const blocks<Y>& y,
                                                                      const context& ctx) const {
  check(x.size(), y.size());
  typename fitted<In>::table table(detail::distinct_categories(x, ctx));
  auto data = data_of(table, x, y, ctx);
  auto rows = std::make_shared<const dense_rows>(out_of_fold(data, ctx));
  auto learned = learn(std::move(data), ctx);
  return {fitted<In>(std::move(table), std::move(learned), *this), rows_as_blocks(std::move(rows))};
}

template <detail::one_category In, class_target Y>
target_encode::fitted<In> target_encode::load(bundle_reader& r) const {
  must_equal(r);
  auto table = fitted<In>::table::load(r);
  auto learned = detail::encoding::load(r, table.size() + 1);
  return {std::move(table), std::move(learned), *this};
}

}  // namespace bespoke::features
