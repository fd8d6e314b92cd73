// SPDX-License-Identifier: Apache-2.0
#pragma once
// Impute: a number for every one that is missing, and, if wanted, a column that says that it was.
//
// A category that is missing needs none of this: one_hot gives it a row of zeros.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// What takes the place of a missing number.
enum class replacement {
  mean,           ///< the mean of the column's training values
  median,         ///< their median: the middle one, or the mean of the two
  most_frequent,  ///< the most frequent of them, of equally frequent ones the smallest
  constant,       ///< a number given
};

/// What a column without any value in training gives.
enum class no_values {
  zero,   ///< 0 takes the place of its missing values (with replacement::constant the constant)
  error,  ///< fit throws errc::invalid_argument with the column
};

namespace detail {

/// What takes the place of missing values, column by column, and which columns have an indicator. Copies share it.
class imputation {
 public:
  imputation(std::vector<double> fill, std::vector<std::uint32_t> indicated)
      : learned_(std::make_shared<const columns>(columns{std::move(fill), std::move(indicated)})) {}

  std::size_t columns_in() const noexcept { return learned_->fill.size(); }
  std::size_t width() const noexcept { return columns_in() + indicated().size(); }
  std::span<const double> fill() const noexcept { return learned_->fill; }
  std::span<const std::uint32_t> indicated() const noexcept { return learned_->indicated; }

  dense_row operator()(std::span<const double> x, std::span<float> out) const;

  void save(bundle_writer& w) const;
  static imputation load(const bundle_reader& r, std::string_view input, bool indicator);

 private:
  struct columns {
    std::vector<double> fill;
    std::vector<std::uint32_t> indicated;
  };
  std::shared_ptr<const columns> learned_;
};

}  // namespace detail

/// Puts a number in the place of each missing one: NaN, an empty optional, and, of a record asked later, an infinity.
///
///     number, std::optional<number> → dense_row: the number, then its indicator
///     dense_row → dense_row: all columns, then the indicators in the order of their columns
///
/// An indicator is 1 where the value was missing, else 0. Only columns that missed a value in training have one, as in
/// scikit-learn.
/// Fit: O(values), times log records for median and most_frequent; the values are copied. Throws errc::empty_input without
/// records, errc::invalid_argument for an infinity and for a constant that is none, errc::shape where widths differ.
/// One record: O(width), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's SimpleImputer (with keep_empty_features).
struct impute {
  replacement with = replacement::mean;                       ///< what takes a missing number's place
  double constant = 0;                                        ///< the number of replacement::constant
  bool indicator = false;                                     ///< add columns that say what was missing
  features::no_values no_values = features::no_values::zero;  ///< of a column that was always missing

  template <class In>
  static constexpr bool accepts = bespoke::detail::numeric<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted;

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    return {learn(bespoke::detail::number_columns::of("impute", x, bespoke::detail::absent::left_out, "", ctx), ctx),
            *this};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    must_equal(r);
    return {detail::imputation::load(r, bespoke::detail::input_kind<In>, indicator), *this};
  }

 private:
  detail::imputation learn(const bespoke::detail::number_columns& x, const context& ctx) const;
  double fill_of(std::vector<double> values) const;
  void save(bundle_writer& w) const;
  void must_equal(const bundle_reader& r) const;
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class impute::fitted {
 public:
  static constexpr std::string_view kind = "impute/1";
  using output_type = dense_row;

  fitted(detail::imputation learned, impute spec) : learned_(std::move(learned)), spec_(spec) {}

  dense_row operator()(const In& x, scratch& s) const {
    auto out = s.take<float>(learned_.width());
    const scratch::frame temporaries(s);
    return learned_(bespoke::detail::numbers_of(x, s), out);
  }

  std::size_t width() const noexcept { return learned_.width(); }
  std::span<const double> fill() const noexcept {
    return learned_.fill();
  }  ///< what each column's missing values become
  /// The column of the row it takes that a column of its rows tells of.
  std::size_t origin(std::size_t column) const noexcept {
    const std::size_t n = learned_.columns_in();
    return column < n ? column : learned_.indicated()[column - n];
  }
  /// "" for the number, "missing" for its indicator.
  std::string column_name(std::size_t column) const
    requires bespoke::detail::number<In>
  {
    return column == 0 ? "" : "missing";
  }
  /// The name of a column, where `before` names those of the row it takes: "amount", "amount missing".
  template <class Before>
  std::string column_name(std::size_t column, Before&& before) const {
    return before(origin(column)) + (column < learned_.columns_in() ? "" : " missing");
  }

  /// A made-up number, not far from what takes a missing one's place.
  In golden(std::uint64_t random) const
    requires bespoke::detail::number<In>
  {
    const double fill = learned_.fill()[0];
    return bespoke::detail::number_as<In>(fill + (std::abs(fill) + 1) * (4 * bespoke::detail::unit_of(random) - 2));
  }

  void save(bundle_writer& w) const {
    spec_.save(w);
    w.put("input", bespoke::detail::input_kind<In>);
    learned_.save(w);
  }

 private:
  detail::imputation learned_;
  impute spec_;
};

}  // namespace bespoke::features
