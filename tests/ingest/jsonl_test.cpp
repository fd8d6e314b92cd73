// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/jsonl.hpp>

#include "catch.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace bespoke;

namespace {

struct ticket {
  std::string body{};
  std::int64_t id{};
  std::optional<float> amount{};
  std::optional<std::string> user{};
  std::vector<std::string> tags{};
  bool urgent{};
};

const std::vector<ingest::record_column<ticket>> all = {
    column("body", &ticket::body),      column("id", &ticket::id),     column("amount", &ticket::amount),
    column("user.name", &ticket::user), column("tags", &ticket::tags), column("urgent", &ticket::urgent)};

std::vector<ticket> read(std::string text, ingest::jsonl_options options = {}) {
  return to_vector(ingest::jsonl_text<ticket>(std::move(text), all, std::move(options)));
}

template <class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "no error";
}

std::string message_for(std::string text) {
  return message([&] { read(std::move(text)); });
}

/// A line in which one member has another value.
std::string line_with(const std::string& key, const std::string& value) {
  std::string out = "{";
  const std::pair<std::string, std::string> members[] = {
      {"body", "\"b\""}, {"id", "1"}, {"tags", "[]"}, {"urgent", "true"}};
  for (const auto& [k, v] : members) out += (out.size() > 1 ? ", \"" : "\"") + k + "\": " + (k == key ? value : v);
  return out + "}\n";
}

}  // namespace

TEST_CASE("members of JSON objects fill the members of records") {
  const auto got = read(
      "\xEF\xBB\xBF{\"id\": 9007199254740993, \"body\": \"a \\u00e9\\n\\\"q\\\"\", \"user\": {\"name\": \"Ann\", "
      "\"x\": [1, {}]}, "
      "\"amount\": 2.5, \"tags\": [\"a\", 1, true], \"urgent\": false, \"other\": {\"body\": 7, \"name\": [[]]}}\r\n"
      "\n"
      "{\"urgent\": \"yes\", \"tags\": \"x,y\", \"id\": \"12\", \"body\": 12, \"amount\": null}");
  REQUIRE(got.size() == 2);
  CHECK(got[0].body == "a é\n\"q\"");
  CHECK(got[0].id == 9007199254740993);
  CHECK(got[0].amount == 2.5f);
  CHECK(got[0].user == "Ann");
  CHECK(got[0].tags == std::vector<std::string>{"a", "1", "true"});
  CHECK_FALSE(got[0].urgent);
  CHECK(got[1].body == "12");
  CHECK(got[1].id == 12);
  CHECK_FALSE(got[1].amount);
  CHECK_FALSE(got[1].user);
  CHECK(got[1].tags == std::vector<std::string>{"x", "y"});
  CHECK(got[1].urgent);
}

TEST_CASE("values of another kind name line, column, what was expected and got") {
  const auto text = [](const std::string& key, const std::string& value) {
    return message_for("\n" + line_with(key, value));
  };
  const std::string at = "ingest::jsonl: text:2: column ";
  CHECK(text("id", "1.5") ==
        at + "\"id\": expected an integer from -9223372036854775808 to 9223372036854775807, got \"1.5\"");
  CHECK(
      text("id", "9223372036854775808") ==
      at + "\"id\": expected an integer from -9223372036854775808 to 9223372036854775807, got \"9223372036854775808\"");
  CHECK(text("id", "true") ==
        at + "\"id\": expected an integer from -9223372036854775808 to 9223372036854775807, got \"true\"");
  CHECK(text("body", "null") ==
        at + "\"body\": expected text, got null; read it into a std::optional if values may be missing");
  CHECK(text("body", "{\"x\": 1}") ==
        at + "\"body\": expected text, got an object, or an array that holds more than texts and numbers");
  CHECK(text("body", "[1]") == at + "\"body\": expected text, got an array");
  CHECK(text("tags", "[1, [2]]") ==
        at + "\"tags\": expected a list of texts, got an object, or an array that holds more than texts and numbers");
  CHECK(text("tags", "[null]") ==
        at + "\"tags\": expected a list of texts, got an object, or an array that holds more than texts and numbers");
  CHECK(message_for("{\"id\": 1}") ==
        "ingest::jsonl: text:1: column \"body\": expected text, got no such member; read it into a std::optional if "
        "values may be "
        "missing");
}

TEST_CASE("a key that is asked for may not appear twice; others may") {
  CHECK(message_for("{\"id\": 1, \"id\": 1}\n") ==
        "ingest::jsonl: text:1: expected the key \"id\" once, got it twice; each line must hold one JSON object");
  CHECK(message_for("{\"user\": {}, \"user\": {\"name\": \"x\"}}\n") ==
        "ingest::jsonl: text:1: expected the key \"user\" once, got it twice; each line must hold one JSON object");
  CHECK(read(line_with("id", "2, \"z\": 1, \"z\": {\"id\": 3, \"id\": 4}")).at(0).id == 2);
}

TEST_CASE("lines that are no JSON object") {
  CHECK_THAT(message_for(line_with("", "") + "{\"body\": \"x\", }\n"),
             bespoke_test::contains("ingest::jsonl: text:2:15: expected JSON, got "));
  CHECK_THAT(message_for("{\"body\": \"x\"\n"), bespoke_test::contains("text:1:13: expected JSON, got "));
  CHECK_THAT(message_for("{} {}\n"), bespoke_test::contains("expected JSON, got "));
  for (const char* other : {"[1]\n", "1\n", "null\n", "\"x\"\n", "true\n"})
    CHECK(message_for(other) ==
          "ingest::jsonl: text:1:1: expected a JSON object, got another value; each line must hold one JSON object");
}

TEST_CASE("NUL bytes, bytes that are not UTF-8, UTF-16, empty input, long lines") {
  CHECK(message_for(line_with("body", "\"\xE9\"")) ==
        "ingest::jsonl: text:1:11: expected UTF-8, got the byte \\xe9; write the file in UTF-8, as JSON asks");
  CHECK_THAT(message_for(std::string("{}\0\n", 4)), bespoke_test::contains("text:1:3: expected text, got a NUL byte"));
  CHECK_THAT(message_for("\xFF\xFE{"), bespoke_test::contains("got the byte order mark of UTF-16"));
  CHECK(message_for("") == "ingest::jsonl: text: the input is empty");
  CHECK(message_for("\n \r\n") == "ingest::jsonl: text: the input is empty");
  CHECK(message([] {
          read(line_with("body", "\"" + std::string(500, 'x') + "\""), {.max_row_bytes = 100, .chunk_bytes = 10});
        }) ==
        "ingest::jsonl: text:1: expected rows of at most 100 bytes, got a longer one that begins here; raise "
        ".max_row_bytes");
  CHECK(message([] { ingest::jsonl<ticket>("/nowhere/t.jsonl", all); }) ==
        "ingest::jsonl: /nowhere/t.jsonl: cannot open the file: No such file or directory");
  CHECK(message([] { ingest::jsonl_text<ticket>("{}", {column(0, &ticket::body)}); }) ==
        "ingest::jsonl: column 1: expected a name: JSON objects have no positions");
}

TEST_CASE("bad lines are skipped and handed over") {
  std::vector<std::string> skipped;
  const auto note = [&](const ingest::skipped_row& r) { skipped.push_back(r.text); };
  for (const std::size_t chunk : {1u, 20u, 1000u}) {
    skipped.clear();
    const auto got = read(line_with("id", "1") + "{oops\n" + line_with("id", "x") + "[]\n" + line_with("id", "2"),
                          {.bad_rows = ingest::skip{.limit = 3, .on_row = note}, .chunk_bytes = chunk});
    REQUIRE(got.size() == 2);
    CHECK(got[1].id == 2);
    std::string third = line_with("id", "x");
    third.pop_back();
    CHECK(skipped == std::vector<std::string>{"{oops", third, "[]"});
  }
}

TEST_CASE("deep nesting of what is not asked for is passed over") {
  const std::string deep(100000, '['), shallow(100000, ']');
  CHECK(read(line_with("id", "1, \"z\": " + deep + shallow)).size() == 1);
}

TEST_CASE("records do not depend on chunks or threads") {
  std::string text;
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) text += line_with("body", "\"" + std::string(random() % 60, 'x') + "\"");
  const auto expected = read(text, {.threads = 1});
  REQUIRE(expected.size() == 2000);
  int different = 0;
  for (const std::size_t chunk : {1u, 50u, 999u, 100000u})
    for (const unsigned threads : {1u, 4u}) {
      const auto got = read(text, {.threads = threads, .chunk_bytes = chunk});
      different += got.size() != expected.size();
      for (std::size_t i = 0; i < got.size() && i < expected.size(); ++i) different += got[i].body != expected[i].body;
    }
  CHECK(different == 0);
}
