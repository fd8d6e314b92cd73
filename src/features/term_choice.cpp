// SPDX-License-Identifier: Apache-2.0
// Which of the counted terms stay, and their weights.
#include <bespoke/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "term_learner.hpp"

namespace bespoke::features::detail {
namespace {

/// Calls `f(node, level, shard, i)` for every node, in order.
template <class F>
void for_each_node(const term_counts& counts, F&& f) {
  for (std::size_t k = 0; k < counts.levels.size(); ++k) {
    const auto& begin = counts.levels[k].begin;
    for (std::size_t s = 0; s < shards; ++s)
      for (std::uint32_t n = begin[s]; n < begin[s + 1]; ++n) f(n, k, s, n - begin[s]);
  }
}

gram gram_of(const level_counts& level, std::size_t shard, std::size_t i) {
  const std::uint64_t key = level.grams[shard]->keys[i];
  return {static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key)};
}

struct place {
  std::size_t shard, i;
};
place place_of(const level_counts& level, std::uint32_t node) {
  const auto after = std::upper_bound(level.begin.begin(), level.begin.end(), node);
  const auto shard = static_cast<std::size_t>(after - level.begin.begin()) - 1;
  return {shard, node - level.begin[shard]};
}

std::string text_of(const term_counts& counts, std::size_t k, std::uint32_t node) {
  const level_counts& level = counts.levels[k];
  const auto [shard, i] = place_of(level, node);
  if (k == 0) return std::string(level.words[shard]->text(level.words[shard]->words[i]));
  const gram g = gram_of(level, shard, i);
  return text_of(counts, k - 1, g.prefix) + ' ' + text_of(counts, 0, g.word);
}

struct candidate {
  std::uint64_t tf;
  std::uint32_t node, level;
};

std::vector<candidate> frequent_terms(const tfidf& spec, const term_counts& counts) {
  const double most = spec.max_df * static_cast<double>(counts.documents);
  std::vector<candidate> found;
  for_each_node(counts, [&](std::uint32_t node, std::size_t k, std::size_t shard, std::size_t i) {
    const std::uint32_t df = counts.levels[k].df(shard, i);
    if (k + 1 >= word_runs(spec).low && df >= spec.min_df && static_cast<double>(df) <= most)
      found.push_back({counts.levels[k].tf(shard, i), node, static_cast<std::uint32_t>(k)});
  });
  return found;
}

/// Of the terms that came `tf` times only the first `wanted` stay, in the order of their bytes.
void keep_first(std::vector<candidate>& terms, std::uint64_t tf, std::size_t wanted, const term_counts& counts) {
  const auto tied = std::partition(terms.begin(), terms.end(), [&](const candidate& c) { return c.tf > tf; });
  std::vector<std::pair<std::string, candidate>> named;
  for (auto c = tied; c != terms.end(); ++c)
    if (c->tf == tf) named.emplace_back(text_of(counts, c->level, c->node), *c);
  const auto end = named.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::nth_element(named.begin(), end, named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  terms.erase(tied, terms.end());
  for (auto n = named.begin(); n != end; ++n) terms.push_back(n->second);
}

void keep_most_frequent(std::vector<candidate>& terms, std::size_t wanted, const term_counts& counts) {
  std::vector<std::uint64_t> tf(terms.size());
  std::transform(terms.begin(), terms.end(), tf.begin(), [](const candidate& c) { return c.tf; });
  const auto last = tf.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
  std::nth_element(tf.begin(), last, tf.end(), std::greater<>());
  const auto above = std::count_if(terms.begin(), terms.end(), [&](const candidate& c) { return c.tf > *last; });
  keep_first(terms, *last, wanted - static_cast<std::size_t>(above), counts);
}

/// Marks what kept terms are made of, longest first.
void keep_parts(std::vector<std::uint32_t>& node_of, const term_counts& counts) {
  for (std::size_t k = counts.levels.size() - 1; k > 0; --k) {
    const level_counts& level = counts.levels[k];
    for (std::size_t s = 0; s < shards; ++s)
      for (std::uint32_t n = level.begin[s]; n < level.begin[s + 1]; ++n)
        if (node_of[n] != no_node) {
          const gram g = gram_of(level, s, n - level.begin[s]);
          node_of[g.prefix] = node_of[g.word] = 0;
        }
  }
}

term_choice chosen(const std::vector<candidate>& terms, const term_counts& counts) {
  term_choice choice;
  choice.node_of.assign(counts.nodes(), no_node);
  choice.column_of.assign(counts.nodes(), no_column);
  for (const candidate& c : terms) choice.node_of[c.node] = choice.column_of[c.node] = 0;
  keep_parts(choice.node_of, counts);
  std::uint32_t node = 0, column = 0;
  for (std::uint32_t n = 0; n < counts.nodes(); ++n) {
    if (choice.node_of[n] != no_node) choice.node_of[n] = node++;
    if (choice.column_of[n] != no_column) choice.column_of[n] = column++;
  }
  return choice;
}

[[noreturn]] void nothing_left(const tfidf& spec, const term_counts& counts) {
  const bool none = counts.nodes() == 0, words = spec.terms == term_kind::words;
  const char* const nothing = words ? "the documents have no words" : "the documents have no characters";
  throw error(errc::empty_input,
              {.stage = "tfidf",
               .problem = none ? nothing : "no term is left after min_df, max_df and ngrams",
               .got = std::to_string(counts.documents) + " documents",
               .advice = none ? "check the field and the word rule" : "lower min_df or raise max_df"});
}

bool keeps_all(const tfidf& spec) {
  return word_runs(spec).low == 1 && spec.min_df <= 1 && spec.max_df >= 1 && spec.max_terms == 0;
}

/// idf by document frequency. Most terms are rare: their weights are computed once.
class weights {
 public:
  weights(const tfidf& spec, std::size_t documents)
      : idf_(spec.idf), smooth_(spec.smooth), documents_(static_cast<double>(documents)) {
    for (std::uint32_t df = 1; df < rare_.size(); ++df) rare_[df] = compute(df);
  }
  float operator()(std::uint32_t df) const { return df < rare_.size() ? rare_[df] : compute(df); }

 private:
  float compute(std::uint32_t df) const {
    if (!idf_) return 1;
    const double more = smooth_ ? 1 : 0;
    return static_cast<float>(std::log((documents_ + more) / (df + more)) + 1);
  }
  bool idf_, smooth_;
  double documents_;
  std::array<float, 256> rare_{};
};

void gather_words(const level_counts& level, const term_choice& choice, term_content& out) {
  for (std::size_t s = 0; s < shards; ++s)
    for (std::size_t i = 0; i < level.words[s]->words.size(); ++i) {
      if (!choice.all() && choice.node_of[level.begin[s] + i] == no_node) continue;
      const auto text = level.words[s]->text(level.words[s]->words[i]);
      out.bytes.insert(out.bytes.end(), text.begin(), text.end());
      out.ends.push_back(static_cast<std::uint32_t>(out.bytes.size()));
    }
}

std::vector<gram> gather_grams(const level_counts& level, const term_choice& choice, const context& ctx) {
  const auto node_of = [&](std::uint32_t n) { return choice.all() ? n : choice.node_of[n]; };
  const auto kept = [&](std::uint32_t n) { return choice.all() || choice.node_of[n] != no_node; };
  shard_bounds to{};
  for (std::size_t s = 0; s < shards; ++s) {
    to[s + 1] = to[s];
    for (std::uint32_t n = level.begin[s]; n < level.begin[s + 1]; ++n) to[s + 1] += kept(n);
  }
  std::vector<gram> out(to[shards]);
  ctx.parallel(shards, [&](std::size_t s, scratch&) {
    std::uint32_t at = to[s];
    for (std::uint32_t n = level.begin[s]; n < level.begin[s + 1]; ++n) {
      const gram g = gram_of(level, s, n - level.begin[s]);
      if (kept(n)) out[at++] = {node_of(g.prefix), node_of(g.word)};
    }
  });
  return out;
}

void gather_columns(const tfidf& spec, const term_counts& counts, const term_choice& choice, term_content& out) {
  const weights idf(spec, counts.documents);
  for_each_node(counts, [&](std::uint32_t node, std::size_t k, std::size_t shard, std::size_t i) {
    if (choice.column(node) == no_column) return;
    if (!choice.all()) out.node_of.push_back(choice.node_of[node]);
    out.idf.push_back(idf(counts.levels[k].df(shard, i)));
  });
}

}  // namespace

term_choice choose_terms(const tfidf& spec, const term_counts& counts, const context& ctx) {
  ctx.check();
  if (counts.nodes() == 0) nothing_left(spec, counts);
  if (keeps_all(spec)) return {};
  std::vector<candidate> terms = frequent_terms(spec, counts);
  if (terms.empty()) nothing_left(spec, counts);
  if (spec.max_terms != 0 && spec.max_terms < terms.size()) keep_most_frequent(terms, spec.max_terms, counts);
  return chosen(terms, counts);
}

term_content gather_terms(const tfidf& spec, const term_counts& counts, const term_choice& choice, const context& ctx) {
  term_content out;
  out.idf.reserve(choice.all() ? counts.nodes() : 0);
  gather_words(counts.levels[0], choice, out);
  for (std::size_t k = 1; k < counts.levels.size(); ++k)
    out.grams.push_back(gather_grams(counts.levels[k], choice, ctx));
  gather_columns(spec, counts, choice, out);
  return out;
}

}  // namespace bespoke::features::detail
