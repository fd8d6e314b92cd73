// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text into words: where a word begins and ends, and which spellings are the same word.
//
//     scratch::frame frame(s);
//     for (std::string_view word : split_words("Can't pay 3.14 in São Paulo", word_rule::unicode, s)) …
//     // can't  pay  3.14  in  são  paulo
//
// ASCII text takes a path of its own, 64 bytes at a time; stretches of text with other characters go through ICU.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke {

/// What a word is.
///
/// `unicode`: the word boundaries of UAX #29 as ICU's root locale has them, with its dictionaries for Chinese, Japanese,
/// Thai, Lao, Khmer and Burmese; `@` and `:` always separate, as versions of ICU disagree on them. Kept are the segments with a letter, a number or an ideograph, single characters too;
/// each is case-folded (full folding: "Straße" becomes "strasse"). Not normalised: "é" as one code point and as two differ.
///
/// `sklearn`: scikit-learn 1.2.1's default analyser. The text is lowercased as Python's str.lower does, and a word is two
/// or more of the characters that Python's `\w` takes: letters, numbers and the underscore, no combining marks. The one
/// known difference: Python 3.11 has Unicode 14's characters, ICU 72 those of Unicode 15.
enum class word_rule : std::uint8_t { unicode, sklearn };

/// The name of a rule, as bundles have it: "unicode", "sklearn".
const char* name(word_rule rule) noexcept;

/// The words of a text, in order, folded. The views point into `s` and are valid until its enclosing frame ends; 16 bytes
/// may be read from the last byte of any of them on. Bytes that are not UTF-8 count as U+FFFD, which is no part of a word.
/// O(bytes); allocates nothing for ASCII text once `s` has grown; at most 10 bytes of `s` for a byte of ASCII text.
/// Thread safety: from any thread, each with its own scratch. Throws errc::unsupported for text
/// that is not ASCII where the library was built without ICU.
std::span<const std::string_view> split_words(std::string_view text, word_rule rule, scratch& s);

namespace preprocess {

using bespoke::operator|;

/// A stage from text to its words, for stages that take lists of words: `words{.rule = word_rule::sklearn}`.
/// Takes anything that converts to std::string_view, gives std::vector<std::string>. Learns nothing.
struct words {
  word_rule rule = word_rule::unicode;

  /// Thread safety: from any thread.
  struct fitted {
    static constexpr std::string_view kind = "words/1";
    using output_type = std::vector<std::string>;
    word_rule rule = word_rule::unicode;

    output_type operator()(std::string_view text, scratch& s) const;
    void save(bundle_writer& w) const { w.put("rule", name(rule)); }
  };

  template <class In, class Y>
  fitted fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return {rule};
  }
  /// Throws errc::bundle_mismatch where the file has another rule.
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    r.must_equal("rule", name(rule));
    return {rule};
  }
};

}  // namespace preprocess
}  // namespace bespoke
