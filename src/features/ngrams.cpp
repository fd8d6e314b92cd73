// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/ngrams.hpp>

#include <fmt/format.h>

namespace bespoke {

const char* name(row_norm norm) noexcept {
  switch (norm) {
    case row_norm::l2: return "l2";
    case row_norm::l1: return "l1";
    case row_norm::none: return "none";
  }
  return "unknown";
}

const char* name(term_kind kind) noexcept {
  switch (kind) {
    case term_kind::words: return "words";
    case term_kind::characters: return "characters";
    case term_kind::characters_in_words: return "characters_in_words";
  }
  return "unknown";
}

void detail::check_ngrams(ngram_range ngrams, const char* stage) {
  if (ngrams.low >= 1 && ngrams.low <= ngrams.high && ngrams.high <= 8) return;
  throw error(errc::invalid_argument,
              {.stage = stage,
               .problem = "ngrams",
               .expected = "1 ≤ low ≤ high ≤ 8",
               .got = fmt::format("{{{}, {}}}", ngrams.low, ngrams.high),
               .advice = "words alone are {1, 1}, words and pairs {1, 2}, runs of 2 to 5 characters {2, 5}"});
}

std::string detail::to_string(ngram_range ngrams) { return fmt::format("{}-{}", ngrams.low, ngrams.high); }

}  // namespace bespoke
