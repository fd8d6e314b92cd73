// SPDX-License-Identifier: Apache-2.0
#include "term_learner.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>
#include <bit>
#include <mutex>
#include <numeric>

#include "padded_words.hpp"

namespace bespoke::features::detail {
namespace {

constexpr std::size_t most_nodes = std::size_t{1} << 30;
constexpr std::size_t most_bytes = 0xFFFF0000u;
constexpr std::size_t most_tokens = 0xFFFFFFFFu;  // of a block
constexpr std::size_t ahead = 12;

error too_long() {
  return error(errc::limit, {.stage = "tfidf",
                             .problem = "the different words are longer than 4 GB together",
                             .advice = "learn from fewer documents, or use features::hashing"});
}

error too_many_tokens() {
  return error(errc::limit, {.stage = "tfidf",
                             .problem = "1,024 neighbouring documents have more than 2^32 words",
                             .advice = "cut the documents into parts"});
}

// Tables are at most half full.
std::size_t slots_for(std::size_t expected) { return std::bit_ceil(std::max<std::size_t>(16, 2 * expected)); }

}  // namespace

word_numbers::word_numbers(std::size_t expected) : slots_(slots_for(expected)) { words.reserve(expected); }

std::uint32_t word_numbers::add(std::uint64_t hash, const word_head& head, std::string_view word) {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash);
  for (std::size_t at = (hash >> 20) & mask; slots_[at].number != 0; at = (at + 1) & mask) {
    if (slots_[at].tag != tag) continue;
    const counted_word& w = words[slots_[at].number - 1];
    if (w.head == head && w.size == word.size() && (word.size() <= head_size || text(w) == word))
      return slots_[at].number - 1;
  }
  return append(hash, head, word);
}

std::uint32_t word_numbers::append(std::uint64_t hash, const word_head& head, std::string_view word) {
  const auto number = static_cast<std::uint32_t>(words.size());
  words.push_back({.head = head,
                   .hash = hash,
                   .size = static_cast<std::uint32_t>(word.size()),
                   .begin = static_cast<std::uint32_t>(long_bytes.size())});
  if (word.size() > head_size) {
    if (long_bytes.size() + word.size() > most_bytes) throw too_long();
    // The bytes after a word may be read.
    long_bytes.insert(long_bytes.end(), word.begin(), word.end());
    long_bytes.insert(long_bytes.end(), head_size, '\0');
  }
  if (2 * words.size() > slots_.size()) {
    slots_.assign(2 * slots_.size(), {});
    for (std::uint32_t i = 0; i < number; ++i) insert(words[i].hash, i);
  }
  insert(hash, number);
  return number;
}

void word_numbers::insert(std::uint64_t hash, std::uint32_t number) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash >> 20) & mask;
  while (slots_[at].number != 0) at = (at + 1) & mask;
  slots_[at] = {number + 1, static_cast<std::uint32_t>(hash)};
}

gram_numbers::gram_numbers(std::size_t expected, bool with_tf) : with_tf_(with_tf), slots_(slots_for(expected)) {
  keys.reserve(expected);
  df.reserve(expected);
}

gram_numbers::slot& gram_numbers::place_of(std::uint64_t key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = mixed(key) & mask;
  while (slots_[at].number != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return slots_[at];
}

std::uint32_t gram_numbers::add(std::uint64_t key, std::uint32_t doc) {
  slot& s = place_of(key);
  if (s.number == 0) return append(s, key, doc);
  const std::uint32_t number = s.number - 1;
  if (with_tf_) ++tf[number];
  if (s.last != doc) ++df[number];
  s.last = doc;
  return number;
}

std::uint32_t gram_numbers::append(slot& s, std::uint64_t key, std::uint32_t doc) {
  keys.push_back(key);
  df.push_back(1);
  if (with_tf_) tf.push_back(1);
  const auto number = static_cast<std::uint32_t>(keys.size());
  s = {key, number, doc};
  if (2 * keys.size() > slots_.size()) {
    std::vector<slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const slot& o : old)
      if (o.number != 0) place_of(o.key) = o;
  }
  return number - 1;
}

namespace {

// Step 1.

class block_splitter {
 public:
  block_splitter(const tfidf& spec, std::size_t documents, scratch& s)
      : spec_(spec), s_(s), words_(std::make_unique<word_numbers>(8 * documents)) {
    out_.ends.reserve(documents);
  }

  block_words split(const bespoke::detail::documents& docs) {
    reserve(docs);
    for (const std::string_view text : docs.texts) {
      const scratch::frame frame(s_);
      if (spec_.terms == term_kind::words) add(split_words(text, spec_.words, s_));
      else for_each_run(text, runs_of(spec_), s_, [&](std::span<const std::string_view> runs) { add(runs); });
      end_document();
    }
    for (const auto* list : docs.lists) {
      const scratch::frame frame(s_);
      if (spec_.terms == term_kind::words) add(padded_words(*list, s_));
      else for_each_run(*list, runs_of(spec_), s_, [&](std::span<const std::string_view> runs) { add(runs); });
      end_document();
    }
    sort_by_shard();
    words_->finish();
    out_.words = std::move(words_);
    return std::move(out_);
  }

 private:
  void reserve(const bespoke::detail::documents& docs) {
    std::size_t bytes = 0;
    for (const std::string_view text : docs.texts) bytes += text.size();
    const bool words = spec_.terms == term_kind::words;
    out_.tokens.reserve(words ? bytes / 5 : bytes * (spec_.ngrams.high - spec_.ngrams.low + 1));
  }

  // In three passes over the words, so that the memory of its words is fetched while others are looked at.
  void add(std::span<const std::string_view> text) {
    const auto heads = s_.take<word_head>(text.size());
    const auto hashes = s_.take<std::uint64_t>(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      heads[i] = head_of(text[i]);
      hashes[i] = hash_of(heads[i], text[i]);
      words_->prefetch(hashes[i]);
    }
    for (const std::uint64_t h : hashes) words_->prefetch_word(h);
    const auto doc = static_cast<std::uint32_t>(out_.ends.size());
    const std::size_t before = out_.tokens.size();
    out_.tokens.resize(before + text.size());
    for (std::size_t i = 0; i < text.size(); ++i) out_.tokens[before + i] = count(hashes[i], heads[i], text[i], doc);
  }

  void end_document() {
    if (out_.tokens.size() > most_tokens) throw too_many_tokens();
    out_.ends.push_back(static_cast<std::uint32_t>(out_.tokens.size()));
  }

  std::uint32_t count(std::uint64_t hash, const word_head& head, std::string_view word, std::uint32_t doc) {
    const std::uint32_t number = words_->add(hash, head, word);
    counted_word& w = words_->words[number];
    w.df += w.last != doc;
    w.last = doc;
    ++w.tf;
    return number;
  }

  void sort_by_shard() {
    const auto& words = words_->words;
    out_.known_words.resize(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
      out_.known_words[i] = {words[i].hash, 0};
      ++out_.begin[shard_of(words[i].hash) + 1];
    }
    std::partial_sum(out_.begin.begin(), out_.begin.end(), out_.begin.begin());
    out_.by_shard.resize(words.size());
    shard_bounds at = out_.begin;
    for (std::uint32_t i = 0; i < words.size(); ++i) out_.by_shard[at[shard_of(words[i].hash)]++] = i;
  }

  const tfidf& spec_;
  scratch& s_;
  std::unique_ptr<word_numbers> words_;
  block_words out_{};
};

void split_blocks(const tfidf& spec, const bespoke::detail::document_source& x, term_counts& out, const context& ctx) {
  out.documents = x.size;
  out.blocks.resize(x.count);
  std::mutex reporting;
  std::size_t done = 0;
  ctx.parallel(x.count, [&](std::size_t b, scratch& s) {
    x.visit(b, s, [&](const bespoke::detail::documents& docs) {
      const std::size_t n = docs.texts.size() + docs.lists.size();
      out.blocks[b] = block_splitter(spec, n, s).split(docs);
      const std::lock_guard lock(reporting);
      ctx.report("tfidf", done += n, x.size);
    });
  });
}

/// Gives each shard its nodes, after those of the level before.
void number_nodes(level_counts& level, std::uint32_t first) {
  std::size_t next = level.begin[0] = first;
  for (std::size_t i = 0; i < shards; ++i) {
    next += level.words.empty() ? level.grams[i]->keys.size() : level.words[i]->words.size();
    if (next > most_nodes)
      throw error(errc::limit, {.stage = "tfidf",
                                .problem = "there are more than 2^30 different terms",
                                .advice = "learn from fewer documents, use shorter ngrams, or features::hashing"});
    level.begin[i + 1] = static_cast<std::uint32_t>(next);
  }
}

// Step 2.

/// Numbers the words of a shard over all blocks; each block learns its words' numbers within the shard.
std::unique_ptr<word_numbers> merge_words(std::vector<block_words>& blocks, std::size_t shard) {
  std::size_t most = 0;
  for (const block_words& b : blocks) most = std::max<std::size_t>(most, b.begin[shard + 1] - b.begin[shard]);
  auto all = std::make_unique<word_numbers>(2 * most);
  for (block_words& b : blocks)
    for (std::uint32_t i = b.begin[shard], end = b.begin[shard + 1]; i < end; ++i) {
      if (i + 2 * ahead < end) __builtin_prefetch(&b.words->words[b.by_shard[i + 2 * ahead]]);
      if (i + ahead < end) all->prefetch(b.words->words[b.by_shard[i + ahead]].hash);
      const counted_word& w = b.words->words[b.by_shard[i]];
      const std::uint32_t number = all->add(w.hash, w.head, b.words->text(w));
      counted_word& sum = all->words[number];
      sum.df += w.df;
      sum.tf += w.tf;
      b.known_words[b.by_shard[i]].node = number;
    }
  all->finish();
  return all;
}

level_counts count_words(std::vector<block_words>& blocks, const context& ctx) {
  level_counts level;
  level.words.resize(shards);
  ctx.parallel(shards, [&](std::size_t i, scratch&) { level.words[i] = merge_words(blocks, i); });
  number_nodes(level, 0);
  ctx.parallel(blocks.size(), [&](std::size_t b, scratch&) {
    for (auto& w : blocks[b].known_words) w.node += level.begin[shard_of(w.hash)];
    blocks[b].words.reset();
    blocks[b].by_shard = {};
  });
  return level;
}

// Step 3.

/// The runs of k words of one block, before and after they are put in the order of their shards.
class gram_splitter {
 public:
  gram_splitter(block_words& b, std::size_t k, bool longer_follow, scratch& s)
      : b_(b), k_(k), longer_follow_(longer_follow), most_(b.tokens.size()) {
    keys_ = s.take<std::uint64_t>(most_);
    docs_ = s.take<std::uint16_t>(most_);
    shards_ = s.take<std::uint8_t>(most_);
    starts_ = s.take<std::uint32_t>(longer_follow ? most_ : 0);
  }

  void run() {
    std::size_t begin = 0;
    for (std::size_t d = 0; d < b_.ends.size(); begin = b_.ends[d++])
      for (std::size_t i = begin; i + k_ <= b_.ends[d]; ++i) add(i, d);
    std::partial_sum(out_.begin.begin(), out_.begin.end(), out_.begin.begin());
    scatter();
    b_.grams.push_back(std::move(out_));
  }

 private:
  const block_words::known& word(std::size_t i) const { return b_.known_words[b_.tokens[i]]; }

  block_words::known prefix(std::size_t i) const {
    if (k_ == 2) return word(i);
    std::uint64_t hash = word(i).hash;
    for (std::size_t j = 1; j + 1 < k_; ++j) hash = hash_of(hash, word(i + j).hash);
    const block_grams& shorter = b_.grams.back();
    return {hash, static_cast<std::uint32_t>(shorter.runs[shorter.where[i]])};
  }

  void add(std::size_t i, std::size_t doc) {
    const block_words::known before = prefix(i), last = word(i + k_ - 1);
    const std::size_t shard = shard_of(hash_of(before.hash, last.hash));
    keys_[n_] = key_of({before.node, last.node});
    docs_[n_] = static_cast<std::uint16_t>(doc);
    shards_[n_] = static_cast<std::uint8_t>(shard);
    if (longer_follow_) starts_[n_] = static_cast<std::uint32_t>(i);
    ++n_;
    ++out_.begin[shard + 1];
  }

  void scatter() {
    out_.runs.resize(n_);
    out_.docs.resize(n_);
    if (longer_follow_) out_.where.resize(most_);
    shard_bounds at = out_.begin;
    for (std::size_t i = 0; i < n_; ++i) {
      const std::uint32_t to = at[shards_[i]]++;
      out_.runs[to] = keys_[i];
      out_.docs[to] = docs_[i];
      if (longer_follow_) out_.where[starts_[i]] = to;
    }
  }

  block_words& b_;
  std::size_t k_;
  bool longer_follow_;
  std::size_t most_, n_ = 0;
  std::span<std::uint64_t> keys_;
  std::span<std::uint16_t> docs_;
  std::span<std::uint8_t> shards_;
  std::span<std::uint32_t> starts_;
  block_grams out_{};
};

std::unique_ptr<gram_numbers> merge_grams(std::vector<block_words>& blocks, std::size_t shard, bool with_tf) {
  std::size_t all_runs = 0;
  for (const block_words& b : blocks) all_runs += b.grams.back().begin[shard + 1] - b.grams.back().begin[shard];
  auto all = std::make_unique<gram_numbers>(std::min<std::size_t>(all_runs / 2, 1 << 14), with_tf);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    block_grams& g = blocks[b].grams.back();
    const auto first = static_cast<std::uint32_t>(b * block_size);
    const std::uint32_t end = g.begin[shard + 1];
    for (std::uint32_t i = g.begin[shard]; i < end; ++i) {
      if (i + ahead < end) all->prefetch(g.runs[i + ahead]);
      g.runs[i] = all->add(g.runs[i], first + g.docs[i]);
    }
  }
  all->finish();
  return all;
}

level_counts count_grams(std::vector<block_words>& blocks, std::size_t k, const tfidf& spec, std::uint32_t first,
                         const context& ctx) {
  const bool longer_follow = k < word_runs(spec).high, with_tf = spec.max_terms != 0;
  ctx.parallel(blocks.size(), [&](std::size_t b, scratch& s) { gram_splitter(blocks[b], k, longer_follow, s).run(); });
  level_counts level;
  level.grams.resize(shards);
  ctx.parallel(shards, [&](std::size_t i, scratch&) { level.grams[i] = merge_grams(blocks, i, with_tf); });
  number_nodes(level, first);
  ctx.parallel(blocks.size(), [&](std::size_t b, scratch&) {
    block_grams& g = blocks[b].grams.back();
    for (std::size_t i = 0; i < shards; ++i)
      for (std::uint32_t j = g.begin[i]; j < g.begin[i + 1]; ++j) g.runs[j] += level.begin[i];
  });
  return level;
}

}  // namespace

term_counts count_terms(const tfidf& spec, const bespoke::detail::document_source& x, const context& ctx) {
  term_counts counts;
  split_blocks(spec, x, counts, ctx);
  counts.levels.push_back(count_words(counts.blocks, ctx));
  for (std::size_t k = 2; k <= word_runs(spec).high; ++k)
    counts.levels.push_back(count_grams(counts.blocks, k, spec, counts.nodes(), ctx));
  return counts;
}

}  // namespace bespoke::features::detail
