// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/tfidf.hpp>

#include <cmath>

#include "padded_words.hpp"
#include "term_learner.hpp"
#include "term_table.hpp"
#include "word_bound.hpp"

namespace bespoke::features::detail {
namespace {

void check(const tfidf& spec) {
  bespoke::detail::check_ngrams(spec.ngrams, "tfidf");
  if (spec.max_df >= 0 && spec.max_df <= 1) return;
  throw error(errc::invalid_argument, {.stage = "tfidf",
                                       .problem = "max_df",
                                       .expected = "a share of the documents, from 0 to 1",
                                       .got = std::to_string(spec.max_df)});
}

template <class T>
std::vector<T> copied(std::span<const T> values) {
  return {values.begin(), values.end()};
}

/// Reads the pairs of each level above words, up to `high`.
std::vector<std::vector<gram>> read_grams(const bundle_reader& r, unsigned high) {
  std::vector<std::vector<gram>> all;
  for (unsigned k = 2; k <= high; ++k) {
    const auto flat = r.tensor<std::uint32_t>("runs_" + std::to_string(k));
    if (flat.size() % 2 != 0) r.reject("a term of several words is incomplete");
    auto& grams = all.emplace_back(flat.size() / 2);
    for (std::size_t i = 0; i < grams.size(); ++i) grams[i] = {flat[2 * i], flat[2 * i + 1]};
  }
  return all;
}

term_content read_content(const bundle_reader& r, unsigned high) {
  term_content c;
  const auto bytes = r.tensor<std::uint8_t>("word_bytes");
  c.bytes.assign(bytes.begin(), bytes.end());
  c.ends = copied(r.tensor<std::uint32_t>("word_ends"));
  c.grams = read_grams(r, high);
  if (!r.flag("every_node_is_a_column")) {
    c.node_of = copied(r.tensor<std::uint32_t>("nodes"));
    if (c.node_of.empty()) r.reject("it has no terms");
  }
  c.idf = copied(r.tensor<float>("idf"));
  return c;
}

void check_content(const bundle_reader& r, const term_content& c) {
  std::size_t nodes = c.ends.size();
  for (const auto& g : c.grams) nodes += g.size();
  if (nodes > std::size_t{1} << 30) r.reject("it has more than 2^30 terms");
  std::uint32_t before = 0;
  for (const std::uint32_t end : c.ends) {
    if (end <= before) r.reject("a word is empty, or the words overlap");
    before = end;
  }
  if (before != c.bytes.size()) r.reject("the words do not fill their bytes");
  for (const float w : c.idf)
    if (!std::isfinite(w)) r.reject("a weight is not finite");
}

std::uint64_t next_random(std::uint64_t& state) { return mixed(state += 0x9E3779B97F4A7C15u); }

}  // namespace

sparse_row fitted_tfidf::operator()(std::string_view text, scratch& s) const {
  const tfidf& spec = terms_->spec();
  if (spec.terms != term_kind::words)
    return terms_->row_of_runs(most_runs(text, spec.ngrams), s,
                               [&](use_terms use) { for_each_run(text, runs_of(spec), s, use); });
  const word_rule rule = spec.words;
  return terms_->row(most_words(text, rule), s, [&] { return split_words(text, rule, s); });
}

sparse_row fitted_tfidf::operator()(const std::vector<std::string>& words, scratch& s) const {
  const tfidf& spec = terms_->spec();
  if (spec.terms != term_kind::words)
    return terms_->row_of_runs(most_runs(words, spec.ngrams), s,
                               [&](use_terms use) { for_each_run(words, runs_of(spec), s, use); });
  return terms_->row(words.size(), s, [&] { return padded_words(words, s); });
}

std::size_t fitted_tfidf::width() const noexcept { return terms_->width(); }

std::string fitted_tfidf::column_name(std::size_t column) const { return terms_->name(column); }

std::vector<std::string> fitted_tfidf::made_up(std::uint64_t random) const {
  std::vector<std::string> words;
  for (std::uint64_t n = 3 + next_random(random) % 6; n > 0; --n)
    words.emplace_back(terms_->word(next_random(random) % terms_->words()));
  return words;
}

void fitted_tfidf::save(bundle_writer& w) const {
  const tfidf& spec = terms_->spec();
  const term_content& c = terms_->content();
  w.put("terms", name(spec.terms));
  w.put("ngrams", bespoke::detail::to_string(spec.ngrams));
  w.put("words", name(spec.words));
  w.put("sublinear", spec.sublinear);
  w.put("norm", name(spec.norm));
  w.put("min_df", spec.min_df);
  w.put("max_df", spec.max_df);
  w.put("max_terms", spec.max_terms);
  w.put("use_idf", spec.idf);
  w.put("smooth", spec.smooth);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(c.bytes.data());
  w.put("word_bytes", std::span<const std::uint8_t>(bytes, c.ends.empty() ? 0 : c.ends.back()));
  w.put("word_ends", std::span<const std::uint32_t>(c.ends));
  for (std::size_t i = 0; i < c.grams.size(); ++i) {
    std::vector<std::uint32_t> flat;
    flat.reserve(2 * c.grams[i].size());
    for (const gram g : c.grams[i]) flat.insert(flat.end(), {g.prefix, g.word});
    w.put("runs_" + std::to_string(i + 2), std::span<const std::uint32_t>(flat), {c.grams[i].size(), 2});
  }
  w.put("every_node_is_a_column", c.node_of.empty());
  if (!c.node_of.empty()) w.put("nodes", std::span<const std::uint32_t>(c.node_of));
  w.put("idf", std::span<const float>(c.idf));
}

std::shared_ptr<const term_table> load_tfidf(const tfidf& spec, bundle_reader& r) {
  check(spec);
  r.must_equal("terms", name(spec.terms));
  r.must_equal("ngrams", bespoke::detail::to_string(spec.ngrams));
  r.must_equal("words", name(spec.words));
  r.must_equal("sublinear", spec.sublinear);
  r.must_equal("norm", name(spec.norm));
  tfidf as_trained = spec;
  as_trained.min_df = static_cast<std::size_t>(r.integer("min_df"));
  as_trained.max_df = r.number("max_df");
  as_trained.max_terms = static_cast<std::size_t>(r.integer("max_terms"));
  as_trained.idf = r.flag("use_idf");
  as_trained.smooth = r.flag("smooth");
  term_content content = read_content(r, word_runs(spec).high);
  check_content(r, content);
  if (content.idf.empty()) r.reject("it has no terms");
  const auto damaged = [&](const char* problem) { r.reject(problem); };
  return std::make_shared<const term_table>(as_trained, std::move(content), nullptr, damaged);
}

learned_tfidf learn_tfidf(const tfidf& spec, const bespoke::detail::document_source& x, bool with_rows,
                          const context& ctx) {
  check(spec);
  const term_counts counts = count_terms(spec, x, ctx);
  const term_choice choice = choose_terms(spec, counts, ctx);
  const auto damaged = [](const char* problem) {
    throw error(errc::invalid_argument, {.stage = "tfidf", .problem = problem});
  };
  learned_tfidf out;
  out.terms = std::make_shared<const term_table>(spec, gather_terms(spec, counts, choice, ctx), &ctx, damaged);
  if (with_rows) out.rows = term_rows(spec, counts, choice, *out.terms, ctx);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : " ") + w;
  return text;
}

}  // namespace bespoke::features::detail
