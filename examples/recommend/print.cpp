// SPDX-License-Identifier: Apache-2.0
#include "print.hpp"

#include <bespoke/report/page.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace bespoke;

namespace {

using item = recommended<int>;

std::string interval(const estimate& e) { return fmt::format("{:.3f} ({:.3f} to {:.3f})", e.mean, e.low, e.high); }

/// Up to `k` films of a user, the latest first.
std::vector<int> watched_last(const film_table& seen, int user, std::size_t k) {
  const std::size_t number = seen.users.find(user);
  const auto own = seen.matrix.by_user[number].columns;
  const auto* times = seen.matrix.times.data() + seen.matrix.by_user.offsets()[number];
  std::vector<std::size_t> order(own.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return times[a] > times[b]; });
  std::vector<int> latest;
  for (std::size_t i = 0; i < std::min(k, order.size()); ++i) latest.push_back(seen.items[own[order[i]]]);
  return latest;
}

std::string titles(const library& all, const std::vector<item>& some) {
  std::string text;
  for (const auto& [id, part] : some)
    if (part > 0) text += (text.empty() ? "" : ", ") + all.title(id);
  return text.empty() ? "what everybody watches" : text;
}

template <class Explain>
void print_list(const library& all, const std::vector<item>& best, Explain&& explain) {
  int place = 0;
  for (const auto& [id, score] : best) {
    fmt::print("  {:>2}  {}\n", ++place, all.title(id));
    fmt::print("      because of {}\n", titles(all, explain(id)));
  }
}

}  // namespace

void print_comparison(const comparison& c) {
  fmt::print(
      "\nWhich way foresees best\n"
      "  Each user's last film is held out; figures are means over users with their\n"
      "  95 % interval. The way was chosen by the films before these.\n\n"
      "  {:<16} {:<24} {:<24} {:<24}\n",
      "", "hit rate@10, of all", "NDCG@10, of all", "hit rate@10, among 99");
  for (std::size_t i = 0; i < c.full.rows.size(); ++i) {
    const auto& row = c.full.rows[i];
    fmt::print("  {:<16} {:<24} {:<24} {:<24}\n", row.name, interval(row.found["hit rate@10"].value),
               interval(row.found["NDCG@10"].value), interval(c.sampled.rows[i].found["hit rate@10"].value));
  }
  fmt::print("\n  Chosen: {}", c.chosen);
  if (c.chosen != "popularity") {
    const auto ahead = c.full.difference(c.chosen, "popularity", "NDCG@10");
    fmt::print(", ahead of popularity by an NDCG@10 of {}{}", interval(ahead), ahead.low > 0 ? "" : ": no clear lead");
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

void print_somebody_new(const library& all, const film_recommender& films, const std::vector<int>& liked) {
  std::vector<past<int>> history;
  for (const int id : liked) history.push_back({id});
  fmt::print("\nTen for somebody new who likes {} film{}\n", liked.size(), liked.size() == 1 ? "" : "s");
  print_list(all, films.recommend_for(history, 10), [&](int id) { return films.explain_for(history, id, 3); });
}

void write_report(const library& all, const film_recommender& films, const comparison& c, int user,
                  const std::filesystem::path& file) {
  report::page page("Films: which way recommends best");
  page.text(
      fmt::format("{} users, {} films, {} ratings. Each user's last film is held out and looked for among all "
                  "that the user had not seen. Bars have their 95 % interval over users.",
                  all.seen.users.size(), all.seen.items.size(), all.seen.matrix.size()));
  for (const char* figure : {"NDCG@10", "hit rate@10", "coverage@10"}) {
    std::vector<report::bar> bars;
    for (const auto& row : c.full.rows) {
      const estimate e = row.found[figure].value;
      bars.push_back({row.name, e.mean, std::min(e.low, e.mean), std::max(e.high, e.mean)});
    }
    page.bars(figure, bars);
  }
  page.heading(fmt::format("Ten for user {}, by {}", user, c.chosen));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [id, score] : films.recommend(user, 10))
    rows.push_back({all.title(id), fmt::format("{:.3f}", score), titles(all, films.explain(user, id, 3))});
  page.table({"film", "score", "because of"}, rows);
  page.save(file);
}
