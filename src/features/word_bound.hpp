// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many words a text can have at most, known before it is split.

#include <algorithm>
#include <bespoke/preprocess/words.hpp>
#include <cstddef>
#include <string_view>

namespace bespoke::features::detail {

/// ASCII words have at least a byte between them; some others may follow each other directly.
inline std::size_t most_words(std::string_view text, word_rule rule) {
  if (rule == word_rule::sklearn) return text.size() / 3 + 1;
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80 ? text.size() / 2 + 1 : text.size();
}

}  // namespace bespoke::features::detail
