// SPDX-License-Identifier: Apache-2.0
#include "evaluate.hpp"

#include <bespoke/core/folds.hpp>
#include <bespoke/core/metrics.hpp>
#include <bespoke/core/random.hpp>

#include <map>
#include <numeric>

using namespace bespoke;

namespace {

/// The scores of one held-out item and of its 99 others, by one method.
struct contest {
  float held_out;
  std::vector<float> others;
};

template <class Score>
contest scores(std::size_t item, const indices& others, Score&& score) {
  contest c{score(item), {}};
  for (const std::size_t o : others) c.others.push_back(score(o));
  return c;
}

std::size_t rank(const contest& c) { return rank_among(c.held_out, c.others); }

/// The ranks of one split: one list for each method, in the order of the names below.
using ranks_by_method = std::vector<std::vector<std::size_t>>;
constexpr const char* names[] = {"your profile", "popularity", "random"};

ranks_by_method ranks_of(const split& s, const sparse_rows& rows, const indices& others,
                         const std::vector<float>& popularity, std::uint64_t seed) {
  const context one({.threads = 1});
  const profile taste = learn(lesson_from(rows, s.known, others, seed), one);
  random_numbers random(seed + 1);
  ranks_by_method ranks(std::size(names));
  for (const std::size_t item : s.held_out) {
    const indices sampled = sample(others, sampled_others, random);
    ranks[0].push_back(rank(scores(item, sampled, [&](std::size_t i) { return taste(rows[i]); })));
    ranks[1].push_back(rank(scores(item, sampled, [&](std::size_t i) { return popularity[i]; })));
    ranks[2].push_back(rank(scores(item, sampled, [&](std::size_t) { return static_cast<float>(random.unit()); })));
  }
  return ranks;
}

void summarise(method& m) {
  m.hit_rate = bootstrap_mean(hit_values(m.ranks, list_length));
  m.ndcg = bootstrap_mean(ndcg_values(m.ranks, list_length));
}

estimate difference(const method& a, const method& b) {
  std::vector<double> hits = hit_values(a.ranks, list_length);
  const std::vector<double> other = hit_values(b.ranks, list_length);
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i] -= other[i];
  return bootstrap_mean(hits);
}

void put(std::vector<std::pair<std::string, double>>& all, const std::string& name, const estimate& e) {
  all.emplace_back(name, e.mean);
  all.emplace_back(name + ", low", e.low);
  all.emplace_back(name + ", high", e.high);
}

}  // namespace

std::vector<split> five_folds(const indices& chosen, std::uint64_t seed) {
  const auto folds = random_folds(chosen.size(), 5, seed);
  std::vector<split> splits(folds.size());
  for (std::size_t held = 0; held < folds.size(); ++held)
    for (std::size_t fold = 0; fold < folds.size(); ++fold)
      for (const std::size_t i : folds[fold])
        (fold == held ? splits[held].held_out : splits[held].known).push_back(chosen[i]);
  return splits;
}

evaluation evaluate(const sparse_rows& rows, const indices& others, const std::vector<float>& popularity,
                    const std::vector<split>& splits, std::uint64_t seed, const context& ctx) {
  evaluation e;
  for (const char* name : names) e.methods.push_back({name});
  ctx.reduce(
      splits.size(),
      [&](std::size_t i, scratch&) { return ranks_of(splits[i], rows, others, popularity, seed + 100 * (i + 1)); },
      [&](const ranks_by_method& ranks) {
        for (std::size_t m = 0; m < ranks.size(); ++m)
          e.methods[m].ranks.insert(e.methods[m].ranks.end(), ranks[m].begin(), ranks[m].end());
      });
  for (method& m : e.methods) summarise(m);
  e.ahead = difference(e.methods[0], e.methods[1]);
  e.closed_form_difference = difference_from_closed_form(lesson_from(rows, splits[0].known, others, seed), ctx);
  return e;
}

std::vector<std::pair<std::string, double>> rating_errors(const sparse_rows& rows, const rating_split& s,
                                                          const context& ctx) {
  auto spec = profile_spec;
  spec.intercept = true;
  const profile taste = learn({rows_at(rows, s.known), s.known_ratings}, ctx, spec);
  std::vector<double> predicted;
  for (const std::size_t i : s.held_out) predicted.push_back(double{taste(rows[i])});
  const double own = std::accumulate(s.known_ratings.begin(), s.known_ratings.end(), 0.0) /
                     static_cast<double>(s.known_ratings.size());
  return {{names[0], rmse(predicted, s.held_out_ratings)},
          {"mean of the user", rmse(std::vector<double>(s.held_out.size(), own), s.held_out_ratings)},
          {"mean of the film", rmse(s.item_means, s.held_out_ratings)}};
}

std::vector<std::pair<std::string, double>> figures(const evaluation& e) {
  std::vector<std::pair<std::string, double>> all;
  for (const method& m : e.methods) {
    put(all, m.name + ": hit rate@10", m.hit_rate);
    put(all, m.name + ": NDCG@10", m.ndcg);
  }
  put(all, "ahead of popularity", e.ahead);
  all.emplace_back("closed form, largest difference", e.closed_form_difference);
  for (const auto& [name, value] : e.rmse) all.emplace_back("RMSE: " + name, value);
  return all;
}

evaluation from_figures(const std::vector<std::pair<std::string, double>>& figures) {
  const std::map<std::string, double> by_name(figures.begin(), figures.end());
  const auto number = [&](const std::string& name) {
    const auto at = by_name.find(name);
    return at == by_name.end() ? 0.0 : at->second;
  };
  const auto read = [&](const std::string& name) {
    return estimate{number(name), number(name + ", low"), number(name + ", high")};
  };
  evaluation e;
  if (figures.empty()) return e;
  for (const std::string name : names)
    e.methods.push_back({name, {}, read(name + ": hit rate@10"), read(name + ": NDCG@10")});
  e.ahead = read("ahead of popularity");
  e.closed_form_difference = number("closed form, largest difference");
  for (const auto& [name, value] : figures)
    if (name.starts_with("RMSE: ")) e.rmse.emplace_back(name.substr(6), value);
  return e;
}
