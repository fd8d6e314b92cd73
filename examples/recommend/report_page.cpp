// SPDX-License-Identifier: Apache-2.0
#include "report_page.hpp"

#include <bespoke/report/page.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "print.hpp"
#include "somebody_new.hpp"

using namespace bespoke;

namespace {

using film_list = std::vector<recommended<int>>;

std::vector<report::bar> bars_of(const recommender_comparison& found, const char* figure) {
  std::vector<report::bar> bars;
  for (const auto& [name, evaluation] : found.rows) {
    const estimate e = evaluation[figure].value;
    bars.push_back({name, e.mean, std::min(e.low, e.mean), std::max(e.high, e.mean)});
  }
  return bars;
}

std::string genres_of(const film& f) { return fmt::format("{}", fmt::join(f.genres, ", ")); }

void add_comparison(report::page& page, const comparison& c) {
  page.heading("Which way foresees best");
  page.text(
      "Each user's last film is held out and looked for in a list of ten: of all films that the user had not seen, "
      "and of it and 99 others. Means over users with their 95 % interval; ties count against the held-out film. The "
      "way was chosen by the film before the last one: " +
      c.chosen + ".");
  page.bars("NDCG@10, of all films", bars_of(c.full, "NDCG@10"));
  page.bars("NDCG@10, of the film and 99 others", bars_of(c.sampled, "NDCG@10"));
  page.bars("Share of the films that are in somebody's list", bars_of(c.full, "coverage@10"));
  const std::vector<std::string> figures{"hit rate@10", "NDCG@10", "AUC", "coverage@10", "novelty@10"};
  std::vector<std::string> headers{""};
  headers.insert(headers.end(), figures.begin(), figures.end());
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, found] : c.full.rows) {
    rows.push_back({name});
    for (const auto& figure : figures) rows.back().push_back(fmt::format("{:.3f}", found[figure].value.mean));
  }
  page.text(
      "Of all films. Coverage: the share of the films that are in somebody's list; novelty: how rare these are, in "
      "bits.");
  page.table(headers, rows);
}

void add_new_users(report::page& page, const std::vector<cold_start_curve>& curves) {
  page.heading("Somebody new");
  page.text(
      "Every user was new once: learned from four fifths of the users, asked for the others by their first films. What "
      "counts are the ten films that these watched after their tenth.");
  std::vector<report::series> lines;
  for (const cold_start_curve& curve : curves) {
    lines.push_back({curve.name, {}, {}});
    for (std::size_t i = 0; i < curve.known.size(); ++i) {
      lines.back().x.push_back(static_cast<double>(curve.known[i]));
      lines.back().y.push_back(curve.quality[i].mean);
    }
  }
  page.line("How much is known, and how good the list is", lines, {"films known", "NDCG@10"});
}

template <class Explain>
void add_list(report::page& page, const library& all, const film_list& best, Explain&& explain) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [id, score] : best)
    rows.push_back(
        {std::to_string(rows.size() + 1), all.title(id), genres_of(all.films.at(id)), because_of(all, explain(id))});
  page.table({"", "film", "genres", "because of"}, rows);
}

void add_films(report::page& page, const library& all, const std::vector<int>& some) {
  std::vector<std::vector<std::string>> rows;
  for (const int id : some) rows.push_back({all.title(id), genres_of(all.films.at(id))});
  page.table({"film", "genres"}, rows);
}

void add_user(report::page& page, const page_content& content) {
  const auto& [all, compared, new_users, films, user, liked] = content;
  page.heading(fmt::format("User {}", user));
  page.text(fmt::format("Watched {} films, the last of them:", films.history(user).size()));
  add_films(page, all, watched_last(all.seen, user, 10));
  page.text(fmt::format("Ten for user {}, by {}:", user, compared.chosen));
  const film_list best = films.recommend(user, 10);
  add_list(page, all, best, [&, u = user](int id) { return content.films.explain(u, id, 3); });
  if (best.empty()) return;
  page.text("Like " + all.title(best.front().item) + ":");
  std::vector<int> near;
  for (const auto& [id, likeness] : films.similar(best.front().item, 5)) near.push_back(id);
  add_films(page, all, near);
}

void add_liked(report::page& page, const page_content& content) {
  if (content.liked.empty()) return;
  page.heading("Somebody new who liked some films").text("Liked:");
  add_films(page, content.all, content.liked);
  page.text("Ten for them:");
  const auto history = history_of(content.liked);
  add_list(page, content.all, content.films.recommend_for(history, 10),
           [&](int id) { return content.films.explain_for(history, id, 3); });
}

}  // namespace

void write_page(const std::filesystem::path& file, const page_content& content) {
  const film_table& seen = content.all.seen;
  report::page page("What to watch next");
  page.text(fmt::format("Learned from {} ratings of {} films by {} users ({}).", seen.matrix.size(), seen.items.size(),
                        seen.users.size(), content.all.source));
  add_comparison(page, content.compared);
  add_new_users(page, content.new_users);
  add_user(page, content);
  add_liked(page, content);
  page.save(file);
}
