// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/features/learned_sentiment.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

#include "sentiment_terms.hpp"

namespace bespoke::features::detail {
namespace {

constexpr const char* stage = "learned_sentiment";
constexpr std::size_t longest_word = 256;
constexpr double largest_valence = 4;

[[noreturn]] void out_of_range(std::string expected, std::string got) {
  throw error(errc::invalid_argument, {.stage = stage, .expected = std::move(expected), .got = std::move(got)});
}

void check(const learned_sentiment& spec, std::size_t texts, std::size_t targets) {
  if (spec.min_df == 0) out_of_range("min_df of 1 or more", "0");
  if (!(std::isfinite(spec.prior) && spec.prior > 0)) out_of_range("prior above 0", fmt::format("{}", spec.prior));
  if (!(spec.least >= 0 && spec.least <= largest_valence))
    out_of_range("least from 0 to 4", fmt::format("{}", spec.least));
  if (spec.folds < 2 || spec.folds > 100) out_of_range("folds from 2 to 100", fmt::format("{}", spec.folds));
  if (spec.rule == polarity_rule::vader) out_of_range("rule graded or sum", "vader");
  if (texts == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no texts to learn from"});
  if (texts != targets)
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a target for each of {} texts", texts),
                              .got = fmt::format("{} targets", targets)});
}

double weight_of(const number_targets& y, std::size_t i) {
  return y.weights.empty() ? 1.0 : static_cast<double>(y.weights[i]);
}

/// Each target's weighted mid-rank, the least being 0 and the greatest 1.
std::vector<double> positions_of(const number_targets& y) {
  std::vector<std::size_t> order(y.values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return y.values[a] < y.values[b]; });
  std::erase_if(order, [&](std::size_t i) { return weight_of(y, i) == 0; });
  std::vector<double> ranks(y.values.size());
  double below = 0;
  for (std::size_t i = 0, end = 0; i < order.size(); i = end) {
    double same = 0;
    for (end = i; end < order.size() && y.values[order[end]] == y.values[order[i]]; ++end)
      same += weight_of(y, order[end]);
    for (std::size_t k = i; k < end; ++k) ranks[order[k]] = below + same / 2;
    below += same;
  }
  const double low = ranks[order.front()], high = ranks[order.back()];
  if (low == high) out_of_range("targets that differ", fmt::format("{} for every text", y.values[order.front()]));
  for (double& r : ranks) r = std::clamp((r - low) / (high - low), 0.0, 1.0);
  return ranks;
}

/// Of some texts: their weight, and the sum of their positions.
struct tally {
  double weight = 0, positions = 0;
  void add(const tally& t) { weight += t.weight, positions += t.positions; }
};

/// Tallies of words, one for each fold of the texts.
struct word_tallies {
  std::size_t folds = 1;
  std::vector<std::string> words{};
  std::vector<tally> of{};  // words × folds
};

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>()(s); }
};

/// Collects tallies under words. Words keep the order in which they came.
class tally_table {
 public:
  explicit tally_table(std::size_t folds) : all_{.folds = folds} {}

  std::size_t number(std::string_view word) {
    const auto at = numbers_.find(word);
    if (at != numbers_.end()) return at->second;
    numbers_.emplace(word, all_.words.size());
    all_.words.emplace_back(word);
    all_.of.resize(all_.of.size() + all_.folds);
    return all_.words.size() - 1;
  }
  tally& of(std::size_t word, std::size_t fold) { return all_.of[word * all_.folds + fold]; }
  std::size_t size() const noexcept { return all_.words.size(); }
  word_tallies take() && { return std::move(all_); }

 private:
  word_tallies all_;
  std::unordered_map<std::string, std::size_t, text_hash, std::equal_to<>> numbers_;
};

/// What is learned from: texts with weights and positions, in folds.
struct labelled {
  const text_source& x;
  const number_targets& y;
  std::vector<double> positions;
  bool pairs;
  std::vector<std::uint32_t> fold{};  // of each text; empty where there is one
  std::size_t folds = 1;

  std::size_t fold_of(std::size_t i) const { return fold.empty() ? 0 : fold[i]; }
  tally text(std::size_t i) const { return {weight_of(y, i), weight_of(y, i) * positions[i]}; }
};

/// Calls `use` with each word of a text, and with each two without punctuation between them.
template <class Use>
void for_each_term(std::string_view text, bool pairs, scratch& s, Use&& use) {
  std::string pair;
  std::string_view before;
  for (const unit& u : units_of(text, nullptr, s)) {
    use(u.word);
    if (pairs && !before.empty() && !u.parted) {
      pair.assign(before).append(" ").append(u.word);
      use(pair);
    }
    before = u.word;
  }
}

word_tallies tallies_of_block(const labelled& d, std::size_t first, std::span<const std::string_view> texts,
                              scratch& s) {
  tally_table table(d.folds);
  std::vector<std::size_t> seen;  // the last text + 1 that had each word
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const scratch::frame frame(s);
    for_each_term(texts[i], d.pairs, s, [&](std::string_view term) {
      if (term.size() > longest_word) return;
      const std::size_t word = table.number(term);
      if (word == seen.size()) seen.push_back(0);
      if (seen[word] == i + 1) return;
      seen[word] = i + 1;
      table.of(word, d.fold_of(first + i)).add(d.text(first + i));
    });
  }
  return std::move(table).take();
}

word_tallies tallies_of(const labelled& d, const context& ctx) {
  tally_table all(d.folds);
  std::size_t done = 0;
  const auto compute = [&](std::size_t b, scratch& s) {
    word_tallies some;
    d.x.visit(b, s,
              [&](std::span<const std::string_view> texts) { some = tallies_of_block(d, b * block_size, texts, s); });
    return some;
  };
  ctx.reduce(d.x.count, compute, [&](word_tallies some) {
    for (std::size_t w = 0; w < some.words.size(); ++w) {
      const std::size_t word = all.number(some.words[w]);
      for (std::size_t f = 0; f < d.folds; ++f) all.of(word, f).add(some.of[w * d.folds + f]);
    }
    ctx.report(stage, ++done, d.x.count);
  });
  return std::move(all).take();
}

double logit(double p) { return std::log(p / (1 - p)); }

/// Tallies of words from the texts outside `fold`, or from all where it is the number of folds.
std::vector<tally> tallies_without(const word_tallies& all, std::size_t fold) {
  std::vector<tally> of(all.words.size());
  for (std::size_t w = 0; w < of.size(); ++w)
    for (std::size_t f = 0; f < all.folds; ++f)
      if (f != fold) of[w].add(all.of[w * all.folds + f]);
  return of;
}

sentiment_lexicon lexicon_of(const learned_sentiment& spec, const word_tallies& all, std::size_t fold) {
  const auto of = tallies_without(all, fold);
  tally total;
  for (const tally& t : of) total.add(t);
  const double mean = total.positions / total.weight;
  if (!(mean > 0 && mean < 1)) return {};
  std::vector<word_valence> words;
  for (std::size_t w = 0; w < of.size(); ++w) {
    if (of[w].weight < static_cast<double>(spec.min_df)) continue;
    const double share = (of[w].positions + spec.prior * mean) / (of[w].weight + spec.prior);
    const double valence = std::clamp(logit(share) - logit(mean), -largest_valence, largest_valence);
    if (std::fabs(valence) >= spec.least && valence != 0) words.push_back({all.words[w], valence});
  }
  return words;
}

labelled data_of(const learned_sentiment& spec, const text_source& x, const number_targets& y) {
  check(spec, x.size, y.values.size());
  return {x, y, positions_of(y), spec.pairs};
}

}  // namespace

sentiment_lexicon learn_sentiment(const learned_sentiment& spec, const text_source& x, const number_targets& y,
                                  const context& ctx) {
  const labelled d = data_of(spec, x, y);
  auto learned = lexicon_of(spec, tallies_of(d, ctx), 1);
  if (learned.size() == 0)
    throw error(errc::empty_input,
                {.stage = stage,
                 .problem = fmt::format("no word is in {} texts or more and says enough", spec.min_df),
                 .advice = "give more texts, or lower min_df, prior or least"});
  return learned;
}

dense_rows sentiment_out_of_fold(const learned_sentiment& spec, const text_source& x, const number_targets& y,
                                 const context& ctx) {
  labelled d = data_of(spec, x, y);
  const auto parts = random_folds(x.size, std::min(spec.folds, x.size), ctx.seed());
  d.folds = parts.size();
  d.fold.resize(x.size);
  for (std::size_t f = 0; f < parts.size(); ++f)
    for (const std::size_t i : parts[f]) d.fold[i] = static_cast<std::uint32_t>(f);
  const auto words = tallies_of(d, ctx);
  std::vector<std::unique_ptr<const polarity>> of(d.folds);  // none where the other folds say nothing: zeros
  ctx.parallel(d.folds, [&](std::size_t f, scratch&) {
    if (auto learned = lexicon_of(spec, words, f); learned.size() > 0)
      of[f] = std::make_unique<const polarity>(std::move(learned), spec.rule);
  });
  dense_rows rows(x.size, 4);
  ctx.parallel(x.count, [&](std::size_t b, scratch& s) {
    x.visit(b, s, [&](std::span<const std::string_view> some) {
      for (std::size_t i = 0; i < some.size(); ++i) {
        const std::size_t record = b * block_size + i;
        if (!of[d.fold[record]]) continue;
        const scratch::frame frame(s);
        const dense_row row = (*of[d.fold[record]])(some[i], s);
        std::copy(row.values.begin(), row.values.end(), rows.writable(record).begin());
      }
    });
  });
  return rows;
}

}  // namespace bespoke::features::detail
