// SPDX-License-Identifier: Apache-2.0
// The rows of the training documents, from what was kept of them.
#include <algorithm>
#include <span>

#include "small_sort.hpp"
#include "term_learner.hpp"

namespace bespoke::features::detail {
namespace {

/// Rows in one matrix for each block, written by any thread.
class row_blocks final : public block_source<sparse_row> {
 public:
  row_blocks(std::size_t rows, std::size_t count) : rows_(rows), blocks_(count) {}
  sparse_rows& operator[](std::size_t b) { return blocks_[b]; }

  std::size_t size() const noexcept override { return rows_; }
  void visit(std::size_t b, scratch& s, function_ref<void(const block<sparse_row>&)> f) const override {
    const scratch::frame frame(s);
    const auto views = s.take<sparse_row>(blocks_[b].size());
    for (std::size_t i = 0; i < views.size(); ++i) views[i] = blocks_[b][i];
    f(block<sparse_row>(std::span<const sparse_row>(views), b * block_size));
  }

 private:
  std::size_t rows_;
  std::vector<sparse_rows> blocks_;
};

/// The columns of a block's documents: words in the order of the text, then the longer runs, nearly in their order, as
/// they were kept shard by shard.
class block_columns {
 public:
  block_columns(const block_words& b, const tfidf& spec, const term_choice& choice, scratch& s)
      : b_(b),
        choice_(choice),
        s_(s),
        words_(word_runs(spec).low == 1),
        end_(s.take<std::uint32_t>(b.ends.size())),
        begin_(s.take<std::uint32_t>(b.ends.size())),
        words_end_(s.take<std::uint32_t>(b.ends.size())),
        columns_(s.take<std::uint32_t>(room())) {}

  void gather() {
    if (words_) gather_words();
    std::copy(end_.begin(), end_.end(), words_end_.begin());
    for (const block_grams& g : b_.grams) gather_grams(g);
  }

  /// No fewer than all columns of all documents.
  std::size_t most() const { return columns_.size(); }

  /// Asks for the weights of a document's columns ahead of their use.
  void prefetch(std::size_t doc, std::span<const float> idf) const {
    if (doc >= begin_.size()) return;
    for (std::uint32_t i = begin_[doc]; i < end_[doc]; ++i) __builtin_prefetch(idf.data() + columns_[i]);
  }

  std::span<const std::uint32_t> sorted(std::size_t doc) {
    const auto all = columns_.subspan(begin_[doc], end_[doc] - begin_[doc]);
    const auto words = all.first(words_end_[doc] - begin_[doc]);
    if (all.size() > few) {
      radix_sort(all, s_);
    } else {
      small_sort(words);
      insertion_sort(all.subspan(words.size()));
    }
    return all;
  }

 private:
  static constexpr std::size_t few = 256;

  /// Gives each document room for all of its runs.
  std::size_t room() {
    std::size_t at = 0, before = 0;
    for (std::size_t d = 0; d < b_.ends.size(); before = b_.ends[d++]) {
      const std::size_t tokens = b_.ends[d] - before;
      begin_[d] = end_[d] = static_cast<std::uint32_t>(at);
      at += tokens * (words_ ? 1 : 0);
      for (std::size_t k = 2; k <= b_.grams.size() + 1; ++k) at += tokens >= k ? tokens - k + 1 : 0;
    }
    return at;
  }

  void add(std::size_t doc, std::uint32_t node) {
    const std::uint32_t column = choice_.column(node);
    columns_[end_[doc]] = column;
    end_[doc] += column != no_column;
  }

  void gather_words() {
    for (std::size_t d = 0, i = 0; d < b_.ends.size(); ++d)
      for (; i < b_.ends[d]; ++i) add(d, b_.known_words[b_.tokens[i]].node);
  }

  void gather_grams(const block_grams& g) {
    for (std::size_t i = 0; i < g.runs.size(); ++i) add(g.docs[i], static_cast<std::uint32_t>(g.runs[i]));
  }

  const block_words& b_;
  const term_choice& choice_;
  scratch& s_;
  bool words_;
  std::span<std::uint32_t> end_, begin_, words_end_, columns_;
};

sparse_rows rows_of_block(const block_words& b, const tfidf& spec, const term_choice& choice, const term_table& terms,
                          scratch& s) {
  block_columns found(b, spec, choice, s);
  found.gather();
  aligned_vector<std::uint64_t> offsets(b.ends.size() + 1);
  aligned_vector<std::uint32_t> columns(found.most());
  aligned_vector<float> values(found.most());
  const std::span<const float> idf = terms.content().idf;
  std::size_t n = 0;
  for (std::size_t d = 0; d < b.ends.size(); ++d) {
    found.prefetch(d + 1, idf);
    const auto sorted = found.sorted(d);
    n += weigh(sorted, idf, {spec.sublinear, spec.norm}, columns.data() + n, values.data() + n);
    offsets[d + 1] = n;
  }
  columns.resize(n);
  values.resize(n);
  return sparse_rows(terms.width(), std::move(offsets), std::move(columns), std::move(values));
}

}  // namespace

std::shared_ptr<const block_source<sparse_row>> term_rows(const tfidf& spec, const term_counts& counts,
                                                          const term_choice& choice, const term_table& terms,
                                                          const context& ctx) {
  auto rows = std::make_shared<row_blocks>(counts.documents, counts.blocks.size());
  ctx.parallel(counts.blocks.size(), [&](std::size_t b, scratch& s) {
    (*rows)[b] = rows_of_block(counts.blocks[b], spec, choice, terms, s);
  });
  return rows;
}

}  // namespace bespoke::features::detail
