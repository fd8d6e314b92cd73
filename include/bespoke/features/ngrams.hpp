// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the stages that count terms share: what a term is, how a row is scaled, and how documents are read.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bespoke {

/// What is counted: runs of neighbouring words, or runs of neighbouring characters. A character is a Unicode code point of
/// any script; text is brought to one case first, as its word_rule does it: `unicode` folds, `sklearn` lowers.
///
/// `characters` runs over the whole text, in which two or more white-space characters count as one space: scikit-learn's
/// analyzer="char". `characters_in_words` stays inside what stands between white space, with a space before and after it,
/// so that runs know where a word begins and ends; a word shorter than `low` counts once as a whole: analyzer="char_wb".
/// A list of words is joined by spaces, its words as they are.
enum class term_kind : std::uint8_t { words, characters, characters_in_words };

/// The name of a kind, as bundles have it: "words", "characters", "characters_in_words".
const char* name(term_kind kind) noexcept;

/// Runs of `low` to `high` neighbouring words (or characters) count as terms: {1, 1} words, {1, 2} words and pairs.
/// 1 ≤ low ≤ high ≤ 8.
struct ngram_range {
  unsigned low = 1;
  unsigned high = 1;
};

/// How a row is scaled: to a sum of squares of 1, to a sum of magnitudes of 1, or not at all. A row of zeros stays.
enum class row_norm : std::uint8_t { l2, l1, none };

/// The name of a norm, as bundles have it: "l2", "l1", "none".
const char* name(row_norm norm) noexcept;

/// A document: text (anything that converts to std::string_view), or a list of words that are taken as they are.
/// Empty words in a list are skipped.
template <class T>
concept document = std::convertible_to<const T&, std::string_view> || std::same_as<T, std::vector<std::string>>;

namespace detail {

/// Some documents, as texts or as lists of words; the other span is empty.
struct documents {
  std::span<const std::string_view> texts{};
  std::span<const std::vector<std::string>* const> lists{};
};

/// All documents of a data set, whatever their type, for the compiled half. Valid while `x` is.
struct document_source {
  std::size_t size = 0, count = 0;  ///< documents and blocks
  function_ref<void(std::size_t, scratch&, function_ref<void(const documents&)>)> visit;
};

/// Calls `use` with block `b` of `x`.
template <document In>
void visit_documents(const blocks<In>& x, std::size_t b, scratch& s, function_ref<void(const documents&)> use) {
  x.visit(b, s, [&](const block<In>& in) {
    const scratch::frame frame(s);
    if constexpr (std::same_as<In, std::vector<std::string>>) {
      const auto lists = s.take<const std::vector<std::string>*>(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) lists[i] = &in[i];
      use({.lists = lists});
    } else {
      const auto texts = s.take<std::string_view>(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) texts[i] = in[i];
      use({.texts = texts});
    }
  });
}

/// Throws errc::invalid_argument unless 1 ≤ low ≤ high ≤ 8.
void check_ngrams(ngram_range ngrams, const char* stage);
/// "1-2", as bundles have it.
std::string to_string(ngram_range ngrams);

}  // namespace detail
}  // namespace bespoke
