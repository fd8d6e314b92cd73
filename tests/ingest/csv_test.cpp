// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/csv.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace bespoke;
namespace fs = std::filesystem;

namespace {

struct pair_row {
  std::string a{}, b{};
  friend bool operator==(const pair_row&, const pair_row&) = default;
};
using pairs = std::vector<pair_row>;

const std::vector<ingest::record_column<pair_row>> by_name = {column("a", &pair_row::a), column("b", &pair_row::b)};
const std::vector<ingest::record_column<pair_row>> by_position = {column(0, &pair_row::a), column(1, &pair_row::b)};

pairs read(std::string text, ingest::csv_options options = {}) {
  const auto& columns = options.header ? by_name : by_position;
  return to_vector(ingest::csv_text<pair_row>(std::move(text), columns, std::move(options)));
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

std::string message_for(std::string text, ingest::csv_options options = {}) {
  return message([&] { read(std::move(text), std::move(options)); });
}

/// A file that is removed at the end.
struct scratch_file {
  explicit scratch_file(const std::string& content, const char* name = "bespoke_csv_test.csv")
      : path(fs::temp_directory_path() / (std::to_string(std::rand()) + name)) {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~scratch_file() { fs::remove(path); }
  fs::path path;
};

}  // namespace

TEST_CASE("a table's columns fill the members of records, in any order, others are passed over") {
  struct ticket {
    std::string body{};
    float amount{};
    std::string country{};
  };
  auto tickets = ingest::csv_text<ticket>(
      "country,id,amount,body\nDE,1,2.5,\"card, swallowed\"\nFR,2,-1e2,\n",
      {column("body", &ticket::body), column("amount", &ticket::amount), column("country", &ticket::country)},
      {.separator = ','});
  const auto got = to_vector(tickets);
  REQUIRE(got.size() == 2);
  CHECK(got[0].body == "card, swallowed");
  CHECK(got[0].amount == 2.5f);
  CHECK(got[0].country == "DE");
  CHECK(got[1].body.empty());
  CHECK(got[1].amount == -100.0f);
}

TEST_CASE("quotes hold separators, line ends and doubled quotes") {
  CHECK(read("a,b\n\"1,2\",\"x\r\ny\n\"\n\"\"\"q\"\"\",\"\"\n") == pairs{{"1,2", "x\r\ny\n"}, {"\"q\"", ""}});
  CHECK(read("a,b\n\"\"\"\"\"\",\"a\"\"b\"\"c\"\n") == pairs{{"\"\"", "a\"b\"c"}});
}

TEST_CASE("lines end with LF, CRLF or the end of the file; blank ones are skipped") {
  const pairs expected{{"1", "2"}, {"3", "4"}};
  CHECK(read("a,b\n1,2\n3,4\n") == expected);
  CHECK(read("a,b\r\n1,2\r\n3,4\r\n") == expected);
  CHECK(read("a,b\n1,2\n3,4") == expected);
  CHECK(read("a,b\r\n1,2\r\n3,\"4\"") == expected);
  CHECK(read("a,b\r\n1,2\r\n3,\"4\"\r") == expected);
  CHECK(read("\n\r\na,b\n\n1,2\n\r\n3,4\n\n\n") == expected);
}

TEST_CASE("spaces belong to text and not to numbers") {
  struct row {
    std::string text{};
    int number{};
  };
  const auto got =
      to_vector(ingest::csv_text<row>("t,n\n a b , 12 \n", {column("t", &row::text), column("n", &row::number)}));
  CHECK(got.at(0).text == " a b ");
  CHECK(got.at(0).number == 12);
}

TEST_CASE("other separators and quotes, and none") {
  CHECK(read("a;b\n1;'2;\n3'\n", {.separator = ';', .quote = '\''}) == pairs{{"1", "2;\n3"}});
  CHECK(read("a\tb\n\"x\ty\"z\n", {.separator = '\t', .quote = '\0'}) == pairs{{"\"x", "y\"z"}});
}

TEST_CASE("a byte order mark is dropped, lines before the header are skipped") {
  CHECK(read("\xEF\xBB\xBF\"a\",b\n1,2\n") == pairs{{"1", "2"}});
  CHECK(read("\xEF\xBB\xBF# it's \"so\n#\na,b\n1,2\n", {.skip_lines = 2}) == pairs{{"1", "2"}});
  CHECK(message_for("a,b\nx,y\nz", {.skip_lines = 2}) ==
        "ingest::csv: text:3: expected column \"a\", got the columns \"z\"; if the file has several columns, pass "
        "their .separator");
}

TEST_CASE("files without a header are read by position") {
  CHECK(read("1,2\n3,4\n", {.header = false}) == pairs{{"1", "2"}, {"3", "4"}});
  struct row {
    int third{}, first{};
  };
  const auto got =
      to_vector(ingest::csv_text<row>("1,2,3\n", {column(2, &row::third), column(0, &row::first)}, {.header = false}));
  CHECK(got.at(0).third == 3);
  CHECK(got.at(0).first == 1);
  CHECK(message([] { ingest::csv_text<pair_row>("1,2\n", by_name, {.header = false}); }) ==
        "ingest::csv: column \"a\": expected a position, because .header is false; use column(0, ...) for the first "
        "column");
  CHECK(message([] { ingest::csv_text<pair_row>("1\n", by_position, {.header = false}); }) ==
        "ingest::csv: text:1: expected column 2, got 1 column; if the file has several columns, pass their .separator");
}

TEST_CASE("missing values are nullopt: empty, blank, or a marker") {
  struct row {
    std::optional<int> n{};
    std::optional<std::string> s{};
  };
  const auto read_rows = [](std::string text) {
    return to_vector(
        ingest::csv_text<row>(std::move(text), {column("n", &row::n), column("s", &row::s)}, {.missing = {"?", "NA"}}));
  };
  const auto got = read_rows("n,s\n1,x\n,\n ?,NA \n  ,\"\"\n2,\"?\"\n");
  REQUIRE(got.size() == 5);
  CHECK((got[0].n == 1 && got[0].s == "x"));
  CHECK((!got[1].n && !got[1].s));
  CHECK((!got[2].n && !got[2].s));
  CHECK((!got[3].n && got[3].s == ""));
  CHECK((got[4].n == 2 && got[4].s == "?"));
  CHECK(message([&] { read_rows("n,s\nnone,x\n"); }) ==
        "ingest::csv: text:2:1: column \"n\": expected an integer from -2147483648 to 2147483647, got \"none\"; if it "
        "means a missing value, list it in .missing");
}

TEST_CASE("a value of another kind names file, line, column, what was expected and got") {
  struct row {
    std::string text{};
    float amount{};
    std::uint8_t level{};
  };
  const std::vector<ingest::record_column<row>> columns = {column("text", &row::text), column("amount", &row::amount),
                                                           column("level", &row::level)};
  const auto text = [&](const std::string& rows) {
    return message([&] { to_vector(ingest::csv_text<row>("text,amount,level\n" + rows, columns)); });
  };
  CHECK(text("\"two\nlines\",abc,1\n") ==
        "ingest::csv: text:3:2: column \"amount\": expected a number (float), got \"abc\"");
  CHECK(text("x,1e39,1\n") == "ingest::csv: text:2:2: column \"amount\": expected a number (float), got \"1e39\"");
  CHECK(text("x,1,256\n") == "ingest::csv: text:2:3: column \"level\": expected an integer from 0 to 255, got \"256\"");
  CHECK(text("x,,1\n") ==
        "ingest::csv: text:2:2: column \"amount\": expected a number (float), got \"\"; read it into a "
        "std::optional if values may be missing");
  const scratch_file file("text,amount,level\nx,abc,1\n");
  CHECK(message([&] { to_vector(ingest::csv<row>(file.path, columns)); }) ==
        "ingest::csv: " + file.path.string() + ":2:2: column \"amount\": expected a number (float), got \"abc\"");
}

TEST_CASE("rows of another width") {
  CHECK(message_for("a,b\n1,2\n1,2,3\n") ==
        "ingest::csv: text:3: expected 2 fields as in line 1, got 3 fields; put quotes around fields that hold the "
        "separator, or "
        "pass another .separator");
  CHECK(message_for("\na,b\n1\n") ==
        "ingest::csv: text:3: expected 2 fields as in line 2, got 1 field; put quotes around "
        "fields that hold the separator, or pass another .separator");
}

TEST_CASE("a quote that is never closed names the line in which it opens") {
  CHECK(message_for("a,b\n1,2\n3,\"four\n5,6\n7,8\n") ==
        "ingest::csv: text:3:2: column \"b\": expected a closing quote, got the end of the file; the quote that opens "
        "in this line "
        "is never closed: close it, or pass .quote = '\\0' if the file has no quoting");
  CHECK(message_for("a,\"b\n1,2\n") ==
        "ingest::csv: text:1:2: column 2: expected a closing quote, got the end of the file; the quote that opens in "
        "this line is "
        "never closed: close it, or pass .quote = '\\0' if the file has no quoting");
}

TEST_CASE("text after a closing quote, and a quote inside a plain field") {
  CHECK(message_for("a,b\n\"1\"x,2\n") ==
        "ingest::csv: text:2:1: column \"a\": expected a separator or a line end after the "
        "closing quote, got \"x,2\"; write a quote inside a quoted field twice");
  CHECK(message_for("a,b\n1,\"2\" \n") ==
        "ingest::csv: text:2:2: column \"b\": expected a separator or a line end after the "
        "closing quote, got \" \"; write a quote inside a quoted field twice");
  CHECK(message_for("a,b\n1,2\"3\n") ==
        "ingest::csv: text:2:2: column \"b\": expected quotes around the whole field, got "
        "\"2\"3\"; quote the field and write quotes inside it twice, or pass .quote = '\\0' if the "
        "file has no quoting");
}

TEST_CASE("NUL bytes and bytes that are not UTF-8 name line and byte") {
  CHECK(message_for(std::string("a,b\n1,2\nxy\0z,3\n", 15)) ==
        "ingest::csv: text:3:3: expected text, got a NUL byte; if this is UTF-16, pass .encoding = \"utf-16\"");
  CHECK(message_for("a,b\n1,2\n3,caf\xE9\n") ==
        "ingest::csv: text:3:6: expected UTF-8, got the byte \\xe9; pass the .encoding the file is written in, for "
        "example "
        "\"windows-1252\"");
  CHECK(message_for("a,\xFF\n1,2\n") ==
        "ingest::csv: text:1:3: expected UTF-8, got the byte \\xff; pass the .encoding the file "
        "is written in, for example \"windows-1252\"");
  CHECK(message_for("\xFF\xFE"
                    "a") ==
        "ingest::csv: text:1:1: expected UTF-8, got the byte order mark of UTF-16; pass .encoding = \"utf-16\"");
}

TEST_CASE("an empty file, a missing file, a folder") {
  CHECK(message_for("") == "ingest::csv: text: the input is empty");
  CHECK(message_for("\n\r\n\n") == "ingest::csv: text: the input is empty");
  CHECK(message_for("\xEF\xBB\xBF") == "ingest::csv: text: the input is empty");
  CHECK(read("a,b").empty());
  CHECK(read("a,b\n").empty());
  CHECK(message([] { ingest::csv<pair_row>("/nowhere/t.csv", by_name); }) ==
        "ingest::csv: /nowhere/t.csv: cannot open the file: No such file or directory");
  CHECK(message([] { ingest::csv<pair_row>(fs::temp_directory_path(), by_name); }) ==
        "ingest::csv: " + fs::temp_directory_path().string() + ": cannot read the file: Is a directory");
}

TEST_CASE("a missing column lists those present; one name twice must be asked for by position") {
  CHECK(message_for("x,\"y z\",b\n1,2,3\n") ==
        "ingest::csv: text:1: expected column \"a\", got the columns \"x\", \"y z\", \"b\"");
  CHECK(message_for("a,b,a\n1,2,3\n") ==
        "ingest::csv: text:1: expected one column \"a\", got several of this name; ask for it by "
        "position: column(0, ...) is the first");
}

TEST_CASE("options that cannot work are refused") {
  CHECK(message_for("a,b\n", {.separator = '"'}) ==
        "ingest::csv: .separator: expected one ASCII character, no line end and not the quote");
  CHECK(message_for("a,b\n", {.quote = '\n'}) ==
        "ingest::csv: .quote: expected one ASCII character, no line end, or '\\0' for none");
  CHECK(message_for("a,b\n", {.max_row_bytes = 0}) ==
        "ingest::csv: .max_row_bytes: expected from 1 to 1073741824, got 0");
  CHECK(message_for("a,b\n", {.chunk_bytes = 0}) == "ingest::csv: .chunk_bytes: expected from 1 to 1073741824, got 0");
  CHECK(message([] { ingest::csv_text<pair_row>("a\n", {}); }) ==
        "ingest::csv: no columns: expected at least one column(name, member)");
}

TEST_CASE("a row that is longer than allowed is refused, whatever the size of chunks") {
  const std::string long_row = "a,b\n1,2\n" + std::string(200, 'x') + ",3\n4,5\n";
  const std::string open_quote = "a,b\n1,2\n3,\"" + std::string(300, 'x') + "\n4,5\n";
  for (const std::size_t size : {1u, 7u, 64u, 1000u}) {
    const std::string expected =
        "ingest::csv: text:3: expected rows of at most 100 bytes, got a longer one that begins here; look "
        "for a quote that is never closed, or raise .max_row_bytes";
    CHECK(message_for(long_row, {.max_row_bytes = 100, .chunk_bytes = size}) == expected);
    if (size < 300) CHECK(message_for(open_quote, {.max_row_bytes = 100, .chunk_bytes = size}) == expected);
  }
  CHECK(read(long_row, {.max_row_bytes = 203}).size() == 3);
}

TEST_CASE("a line of 100 MB is refused without being held", "[large]") {
  const scratch_file file("a,b\n1,2\n" + std::string(100'000'000, 'x') + ",3\n");
  auto rows = ingest::csv<pair_row>(file.path, by_name);
  pairs some;
  REQUIRE(rows.next(some));
  CHECK(some == pairs{{"1", "2"}});
  CHECK(message([&] { rows.next(some); }) ==
        "ingest::csv: " + file.path.string() +
            ":3: expected rows of at most 67108864 bytes, got a longer one that begins here; "
            "look for a quote that is never closed, or raise .max_row_bytes");
}

TEST_CASE("rows before a bad one are delivered, its error comes again until the flow starts anew") {
  std::string text = "a,b\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + ",x\n";
  const scratch_file file(text + "oops\n1,2\n");
  for (const std::size_t size : {50u, 4000u, 1000000u}) {
    auto rows = ingest::csv<pair_row>(file.path, by_name, {.threads = 3, .chunk_bytes = size});
    for (int round = 0; round < 2; ++round) {
      pairs some;
      std::size_t n = 0;
      const std::string why = message([&] {
        while (rows.next(some)) n += some.size();
      });
      CHECK(n == 5000);
      CHECK_THAT(why, bespoke_test::contains(":5002: expected 2 fields as in line 1, got 1 field"));
      CHECK(message([&] { rows.next(some); }) == why);
      CHECK(rows.rewind());
    }
  }
}

TEST_CASE("bad rows are skipped, handed over in order and counted") {
  const std::string text = "a,b\n1,2\nragged\n3,\"x\"y\n\xFF,4\n5,6\n";
  std::vector<std::string> rows, why;
  const auto note = [&](const ingest::skipped_row& r) {
    rows.push_back(r.text);
    why.push_back(r.why.what());
  };
  for (const std::size_t size : {1u, 5u, 1000u}) {
    rows.clear();
    why.clear();
    CHECK(read(text, {.bad_rows = ingest::skip{.limit = 3, .on_row = note}, .chunk_bytes = size}) ==
          pairs{{"1", "2"}, {"5", "6"}});
    CHECK(rows == std::vector<std::string>{"ragged", "3,\"x\"y", "\xFF,4"});
    REQUIRE(why.size() == 3);
    CHECK_THAT(why[0], bespoke_test::contains("text:3: expected 2 fields"));
    CHECK_THAT(why[1], bespoke_test::contains("text:4:2: column \"b\": expected a separator"));
    CHECK_THAT(why[2], bespoke_test::contains("text:5:1: expected UTF-8"));
  }
}

TEST_CASE("one bad row too many ends the flow after the good rows before it") {
  for (const std::size_t size : {1u, 1000u}) {
    auto rows = ingest::csv_text<pair_row>("a,b\n1,2\nx\n3,4\ny\n5,6\n", by_name,
                                           {.bad_rows = ingest::skip{.limit = 1}, .chunk_bytes = size});
    pairs got, some;
    const std::string why = message([&] {
      while (rows.next(some)) got.insert(got.end(), some.begin(), some.end());
    });
    CHECK(got == pairs{{"1", "2"}, {"3", "4"}});
    CHECK(why ==
          "ingest::csv: text:5: one bad row more than .bad_rows allows to skip (1): expected 2 fields as in line 1, "
          "got 1 "
          "field; put quotes around fields that hold the separator, or pass another .separator");
  }
}

TEST_CASE("after a stray quote reading goes on with the next line, whatever the size of chunks") {
  std::string text = "a,b\n";
  pairs expected;
  std::vector<std::string> expected_bad;
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    if (i % 40 == 7) {
      expected_bad.push_back(i % 80 == 7 ? n + ",5\" screen" : "\"" + n + "\" x,y");
      text += expected_bad.back() + "\n";
    } else {
      text += n + ",\"line\n, " + n + "\"\n";
      expected.push_back({n, "line\n, " + n});
    }
  }
  text += "\"never,closed\n9,9\n";
  expected_bad.push_back("\"never,closed");
  expected.push_back({"9", "9"});
  for (const std::size_t size : {1u, 2u, 3u, 10u, 33u, 100u, 1000u, 100000u})
    for (const unsigned threads : {1u, 4u}) {
      std::vector<std::string> bad;
      const auto note = [&](const ingest::skipped_row& r) { bad.push_back(r.text); };
      CHECK(read(text, {.bad_rows = ingest::skip{.on_row = note}, .threads = threads, .chunk_bytes = size}) ==
            expected);
      CHECK(bad == expected_bad);
    }
}

TEST_CASE("other encodings are read by name") {
  CHECK(read("a,b\ncaf\xE9,\x80\n", {.encoding = "windows-1252"}) == pairs{{"café", "€"}});
  CHECK(read("a,b\n\xC4\xE3\xBA\xC3,1\n", {.encoding = "gb18030"}) == pairs{{"你好", "1"}});
  const std::string utf16(
      "\xFF\xFE"
      "a\0,\0b\0\n\0"
      "\x3D\xD8\x00\xDE,\0x\0\n\0",
      20);
  CHECK(read(utf16, {.encoding = "utf-16"}) == pairs{{"😀", "x"}});
  std::string many = "a,b\n", decoded;
  for (int i = 0; i < 20001; ++i) many += '\xE9', decoded += "é";
  CHECK(read(many + ",1\n", {.encoding = "iso-8859-1", .chunk_bytes = 1000}) == pairs{{decoded, "1"}});
  CHECK(read("\xEF\xBB\xBF"
             "a,b\n1,2\n",
             {.encoding = "UTF8"}) == pairs{{"1", "2"}});
}

TEST_CASE("an unknown encoding and bytes that are not in it") {
  CHECK(message_for("a,b\n", {.encoding = "klingon"}) ==
        "ingest::csv: expected the name of an encoding in .encoding, got \"klingon\"; names are those of ICU, for "
        "example "
        "\"utf-8\", \"iso-8859-1\", \"windows-1252\", \"gb18030\"");
  auto rows = ingest::csv_text<pair_row>("a,b\n1,2\n3,\xC4\n", by_name, {.encoding = "gb18030"});
  pairs some;
  REQUIRE(rows.next(some));
  CHECK(some == pairs{{"1", "2"}});
  CHECK(message([&] { rows.next(some); }) ==
        "ingest::csv: text:3: expected text in gb18030, got the bytes \\xc4; pass the .encoding the file is "
        "written in");
}

namespace {

/// A table of random fields and its text, quoted where RFC 4180 asks and sometimes where it does not.
struct random_table {
  std::vector<std::vector<std::string>> rows;
  std::string text;

  explicit random_table(std::mt19937& random) {
    const std::size_t width = 1 + random() % 4, height = random() % 30;
    const bool crlf = random() % 2 == 0;
    for (std::size_t r = 0; r <= height; ++r) {
      rows.emplace_back();
      for (std::size_t f = 0; f < width; ++f) {
        rows.back().push_back(field(random));
        write(rows.back().back(), width == 1 || random() % 4 == 0);
        if (f + 1 < width) text += ',';
      }
      if (r < height || random() % 2 == 0) text += crlf ? "\r\n" : "\n";
    }
  }

 private:
  static std::string field(std::mt19937& random) {
    static const char* const pieces[] = {"a", "b", "\"", ",", "\n", "\r\n", " ", "é", "你好", "", "0"};
    std::string out;
    for (std::size_t n = random() % 8; n > 0; --n) out += pieces[random() % std::size(pieces)];
    return out;
  }
  void write(const std::string& field, bool quote) {
    if (!quote && field.find_first_of("\",\r\n") == std::string::npos) {
      text += field;
      return;
    }
    text += '"';
    for (char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
};

std::vector<std::vector<std::string>> read_wide(const random_table& table, std::size_t chunk, unsigned threads) {
  struct four {
    std::string a{}, b{}, c{}, d{};
  };
  std::vector<ingest::record_column<four>> columns = {column(0, &four::a), column(1, &four::b), column(2, &four::c),
                                                      column(3, &four::d)};
  const std::size_t width = table.rows[0].size();
  columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(width), columns.end());
  std::vector<std::vector<std::string>> out;
  for (const four& r : to_vector(
           ingest::csv_text<four>(table.text, columns, {.header = false, .threads = threads, .chunk_bytes = chunk}))) {
    out.push_back({r.a, r.b, r.c, r.d});
    out.back().resize(width);
  }
  return out;
}

/// The folder of real data; without it a test warns, and fails under CI=true.
std::optional<fs::path> real_data() {
  if (const char* folder = std::getenv("BESPOKE_DATA")) return fs::path(folder);
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string(ci) == "true")
    FAIL("set BESPOKE_DATA to the folder with ag_news, ml-latest-small, …");
  WARN("BESPOKE_DATA is not set: not tried on real tables");
  return std::nullopt;
}

}  // namespace

TEST_CASE("random tables come back as they were written, for every chunk size") {
  std::mt19937 random(11);
  int different = 0;
  for (int i = 0; i < 60; ++i) {
    const random_table table(random);
    for (std::size_t chunk = 1; chunk <= 100; ++chunk)
      different += read_wide(table, chunk, 1 + chunk % 3) != table.rows;
    different += read_wide(table, 1 << 19, 2) != table.rows;
  }
  CHECK(different == 0);
}

TEST_CASE("records do not depend on threads or chunks, and a file starts again") {
  std::string text = "a,b\n";
  for (int i = 0; i < 30000; ++i)
    text += std::to_string(i) + ",\"" + std::string(static_cast<std::size_t>(i % 90), 'y') + "\n\"\n";
  const scratch_file file(text);
  const pairs expected = read(text, {.threads = 1});
  REQUIRE(expected.size() == 30000);
  for (const unsigned threads : {1u, 2u, 4u})
    for (const std::size_t chunk : {1000u, 65536u, 5000000u}) {
      auto rows = ingest::csv<pair_row>(file.path, by_name, {.threads = threads, .chunk_bytes = chunk});
      pairs some;
      REQUIRE(rows.next(some));
      CHECK(some.size() <= 4 * block_size);
      REQUIRE(rows.rewind());
      CHECK(to_vector(rows) == expected);
      REQUIRE(rows.rewind());
      CHECK(to_vector(rows) == expected);
    }
}

TEST_CASE("a flow that is dropped half read leaves nothing behind") {
  std::string text = "a,b\n";
  for (int i = 0; i < 30000; ++i) text += "1,2\n";
  for (int i = 0; i < 20; ++i) {
    auto rows = ingest::csv_text<pair_row>(text, by_name, {.threads = 4, .chunk_bytes = 5000});
    pairs some;
    CHECK(rows.next(some));
  }
}

TEST_CASE("real tables are read as pandas reads them") {
  const auto data = real_data();
  if (!data) return;
  struct news {
    std::string title{}, text{};
  };
  std::size_t rows = 0, bytes = 0;
  for (const news& n : ingest::csv<news>(*data / "ag_news/train_subset.csv",
                                         {column(1, &news::title), column(2, &news::text)}, {.header = false}))
    ++rows, bytes += n.text.size();
  CHECK(rows == 24144);
  CHECK(bytes == 4659967);

  struct rating {
    int user{};
    float stars{};
    std::chrono::sys_seconds when{};
  };
  double stars = 0, seconds = 0;
  for (const rating& r : ingest::csv<rating>(*data / "ml-latest-small/ratings.csv",
                                             {column("userId", &rating::user), column("rating", &rating::stars),
                                              column("timestamp", &rating::when, ingest::date_format{"%s"})}))
    stars += static_cast<double>(r.stars), seconds += static_cast<double>(r.when.time_since_epoch().count());
  CHECK(stars == 353083.0);
  CHECK(seconds == 121602779665887.0);

  struct movie {
    std::string title{};
    std::vector<std::string> genres{};
  };
  std::size_t genres = 0, titles = 0;
  for (const movie& m : ingest::csv<movie>(*data / "ml-latest-small/movies.csv",
                                           {column("title", &movie::title), column("genres", &movie::genres, '|')}))
    genres += m.genres.size(), titles += m.title.size();
  CHECK(genres == 22084);
  CHECK(titles == 252293);

  struct patient {
    std::optional<float> vessels{};
  };
  double vessels = 0;
  int missing = 0;
  for (const patient& p : ingest::csv<patient>(*data / "heart_disease/processed.cleveland.data",
                                               {column(11, &patient::vessels)}, {.header = false, .missing = {"?"}})) {
    vessels += static_cast<double>(p.vessels.value_or(0));
    missing += !p.vessels;
  }
  CHECK(vessels == 201.0);
  CHECK(missing == 4);

  struct review {
    int label{};
    std::string text{};
  };
  std::size_t reviews = 0, review_bytes = 0;
  for (const review& r : ingest::csv<review>(*data / "chnsenticorp/ChnSentiCorp_htl_all.csv",
                                             {column("label", &review::label), column("review", &review::text)}))
    ++reviews, review_bytes += r.text.size();
  CHECK(reviews == 7766);
  CHECK(review_bytes == 2877290);
}
