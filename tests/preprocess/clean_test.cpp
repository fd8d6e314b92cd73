// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/stage.hpp>
#include <bespoke/preprocess/clean.hpp>

#include <random>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../oracle.hpp"
#include "../stage_properties.hpp"

using namespace bespoke;
using preprocess::clean;

namespace {

static_assert(stage_spec<clean, std::string> && stage_spec<clean, std::string_view, std::string>);

std::string cleaned(const clean& spec, std::string_view text) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  return std::string(clean::fitted(spec)(text, s));
}
std::string cleaned(std::string_view text) { return cleaned({}, text); }

/// Nothing but what a test turns on.
constexpr clean nothing{.html = false,
                        .nfkc = false,
                        .urls = false,
                        .emails = false,
                        .fold = false,
                        .punctuation = false,
                        .digits = false,
                        .spaces = false};
template <class Set>
clean only(Set set) {
  clean spec = nothing;
  set(spec);
  return spec;
}
const clean html = only([](clean& c) { c.html = true; });
const clean urls = only([](clean& c) { c.urls = true; });
const clean emails = only([](clean& c) { c.emails = true; });
const clean spaces = only([](clean& c) { c.spaces = true; });
const clean nfkc = only([](clean& c) { c.nfkc = true; });
const clean fold = only([](clean& c) { c.fold = true; });

}  // namespace

TEST_CASE("clean: the example, and all steps at once") {
  CHECK(cleaned("<p>See HTTPS://shop.example/x?y=1, caf&eacute; ﬁne</p>") == "see , café fine");
  CHECK(cleaned({.punctuation = true, .digits = true}, "Don't pay  $3.50 -- ask me@shop.example, or call 555-0100!") ==
        "don't pay ask or call");
  CHECK(cleaned("") == "");
  CHECK(cleaned(nothing, " A <b>\xff ") == " A <b>\xff ");
}

TEST_CASE("clean: entities as Python has them") {
  const auto golden = bespoke_test::oracle("preprocess/clean");
  REQUIRE(golden["entities"].size() == 253);
  for (const auto& g : golden["entities"])
    CHECK(cleaned(html, g["text"].get<std::string>()) == g["character"].get<std::string>());
  for (const auto& g : golden["numbers"])
    CHECK(cleaned(html, g["text"].get<std::string>()) == g["character"].get<std::string>());
  CHECK(cleaned(html, "a &amp; b &amp;lt; &unknown; &amp &; &#; &#x; &#12 &toolongtobeone;") ==
        "a & b &lt; &unknown; &amp &; &#; &#x; &#12 &toolongtobeone;");
}

TEST_CASE("clean: NFKC and case folding as Python has them") {
  const clean both = only([](clean& c) { c.nfkc = c.fold = true; });
  const auto golden = bespoke_test::oracle("preprocess/clean");
  for (const auto& g : golden["forms"]) {
    const std::string text = g["text"];
    CHECK(cleaned(nfkc, text) == g["nfkc"].get<std::string>());
    CHECK(cleaned(fold, text) == g["fold"].get<std::string>());
    CHECK(cleaned(both, text) == g["both"].get<std::string>());
  }
}

TEST_CASE("clean: tags") {
  CHECK(cleaned(html, "a<br>b<b>o</b>ld<p class=\"x > y\">c</p>") == "a bold c ");
  CHECK(cleaned(html, "3 < 5 and 5 > 3, <3, a<b") == "3 < 5 and 5 > 3, <3, a<b");
  CHECK(cleaned(html, "x<!-- <b>hidden</b> -->y<!DOCTYPE html>z") == "xy z");
  CHECK(cleaned(html, "a<script>if (x < 1) y();</script>b<STYLE>p {}</STYLE >c") == "a  b  c");
  CHECK(cleaned(html, "a<script>never closed") == "a never closed");
  CHECK(cleaned(html, "<a title=\"never closed>x") == "x");
  CHECK(cleaned(html, "<a href='>'>x</a> <!-- open") == "x <!-- open");
}

TEST_CASE("clean: URLs end where a sentence goes on") {
  CHECK(cleaned(urls, "at http://a.example/b?c=d#e, (www.b.example). FTP://x") == "at  , ( ).  ");
  CHECK(cleaned(urls, "看https://t.example/a很好") == "看 很好");
  CHECK(cleaned(urls, "https://a.example/x_(y) end") == "  end");
  CHECK(cleaned(urls, "example.com http:// awww.x xhttp://y file://z www.") ==
        "example.com http:// awww.x xhttp://y file://z www.");
}

TEST_CASE("clean: e-mail addresses") {
  CHECK(cleaned(emails, "mail me.too+x@mail.example.com, or a@b.de.") == "mail  , or  .");
  CHECK(cleaned(emails, "a@b @home.example x@y.1 @@ a@.de me@localhost") ==
        "a@b @home.example x@y.1 @@ a@.de me@localhost");
}

TEST_CASE("clean: punctuation, digits and white space of every script") {
  const clean marks = only([](clean& c) { c.punctuation = true; });
  CHECK(cleaned(marks, "it's 'so' don’t—x，y！a+b 😀") == "it's  so  don’t x y a b  ");
  const clean digits = only([](clean& c) { c.digits = true; });
  CHECK(cleaned(digits, "a1b٣c३") == "a b c ");
  CHECK(cleaned(spaces, "\t a\u00a0\u3000b \x01 c\u2028") == "a b c");
}

TEST_CASE("clean: bytes that are not UTF-8") {
  CHECK(cleaned(spaces, "a \xff\xe4 b\xc3") == "a \xff\xe4 b\xc3");
  CHECK(cleaned("A\xff") == "a\uFFFD");
  CHECK(cleaned(nfkc, "\xed\xa0\x80x") == "\uFFFD\uFFFD\uFFFDx");
}

TEST_CASE("clean: any bytes at all, with any steps, and a second time changes nothing but entities and tags") {
  const std::vector<std::string> parts{"<",  ">",  "&",    "amp;",   "#",       "x41;",      "b", " ", "\"", "=",
                                       "--", "!",  "http", "://",    "www.",    "a.example", "@", "é", "中", "ﬁ",
                                       "１", "\n", "\xff", "\u0301", "script>", "</script>", "'", "9"};
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 30; n > 0; --n) text += parts[random() % parts.size()];
    const auto flag = [&] { return random() % 2 != 0; };
    const clean any{flag(), flag(), flag(), flag(), flag(), flag(), flag(), flag()};
    CHECK_NOTHROW(cleaned(any, text));
    const clean plain = only([](clean& c) { c.nfkc = c.fold = c.punctuation = c.digits = c.spaces = true; });
    const std::string once = cleaned(plain, text);
    CAPTURE(text, once);
    REQUIRE(cleaned(plain, once) == once);
  }
}

TEST_CASE("clean: hostile text takes linear time") {
  for (const char* part :
       {"<", "<a", "<a b=\"", "<a b='\"", "<!--", "<script>", "&", "&#", "@", "a@", "www.", "://", "</"}) {
    std::string text;
    while (text.size() < 400'000) text += part;
    CHECK(cleaned(text).size() <= text.size());
  }
}

TEST_CASE("clean: saved and loaded, other steps are refused") {
  const clean spec{.digits = true};
  const std::string file = bespoke_test::saved(clean::fitted(spec));
  const auto again = bespoke_test::loaded<std::string>(spec, file);
  CHECK(bespoke_test::saved(again) == file);
  CHECK_THROWS_WITH(bespoke_test::loaded<std::string>(clean{}, file), bespoke_test::contains("digits"));
  CHECK_THROWS_WITH(bespoke_test::loaded<std::string>(clean{.html = false, .digits = true}, file),
                    bespoke_test::contains("html"));
}
