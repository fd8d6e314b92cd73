// SPDX-License-Identifier: Apache-2.0
#pragma once
// The terms that `tfidf` knows, and the row of a document from them.
//
// Terms are nodes: first the words, then the pairs of level 2, and so on, each a node of the level before with one more
// word. Within a level nodes are ordered by shard. A node that is only the beginning of a longer term has no column.

#include <array>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/features/tfidf.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "term_characters.hpp"
#include "term_hash.hpp"

namespace bespoke::features::detail {

inline constexpr std::uint32_t no_node = 0xFFFFFFFFu;
inline constexpr std::uint32_t no_column = 0xFFFFFFFFu;

/// A run of words: the node of all but its last word, and the last word.
struct gram {
  std::uint32_t prefix, word;
  friend bool operator==(const gram&, const gram&) = default;
};
inline std::uint64_t key_of(gram g) { return std::uint64_t{g.prefix} << 32 | g.word; }

/// The runs of words that are terms. Runs of characters are words of their own, one by one.
inline ngram_range word_runs(const tfidf& spec) { return spec.terms == term_kind::words ? spec.ngrams : ngram_range{}; }
inline character_runs runs_of(const tfidf& spec) { return {spec.terms, spec.ngrams, spec.words}; }

/// Where each shard of something begins, and where the last one ends.
using shard_bounds = std::array<std::uint32_t, shards + 1>;

/// What changes a row's values.
struct weighting {
  bool sublinear = false;
  row_norm norm = row_norm::l2;
};

/// Counts equal columns and weighs them; `columns` ascend. Gives the number of different ones, written with their values
/// to `to` (which may be where `columns` lie) and `values`. One order of sums for one record and for many.
std::size_t weigh(std::span<const std::uint32_t> columns, std::span<const float> idf, weighting how, std::uint32_t* to,
                  float* values);

/// The same from how often each column came: `counts[column]`.
std::size_t weigh_counts(std::span<const std::uint32_t> counts, std::span<const float> idf, weighting how,
                         std::uint32_t* to, float* values);

/// Learned content; the lookups are built from it.
struct term_content {
  std::vector<char> bytes;               ///< of all words
  std::vector<std::uint32_t> ends;       ///< where each word's bytes end
  std::vector<std::vector<gram>> grams;  ///< of level 2 and up
  std::vector<std::uint32_t> node_of;    ///< of each column, ascending; empty: columns are nodes
  std::vector<float> idf;                ///< of each column
};

class term_table {
 public:
  /// `damaged` is called with a sentence where the content contradicts itself; it must not return.
  using report = function_ref<void(const char*)>;
  term_table(const tfidf& spec, term_content content, const context* threads, report damaged);

  std::size_t width() const noexcept { return c_.idf.size(); }
  const tfidf& spec() const noexcept { return spec_; }
  const term_content& content() const noexcept { return c_; }
  std::size_t words() const noexcept { return c_.ends.size(); }
  std::string_view word(std::size_t node) const noexcept {
    const std::size_t begin = node == 0 ? 0 : c_.ends[node - 1];
    return {c_.bytes.data() + begin, c_.ends[node] - begin};
  }
  std::string name(std::size_t column) const;
  std::uint32_t column(std::size_t node) const noexcept {
    return column_of_.empty() ? static_cast<std::uint32_t>(node) : column_of_[node];
  }

  /// The row of a document whose words have 16 readable bytes from their last one on. `most` is a bound on their number.
  template <class Split>
  sparse_row row(std::size_t most, scratch& s, Split&& split) const;

  /// The row of a document whose terms come in pieces: `each(use)` calls `use` with them. `most` is a bound on their number.
  sparse_row row_of_runs(std::size_t most, scratch& s, function_ref<void(use_terms)> each) const;

 private:
  struct slots_of {
    shard_bounds begin{};
    std::array<std::uint32_t, shards> mask{};
  };
  struct level {
    std::uint32_t first = 0;  // node
    slots_of at{};
    std::vector<std::uint32_t> slots;  // node + 1 within the level, or 0
  };
  struct word_slot {
    std::uint32_t node = 0;  // + 1, or 0
    std::uint32_t tag = 0;
  };
  struct token {
    std::uint64_t hash;
    std::uint32_t word, node;
  };

  static const std::uint32_t* first_slot(const level& l, std::uint64_t hash) noexcept {
    const std::size_t shard = shard_of(hash);
    return l.slots.data() + l.at.begin[shard] + (static_cast<std::uint32_t>(hash) & l.at.mask[shard]);
  }
  void index_columns(report damaged);
  void index_words(const context* threads, report damaged);
  void index_grams(std::size_t k, const context* threads, report damaged);
  static slots_of lay_out(std::span<const std::uint64_t> hashes, shard_bounds& nodes, report damaged);

  std::uint32_t find_word(std::uint64_t hash, const word_head& head, std::string_view word) const noexcept;
  std::uint32_t find_gram(const level& l, std::span<const gram> grams, std::uint64_t hash, gram g) const noexcept;
  std::size_t find_runs(std::span<const std::string_view> runs, scratch& s, std::uint32_t* columns) const;
  std::size_t find_columns(std::span<const std::string_view> words, scratch& s, std::uint32_t* columns) const;
  std::span<token> find_words(std::span<const std::string_view> words, scratch& s) const;
  void extend(std::span<token> runs, std::span<const token> words, std::size_t k) const;
  std::size_t columns_of(std::span<const token> runs, std::uint32_t* columns) const;

  tfidf spec_;
  term_content c_;
  std::vector<std::uint32_t> column_of_;  // of each node; empty: itself
  std::vector<std::uint64_t> hashes_;     // of the nodes; only while the lookups are built
  slots_of words_at_{};
  std::vector<word_slot> word_slots_;
  std::vector<level> levels_;
};

template <class Split>
sparse_row term_table::row(std::size_t most, scratch& s, Split&& split) const {
  const auto columns = s.take<std::uint32_t>(most * spec_.ngrams.high);
  const auto values = s.take<float>(columns.size());
  const scratch::frame temporaries(s);
  const std::size_t n = find_columns(split(), s, columns.data());
  const std::size_t different =
      weigh(columns.first(n), c_.idf, {spec_.sublinear, spec_.norm}, columns.data(), values.data());
  return {columns.first(different), values.first(different), width()};
}

}  // namespace bespoke::features::detail
