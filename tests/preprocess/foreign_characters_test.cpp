// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/stage.hpp>
#include <bespoke/preprocess/foreign_characters.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../stage_properties.hpp"

using namespace bespoke;
using preprocess::foreign_characters;
using texts = std::vector<std::string>;

namespace {

static_assert(stage_spec<foreign_characters, std::string> && stage_spec<foreign_characters, std::string_view>);

auto fit(const foreign_characters& spec, const texts& x, unsigned threads = 1) {
  const context ctx({.threads = threads});
  return spec.fit(blocks<std::string>(std::span<const std::string>(x)), bespoke_test::no_targets(x.size()), ctx);
}

template <class F>
std::string filtered(const F& fitted, std::string_view text) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  return std::string(fitted(text, s));
}

/// 3,000 English texts; 300 with é, 6 with €, 2 with Cyrillic, 1 with an arrow.
texts english() {
  texts all(3000, "plain English text");
  for (std::size_t i = 0; i < 300; ++i) all[10 * i] += " caf\u00e9";
  for (std::size_t i = 0; i < 6; ++i) all[100 * i + 1] += " 5\u20ac";
  all[7] += " спам";
  all[8] += " спам";
  all[9] += " \u2192";
  return all;
}

}  // namespace

TEST_CASE("foreign characters: rare characters of rare scripts go, others stay") {
  const auto f = fit({}, english());
  CHECK(f.scripts() == texts{"Latn"});
  CHECK(filtered(f, "café €5 спам → x") == "café €5     x");
  CHECK(filtered(f, "na\u00efve \u0142") == "na\u00efve \u0142");  // never seen, Latin
  CHECK(filtered(f, "中文 a") == "  a");
  CHECK(filtered(f, "ASCII only \x01 ~") == "ASCII only \x01 ~");
  CHECK(filtered(f, "") == "");
  CHECK(f.foreign(U'я'));
  CHECK_FALSE(f.foreign(U'€'));
}

TEST_CASE("foreign characters: a rare character of a common script is at home") {
  texts x(500, "酒店很好");
  x[3] += "龘";
  const auto f = fit({}, x);
  CHECK(filtered(f, "龘𠀀好 привет") == "龘𠀀好  ");
}

TEST_CASE("foreign characters: bad bytes count as U+FFFD; shares of 0 keep all that was seen, of 1 what all have") {
  CHECK(filtered(fit({}, english()),
                 "a\xff\xfe"
                 "b\xc3") == "a b ");
  const auto all = fit({.min_share = 0, .min_script_share = 0}, english());
  CHECK(filtered(all, "спам → €") == "спам → €");
  const auto few = fit({.min_share = 1, .min_script_share = 1}, english());
  CHECK(filtered(few, "café") == "caf ");
  CHECK(filtered(fit({}, {}), "é!") == " !");
}

TEST_CASE("foreign characters: the same for any number of threads, and after loading") {
  const auto f = fit({}, english());
  const std::string file = bespoke_test::saved(f);
  CHECK(bespoke_test::saved(fit({}, english(), 2)) == file);
  CHECK(bespoke_test::saved(fit({}, english(), 4)) == file);
  const auto again = bespoke_test::loaded<std::string>(foreign_characters{.min_share = 0.5}, file);
  CHECK(bespoke_test::saved(again) == file);
  CHECK(filtered(again, "café €5 спам → x") == filtered(f, "café €5 спам → x"));
}

TEST_CASE("foreign characters: what cannot be used says so") {
  CHECK_THROWS_WITH(fit({.min_share = 2}, {}), bespoke_test::contains("min_share"));
  CHECK_THROWS_WITH(fit({.min_script_share = -1}, {}), bespoke_test::contains("from 0 to 1"));
  const auto rejected = [](const texts& scripts, const std::vector<std::uint32_t>& characters) {
    bundle_writer w;
    auto s = w.stage("foreign_characters/1");
    s.put("min_share", 0.1);
    s.put("min_script_share", 0.1);
    s.put("scripts", std::span<const std::string>(scripts));
    s.put("characters", std::span<const std::uint32_t>(characters));
    return bespoke_test::message([&] { bespoke_test::loaded<std::string>(foreign_characters{}, w.bytes({})); });
  };
  CHECK(rejected({"Latn", "block Arrows"}, {200, 300}).empty());
  CHECK_THAT(rejected({"Nowhere"}, {}), bespoke_test::contains("Nowhere"));
  CHECK_THAT(rejected({}, {300, 200}), bespoke_test::contains("order"));
  CHECK_THAT(rejected({}, {0x110000}), bespoke_test::contains("order"));
}
