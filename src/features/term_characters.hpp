// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs of characters as terms, a few thousand at a time: a document has many more of them than words.

#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/features/ngrams.hpp>
#include <bespoke/preprocess/words.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::features::detail {

/// Which runs of characters are terms.
struct character_runs {
  term_kind terms = term_kind::characters;
  ngram_range ngrams{};
  word_rule rule = word_rule::unicode;
};

using use_terms = function_ref<void(std::span<const std::string_view>)>;

/// Calls `use` with the terms of a document, in the order of the text; each has 16 readable bytes from its last one on.
/// What `use` takes from `s` is given back after each call.
void for_each_run(std::string_view text, const character_runs& which, scratch& s, use_terms use);
void for_each_run(const std::vector<std::string>& words, const character_runs& which, scratch& s, use_terms use);

/// No fewer than the terms of a document of that many bytes. A character may become three, and characters_in_words gives a
/// word two more.
inline std::size_t most_runs(std::size_t bytes, ngram_range ngrams) {
  return (3 * bytes + 4) * (ngrams.high - ngrams.low + 1);
}
inline std::size_t most_runs(std::string_view text, ngram_range ngrams) { return most_runs(text.size(), ngrams); }
inline std::size_t most_runs(const std::vector<std::string>& words, ngram_range ngrams) {
  std::size_t bytes = 0;
  for (const auto& w : words) bytes += w.size() + 1;
  return most_runs(bytes, ngrams);
}

}  // namespace bespoke::features::detail
