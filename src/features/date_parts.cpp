// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/numbers.hpp>
#include <bespoke/features/date_parts.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace bespoke::features::detail {

namespace {

using namespace std::chrono;

constexpr std::array<const char*, 8> names{"year",        "month",   "day",  "weekday",
                                           "day of year", "weekend", "hour", "minute"};
constexpr std::array<std::size_t, 6> cyclic_parts{1, 2, 3, 4, 6, 7};  // those that come round, as columns

std::size_t parts(bool time) { return time ? 8 : 6; }
std::size_t waves(bool time) { return time ? 6 : 4; }

void put_wave(std::span<float> out, double share) {
  out[0] = static_cast<float>(std::sin(2 * std::numbers::pi * share));
  out[1] = static_cast<float>(std::cos(2 * std::numbers::pi * share));
}

}  // namespace

std::size_t date_form::width() const noexcept {
  return parts(time) + (cyclic ? 2 * waves(time) : 0) + (optional ? 1 : 0);
}

std::string date_form::name(std::size_t column) const {
  if (column < parts(time)) return names[column];
  const std::size_t wave = column - parts(time);
  if (!cyclic || wave >= 2 * waves(time)) return "missing";
  return names[cyclic_parts[wave / 2]] + std::string(wave % 2 == 0 ? " sin" : " cos");
}

void date_form::write(sys_days date, seconds in_day, std::span<float> out) const {
  const year_month_day ymd(date);
  const sys_days first = ymd.year() / January / 1;
  const auto of_year = (date - first).count();
  const double of_month = static_cast<unsigned>(ymd.day()) - 1.0;
  const unsigned week_day = weekday(date).iso_encoding() - 1;
  const auto hours_in = in_day.count() / 3600, minutes_in = in_day.count() / 60 % 60;

  std::size_t at = 0;
  const auto put = [&](auto value) { out[at++] = static_cast<float>(value); };
  put(static_cast<int>(ymd.year()));
  put(static_cast<unsigned>(ymd.month()));
  put(static_cast<unsigned>(ymd.day()));
  put(week_day);
  put(of_year + 1);
  put(week_day >= 5 ? 1 : 0);
  if (time) put(hours_in), put(minutes_in);
  if (cyclic) {
    const double days_in_month = static_cast<unsigned>(year_month_day_last(ymd.year() / ymd.month() / last).day());
    const std::array<double, 6> shares{(static_cast<unsigned>(ymd.month()) - 1.0) / 12,
                                       of_month / days_in_month,
                                       week_day / 7.0,
                                       static_cast<double>(of_year) / (ymd.year().is_leap() ? 366 : 365),
                                       static_cast<double>(hours_in) / 24,
                                       static_cast<double>(minutes_in) / 60};
    for (std::size_t i = 0; i < waves(time); ++i, at += 2) put_wave(out.subspan(at, 2), shares[i]);
  }
  if (optional) put(0);
}

void date_form::absent(std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
  out.back() = 1;
}

namespace {
constexpr sys_days earliest = year::min() / January / 1;
constexpr sys_days latest = year::max() / December / 31;
}  // namespace

void date_form::write(const sys_days* day, std::span<float> out) const {
  if (day == nullptr) absent(out);
  else write(std::clamp(*day, earliest, latest), seconds(0), out);
}

void date_form::write(const sys_seconds* time_of_day, std::span<float> out) const {
  if (time_of_day == nullptr) return absent(out);
  const auto at = std::clamp(*time_of_day, sys_seconds(earliest), sys_seconds(latest + days(1)) - seconds(1));
  const auto date = floor<days>(at);
  write(date, at - date, out);
}

void check_dates(std::size_t records) { bespoke::detail::check_records("date_parts", records); }

}  // namespace bespoke::features::detail
