// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/error.hpp>

#include <array>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

using namespace bespoke;

namespace {

std::string message(error_details d, errc code = errc::parse) { return error(code, std::move(d)).what(); }

}  // namespace

TEST_CASE("a message holds place, finding and advice in one line") {
  CHECK(message({.stage = "ingest::csv",
                 .source = "tickets.csv",
                 .line = 12,
                 .column = 3,
                 .expected = "a number",
                 .got = "\"abc\" (column amount)",
                 .advice = "pass .separator = ';'"}) ==
        "ingest::csv: tickets.csv:12:3: expected a number, got \"abc\" (column amount); pass .separator = ';'");
}

TEST_CASE("a message leaves out what is not known") {
  CHECK(message({.problem = "a quoted field is never closed"}) == "a quoted field is never closed");
  CHECK(message({.stage = "fit", .problem = "no records"}) == "fit: no records");
  CHECK(message({.stage = "fit", .record = 0, .problem = "no target"}) == "fit: record 0: no target");
  CHECK(message({.source = "a.jsonl", .line = 3}) == "a.jsonl:3");
  CHECK(message({.source = "a.jsonl", .record = 7, .problem = "odd"}) == "a.jsonl, record 7: odd");
  CHECK(message({.problem = "widths differ", .expected = "3 columns", .got = "4"}) ==
        "widths differ: expected 3 columns, got 4");
  CHECK(message({.got = "4"}) == "got 4");
}

TEST_CASE("an error without details is named by its code") {
  CHECK(message({}, errc::io) == "io");
  CHECK(message({.advice = "try again"}, errc::io) == "io; try again");
}

TEST_CASE("an error keeps its code and details, and is a std::exception") {
  const error e(errc::missing_column, {.stage = "ingest::csv", .column = 2});
  CHECK(e.code() == errc::missing_column);
  CHECK(e.details().column == 2);
  CHECK(e.details().line == error_details::unknown);
  const error copy = e;
  CHECK(copy.what() != e.what());  // text of its own
  CHECK(std::string(copy.what()) == static_cast<const std::exception&>(e).what());
}

TEST_CASE("every code has a name of its own, and codes keep their numbers") {
  std::set<std::string> names;
  for (std::uint16_t c = 1; c <= 13; ++c) names.insert(name(static_cast<errc>(c)));
  CHECK(names.size() == 13);
  CHECK(names.count("unknown") == 0);
  CHECK(name(static_cast<errc>(999)) == std::string("unknown"));
  CHECK(name(static_cast<errc>(3)) == std::string("parse"));
  CHECK(name(static_cast<errc>(13)) == std::string("unsupported"));
}

TEST_CASE("foreign text is shortened to whole characters") {
  CHECK(in_quotes("abc") == "\"abc\"");
  CHECK(in_quotes("") == "\"\"");
  CHECK(in_quotes("abcdef", 3) == "\"abc…\"");
  CHECK(in_quotes("abc", 3) == "\"abc\"");
  CHECK(in_quotes("grün", 3) == "\"gr…\"");  // ü would end at byte 4
  CHECK(in_quotes("grün", 4) == "\"grü…\"");
  CHECK(in_quotes("退款", 6) == "\"退款\"");
  CHECK(in_quotes("退款", 5) == "\"退…\"");
  CHECK(in_quotes("\xF0\x9F\x98\x80!", 4) == "\"\xF0\x9F\x98\x80…\"");
  CHECK(in_quotes(std::string(100, 'x')) == "\"" + std::string(40, 'x') + "…\"");
}

TEST_CASE("foreign text shows control bytes and broken UTF-8 as hex") {
  CHECK(in_quotes("a\nb\tc") == "\"a\\x0ab\\x09c\"");
  CHECK(in_quotes(std::string_view("\0", 1)) == "\"\\x00\"");
  CHECK(in_quotes("\x7F") == "\"\\x7f\"");
  CHECK(in_quotes("gr\xFCn") == "\"gr\\xfcn\"");              // ISO-8859-1
  CHECK(in_quotes("\xC3(") == "\"\\xc3(\"");                  // second byte is none
  CHECK(in_quotes("\xE9\x80") == "\"\\xe9\\x80\"");           // cut off
  CHECK(in_quotes("\xC0\x80") == "\"\\xc0\\x80\"");           // overlong, two bytes
  CHECK(in_quotes("\xE0\x80\x80") == "\"\\xe0\\x80\\x80\"");  // overlong, three bytes
  CHECK(in_quotes("\xED\xA0\x80") == "\"\\xed\\xa0\\x80\"");  // half of a surrogate pair
  CHECK(in_quotes("\xF4\x90\x80\x80") == "\"\\xf4\\x90\\x80\\x80\"");
  CHECK(in_quotes("\xFF") == "\"\\xff\"");
}

TEST_CASE("a result is a value or the error") {
  const result<int> good = 7;
  REQUIRE(good.has_value());
  CHECK(good);
  CHECK(*good == 7);
  CHECK(good.value() == 7);
  CHECK(good.failure() == nullptr);

  const result<int> bad = error(errc::io, {.problem = "disk full"});
  REQUIRE_FALSE(bad.has_value());
  REQUIRE(bad.failure() != nullptr);
  CHECK(bad.failure()->code() == errc::io);
  CHECK_THROWS_AS(bad.value(), error);
  CHECK_THROWS_WITH(bad.value(), "disk full");
}

TEST_CASE("a result can hold what only moves") {
  result<std::unique_ptr<int>> r = std::make_unique<int>(3);
  REQUIRE(r);
  CHECK(**r == 3);
  const std::unique_ptr<int> taken = std::move(r).value();
  CHECK(*taken == 3);
  result<std::unique_ptr<int>> bad = error(errc::io, {});
  CHECK_THROWS_AS(std::move(bad).value(), error);
}

TEST_CASE("a result of nothing tells success from failure") {
  const result<void> good;
  CHECK(good);
  CHECK(good.failure() == nullptr);
  CHECK_NOTHROW(good.value());
  const result<void> bad = error(errc::limit, {.problem = "too many"});
  CHECK_FALSE(bad);
  CHECK_THROWS_WITH(bad.value(), "too many");
}

TEST_CASE("try_call turns a thrown error into a result and lets others pass") {
  CHECK(try_call([] { return std::string("fine"); }).value() == "fine");
  const auto failed = try_call([]() -> int { throw error(errc::shape, {.problem = "odd"}); });
  REQUIRE(failed.failure() != nullptr);
  CHECK(failed.failure()->code() == errc::shape);

  int calls = 0;
  CHECK(try_call([&] { ++calls; }).has_value());
  CHECK(calls == 1);
  CHECK_FALSE(try_call([] { throw error(errc::io, {}); }).has_value());
  CHECK_THROWS_AS(try_call([]() -> int { throw std::logic_error("mine"); }), std::logic_error);
}
