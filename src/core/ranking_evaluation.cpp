// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/golden.hpp>
#include <bespoke/core/ranking.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/core/top_k.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include "evaluation_checks.hpp"
#include "ranking_candidates.hpp"
#include "ranking_lists.hpp"

namespace bespoke {

namespace {

using detail::item_numbers;

constexpr const char* stage = "evaluate_ranking";
constexpr std::size_t users_in_unit = 8;

constexpr const char* list_names[] = {"hit rate", "precision", "recall", "NDCG", "MAP", "MRR"};
constexpr std::size_t of_lists = std::size(list_names);
enum shown_figure : std::size_t { coverage, gini_index, novelty, diversity };  // behind those of lists
constexpr const char* shown_names[] = {"coverage", "Gini", "novelty", "diversity"};

void check(const ranking_options& options) {
  const auto& all = options.cut_offs;
  if (all.empty() || std::find(all.begin(), all.end(), std::size_t{0}) != all.end())
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "cut-offs of 1 or more", .got = all.empty() ? "none" : "0"});
}

/// −log₂ of the share of users that have the item.
std::vector<double> self_information(const interaction_matrix& train) {
  double users = 0;
  for (std::size_t u = 0; u < train.users(); ++u) users += train.by_user[u].size() != 0;
  std::vector<double> bits(train.items());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const auto own = static_cast<double>(std::max<std::size_t>(train.by_item[i].size(), 1));
    bits[i] = std::log2(std::max(users, 1.0) / own);
  }
  return bits;
}

class ranking {
 public:
  ranking(const recommender_model& model, const interaction_matrix& train, const sparse_rows& held,
          const ranking_options& options, const context& ctx)
      : model_(model), train_(train), held_(held), options_(options), ctx_(ctx), bits_(self_information(train)) {}

  recommender_evaluation operator()() {
    find_users();
    name_figures();
    detail::shown_lists lists(shows() ? found_.users.size() : 0, longest(), model_.items());
    ask(lists);
    detail::estimate_figures(found_, options_.interval, ctx_);
    if (shows()) estimate_shown(lists);
    return std::move(found_);
  }

 private:
  bool shows() const { return options_.negatives == 0; }
  bool diverse() const { return shows() && options_.alike; }
  std::size_t longest() const {
    return std::min(*std::max_element(options_.cut_offs.begin(), options_.cut_offs.end()), model_.items());
  }
  item_numbers hidden(std::size_t user) const {
    return options_.hide_known ? train_.by_user[user].columns : item_numbers{};
  }

  item_numbers relevant(std::size_t user, scratch& s) const {
    const sparse_row held = held_[user];
    const item_numbers not_ranked = hidden(user);
    const auto room = s.take<std::uint32_t>(held.size());
    std::size_t n = 0;
    for (std::size_t i = 0; i < held.size(); ++i)
      if (held.values[i] >= options_.relevant_from &&
          !std::binary_search(not_ranked.begin(), not_ranked.end(), held.columns[i]))
        room[n++] = held.columns[i];
    return room.first(n);
  }

  void find_users() {
    scratch& s = scratch::local();
    for (std::size_t u = 0; u < held_.size(); ++u) {
      const scratch::frame temporaries(s);
      const item_numbers asked = relevant(u, s);
      found_.interactions += asked.size();
      found_.left_out += held_[u].size() - asked.size();
      if (asked.empty()) continue;
      const bool cold = train_.by_user[u].size() == 0;
      found_.cold_users += cold;
      for (const std::uint32_t item : asked) found_.cold_interactions += cold || train_.by_item[item].size() == 0;
      found_.users.push_back(static_cast<std::uint32_t>(u));
    }
    if (found_.users.empty())
      throw error(errc::empty_input, {.stage = stage,
                                      .problem = "nobody has a relevant held item to rank",
                                      .advice = "hold more back, or lower relevant_from"});
  }

  std::size_t of_cut() const { return of_lists + (shows() ? std::size_t{diversity} : 0) + (diverse() ? 1 : 0); }
  user_figure& figure(std::size_t cut, std::size_t which) { return found_.figures[cut * of_cut() + which]; }
  user_figure& shown(std::size_t cut, shown_figure which) { return figure(cut, of_lists + which); }
  static void put(user_figure& f, std::size_t at, double value) { f.sums[at] = value, f.counts[at] = 1; }

  void name_figures() {
    const std::size_t users = found_.users.size();
    const auto add = [&](std::string name, bool of_users) {
      const std::size_t n = of_users ? users : 0;
      found_.figures.push_back(
          {.name = std::move(name), .sums = std::vector<double>(n), .counts = std::vector<double>(n)});
    };
    for (const std::size_t k : options_.cut_offs)
      for (std::size_t i = 0; i < of_cut(); ++i)
        add(fmt::format("{}@{}", i < of_lists ? list_names[i] : shown_names[i - of_lists], k),
            i != of_lists + coverage && i != of_lists + gini_index);
    add("AUC", true);
    for (std::size_t c = 0; shows() && c < options_.cut_offs.size(); ++c) shown(c, gini_index).larger_is_better = false;
  }

  void ask(detail::shown_lists& lists) {
    const std::size_t users = found_.users.size(), units = (users + users_in_unit - 1) / users_in_unit;
    std::atomic<std::size_t> done{0};
    ctx_.parallel(units, [&](std::size_t unit, scratch& s) {
      for (std::size_t at = unit * users_in_unit; at < std::min(users, (unit + 1) * users_in_unit); ++at) {
        const scratch::frame temporaries(s);
        shows() ? among_all(at, lists, s) : among_drawn(at, s);
      }
      ctx_.report(stage, ++done, units);
    });
  }

  profile_row profile_of(std::size_t user, scratch& s) const {
    asked_user asked{.history = train_.by_user[user]};
    if (!options_.as_new) asked.number = user;
    return model_.profile(asked, s);
  }

  void among_all(std::size_t at, detail::shown_lists& lists, scratch& s) {
    const std::size_t user = found_.users[at], items = model_.items();
    const item_numbers wanted = relevant(user, s);
    const auto scores = s.take<float>(items), chosen = s.take<float>(wanted.size());
    model_.score_all(profile_of(user, s), scores, s);
    for (std::size_t i = 0; i < wanted.size(); ++i) chosen[i] = scores[wanted[i]];
    rank_counter list(chosen, s);
    detail::for_each_run(detail::united(wanted, hidden(user), s), items,
                         [&](std::size_t begin, std::size_t end) { list.add(scores.subspan(begin, end - begin)); });
    judge(at, list);
    show(at, scores, lists, s);
  }

  void among_drawn(std::size_t at, scratch& s) {
    const std::size_t user = found_.users[at];
    const item_numbers wanted = relevant(user, s);
    random_numbers random(detail::mix(ctx_.seed(), user));
    const item_numbers apart = detail::united(train_.by_user[user].columns, held_[user].columns, s);
    const item_numbers others = detail::drawn_apart(apart, model_.items(), options_.negatives, random, s);
    const auto profile = profile_of(user, s);
    const auto scores_of = [&](item_numbers some) {
      const auto scores = s.take<float>(some.size());
      for (std::size_t i = 0; i < some.size(); ++i) scores[i] = model_.score(profile, some[i], s);
      return scores;
    };
    rank_counter list(scores_of(wanted), s);
    list.add(scores_of(others));
    judge(at, list);
  }

  void judge(std::size_t at, rank_counter& list) {
    const auto ranks = list.ranks();
    for (std::size_t c = 0; c < options_.cut_offs.size(); ++c) {
      const list_quality q(ranks, options_.cut_offs[c]);
      const double values[] = {q.hit, q.precision, q.recall, q.ndcg, q.average_precision, q.reciprocal_rank};
      for (std::size_t i = 0; i < of_lists; ++i) put(figure(c, i), at, values[i]);
    }
    if (const double auc = list.auc(); !std::isnan(auc)) put(found_.figures.back(), at, auc);
  }

  void show(std::size_t at, std::span<const float> scores, detail::shown_lists& lists, scratch& s) {
    best_of best(s.take<scored>(longest()));
    detail::for_each_run(hidden(found_.users[at]), scores.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) best.offer({i, scores[i]});
    });
    const auto ranked = best.ranked();
    const auto room = lists.room(at);
    for (std::size_t i = 0; i < ranked.size(); ++i) room[i] = static_cast<std::uint32_t>(ranked[i].index);
    lists.set_length(at, ranked.size());
    for (std::size_t c = 0; c < options_.cut_offs.size(); ++c) {
      const item_numbers list = lists.first(at, options_.cut_offs[c]);
      if (!list.empty()) put(shown(c, novelty), at, novelty_of(list));
      if (diverse() && list.size() > 1) put(shown(c, diversity), at, diversity_of(list, s));
    }
  }

  double novelty_of(item_numbers list) const {
    double sum = 0;
    for (const std::uint32_t item : list) sum += bits_[item];
    return sum / static_cast<double>(list.size());
  }

  double diversity_of(item_numbers list, scratch& s) const {
    const scratch::frame temporaries(s);
    const auto alike = s.take<float>(list.size());
    double sum = 0;
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
      const item_numbers others = list.subspan(i + 1);
      options_.alike(list[i], others, alike.first(others.size()), s);
      for (std::size_t j = 0; j < others.size(); ++j) sum += static_cast<double>(alike[j]);
    }
    const auto n = static_cast<double>(list.size());
    return 1 - sum / (n * (n - 1) / 2);
  }

  void estimate_shown(const detail::shown_lists& lists) {
    ctx_.parallel(2 * options_.cut_offs.size(), [&](std::size_t unit, scratch&) {
      const std::size_t c = unit / 2, k = options_.cut_offs[c];
      if (unit % 2 == 0) shown(c, coverage).value = lists.coverage(k, options_.interval);
      else shown(c, gini_index).value = lists.gini(k, options_.interval);
    });
  }

  const recommender_model& model_;
  const interaction_matrix& train_;
  const sparse_rows& held_;
  const ranking_options& options_;
  const context& ctx_;
  std::vector<double> bits_;
  recommender_evaluation found_{};
};

}  // namespace

recommender_evaluation evaluate_ranking(const recommender_model& model, const interaction_matrix& train,
                                        const sparse_rows& held, const ranking_options& options, const context& ctx) {
  check(options);
  detail::check_shapes(stage, model, train, held);
  return ranking(model, train, held, options, ctx)();
}

}  // namespace bespoke
