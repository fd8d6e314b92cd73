// SPDX-License-Identifier: Apache-2.0
#pragma once
// Date parts: a date or a time becomes the numbers that people reckon with, from the year to the minute.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bespoke::features {

using bespoke::operator|;

namespace detail {

template <class T>
struct date_of {
  static constexpr bool value = std::same_as<T, std::chrono::sys_days> || std::same_as<T, std::chrono::sys_seconds>;
  static constexpr bool optional = false;
  static constexpr bool time = std::same_as<T, std::chrono::sys_seconds>;
  static const T* get(const T& x) { return &x; }
};
template <class T>
struct date_of<std::optional<T>> : date_of<T> {
  static constexpr bool optional = true;
  static const T* get(const std::optional<T>& x) { return x ? &*x : nullptr; }
};

/// Which columns a date has: time of day, waves, and a column for absent ones.
struct date_form {
  bool time, cyclic, optional;

  std::size_t width() const noexcept;
  std::string name(std::size_t column) const;
  /// Writes all columns; a null pointer is an absent date.
  void write(const std::chrono::sys_days* day, std::span<float> out) const;
  void write(const std::chrono::sys_seconds* time_of_day, std::span<float> out) const;

 private:
  void write(std::chrono::sys_days day, std::chrono::seconds in_day, std::span<float> out) const;
  void absent(std::span<float> out) const;
};

/// Throws errc::empty_input without records.
void check_dates(std::size_t records);

}  // namespace detail

/// The parts of a date in the proleptic Gregorian calendar, of a time in UTC, in this order:
///
///     year, month 1–12, day 1–31, weekday 0 (Monday) – 6 (Sunday), day of year 1–366, weekend 0 or 1 (Saturday, Sunday)
///     of a time also: hour 0–23, minute 0–59
///     with `.cyclic` also sine and cosine of month, day, weekday, day of year, hour and minute as shares of the year, the
///     month it is, the week, the year it is, the day and the hour, so that the last is near the first
///     of an optional also: missing, 1 where it is absent; all else is then 0
///
///     std::chrono::sys_days, sys_seconds, std::optional of these → dense_row
///
/// Learns nothing: fit and load give the same function. Throws errc::empty_input without records. Dates beyond the years
/// −32767 to 32767, which std::chrono cannot express, count as the nearest one it can. One record: O(1), no allocation.
/// Thread safety: const calls from any thread. Checked against Python's datetime.
struct date_parts {
  bool cyclic = false;  ///< add sine and cosine of the parts that come round again

  template <class In>
  static constexpr bool accepts = detail::date_of<In>::value;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted {
    using shape = detail::date_of<In>;

   public:
    static constexpr std::string_view kind = "date_parts/1";
    using output_type = dense_row;

    explicit fitted(bool cyclic) : form_{shape::time, cyclic, shape::optional} {}

    dense_row operator()(const In& x, scratch& s) const {
      auto out = s.take<float>(form_.width());
      form_.write(shape::get(x), out);
      return {out};
    }

    std::size_t width() const noexcept { return form_.width(); }
    /// "year", "weekday", "month sin", "missing".
    std::string column_name(std::size_t column) const { return form_.name(column); }

    void save(bundle_writer& w) const {
      w.put("time", form_.time);
      w.put("cyclic", form_.cyclic);
      w.put("optional", form_.optional);
    }

   private:
    detail::date_form form_;
  };

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context&) const {
    detail::check_dates(x.size());
    return fitted<In>(cyclic);
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    r.must_equal("time", detail::date_of<In>::time);
    r.must_equal("cyclic", cyclic);
    r.must_equal("optional", detail::date_of<In>::optional);
    return fitted<In>(cyclic);
  }
};

}  // namespace bespoke::features
