// SPDX-License-Identifier: Apache-2.0
#include "movies.hpp"

#include <bespoke/ingest/csv.hpp>
#include <bespoke/preprocess/distinct.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>

using namespace bespoke;

namespace {

constexpr float liked = 4.0f;  // stars

std::vector<movie> read_movies(const arguments& args) {
  auto all = to_vector(ingest::csv<movie>(args.movielens / "movies.csv",
                                          {column("movieId", &movie::number), column("title", &movie::name),
                                           column("genres", &movie::genres, '|')}) |
                       preprocess::distinct(&movie::name));
  if (args.ids)
    for (movie& m : all) m.id = {m.name};
  return all;
}

std::vector<rating> read_ratings(const arguments& args) {
  return to_vector(ingest::csv<rating>(args.movielens / "ratings.csv",
                                       {column("userId", &rating::user), column("movieId", &rating::movie),
                                        column("rating", &rating::stars), column("timestamp", &rating::time)}));
}

/// The one with the median number of ratings; of several, the lowest number.
int median_user(const std::vector<rating>& ratings) {
  std::map<int, std::size_t> count;
  for (const rating& r : ratings) ++count[r.user];
  std::vector<std::pair<std::size_t, int>> by_count;
  for (const auto& [user, n] : count) by_count.emplace_back(n, user);
  std::sort(by_count.begin(), by_count.end());
  const std::size_t median = by_count.empty() ? 0 : by_count[by_count.size() / 2].first;
  return std::lower_bound(by_count.begin(), by_count.end(), std::pair(median, 0))->second;
}

/// The user's ratings of films that are in the list, oldest first.
std::vector<rating> ratings_of(int user, const std::vector<rating>& all,
                               const std::unordered_map<int, std::size_t>& row) {
  std::vector<rating> own;
  for (const rating& r : all)
    if (r.user == user && row.contains(r.movie)) own.push_back(r);
  std::stable_sort(own.begin(), own.end(), [](const rating& a, const rating& b) { return a.time < b.time; });
  if (own.size() < 10)
    throw error(errc::invalid_argument, {.stage = "movielens",
                                         .expected = "a user with at least 10 ratings",
                                         .got = "user " + std::to_string(user) + " with " + std::to_string(own.size()),
                                         .advice = "choose another one with --user ID"});
  return own;
}

/// What others thought of each film before the user's later ratings: how many rated it, and how well.
struct opinions_of_others {
  std::vector<float> count;
  std::vector<double> sum;
  double overall = 0;

  double mean(std::size_t row) const { return count[row] > 0 ? sum[row] / double{count[row]} : overall; }
};

opinions_of_others others_before(long long time, int user, const std::vector<rating>& all,
                                 const std::unordered_map<int, std::size_t>& row, std::size_t movies) {
  opinions_of_others o{std::vector<float>(movies), std::vector<double>(movies)};
  double sum = 0, n = 0;
  for (const rating& r : all) {
    const auto at = row.find(r.movie);
    if (r.user == user || r.time >= time || at == row.end()) continue;
    ++o.count[at->second];
    o.sum[at->second] += double{r.stars};
    sum += double{r.stars};
    ++n;
  }
  o.overall = n > 0 ? sum / n : 0;
  return o;
}

/// The first four fifths are known, the last fifth is held out.
void cut_by_time(task<movie>& t, const std::vector<rating>& own, const std::unordered_map<int, std::size_t>& row,
                 std::size_t known) {
  split likes;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::size_t film = row.at(own[i].movie);
    if (own[i].stars >= liked) (i < known ? likes.known : likes.held_out).push_back(film), t.chosen.push_back(film);
    if (i < known) t.ratings.known.push_back(film), t.ratings.known_ratings.push_back(own[i].stars);
    else t.ratings.held_out.push_back(film), t.ratings.held_out_ratings.push_back(double{own[i].stars});
  }
  if (likes.known.empty() || likes.held_out.empty())
    throw error(errc::invalid_argument, {.stage = "movielens",
                                         .problem = "this user liked nothing before or after the cut",
                                         .advice = "choose another one with --user ID"});
  t.splits = {std::move(likes)};
}

indices not_rated(const task<movie>& t, const std::vector<rating>& own,
                  const std::unordered_map<int, std::size_t>& row) {
  std::vector<char> rated(t.items.size());
  for (const rating& r : own) rated[row.at(r.movie)] = true;
  indices rest;
  for (std::size_t i = 0; i < rated.size(); ++i)
    if (!rated[i]) rest.push_back(i);
  return rest;
}

}  // namespace

std::string about(const movie& m) {
  std::string all;
  for (const std::string& genre : m.genres) all += (all.empty() ? "" : ", ") + genre;
  return all;
}

void add_to(digest& d, const movie& m) {
  d.add(m.name);
  d.add(m.genres.size());
  for (const std::string& genre : m.genres) d.add(genre);
  d.add(m.id.size());
}

task<movie> movie_task(const arguments& args, stopwatch& clock) {
  task<movie> t{.what = "film"};
  t.items = read_movies(args);
  const std::vector<rating> all = read_ratings(args);
  clock.show("films and ratings", thousands(t.items.size()) + " films, " + thousands(all.size()) + " ratings");

  std::unordered_map<int, std::size_t> row;
  for (std::size_t i = 0; i < t.items.size(); ++i) row.emplace(t.items[i].number, i);
  const int user = args.user.value_or(median_user(all));
  t.user = "MovieLens user " + std::to_string(user);
  const auto own = ratings_of(user, all, row);
  const std::size_t known = own.size() * 4 / 5;
  cut_by_time(t, own, row, known);
  t.others = not_rated(t, own, row);
  t.recommendable = t.others;

  const auto crowd = others_before(own[known].time, user, all, row, t.items.size());
  t.popularity = crowd.count;
  for (const std::size_t film : t.ratings.held_out) t.ratings.item_means.push_back(crowd.mean(film));
  t.protocol = "User " + std::to_string(user) + (args.user ? "" : " (the median number of ratings)") + ": the last " +
               std::to_string(own.size() - known) + " of " + std::to_string(own.size()) +
               " ratings were held out; the " + std::to_string(t.splits[0].held_out.size()) +
               " of them with 4 stars or more were ranked among " +
               std::to_string(std::min(sampled_others, t.others.size())) +
               " films this user never rated. Popularity: how many others had rated it by then. Means with their 95 % "
               "interval (bootstrap over the held-out films); ties count against the held-out one.";
  clock.show("your choices", "user " + std::to_string(user) + ": " + std::to_string(t.chosen.size()) + " of " +
                                 std::to_string(own.size()) + " films with 4 stars or more");
  return t;
}
