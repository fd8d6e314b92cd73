// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers as stages take them: one, one that may be absent, or a dense row of them; and all of a data set column by column.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::detail {

template <class T>
struct number_of {
  static constexpr bool value = std::is_arithmetic_v<T>;
  static double get(const T& x) { return static_cast<double>(x); }
};
template <class T>
struct number_of<std::optional<T>> {
  static constexpr bool value = std::is_arithmetic_v<T>;
  static double get(const std::optional<T>& x) {
    return x ? static_cast<double>(*x) : std::numeric_limits<double>::quiet_NaN();
  }
};

/// A number, or one that may be absent.
template <class T>
concept number = number_of<T>::value;

/// A number or a dense row of them.
template <class T>
concept numeric = number<T> || std::same_as<T, dense_row>;

/// What an input is called in a bundle.
template <class In>
inline constexpr std::string_view input_kind = std::same_as<In, sparse_row>  ? "sparse rows"
                                               : std::same_as<In, dense_row> ? "dense rows"
                                                                             : "numbers";

/// The nearest value of a number's type.
template <class T>
T number_as(double x) {
  if constexpr (requires { typename T::value_type; }) return number_as<typename T::value_type>(x);
  else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(x);
  else if constexpr (std::same_as<T, bool>) return x > 0.5;
  else if (!(x > static_cast<double>(std::numeric_limits<T>::min()))) return std::numeric_limits<T>::min();
  else if (!(x < static_cast<double>(std::numeric_limits<T>::max()))) return std::numeric_limits<T>::max();
  else return static_cast<T>(std::llround(x));
}

/// The numbers of one value, in `s`; NaN for an absent one.
template <numeric In>
std::span<const double> numbers_of(const In& x, scratch& s) {
  if constexpr (number<In>) {
    auto out = s.take<double>(1);
    out[0] = number_of<In>::get(x);
    return out;
  } else {
    auto out = s.take<double>(x.width());
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = static_cast<double>(x[c]);
    return out;
  }
}

/// Throws errc::shape unless the widths are equal.
void check_width(const char* stage, std::size_t learned, std::size_t got, std::size_t record = error_details::unknown);
/// Throws errc::invalid_argument for a value that is no finite number; `advice` is for missing ones.
[[noreturn]] void throw_not_finite(const char* stage, double value, const char* advice,
                                   std::size_t record = error_details::unknown);
/// Throws errc::empty_input where there are no records.
void check_records(const char* stage, std::size_t records);

/// What to do with numbers that are none, when columns are learned from.
enum class absent {
  left_out,      ///< NaN is left out, an infinity is an error
  error,         ///< both are errors
  all_left_out,  ///< both are left out
};

/// All numbers of a data set, to be learned from column by column. Thread safety: const calls from any thread.
class number_columns {
 public:
  /// Copies them. Throws errc::empty_input without records, errc::shape where widths differ, and errc::invalid_argument
  /// with the first record that has what `policy` does not allow; `advice` is for missing ones.
  template <numeric In>
  static number_columns of(const char* stage, const blocks<In>& x, absent policy, const char* advice,
                           const context& ctx) {
    check_records(stage, x.size());
    number_columns all;
    if constexpr (number<In>) {
      all.numbers_.resize(x.size());
      x.for_each(ctx, [&](const block<In>& b) {
        for (std::size_t i = 0; i < b.size(); ++i) all.numbers_[b.first() + i] = number_of<In>::get(b[i]);
      });
    } else {
      all.rows_ = collect(x, ctx);
    }
    all.check(stage, policy, advice);
    return all;
  }

  std::size_t size() const noexcept { return numbers_.empty() ? rows_.size() : numbers_.size(); }
  std::size_t width() const noexcept { return numbers_.empty() ? rows_.width() : 1; }
  double at(std::size_t record, std::size_t column) const noexcept {
    return numbers_.empty() ? static_cast<double>(rows_[record][column]) : numbers_[record];
  }
  /// The finite values of a column, in order.
  std::vector<double> present(std::size_t column) const;

 private:
  void check(const char* stage, absent policy, const char* advice) const;

  std::vector<double> numbers_;
  dense_rows rows_;
};

/// The mean; 0 of nothing.
double mean_of(std::span<const double> values);
/// The quantile `q` in [0, 1] of ascending values, between two of them by linear interpolation (numpy's default);
/// 0 of nothing.
double quantile_of(std::span<const double> ascending, double q);
/// The median of ascending values: the middle one, or the mean of the two; 0 of nothing.
double median_of(std::span<const double> ascending);

/// A number in [0, 1) from 64 random bits.
inline double unit_of(std::uint64_t random) noexcept { return static_cast<double>(random >> 11) * 0x1p-53; }

}  // namespace bespoke::detail
