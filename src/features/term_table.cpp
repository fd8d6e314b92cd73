// SPDX-License-Identifier: Apache-2.0
#include "term_table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "small_sort.hpp"

namespace bespoke::features::detail {
namespace {

double norm_of(row_norm norm, double squares, double magnitudes) {
  if (norm == row_norm::none) return 1;
  return norm == row_norm::l2 ? std::sqrt(squares) : magnitudes;
}

/// Runs `body` for every shard: on all threads where there are some.
void for_each_shard(const context* threads, function_ref<void(std::size_t)> body) {
  if (threads != nullptr) threads->parallel(shards, [&](std::size_t i, scratch&) { body(i); });
  else
    for (std::size_t i = 0; i < shards; ++i) body(i);
}

}  // namespace

namespace {

/// Writes a row's values, column after column, and scales them at the end.
class row_writer {
 public:
  row_writer(std::span<const float> idf, weighting how, std::uint32_t* to, float* values)
      : idf_(idf), how_(how), to_(to), values_(values) {}

  void add(std::uint32_t column, std::size_t count) {
    const double tf =
        how_.sublinear && count > 1 ? 1 + std::log(static_cast<double>(count)) : static_cast<double>(count);
    const double value = tf * static_cast<double>(idf_[column]);
    squares_ += value * value;
    magnitudes_ += std::fabs(value);
    to_[n_] = column;
    values_[n_++] = static_cast<float>(value);
  }

  std::size_t finish() {
    const double norm = norm_of(how_.norm, squares_, magnitudes_);
    if (norm == 0 || norm == 1) return n_;
    const double factor = 1 / norm;
    for (std::size_t i = 0; i < n_; ++i) values_[i] = static_cast<float>(static_cast<double>(values_[i]) * factor);
    return n_;
  }

 private:
  std::span<const float> idf_;
  weighting how_;
  std::uint32_t* to_;
  float* values_;
  double squares_ = 0, magnitudes_ = 0;
  std::size_t n_ = 0;
};

}  // namespace

std::size_t weigh(std::span<const std::uint32_t> columns, std::span<const float> idf, weighting how, std::uint32_t* to,
                  float* values) {
  row_writer out(idf, how, to, values);
  for (std::size_t i = 0; i < columns.size();) {
    const std::uint32_t column = columns[i];
    std::size_t count = 1;
    while (i + count < columns.size() && columns[i + count] == column) ++count;
    out.add(column, count);
    i += count;
  }
  return out.finish();
}

std::size_t weigh_counts(std::span<const std::uint32_t> counts, std::span<const float> idf, weighting how,
                         std::uint32_t* to, float* values) {
  row_writer out(idf, how, to, values);
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] != 0) out.add(static_cast<std::uint32_t>(c), counts[c]);
  return out.finish();
}

term_table::term_table(const tfidf& spec, term_content content, const context* threads, report damaged)
    : spec_(spec), c_(std::move(content)), levels_(c_.grams.size()) {
  std::uint32_t nodes = static_cast<std::uint32_t>(c_.ends.size());
  c_.bytes.resize((c_.ends.empty() ? 0 : c_.ends.back()) + head_size);  // so that heads can be read
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    levels_[i].first = nodes;
    nodes += static_cast<std::uint32_t>(c_.grams[i].size());
  }
  hashes_.resize(nodes);
  index_words(threads, damaged);
  for (std::size_t k = 2; k < 2 + levels_.size(); ++k) index_grams(k, threads, damaged);
  index_columns(damaged);
  hashes_ = {};
}

/// Slots for each shard's nodes, at most three quarters full, and where each shard's nodes begin.
term_table::slots_of term_table::lay_out(std::span<const std::uint64_t> hashes, shard_bounds& nodes, report damaged) {
  std::array<std::uint32_t, shards> count{};
  for (const std::uint64_t h : hashes) ++count[shard_of(h)];
  if (!std::is_sorted(hashes.begin(), hashes.end(), [](auto a, auto b) { return shard_of(a) < shard_of(b); }))
    damaged("its terms are not in the order of their shards");
  slots_of at;
  nodes[0] = 0;
  for (std::size_t i = 0; i < shards; ++i) {
    const std::uint32_t n = std::bit_ceil(count[i] + count[i] / 3 + 1);
    at.mask[i] = n - 1;
    at.begin[i + 1] = at.begin[i] + n;
    nodes[i + 1] = nodes[i] + count[i];
  }
  return at;
}

void term_table::index_words(const context* threads, report damaged) {
  const auto hashes = std::span(hashes_).first(words());
  for (std::size_t w = 0; w < words(); ++w) hashes[w] = hash_of(head_of(word(w)), word(w));
  shard_bounds nodes;
  words_at_ = lay_out(hashes, nodes, damaged);
  word_slots_.resize(words_at_.begin[shards]);
  for_each_shard(threads, [&](std::size_t i) {
    for (std::uint32_t w = nodes[i]; w < nodes[i + 1]; ++w) {
      const std::uint64_t hash = hashes[w];
      std::uint32_t at = static_cast<std::uint32_t>(hash >> 20) & words_at_.mask[i];
      word_slot* const slots = word_slots_.data() + words_at_.begin[i];
      for (; slots[at].node != 0; at = (at + 1) & words_at_.mask[i])
        if (slots[at].tag == static_cast<std::uint32_t>(hash) && word(slots[at].node - 1) == word(w))
          damaged("it has a word twice");
      slots[at] = {w + 1, static_cast<std::uint32_t>(hash)};
    }
  });
}

void term_table::index_grams(std::size_t k, const context* threads, report damaged) {
  level& l = levels_[k - 2];
  const std::span<const gram> grams = c_.grams[k - 2];
  const std::uint32_t low = k == 2 ? 0 : levels_[k - 3].first, high = l.first;
  const auto hashes = std::span(hashes_).subspan(l.first, grams.size());
  for (std::size_t i = 0; i < grams.size(); ++i) {
    const gram g = grams[i];
    if (g.prefix < low || g.prefix >= high || g.word >= words()) damaged("a term has words that it does not list");
    hashes[i] = hash_of(hashes_[g.prefix], hashes_[g.word]);
  }
  shard_bounds nodes;
  l.at = lay_out(hashes, nodes, damaged);
  l.slots.resize(l.at.begin[shards]);
  for_each_shard(threads, [&](std::size_t i) {
    std::uint32_t* const slots = l.slots.data() + l.at.begin[i];
    for (std::uint32_t n = nodes[i]; n < nodes[i + 1]; ++n) {
      std::uint32_t at = static_cast<std::uint32_t>(hashes[n]) & l.at.mask[i];
      for (; slots[at] != 0; at = (at + 1) & l.at.mask[i])
        if (grams[slots[at] - 1] == grams[n]) damaged("it has a term twice");
      slots[at] = n + 1;
    }
  });
}

void term_table::index_columns(report damaged) {
  const std::size_t nodes = hashes_.size();
  if (c_.node_of.empty()) {
    if (c_.idf.size() != nodes) damaged("the number of terms and of their weights differ");
    return;
  }
  if (c_.idf.size() != c_.node_of.size()) damaged("the number of terms and of their weights differ");
  column_of_.assign(nodes, no_column);
  for (std::size_t i = 0; i < c_.node_of.size(); ++i) {
    if (c_.node_of[i] >= nodes || (i > 0 && c_.node_of[i] <= c_.node_of[i - 1]))
      damaged("its columns are not in order");
    column_of_[c_.node_of[i]] = static_cast<std::uint32_t>(i);
  }
}

std::string term_table::name(std::size_t column) const {
  std::uint32_t node = c_.node_of.empty() ? static_cast<std::uint32_t>(column) : c_.node_of[column];
  std::string text;
  for (std::size_t k = levels_.size(); k > 0; --k)
    if (const level& l = levels_[k - 1]; node >= l.first) {
      const gram g = c_.grams[k - 1][node - l.first];
      text = ' ' + std::string(word(g.word)) + text;
      node = g.prefix;
    }
  return std::string(word(node)) + text;
}

std::uint32_t term_table::find_word(std::uint64_t hash, const word_head& head, std::string_view text) const noexcept {
  const std::size_t shard = shard_of(hash);
  const std::uint32_t mask = words_at_.mask[shard], tag = static_cast<std::uint32_t>(hash);
  const word_slot* const slots = word_slots_.data() + words_at_.begin[shard];
  for (std::uint32_t at = static_cast<std::uint32_t>(hash >> 20) & mask; slots[at].node != 0; at = (at + 1) & mask) {
    if (slots[at].tag != tag) continue;
    const std::string_view known = word(slots[at].node - 1);
    if (known.size() == text.size() && head_of(known) == head && (text.size() <= head_size || known == text))
      return slots[at].node - 1;
  }
  return no_node;
}

std::uint32_t term_table::find_gram(const level& l, std::span<const gram> grams, std::uint64_t hash,
                                    gram g) const noexcept {
  const std::size_t shard = shard_of(hash);
  const std::uint32_t mask = l.at.mask[shard];
  const std::uint32_t* const slots = l.slots.data() + l.at.begin[shard];
  for (std::uint32_t at = static_cast<std::uint32_t>(hash) & mask; slots[at] != 0; at = (at + 1) & mask)
    if (grams[slots[at] - 1] == g) return l.first + slots[at] - 1;
  return no_node;
}

std::span<term_table::token> term_table::find_words(std::span<const std::string_view> text, scratch& s) const {
  const auto tokens = s.take<token>(text.size());
  const auto heads = s.take<word_head>(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    heads[i] = head_of(text[i]);
    const std::uint64_t hash = hash_of(heads[i], text[i]);
    tokens[i].hash = hash;
    const std::size_t shard = shard_of(hash);
    __builtin_prefetch(word_slots_.data() + words_at_.begin[shard] +
                       (static_cast<std::uint32_t>(hash >> 20) & words_at_.mask[shard]));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    tokens[i].word = find_word(tokens[i].hash, heads[i], text[i]);
    tokens[i].node = tokens[i].word;
  }
  return tokens;
}

/// Makes runs of k words of runs of k − 1: `runs[i]` begins with word i.
void term_table::extend(std::span<token> runs, std::span<const token> text, std::size_t k) const {
  const level& l = levels_[k - 2];
  const std::size_t n = text.size() - k + 1;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t hash = hash_of(runs[i].hash, text[i + k - 1].hash);
    runs[i].hash = hash;
    __builtin_prefetch(first_slot(l, hash));
  }
  for (std::size_t i = 0; i < n; ++i)
    if (const std::uint32_t slot = *first_slot(l, runs[i].hash); slot != 0)
      __builtin_prefetch(&c_.grams[k - 2][slot - 1]);
  for (std::size_t i = 0; i < n; ++i) {
    const gram g{runs[i].node, text[i + k - 1].word};
    runs[i].node = g.prefix == no_node || g.word == no_node ? no_node : find_gram(l, c_.grams[k - 2], runs[i].hash, g);
  }
}

std::size_t term_table::columns_of(std::span<const token> runs, std::uint32_t* columns) const {
  std::size_t n = 0;
  for (const token& t : runs) {
    columns[n] = t.node == no_node ? no_column : column(t.node);
    n += columns[n] != no_column;
  }
  return n;
}

std::size_t term_table::find_runs(std::span<const std::string_view> runs, scratch& s, std::uint32_t* columns) const {
  return columns_of(find_words(runs, s), columns);
}

// A document with more runs than there are columns is counted column by column, so that memory is bounded by these.
sparse_row term_table::row_of_runs(std::size_t most, scratch& s, function_ref<void(use_terms)> each) const {
  const std::size_t room = std::min(most, width());
  const auto columns = s.take<std::uint32_t>(room);
  const auto values = s.take<float>(room);
  const scratch::frame temporaries(s);
  const auto found = s.take<std::uint32_t>(room);
  const weighting how{spec_.sublinear, spec_.norm};
  std::size_t n = 0;
  if (most > width()) {
    std::fill(found.begin(), found.end(), 0u);
    each([&](std::span<const std::string_view> runs) {
      const auto some = s.take<std::uint32_t>(runs.size());
      for (const std::uint32_t c : some.first(find_runs(runs, s, some.data()))) ++found[c];
    });
    n = weigh_counts(found, c_.idf, how, columns.data(), values.data());
  } else {
    each([&](std::span<const std::string_view> runs) { n += find_runs(runs, s, found.data() + n); });
    sort_columns(found.first(n), s);
    n = weigh(found.first(n), c_.idf, how, columns.data(), values.data());
  }
  return {columns.first(n), values.first(n), width()};
}

std::size_t term_table::find_columns(std::span<const std::string_view> text, scratch& s, std::uint32_t* columns) const {
  const auto tokens = find_words(text, s);
  std::size_t n = columns_of(tokens, columns);
  const std::size_t deepest = std::min<std::size_t>(levels_.size() + 1, text.size());
  if (deepest >= 2) {
    const auto runs = s.take<token>(tokens.size());
    std::copy(tokens.begin(), tokens.end(), runs.begin());
    for (std::size_t k = 2; k <= deepest; ++k) {
      extend(runs, tokens, k);
      n += columns_of(runs.first(text.size() - k + 1), columns + n);
    }
  }
  for (std::size_t i = 0; i < n; ++i) __builtin_prefetch(&c_.idf[columns[i]]);
  sort_columns({columns, n}, s);
  return n;
}

}  // namespace bespoke::features::detail
