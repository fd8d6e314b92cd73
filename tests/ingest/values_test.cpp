// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/values.hpp>

#include "catch.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke::ingest;
using namespace std::chrono;

namespace {

template <class T>
std::optional<T> read(std::string_view text) {
  T out{};
  if (!parse_value(text, out)) return std::nullopt;
  return out;
}

template <class T>
std::optional<T> read(std::string_view text, const char* format) {
  T out{};
  if (!parse_value(text, date_format{format}, out)) return std::nullopt;
  return out;
}

template <class T>
void check_limits() {
  using limits = std::numeric_limits<T>;
  CHECK(read<T>(std::to_string(limits::max())) == limits::max());
  CHECK(read<T>(std::to_string(limits::min())) == limits::min());
  CHECK_FALSE(read<T>(std::to_string(limits::max()) + "0"));
  CHECK_FALSE(read<T>("-1" + std::to_string(limits::max())));
}

sys_seconds at(int y, unsigned m, unsigned d, int h, int min, int s) {
  return sys_days(year(y) / month(m) / day(d)) + hours(h) + minutes(min) + seconds(s);
}

}  // namespace

TEST_CASE("integers fill every type up to its limits and no further") {
  check_limits<signed char>();
  check_limits<short>();
  check_limits<int>();
  check_limits<long>();
  check_limits<long long>();
  check_limits<unsigned char>();
  check_limits<unsigned short>();
  check_limits<unsigned>();
  check_limits<unsigned long>();
  check_limits<unsigned long long>();
  CHECK_FALSE(read<std::uint8_t>("256"));
  CHECK_FALSE(read<unsigned>("-1"));
}

TEST_CASE("a whole field must be an integer, spaces around it and a plus sign allowed") {
  CHECK(read<int>(" 12\t") == 12);
  CHECK(read<int>("+7") == 7);
  CHECK(read<int>("-0") == 0);
  for (const char* text : {"", " ", "12a", "1 2", "1.0", "0x10", "+-1", "--1", "+", "1,000"})
    CHECK_FALSE(read<int>(text));
}

TEST_CASE("real numbers are read as written") {
  CHECK(read<double>("1.5") == 1.5);
  CHECK(read<double>("-.5") == -0.5);
  CHECK(read<double>("5.") == 5.0);
  CHECK(read<double>("+1e3") == 1000.0);
  CHECK(read<float>(" 0.1 ") == 0.1f);
  CHECK(std::signbit(*read<double>("-0")));
  CHECK(std::isnan(*read<double>("NaN")));
  CHECK(read<float>("-inf") == -std::numeric_limits<float>::infinity());
  CHECK(read<double>("Infinity") == std::numeric_limits<double>::infinity());
  for (const char* text : {"", ".", "-", "1.2.3", "1e", "1,5", "1 2", "0x1p3", "+-1"}) CHECK_FALSE(read<double>(text));
}

TEST_CASE("real numbers outside their type's range are refused") {
  CHECK(read<double>("1e308") == 1e308);
  CHECK_FALSE(read<double>("1e309"));
  CHECK_FALSE(read<double>("-1e999"));
  CHECK_FALSE(read<double>("1e-999"));
  CHECK_FALSE(read<float>("1e39"));
  CHECK(read<float>("1e-40") == 1e-40f);
}

TEST_CASE("real numbers are rounded as std::from_chars does, whatever way they are written") {
  std::mt19937_64 random(1);
  const char* formats[] = {"%.0f", "%.1f", "%.3f", "%.9f", "%.15f", "%.16g", "%.17g", "%.9g", "%g"};
  int different = 0;
  for (int i = 0; i < 20000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 12) - 4);
    const double value = (static_cast<double>(random() >> 11) * 0x1p-52 - 1) * scale;
    char text[64];
    const int n = std::snprintf(text, sizeof text, formats[random() % std::size(formats)], value);
    double d = 0;
    float f = 0;
    REQUIRE(std::from_chars(text, text + n, d).ec == std::errc{});
    REQUIRE(std::from_chars(text, text + n, f).ec == std::errc{});
    different += read<double>(text) != d || read<float>(text) != f;
  }
  CHECK(different == 0);
}

TEST_CASE("booleans have their usual words") {
  for (const char* text : {"true", "TRUE", "1", "yes", "Y", "t", " True "}) CHECK(read<bool>(text) == true);
  for (const char* text : {"false", "False", "0", "no", "N", "f"}) CHECK(read<bool>(text) == false);
  for (const char* text : {"", "2", "on", "truth", "01"}) CHECK_FALSE(read<bool>(text));
}

TEST_CASE("dates of ISO 8601") {
  CHECK(read<sys_days>("2024-02-29") == sys_days(2024y / February / 29));
  CHECK(read<sys_days>("1583-01-01") == sys_days(1583y / January / 1));
  for (const char* text :
       {"2023-02-29", "2024-13-01", "2024-00-10", "24-01-01", "2024-1-1", "2024-01-01T00:00", "2024/01/01", ""})
    CHECK_FALSE(read<sys_days>(text));
}

TEST_CASE("times of ISO 8601") {
  CHECK(read<sys_seconds>("2024-05-31T23:59:30Z") == at(2024, 5, 31, 23, 59, 30));
  CHECK(read<sys_seconds>("2024-05-31 23:59") == at(2024, 5, 31, 23, 59, 0));
  CHECK(read<sys_seconds>("2024-05-31") == at(2024, 5, 31, 0, 0, 0));
  CHECK(read<sys_seconds>("2024-05-31T01:00:00+02:00") == at(2024, 5, 30, 23, 0, 0));
  CHECK(read<sys_seconds>("2024-05-31T01:00:00.999-0130") == at(2024, 5, 31, 2, 30, 0));
  CHECK(read<sys_seconds>("1969-12-31T23:59:59,5+00") == at(1969, 12, 31, 23, 59, 59));
  for (const char* text : {"2024-05-31T24:00", "2024-05-31T23:60", "2024-05-31T", "2024-05-31T23",
                           "2024-05-31T23:59:", "2024-05-31T23:59:30.", "2024-05-31T23:59:30+2",
                           "2024-05-31T23:59:30Zx", "2024-05-31T23:59+25:00"})
    CHECK_FALSE(read<sys_seconds>(text));
}

TEST_CASE("dates in the host's own writing") {
  CHECK(read<sys_days>("31.5.2024", "%d.%m.%Y") == sys_days(2024y / May / 31));
  CHECK(read<sys_days>("03/Feb/99", "%d/%b/%y") == sys_days(1999y / February / 3));
  CHECK(read<sys_days>("3 february 68", "%d %b %y") == sys_days(2068y / February / 3));
  CHECK(read<sys_seconds>("[05/Jun/2024:13:07:09 +0200]", "[%d/%b/%Y:%H:%M:%S %z]") == at(2024, 6, 5, 11, 7, 9));
  CHECK(read<sys_seconds>("964982703", "%s") == sys_seconds(seconds(964982703)));
  CHECK(read<sys_seconds>("-1", "%s") == sys_seconds(seconds(-1)));
  CHECK(read<sys_days>("100%2024-01-02", "100%%%Y-%m-%d") == sys_days(2024y / January / 2));
  CHECK_FALSE(read<sys_days>("31.6.2024", "%d.%m.%Y"));
  CHECK_FALSE(read<sys_days>("1.1.2024 ?", "%d.%m.%Y"));
  CHECK_FALSE(read<sys_days>("x", "%Q"));
}

TEST_CASE("lists are cut at the separator, trimmed, without empty pieces") {
  std::vector<std::string> out{"old"};
  split(" a| b c ||d|", '|', out);
  CHECK(out == std::vector<std::string>{"a", "b c", "d"});
  split("", '|', out);
  CHECK(out.empty());
}
