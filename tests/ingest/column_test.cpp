// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/csv.hpp>

#include "catch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke;
using namespace std::chrono;

namespace {

enum class level { low, high };

struct extent {
  int width{}, height{};
};

struct item {
  bool sold{};
  std::optional<double> weight{};
  level stock{};
  std::optional<level> demand{};
  std::vector<std::string> tags{}, words{};
  std::optional<std::vector<std::string>> colours{};
  sys_days made{};
  std::optional<sys_seconds> seen{};
  sys_days due{};
  extent size{};
};

bool read_extent(std::string_view text, extent& out) {
  const auto cross = text.find('x');
  return cross != text.npos && ingest::parse_value(text.substr(0, cross), out.width) &&
         ingest::parse_value(text.substr(cross + 1), out.height);
}

flow<item> items(const std::string& row) {
  return ingest::csv_text<item>(
      "sold,weight,stock,demand,tags,words,colours,made,seen,due,size\n" + row + "\n",
      {column("sold", &item::sold), column("weight", &item::weight),
       column("stock", &item::stock, {{"low", level::low}, {"high", level::high}}),
       column("demand", &item::demand, {{"low", level::low}, {"high", level::high}}), column("tags", &item::tags, '|'),
       column("words", &item::words), column("colours", &item::colours, ' '), column("made", &item::made),
       column("seen", &item::seen), column("due", &item::due, ingest::date_format{"%d.%m.%Y"}),
       ingest::column("size", &item::size, read_extent, "a size such as 10x20")});
}

std::string message_for(const std::string& row) {
  try {
    to_vector(items(row));
  } catch (const error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every kind of member is read") {
  const item got =
      to_vector(items("yes,0.5, high ,low,a|b c,\"x, y\",red blue,2024-05-31,2024-05-31T12:00Z,1.6.2024,10x20")).at(0);
  CHECK(got.sold);
  CHECK(got.weight == 0.5);
  CHECK(got.stock == level::high);
  CHECK(got.demand == level::low);
  CHECK(got.tags == std::vector<std::string>{"a", "b c"});
  CHECK(got.words == std::vector<std::string>{"x", "y"});
  CHECK(got.colours == std::vector<std::string>{"red", "blue"});
  CHECK(got.made == sys_days(2024y / May / 31));
  CHECK(got.seen == sys_days(2024y / May / 31) + 12h);
  CHECK(got.due == sys_days(2024y / June / 1));
  CHECK((got.size.width == 10 && got.size.height == 20));
}

TEST_CASE("what may be missing is nullopt, an empty list is a list") {
  const item got = to_vector(items("0,,low,,,,,2024-05-31,,1.6.2024,1x1")).at(0);
  CHECK_FALSE(got.weight);
  CHECK_FALSE(got.demand);
  CHECK(got.tags.empty());
  CHECK_FALSE(got.colours);
  CHECK_FALSE(got.seen);
}

TEST_CASE("each kind of member says what it expects") {
  const std::string place = "ingest::csv: text:2:";
  CHECK(message_for("maybe,,low,,,,,2024-05-31,,1.6.2024,1x1") ==
        place + "1: column \"sold\": expected true or false, got \"maybe\"");
  CHECK(message_for("0,heavy,low,,,,,2024-05-31,,1.6.2024,1x1") ==
        place +
            "2: column \"weight\": expected a number (double), got \"heavy\"; if it means a missing value, list it in "
            ".missing");
  CHECK(message_for("0,,Low,,,,,2024-05-31,,1.6.2024,1x1") ==
        place + "3: column \"stock\": expected one of low, high, got \"Low\"");
  CHECK(message_for("0,,low,,,,,31.5.2024,,1.6.2024,1x1") ==
        place + "8: column \"made\": expected a date such as 2024-05-31, got \"31.5.2024\"");
  CHECK(message_for("0,,low,,,,,2024-05-31,noon,1.6.2024,1x1") ==
        place +
            "9: column \"seen\": expected a time such as 2024-05-31T23:59:00Z, got \"noon\"; if it means a missing "
            "value, list it in .missing");
  CHECK(message_for("0,,low,,,,,2024-05-31,,2024-06-01,1x1") ==
        place + "10: column \"due\": expected a date written as %d.%m.%Y, got \"2024-06-01\"");
  CHECK(message_for("0,,low,,,,,2024-05-31,,1.6.2024,1") ==
        place + "11: column \"size\": expected a size such as 10x20, got \"1\"");
}

TEST_CASE("one column may fill two members") {
  struct both {
    int number{};
    std::string text{};
  };
  const auto got = to_vector(ingest::csv_text<both>("n\n07\n", {column("n", &both::number), column("n", &both::text)}));
  CHECK(got.at(0).number == 7);
  CHECK(got.at(0).text == "07");
}
