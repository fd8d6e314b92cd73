// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the text stages ask of ICU. The only file of theirs that includes it is unicode.cpp.

#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/preprocess/words.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bespoke::unicode {

/// Calls `word` with each word of `text`: folded, in `s`, with 16 readable bytes from its last one on.
void for_each_word(std::string_view text, word_rule rule, scratch& s, function_ref<void(std::string_view)> word);

std::string fold(std::string_view text);

/// The text folded (word_rule::unicode) or lowered as Python does it (sklearn), in `s`, with 16 readable bytes after it.
std::string_view in_one_case(std::string_view text, word_rule rule, scratch& s);

/// Normal form NFKC, in `s` or `text` itself where it is in it.
std::string_view nfkc(std::string_view text, scratch& s);

/// ICU's rules from traditional to simplified Chinese, one "source > target;" a line, longer sources first.
std::string simplifying_rules();

/// A number for a character's script; of characters without one of their own, for their block.
std::uint32_t script_of(char32_t c);
/// "Latn", or "block Arrows"; names stay the same in every version of ICU, the numbers need not.
std::string script_name(std::uint32_t script);
std::optional<std::uint32_t> script_by_name(const std::string& name);

enum class character_class { other, punctuation, digit, space };
/// Categories P and S are punctuation, Nd digits; white space, line breaks and control characters (Cc) are space.
character_class class_of(char32_t c);

}  // namespace bespoke::unicode
