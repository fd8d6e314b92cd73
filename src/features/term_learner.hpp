// SPDX-License-Identifier: Apache-2.0
#pragma once
// How `tfidf` learns, in one pass over the text.
//
//   1. Each block of documents is split into words, numbered within the block. Runs of characters are words here, each by
//      itself: there are no longer runs of them.
//   2. Words are cut into 64 shards by their hash. Each shard goes through the blocks in order and numbers its words:
//      what number a word gets does not depend on who worked when.
//   3. The same for pairs of word numbers, and so on for longer runs.
//   4. Terms are chosen, weighed, and put into a table; each block's rows are written from the numbers it kept.
//
// Step 1 to 3 are here, 4 is in term_choice and term_rows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "term_hash.hpp"
#include "term_table.hpp"

namespace bespoke::features::detail {

/// A word and how often it came. Its bytes are those of the head, or lie apart from `begin` on where it is longer.
struct counted_word {
  word_head head{};
  std::uint64_t hash = 0;
  std::uint32_t size = 0, begin = 0;
  std::uint32_t df = 0, last = no_node;  ///< documents with it, and the last one of them
  std::uint64_t tf = 0;
};

/// Different words, numbered from 0 in the order in which they came.
class word_numbers {
 public:
  /// Expects some number of different words.
  explicit word_numbers(std::size_t expected);
  /// The entry of a word, new or known.
  std::uint32_t add(std::uint64_t hash, const word_head& head, std::string_view text);
  /// Asks for the memory that `add` will read: first the slot, then what the slot leads to.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&first_slot(hash)); }
  void prefetch_word(std::uint64_t hash) const {
    if (const std::uint32_t number = first_slot(hash).number; number != 0) __builtin_prefetch(&words[number - 1]);
  }
  /// Gives back what only `add` needs.
  void finish() { slots_ = {}; }

  std::vector<counted_word> words{};
  std::vector<char> long_bytes{};

  std::string_view text(const counted_word& w) const {
    if (w.size > head_size) return {long_bytes.data() + w.begin, w.size};
    return {reinterpret_cast<const char*>(&w.head), w.size};
  }

 private:
  struct slot {
    std::uint32_t number = 0, tag = 0;  // + 1, or 0
  };
  const slot& first_slot(std::uint64_t hash) const { return slots_[(hash >> 20) & (slots_.size() - 1)]; }
  void insert(std::uint64_t hash, std::uint32_t number);
  std::uint32_t append(std::uint64_t hash, const word_head& head, std::string_view text);
  std::vector<slot> slots_;
};

/// Different runs, numbered from 0 in the order in which they came.
class gram_numbers {
 public:
  /// Expects some number of different runs. `tf` is counted only where it is asked for.
  gram_numbers(std::size_t expected, bool with_tf);
  /// The number of a run that `doc` has once more. Documents come in order.
  std::uint32_t add(std::uint64_t key, std::uint32_t doc);
  /// Gives back what only `add` needs.
  void finish() { slots_ = {}; }
  void prefetch(std::uint64_t key) const { __builtin_prefetch(slots_.data() + (mixed(key) & (slots_.size() - 1))); }

  std::vector<std::uint64_t> keys{};
  std::vector<std::uint32_t> df{};
  std::vector<std::uint64_t> tf{};

 private:
  struct slot {
    std::uint64_t key = 0;
    std::uint32_t number = 0, last = 0;  // + 1, or 0; document
  };
  slot& place_of(std::uint64_t key);
  std::uint32_t append(slot& s, std::uint64_t key, std::uint32_t doc);
  bool with_tf_;
  std::vector<slot> slots_;
};

/// The runs of a block at one level, shard by shard, each shard in the order of the text.
struct block_grams {
  std::vector<std::uint64_t> runs{};  ///< keys, then numbers within the shard, then nodes
  std::vector<std::uint16_t> docs{};  ///< document within the block
  std::vector<std::uint32_t>
      where{};  ///< place of the run that begins with each token; only where a longer run needs it
  shard_bounds begin{};
};

/// A block of documents after the first pass.
struct block_words {
  struct known {
    std::uint64_t hash;
    std::uint32_t node;
  };
  std::vector<std::uint32_t> tokens{};    ///< numbers of the words within the block
  std::vector<std::uint32_t> ends{};      ///< of each document, in tokens
  std::unique_ptr<word_numbers> words{};  ///< of the block; freed once they have nodes
  std::vector<known> known_words{};       ///< by number
  std::vector<std::uint32_t> by_shard{};  ///< numbers of the words, by shard
  shard_bounds begin{};                   ///< of the shards in by_shard
  std::vector<block_grams> grams{};       ///< of level 2 and up
};

/// The different terms of one level of the whole data set, shard by shard.
struct level_counts {
  shard_bounds begin{};                                ///< nodes of each shard
  std::vector<std::unique_ptr<word_numbers>> words{};  ///< by shard; of level 1
  std::vector<std::unique_ptr<gram_numbers>> grams{};  ///< by shard; of level 2 and up

  std::uint32_t df(std::size_t shard, std::size_t i) const {
    return words.empty() ? grams[shard]->df[i] : words[shard]->words[i].df;
  }
  std::uint64_t tf(std::size_t shard, std::size_t i) const {
    if (!words.empty()) return words[shard]->words[i].tf;
    return grams[shard]->tf.empty() ? 0 : grams[shard]->tf[i];
  }
};

/// All that was counted.
struct term_counts {
  std::size_t documents = 0;
  std::vector<block_words> blocks{};
  std::vector<level_counts> levels{};

  std::uint32_t nodes() const { return levels.back().begin[shards]; }
};

/// Steps 1 to 3.
term_counts count_terms(const tfidf& spec, const bespoke::detail::document_source& x, const context& ctx);

/// Which nodes stay, and under which numbers. Empty where all stay and all are columns.
struct term_choice {
  std::vector<std::uint32_t> node_of{};    ///< new node of each node, or no_node
  std::vector<std::uint32_t> column_of{};  ///< column of each node, or no_column
  bool all() const { return node_of.empty(); }
  std::uint32_t column(std::uint32_t node) const { return all() ? node : column_of[node]; }
};
/// Throws errc::empty_input where nothing is left.
term_choice choose_terms(const tfidf& spec, const term_counts& counts, const context& ctx);

/// The chosen terms as a table's content.
term_content gather_terms(const tfidf& spec, const term_counts& counts, const term_choice& choice, const context& ctx);

/// The rows of the documents that were counted.
std::shared_ptr<const block_source<sparse_row>> term_rows(const tfidf& spec, const term_counts& counts,
                                                          const term_choice& choice, const term_table& terms,
                                                          const context& ctx);

}  // namespace bespoke::features::detail
