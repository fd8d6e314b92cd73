// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/fold.hpp>
#include <bespoke/preprocess/words.hpp>

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;

namespace {

using words = std::vector<std::string>;

words split(std::string_view text, word_rule rule) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  const auto found = split_words(text, rule, s);
  return {found.begin(), found.end()};
}
words unicode(std::string_view text) { return split(text, word_rule::unicode); }
words sklearn(std::string_view text) { return split(text, word_rule::sklearn); }

std::u16string utf16(std::string_view text) {
  std::u16string out(text.size() + 1, u'\0');
  std::int32_t n = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8WithSub(out.data(), static_cast<std::int32_t>(out.size()), &n, text.data(),
                       static_cast<std::int32_t>(text.size()), 0xFFFD, nullptr, &status);
  REQUIRE(U_SUCCESS(status));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

std::string utf8(const std::u16string& text) {
  std::string out(3 * text.size() + 1, '\0');
  std::int32_t n = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &n, text.data(),
              static_cast<std::int32_t>(text.size()), &status);
  REQUIRE(U_SUCCESS(status));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

bool counts_as_word(const std::u16string& segment) {
  for (std::size_t i = 0; i < segment.size();) {
    UChar32 c;
    U16_NEXT(segment.data(), i, segment.size(), c);
    if ((U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0) return true;
  }
  return false;
}

std::string folded(const std::u16string& text) {
  std::u16string out(3 * text.size() + 1, u'\0');
  UErrorCode status = U_ZERO_ERROR;
  const auto n = u_strFoldCase(out.data(), static_cast<std::int32_t>(out.size()), text.data(),
                               static_cast<std::int32_t>(text.size()), U_FOLD_CASE_DEFAULT, &status);
  REQUIRE(U_SUCCESS(status));
  out.resize(static_cast<std::size_t>(n));
  return utf8(out);
}

/// ICU on the whole text, with no path of our own; only `@` and `:` are made to separate.
words by_icu(std::string_view utf8_text) {
  std::u16string text = utf16(utf8_text);
  for (char16_t& c : text)
    if (c == u'@' || c == u':') c = u' ';
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UBreakIterator, decltype(&ubrk_close)> breaks(
      ubrk_open(UBRK_WORD, "", text.data(), static_cast<std::int32_t>(text.size()), &status), &ubrk_close);
  REQUIRE(U_SUCCESS(status));
  words out;
  std::int32_t begin = 0;
  for (auto end = ubrk_next(breaks.get()); end != UBRK_DONE; begin = end, end = ubrk_next(breaks.get())) {
    const auto segment = text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    if (counts_as_word(segment)) out.push_back(folded(segment));
  }
  return out;
}

std::string random_text(std::mt19937& random, const std::vector<std::string>& alphabet, std::size_t longest) {
  std::string text;
  for (std::size_t n = random() % (longest + 1); n > 0; --n) text += alphabet[random() % alphabet.size()];
  return text;
}

}  // namespace

TEST_CASE("words: the Unicode rule keeps contractions, numbers and single characters") {
  CHECK(unicode("Can't pay 3.14 a_b at example.com!") == words{"can't", "pay", "3.14", "a_b", "at", "example.com"});
  CHECK(unicode("I, 2 ___ -- '' 1,000.5 x.1 O'Neil's.") == words{"i", "2", "1,000.5", "x", "1", "o'neil's"});
  CHECK(unicode("me@example.com 10:30 a:b") == words{"me", "example.com", "10", "30", "a", "b"});
  CHECK(unicode("").empty());
  CHECK(unicode(" \n\t.,;").empty());
}

TEST_CASE("words: other scripts are segmented and folded") {
  CHECK(unicode("Straße CAFÉ “Don’t”") == words{"strasse", "café", "don’t"});
  CHECK(unicode("ΑΣ Βίος") == words{"ασ", "βίοσ"});
  CHECK(unicode("我们在北京") == words{"我们", "在", "北京"});
  CHECK(unicode("สวัสดีครับ") == words{"สวัสดี", "ครับ"});
  CHECK(unicode("hi 😀 there").size() == 2);
  CHECK(unicode("x² ½") == words{"x", "²", "½"});
}

TEST_CASE("words: scikit-learn's rule lowers, and takes two or more word characters") {
  CHECK(sklearn("Can't pay 3.14 a_b x __ at example.com") ==
        words{"can", "pay", "14", "a_b", "__", "at", "example", "com"});
  CHECK(sklearn("Straße ΑΣ ΑΣΑ CAFÉ x²") == words{"straße", "ας", "ασα", "café", "x²"});
  CHECK(sklearn("我们在北京, 我") == words{"我们在北京"});
  CHECK(sklearn("İİ e\u0301e").empty());
}

TEST_CASE("words: scikit-learn's rule gives what its analyser gives") {
  std::ifstream file(std::string(BESPOKE_TEST_DATA) + "/oracles/preprocess/words.json");
  const auto golden = nlohmann::json::parse(file);
  REQUIRE(golden.size() >= 10);
  for (const auto& g : golden) CHECK(sklearn(g["text"].get<std::string>()) == g["words"].get<words>());
}

TEST_CASE("words: text that is not UTF-8 is split at the bad bytes") {
  CHECK(unicode("good\xff\xfe"
                "day caf\xc3") == words{"good", "day", "caf"});
  CHECK(sklearn("good\xff\xfe"
                "day \xed\xa0\x80ok") == words{"good", "day", "ok"});
  CHECK(fold_case("A\xff") == "a\uFFFD");
}

TEST_CASE("words: the ASCII path gives what ICU gives") {
  std::vector<std::string> all,
      likely{"a", "B", "z", "1", "9", "_", ".", ",", "'", ":", ";", "\"", "@", "-", " ", "\n", "\r"};
  for (int c = 0; c < 128; ++c) all.emplace_back(1, static_cast<char>(c));
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random, round % 2 != 0 ? all : likely, round % 10 == 0 ? 300 : 20);
    CAPTURE(text);
    REQUIRE(unicode(text) == by_icu(text));
  }
}

TEST_CASE("words: text with both kinds of stretches gives what ICU gives on the whole") {
  const std::vector<std::string> alphabet{"a",  "B",  "1",  ".",  "'",    " ",      " ",      "\n", "é",  "ß",
                                          "’",  "中", "文", "ไ",  "ท",    "\u0301", "\u200d", "ℹ",  "😀", "א",
                                          "\"", "²",  "_",  "カ", "\xff", "\xe4",   "Σ",      "🇩",  "🇪"};
  std::mt19937 random(8);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random, alphabet, round % 10 == 0 ? 200 : 16);
    CAPTURE(text);
    REQUIRE(unicode(text) == by_icu(text));
  }
}

TEST_CASE("words: any bytes at all are split without harm") {
  std::mt19937 random(9);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    for (const auto& word : sklearn(text)) REQUIRE(word.size() >= 2);
    REQUIRE(unicode(text) == by_icu(text));
  }
}

TEST_CASE("words and fold: the stages") {
  const context ctx;
  const std::vector<std::string> texts{"One Two", "three"};
  const blocks<std::string> x{std::span<const std::string>(texts)};
  const auto split_stage = preprocess::words{.rule = word_rule::sklearn}.fit(x, own(std::vector<int>(2)), ctx);
  CHECK(split_stage("One a Two", scratch::local()) == words{"one", "two"});
  const auto fold_stage = preprocess::fold{}.fit(x, own(std::vector<int>(2)), ctx);
  CHECK(fold_stage("STRASSE Straße") == "strasse strasse");
  CHECK(fold_stage("ASCII [Z]") == "ascii [z]");
}
