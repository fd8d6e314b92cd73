// SPDX-License-Identifier: Apache-2.0
#include <bespoke/report/page.hpp>

#include <algorithm>
#include <bespoke/core/error.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

// Every element that is opened is closed, in the right order: true for what the page makes, which has no stray ">".
bool well_formed(const std::string& html) {
  std::vector<std::string> open;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string::npos) return false;
    const auto tag = html.substr(at + 1, end - at - 1);
    const auto name = tag.substr(0, tag.find(' '));
    if (name == "!doctype" || name == "meta" || tag.back() == '/') continue;
    if (name[0] != '/') open.push_back(name);
    else if (open.empty() || "/" + open.back() != name) return false;
    else open.pop_back();
  }
  return open.empty();
}

report::page everything() {
  report::page p("A < B & \"C\"");
  p.text("one\n\ntwo <script>alert(1)</script>")
      .heading("numbers & words")
      .table({"name", "score"}, {{"<gimp>", "0.91"}, {"krita", ""}, {"inkscape", "-12.5"}})
      .bars("Hit <rate>", {{"ours & theirs", .61f, .57f, .65f}, {"below", -2}})
      .line("Loss", {{"a<b", {0, 1, 2}, {1, nan_value, 0.25}}, {"c", {0, 2}, {3, 3}}},
            {.x = "step & more", .y = "loss"})
      .histogram("Scores", {1, 2, 2, 3, nan_value, infinite}, 3);
  return p;
}

}  // namespace

TEST_CASE("a page is one well-formed file that asks for nothing from elsewhere") {
  const auto html = everything().html();
  CHECK(well_formed(html));
  CHECK(html.rfind("<!doctype html>\n<html lang=\"en\">", 0) == 0);
  CHECK_THAT(html, contains("<meta charset=\"utf-8\">"));
  CHECK_THAT(html, contains("width=device-width"));
  CHECK_THAT(html, contains("prefers-color-scheme: dark"));
  for (const char* foreign : {"http", "src=", "href=", "url(", "@import", "<script", "<link", "onload"})
    CHECK(count(html, foreign) == 0);
  CHECK(count(html, "nan") == 0);
  CHECK(count(html, "inf") == 0);
}

TEST_CASE("all text on a page is escaped, and made valid UTF-8") {
  const auto html = everything().html();
  CHECK(count(html, "A &lt; B &amp; &quot;C&quot;") == 2);
  for (const char* part : {"two &lt;script&gt;", "&lt;gimp&gt;", "Hit &lt;rate&gt;", "ours &amp; theirs", "a&lt;b",
                           "step &amp; more", "numbers &amp; words"})
    CHECK_THAT(html, contains(part));
  const auto broken =
      report::page("ok").text(std::string("a\xff\xc3(\xed\xa0\x80 caf\xc3\xa9 \xe6\x97\xa5\x00", 18)).html();
  CHECK_THAT(broken, contains("a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD caf\u00e9 \u65e5\uFFFD"));
}

TEST_CASE("paragraphs are divided by empty lines") {
  const auto html = report::page("p").text("one\nstill one\n\n\n\ntwo").text("").html();
  CHECK(count(html, "<p>") == 2);
  CHECK_THAT(html, contains("<p>one\nstill one</p>\n<p>two</p>"));
}

TEST_CASE("tables have headers with a scope, and numbers to the right") {
  const auto html = everything().html();
  CHECK_THAT(html, contains("<th scope=\"col\">name</th><th scope=\"col\" class=\"number\">score</th>"));
  CHECK_THAT(html, contains("<td>krita</td><td class=\"number\"></td>"));
  CHECK(well_formed(report::page("empty").table({"a"}, {}).html()));
  report::page p("wrong");
  CHECK_THROWS_WITH(p.table({"a", "b"}, {{"1", "2"}, {"1"}}), contains("record 1") && contains("expected 2 cells"));
}

TEST_CASE("charts tell their figures in words, under numbers of their own") {
  const auto html = everything().html();
  CHECK(count(html, "role=\"img\"") == 3);
  for (const char* id : {"id=\"t1\"", "id=\"d1\"", "id=\"t2\"", "id=\"d3\""}) CHECK(count(html, id) == 1);
  CHECK_THAT(html, contains("ours &amp; theirs: 0.61 (0.57 to 0.65). below: -2."));
  CHECK_THAT(html, contains("a&lt;b: 3 points, from 0.25 to 1."));
  CHECK_THAT(html, contains("4 values from 1 to 3 in 3 ranges, at most 2 in one."));
  CHECK_THAT(html, contains("Not finite, and left out: 2."));
}

TEST_CASE("bars are as long as their values, from zero") {
  const auto html = report::page("b").bars("b", {{"half", 0.5, 0.25, 1}, {"whole", 1}}).html();
  // The axis leads from 0 at 6 to 1 at 506.
  CHECK_THAT(html, contains("<rect class=\"bar\" x=\"6\" y=\"25\" width=\"250\""));
  CHECK_THAT(html, contains("<rect class=\"bar\" x=\"6\" y=\"71\" width=\"500\""));
  CHECK_THAT(html, contains("<line class=\"error\" x1=\"131\" y1=\"33\" x2=\"506\" y2=\"33\"/>"));
  CHECK(count(html, "class=\"error\"") == 3);
}

TEST_CASE("histograms count every value once") {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i % 10);
  const auto html = report::page("h").histogram("h", values, 10).html();
  CHECK(count(html, "<rect class=\"bar\"") == 10);
  CHECK_THAT(html, contains("at most 100 in one"));
  // Freedman and Diaconis: the middle half spans 5 (2 to 7), so ranges are 2·5/∛1000 = 1 wide, and 9 fill 0 to 9.
  CHECK(count(report::page("h").histogram("h", values).html(), "<rect class=\"bar\"") == 9);
}

TEST_CASE("charts of nothing, of one value and of extreme values are drawn") {
  const double huge = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  report::page p("edge");
  p.bars("none", {}).line("none", {}).line("empty", {{"e", {}, {}}}).histogram("none", {}).histogram("one", {7});
  p.bars("extremes", {{"huge", huge}, {"-huge", -huge}}).bars("zero", {{"z", 0}}).bars("tiny", {{"t", tiny}});
  p.line("extremes", {{"e", {-huge, huge, infinite}, {tiny, -tiny, 0}}}).histogram("extremes", {-huge, 0, huge});
  p.histogram("same", std::vector<double>(50, 3.25)).line("flat", {{"f", {1, 2}, {5e9, 5e9}}});
  const auto html = p.html();
  CHECK(well_formed(html));
  CHECK(count(html, "nan") + count(html, "inf\"") + count(html, "=\"inf") == 0);
  CHECK(html.size() < 60'000);
}

TEST_CASE("charts refuse what they cannot draw") {
  report::page p("wrong");
  CHECK_THROWS_AS(p.bars("b", {{"x", nan_value}}), error);
  CHECK_THROWS_AS(p.bars("b", {{"x", 1, 2, 3}}), error);
  CHECK_THROWS_AS(p.bars("b", {{"x", 1, 0}}), error);
  CHECK_THROWS_AS(p.line("l", {{"x", {1, 2}, {1}}}), error);
  CHECK_THROWS_AS(p.line("l", std::vector<report::series>(9)), error);
  CHECK(count(p.html(), "<figure>") == 0);
}

TEST_CASE("ticks are round numbers around the data") {
  using ticks = std::vector<double>;
  CHECK(report::nice_ticks(0, 1, 6) == ticks{0, 0.2, 2 * 0.2, 3 * 0.2, 4 * 0.2, 1});
  CHECK(report::nice_ticks(-3, 7) == ticks{-5, 0, 5, 10});
  CHECK(report::nice_ticks(0, 100, 5) == ticks{0, 50, 100});
  CHECK(report::nice_ticks(12, 88, 5) == ticks{0, 20, 40, 60, 80, 100});
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{0, 0},
                                                                        {5, 5},
                                                                        {1e300, 1e301},
                                                                        {-1e-300, 1e-300},
                                                                        {1, 1 + 1e-15},
                                                                        {nan_value, 3},
                                                                        {-infinite, infinite},
                                                                        {9, 2}}) {
    const auto t = report::nice_ticks(low, high);
    CAPTURE(low, high);
    CHECK(t.size() >= 2);
    CHECK(t.size() <= 12);
    CHECK(std::is_sorted(t.begin(), t.end()));
    CHECK(t.front() < t.back());
    CHECK(std::isfinite(t.back() - t.front()));
  }
}

TEST_CASE("a page is saved whole, over an older one") {
  std::string name = (std::filesystem::temp_directory_path() / "bespoke-page-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const auto path = std::filesystem::path(name) / "report.html";
  report::page("old").save(path);
  everything().save(path);
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  CHECK(text.str() == everything().html());
  CHECK(std::distance(std::filesystem::directory_iterator(name), {}) == 1);
  CHECK_THROWS_AS(everything().save(std::filesystem::path(name) / "missing" / "report.html"), error);
  std::filesystem::remove_all(name);
}
