// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/features/date_parts.hpp>

#include "table_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;
using namespace std::chrono;
using features::date_parts;

namespace {

template <class T>
std::vector<float> asked(const date_parts& spec, T x) {
  return row_of(fitted_to_values<T>(spec, {x}), x);
}

std::vector<double> joined(std::initializer_list<nlohmann::json> parts) {
  std::vector<double> all;
  for (const auto& part : parts)
    for (const auto& v : part) all.push_back(v.get<double>());
  return all;
}

void agrees(const std::vector<float>& out, const std::vector<double>& expected) {
  REQUIRE(out.size() == expected.size());
  for (std::size_t c = 0; c < out.size(); ++c) CHECK(std::fabs(out[c] - expected[c]) <= 1e-7);
}

struct visit {
  sys_seconds at{};
  std::optional<sys_days> born{};
};

}  // namespace

TEST_CASE("date_parts agrees with Python's datetime") {
  for (const auto& c : oracle("features/date_parts")) {
    const sys_seconds time{seconds(c["seconds"].get<std::int64_t>())};
    const sys_days day = floor<days>(time);
    const date_parts cyclic{.cyclic = true};
    agrees(asked({}, time), joined({c["day"], c["time"]}));
    agrees(asked({}, day), joined({c["day"]}));
    agrees(asked(cyclic, time), joined({c["day"], c["time"], c["cyclic"], c["cyclic_time"]}));
    agrees(asked(cyclic, std::optional(day)), joined({c["day"], c["cyclic"], {0}}));
  }
}

TEST_CASE("date_parts: an absent date is told") {
  const auto f = fitted_to_values<std::optional<sys_days>>(date_parts{}, {std::nullopt});
  CHECK(f.width() == 7);
  CHECK(row_of(f, std::optional<sys_days>()) == std::vector<float>{0, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("date_parts: columns have names") {
  const auto f = fitted_to_values<std::optional<sys_seconds>>(date_parts{.cyclic = true}, {std::nullopt});
  std::vector<std::string> names;
  for (std::size_t c = 0; c < f.width(); ++c) names.push_back(f.column_name(c));
  CHECK(names.size() == 21);
  CHECK(names[4] == "day of year");
  CHECK(names[8] == "month sin");
  CHECK(names[19] == "minute cos");
  CHECK(names[20] == "missing");
  CHECK(fitted_to_values<std::optional<sys_days>>(date_parts{}, {std::nullopt}).column_name(6) == "missing");
}

TEST_CASE("date_parts: dates beyond what a calendar holds, and no records") {
  CHECK(asked({}, sys_seconds::max())[0] == 32767);
  CHECK(asked({}, sys_seconds::min())[0] == -32767);
  CHECK(asked({}, sys_days::max())[0] == 32767);
  CHECK(asked({}, sys_days::min())[4] == 1);
  CHECK(message([] { fitted_to_values<sys_days>(date_parts{}, {}); }) ==
        "date_parts: there are no records to learn from");
}

TEST_CASE("date_parts of a record's fields") {
  const std::vector<visit> visits{{sys_days(2024y / 2 / 29) + 5h, 1990y / 1 / 2}, {}};
  const auto f = fit(fuse(field("at", &visit::at) | date_parts{}, field("born", &visit::born) | date_parts{}), visits);
  CHECK(f.stage().column_name(6) == "at: hour");
  CHECK(f.stage().column_name(14) == "born: missing");
  CHECK(row_of(f, visits[0])[6] == 5);
  CHECK(row_of(f, visits[1])[14] == 1);
}

TEST_CASE("date_parts is read back as it was written, and refuses damage") {
  const date_parts spec{.cyclic = true};
  const std::string bytes = saved(fitted_to_values<sys_days>(spec, {sys_days{}}));
  CHECK(saved(loaded<sys_days>(spec, bytes)) == bytes);
  CHECK_THAT(message([&] { loaded<sys_days>(date_parts{}, bytes); }), contains("the file has cyclic true"));
  CHECK_THAT(message([&] { loaded<sys_seconds>(spec, bytes); }), contains("the file has time false"));
  CHECK(refused_when_damaged<sys_days>(spec, bytes, sys_days{}) > bytes.size());
}

TEST_CASE("date_parts is a stage for what it says it takes") {
  STATIC_REQUIRE(stage_spec<date_parts, sys_days>);
  STATIC_REQUIRE(stage_spec<date_parts, std::optional<sys_seconds>, float>);
  STATIC_REQUIRE_FALSE(stage_spec<date_parts, std::int64_t>);
}
