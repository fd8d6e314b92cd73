// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/stage.hpp>
#include <bespoke/preprocess/simplify.hpp>

#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../stage_properties.hpp"

using namespace bespoke;
using preprocess::simplify;

namespace {

static_assert(stage_spec<simplify, std::string> && stage_spec<simplify, std::string_view>);

std::string simplified(std::string_view text, bool nfkc = true) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  return std::string(simplify::fitted{nfkc}(text, s));
}

/// ICU's transliterator itself.
class by_icu {
 public:
  std::string operator()(const std::string& text) const {
    UErrorCode status = U_ZERO_ERROR;
    std::u16string units(2 * text.size() + 1, u'\0');
    std::int32_t n = 0;
    u_strFromUTF8(units.data(), static_cast<std::int32_t>(units.size()), &n, text.data(),
                  static_cast<std::int32_t>(text.size()), &status);
    std::int32_t limit = n;
    utrans_transUChars(rules_.get(), units.data(), &n, static_cast<std::int32_t>(units.size()), 0, &limit, &status);
    std::string out(3 * units.size(), '\0');
    std::int32_t size = 0;
    u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &size, units.data(), n, &status);
    REQUIRE(U_SUCCESS(status));
    out.resize(static_cast<std::size_t>(size));
    return out;
  }

 private:
  static UTransliterator* open() {
    UErrorCode status = U_ZERO_ERROR;
    auto* t = utrans_openU(u"Traditional-Simplified", -1, UTRANS_FORWARD, nullptr, 0, nullptr, &status);
    REQUIRE(U_SUCCESS(status));
    return t;
  }
  std::unique_ptr<UTransliterator, decltype(&utrans_close)> rules_{open(), &utrans_close};
};

}  // namespace

TEST_CASE("simplify: traditional characters and full-width forms become plain") {
  CHECK(simplified("電腦軟體ＡＢＣ，著名") == "电脑软体ABC,著名");
  CHECK(simplified("臺灣的計畫很顯著。") == "台湾的计划很显著。");
  CHECK(simplified("我们在北京，乾坤") == "我们在北京,乾坤");
  CHECK(simplified("Ｆｕｌｌ", false) == "Ｆｕｌｌ");
  CHECK(simplified("plain ASCII") == "plain ASCII");
  CHECK(simplified("") == "");
}

TEST_CASE("simplify: gives what ICU's transliterator gives, on every character and on random text") {
  const by_icu icu;
  std::vector<std::string> characters;
  std::string all;
  for (char32_t c = 0x2E80; c < 0xA000; ++c) {
    std::string utf8{static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
                     static_cast<char>(0x80 | (c & 63))};
    characters.push_back(utf8);
    all += utf8 + " ";
  }
  CHECK(simplified(all, false) == icu(all));
  // Characters of many phrases, so that these come about.
  for (const char* c : {"著", "名", "畫", "計", "餘", "其", "乾", "坤", "藉", "憑", "係", "關", "么", "甚", "麼", "顯"})
    characters.insert(characters.end(), 3000, c);
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t n = random() % 60; n > 0; --n) text += characters[random() % characters.size()];
    CAPTURE(text);
    REQUIRE(simplified(text, false) == icu(text));
  }
}

TEST_CASE("simplify: bytes that are not UTF-8") {
  CHECK(simplified("\xff\xe9\x9b電", false) == "\xff\xe9\x9b电");
  CHECK(simplified("\xff電") == "\uFFFD电");
}

TEST_CASE("simplify: saved and loaded, the other flag is refused") {
  const std::string file = bespoke_test::saved(simplify::fitted{});
  CHECK(bespoke_test::loaded<std::string>(simplify{}, file).nfkc);
  CHECK_THROWS_WITH(bespoke_test::loaded<std::string>(simplify{.nfkc = false}, file), bespoke_test::contains("nfkc"));
}
