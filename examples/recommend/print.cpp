// SPDX-License-Identifier: Apache-2.0
#include "print.hpp"

#include <fmt/format.h>

#include "somebody_new.hpp"

using namespace bespoke;

namespace {

std::string interval(const estimate& e) { return fmt::format("{:.3f} ({:.3f} to {:.3f})", e.mean, e.low, e.high); }

template <class Explain>
void print_list(const library& all, const std::vector<recommended<int>>& best, Explain&& explain) {
  int place = 0;
  for (const auto& [id, score] : best)
    fmt::print("  {:>2}  {}\n      because of {}\n", ++place, all.title(id), because_of(all, explain(id)));
}

}  // namespace

std::string because_of(const library& all, const std::vector<recommended<int>>& films) {
  std::string text;
  for (const auto& [id, part] : films)
    if (part > 0) text += (text.empty() ? "" : "; ") + all.title(id);
  return text.empty() ? "what everybody watches" : text;
}

void print_library(const library& all) {
  fmt::print("{} ratings of {} films by {} users ({})\n", all.seen.matrix.size(), all.seen.items.size(),
             all.seen.users.size(), all.source);
}

void print_comparison(const comparison& c) {
  fmt::print(
      "\nWhich way foresees best\n"
      "  Each user's last film is held out and looked for in a list of ten: of all\n"
      "  films that the user had not seen, and of it and 99 others. Means over users\n"
      "  with their 95 % interval; ties count against the held-out film. The way was\n"
      "  chosen by the film before the last one.\n\n"
      "  {:<16}{:<10}{:<25}{:<25}\n",
      "", "choice", "NDCG@10 of all", "hit rate@10 of 100");
  for (const auto& [name, found] : c.full.rows)
    fmt::print("  {:<16}{:<10.3f}{:<25}{:<25}\n", name, c.before[name]["NDCG@10"].value.mean,
               interval(found["NDCG@10"].value), interval(c.sampled[name]["hit rate@10"].value));
  fmt::print("\n  Chosen: {}\n", c.chosen);
  if (c.chosen == "popularity") return;
  const estimate ahead = c.full.difference(c.chosen, "popularity", "NDCG@10");
  fmt::print("  Ahead of popularity by an NDCG@10 of {}{}\n", interval(ahead), ahead.low > 0 ? "" : ": no clear lead");
}

void print_cold_start(const std::vector<cold_start_curve>& curves) {
  fmt::print("\nSomebody new, of whom so many films are known: NDCG@10 of the next ten\n\n  {:<16}", "");
  for (const std::size_t known : curves.front().known) fmt::print("{:<10}", known);
  for (const cold_start_curve& curve : curves) {
    fmt::print("\n  {:<16}", curve.name);
    for (const estimate& e : curve.quality) fmt::print("{:<10.3f}", e.mean);
  }
  fmt::print("\n");
}

void print_user(const library& all, const film_recommender& films, int user) {
  fmt::print("\nUser {} watched {} films, the last of them\n", user, films.history(user).size());
  for (const int id : watched_last(all.seen, user, 5)) fmt::print("      {}\n", all.title(id));
  const auto best = films.recommend(user, 10);
  fmt::print("\nTen for user {}\n", user);
  print_list(all, best, [&](int id) { return films.explain(user, id, 3); });
  if (best.empty()) return;
  fmt::print("\nLike {}\n", all.title(best.front().item));
  for (const auto& [id, likeness] : films.similar(best.front().item, 5))
    fmt::print("      {:.2f}  {}\n", likeness, all.title(id));
}

void print_question(const library& all, const std::vector<int>& list) {
  fmt::print("\nSomebody new: which of these have you liked?\n");
  for (std::size_t i = 0; i < list.size(); ++i) fmt::print("  {:>2}  {}\n", i + 1, all.title(list[i]));
}

void print_somebody_new(const library& all, const film_recommender& films, const std::vector<int>& liked) {
  fmt::print("\nTen for somebody new who liked{}\n", liked.empty() ? " nothing yet" : "");
  for (const int id : liked) fmt::print("      {}\n", all.title(id));
  fmt::print("\n");
  const auto history = history_of(liked);
  print_list(all, films.recommend_for(history, 10), [&](int id) { return films.explain_for(history, id, 3); });
}
