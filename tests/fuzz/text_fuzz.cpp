// SPDX-License-Identifier: Apache-2.0
// Any bytes as text for the text stages: no harm, no answer longer than it may be, and clean text stays as it is.
#include <bespoke/features/hashing.hpp>
#include <bespoke/preprocess/clean.hpp>
#include <bespoke/preprocess/simplify.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace bespoke;

namespace {

std::string cleaned(const preprocess::clean& spec, std::string_view text) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  return std::string(preprocess::clean::fitted(spec)(text, s));
}

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const auto flag = [&](unsigned i) { return (data[0] >> i & 1) != 0; };
  const preprocess::clean any{flag(0), flag(1), flag(2), flag(3), flag(4), flag(5), flag(6), flag(7)};
  const std::string once = cleaned(any, text);
  if (!any.nfkc && !any.fold) expect(once.size() <= text.size());
  const preprocess::clean plain{.html = false,
                                .nfkc = false,
                                .urls = false,
                                .emails = false,
                                .punctuation = true,
                                .digits = true,
                                .spaces = true};
  const std::string clean = cleaned(plain, text);
  expect(cleaned(plain, clean) == clean);

  scratch& s = scratch::local();
  const scratch::frame frame(s);
  expect(preprocess::simplify::fitted{false}(text, s).size() <= text.size());
  const auto kind = static_cast<term_kind>(data[1] % 3);
  const unsigned low = 1 + data[1] / 3 % 8, high = low + (8 - low) / 2;
  const features::hashing::fitted hashed({.width = 64u << (data[1] % 4 * 4), .terms = kind, .ngrams = {low, high}});
  expect(hashed(text, s).width() == 64u << (data[1] % 4 * 4));
  return 0;
}
