// SPDX-License-Identifier: Apache-2.0
// Ways to recommend on MovieLens latest-small, in one table.
//
//   bench_recommend_ranking [--quick]     JSON lines as in the head of benchmarks/run.sh; tables with intervals on stderr
//
// Three protocols: each user's last film is held out, and looked for among all films that the user had not seen ("full"), or
// among 99 of these ("of_100"); or a tenth of each user's films, drawn at random, is looked for among all ("tenth").
// Settings are chosen on films that no figure is about: of what is left without the last film and without the tenth, each
// user's last five are held out too, and by the NDCG@10 of lists for these, among all films, each way's settings are chosen of
// a few. Then it learns from all that a protocol leaves, and is asked once.
// Intervals are of 95 %, by the bootstrap over users; differences are paired. --quick tries one setting of each way.

#include <bespoke/core/error.hpp>
#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/core/recommender_comparison.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/blend.hpp>
#include <bespoke/train/bpr.hpp>
#include <bespoke/train/ease.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/item_neighbors.hpp>
#include <bespoke/train/popularity.hpp>
#include <bespoke/train/user_neighbors.hpp>
#include <bespoke/train/warp.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bespoke;

constexpr const char* figure = "NDCG@10";
constexpr int chosen_by = 5;  // films of each user

struct rating {
  int user{}, film{};
  float stars{};
  std::int64_t at{};
};

/// One setting of a way.
struct setting {
  std::string text{};
  std::function<std::shared_ptr<const recommender_model>(const interaction_matrix&, const context&)> learn{};
};

/// What a way is in this question: one that is to be beaten, one that is to beat these, or one for comparison.
enum class part { baseline, contender, other };

/// A way and the settings that are tried.
struct way {
  std::string name{};
  part plays{};
  std::vector<setting> settings{};
};

template <class Spec>
setting with(std::string text, Spec spec) {
  return {std::move(text), [spec](const interaction_matrix& seen, const context& ctx) { return spec.fit(seen, ctx); }};
}

std::string words(std::initializer_list<std::pair<const char*, double>> all) {
  std::string text;
  for (const auto& [name, value] : all) {
    char one[64];
    std::snprintf(one, sizeof one, "%s%s %g", text.empty() ? "" : ", ", name, value);
    text += one;
  }
  return text;
}

template <class Spec>
way neighbours(std::string name) {
  way w{std::move(name), part::baseline, {}};
  for (const std::size_t k : {50u, 10u, 20u, 100u, 200u})
    for (const double shrinkage : {10.0, 0.0, 50.0})
      w.settings.push_back(
          with(words({{"k", static_cast<double>(k)}, {"shrinkage", shrinkage}}), Spec{.k = k, .shrinkage = shrinkage}));
  return w;
}

way popularities() {
  way w{"popularity", part::baseline, {}};
  for (const double days : {0.0, 365.0, 1000.0, 3000.0})
    w.settings.push_back(with(words({{"half-life in days", days}}), train::popularity{.half_life = days * 86400}));
  return w;
}

way eases() {
  way w{"ease", part::contender, {}};
  for (const double l2 : {300.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0})
    w.settings.push_back(with(words({{"l2", l2}}), train::ease{.l2 = l2}));
  return w;
}

way all_ials() {
  way w{"ials", part::contender, {}};
  for (const std::size_t factors : {64u, 128u, 256u})
    for (const double unobserved : {0.3, 0.1, 0.5})
      for (const double regularization : {0.007, 0.003, 0.005, 0.01})
        w.settings.push_back(
            with(words({{"factors", static_cast<double>(factors)}, {"unobserved", unobserved}, {"l2", regularization}}),
                 train::ials{.factors = factors, .unobserved_weight = unobserved, .regularization = regularization}));
  return w;
}

template <class Spec>
way pairwise(std::string name, std::initializer_list<double> rates, std::initializer_list<double> all_l2) {
  way w{std::move(name), part::other, {with("as it is", Spec{})}};
  for (const double rate : rates)
    for (const double l2 : all_l2)
      w.settings.push_back(with(words({{"learning_rate", rate}, {"l2", l2}}), Spec{.learning_rate = rate, .l2 = l2}));
  return w;
}

way blends() {
  return {"blend",
          part::other,
          {with("EASE, iALS of 128, popularity",
                train::blend(train::ease{}, train::ials{.factors = 128}, train::popularity{}))}};
}

std::vector<way> all_ways() {
  return {popularities(),
          neighbours<train::item_neighbors>("item_neighbors"),
          neighbours<train::user_neighbors>("user_neighbors"),
          eases(),
          all_ials(),
          pairwise<train::bpr>("bpr", {0.02, 0.05, 0.1}, {0.003, 0.01}),
          pairwise<train::warp>("warp", {0.003, 0.005, 0.01}, {0.01, 0.05, 0.2}),
          blends()};
}

/// What of `whole` is not in `part` held, and the rest to learn from.
interaction_split rest_of(const interaction_matrix& whole, const interaction_matrix& part) {
  std::vector<std::uint8_t> held;
  for (std::size_t u = 0; u < whole.users(); ++u) {
    const auto kept = part.by_user[u].columns;
    for (const std::uint32_t item : whole.by_user[u].columns)
      held.push_back(!std::binary_search(kept.begin(), kept.end(), item));
  }
  return split_of(whole, held);
}

/// The last films of each user held.
interaction_split hold_last(const interaction_matrix& seen, int films, std::uint64_t seed) {
  interaction_split left = leave_one_out(seen, seed);
  for (int i = 1; i < films; ++i) left = leave_one_out(left.train, seed);
  return rest_of(seen, left.train);
}

/// A way with the setting that did best on the choice.
struct tuned {
  std::string name{};
  part plays{};
  setting with{};
  double reached = -1;
};

tuned tune(const way& w, const interaction_split& split, const context& ctx) {
  tuned best{.name = w.name, .plays = w.plays, .with = {}};
  for (const setting& s : w.settings) {
    const auto found = evaluate_ranking(*s.learn(split.train, ctx), split.train, split.held,
                                        {.cut_offs = {10}, .interval = {.samples = 10}}, ctx);
    const double reached = found[figure].value.mean;
    std::fprintf(stderr, "  %-16s %-40s %.4f\n", w.name.c_str(), s.text.c_str(), reached);
    if (reached > best.reached) best.with = s, best.reached = reached;
  }
  return best;
}

/// Of the contenders the one that did best on the choice.
std::string name_of_chosen(const std::vector<tuned>& ways) {
  const auto before = [](const tuned& a, const tuned& b) {
    return std::pair(a.plays == part::contender, a.reached) < std::pair(b.plays == part::contender, b.reached);
  };
  return std::max_element(ways.begin(), ways.end(), before)->name;
}

void print_case(const std::string& name, double ours, double peer, const std::string& peer_name) {
  std::printf(
      "{\"question\":\"recommend/ranking\",\"case\":\"%s\",\"ours\":%.4f,\"peer\":%.4f,\"peer_name\":\"%s, of "
      "bespoke\",\"unit\":\"NDCG@10\",\"higher_is_better\":true}\n",
      name.c_str(), ours, peer, peer_name.c_str());
}

void print_lead(const std::string& name, const estimate& lead) {
  std::printf(
      "{\"question\":\"recommend/ranking\",\"case\":\"%s\",\"ours\":%.4f,\"peer\":null,\"peer_name\":null,\"unit\":"
      "\"NDCG@10, low end\",\"higher_is_better\":true}\n",
      name.c_str(), lead.low);
}

void print(const std::string& protocol, const std::vector<tuned>& ways, const recommender_comparison& all) {
  std::fprintf(stderr, "\n%s\n%s\n", protocol.c_str(), all.text({"hit rate@10", figure, "AUC"}).c_str());
  const auto reached = [&](const tuned& w) { return all[w.name][figure].value.mean; };
  const std::string chosen = name_of_chosen(ways);
  for (const tuned& ours : ways)
    for (const tuned& peer : ways) {
      if (ours.plays == part::baseline || peer.plays != part::baseline) continue;
      const std::string over = "_over_" + peer.name;
      const estimate lead = all.difference(ours.name, peer.name, figure);
      std::fprintf(stderr, "%s over %s: %.4f (%.4f to %.4f)\n", ours.name.c_str(), peer.name.c_str(), lead.mean,
                   lead.low, lead.high);
      if (ours.plays == part::contender || peer.name == "popularity")
        print_case(protocol + "_" + ours.name + over, reached(ours), reached(peer), peer.name);
      if (ours.name == chosen) print_lead(protocol + "_lead" + over, lead);
    }
}

interaction_matrix read_ratings() {
  const char* const data = std::getenv("BESPOKE_DATA");
  if (!data) throw error(errc::invalid_argument, {.stage = "recommend/ranking", .problem = "BESPOKE_DATA is not set"});
  const auto ratings = ingest::csv<rating>(std::string(data) + "/ml-latest-small/ratings.csv",
                                           {column("userId", &rating::user), column("movieId", &rating::film),
                                            column("rating", &rating::stars), column("timestamp", &rating::at)});
  return collect(interactions(&rating::user, &rating::film, &rating::stars, &rating::at), ratings).matrix;
}

/// What all ways, as they were tuned, reach on a split.
recommender_comparison compared(const std::vector<tuned>& ways, const interaction_split& split, std::size_t negatives,
                                const context& ctx) {
  std::vector<named_model> models;
  for (const tuned& w : ways) models.push_back({w.name, w.with.learn(split.train, ctx)});
  return compare_ranking(models, split.train, split.held, {.cut_offs = {10}, .negatives = negatives}, ctx);
}

void answer(bool quick) {
  const context ctx;
  const interaction_matrix seen = read_ratings();
  const interaction_split last = leave_one_out(seen, ctx.seed());
  const interaction_split tenth = user_split(seen, 0.1, holding::drawn, ctx.seed());
  const interaction_split choice = hold_last(rest_of(last.train, tenth.train).train, chosen_by, ctx.seed());
  std::vector<tuned> ways;
  for (way w : all_ways()) {
    if (quick) w.settings.resize(1);
    ways.push_back(tune(w, choice, ctx));
  }
  for (const tuned& w : ways) std::fprintf(stderr, "%s: %s\n", w.name.c_str(), w.with.text.c_str());
  print("full", ways, compared(ways, last, 0, ctx));
  print("of_100", ways, compared(ways, last, 99, ctx));
  print("tenth", ways, compared(ways, tenth, 0, ctx));
}

}  // namespace

int main(int n, char** arguments) try {
  answer(n > 1 && std::string(arguments[1]) == "--quick");
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
