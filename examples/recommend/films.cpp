// SPDX-License-Identifier: Apache-2.0
#include "films.hpp"

#include <bespoke/ingest/csv.hpp>
#include <bespoke/preprocess/filter.hpp>

#include <algorithm>
#include <numeric>

using namespace bespoke;

library read_library(const std::filesystem::path& folder) {
  library all{.source = folder.string()};
  for (const film& f : ingest::csv<film>(
           folder / "movies.csv",
           {column("movieId", &film::id), column("title", &film::title), column("genres", &film::genres, '|')}))
    all.films.emplace(f.id, f);
  const auto ratings = ingest::csv<rating>(folder / "ratings.csv",
                                           {column("userId", &rating::user), column("movieId", &rating::film),
                                            column("rating", &rating::stars), column("timestamp", &rating::at)}) |
                       preprocess::filter([&](const rating& r) { return all.films.contains(r.film); });
  all.seen = collect(interactions(&rating::user, &rating::film, &rating::stars, &rating::at), ratings);
  return all;
}

int median_user(const film_table& seen) {
  std::vector<std::pair<std::size_t, int>> by_count;
  for (std::size_t u = 0; u < seen.users.size(); ++u)
    by_count.emplace_back(seen.matrix.by_user[u].size(), seen.users[u]);
  const auto middle = by_count.begin() + static_cast<std::ptrdiff_t>(by_count.size() / 2);
  std::nth_element(by_count.begin(), middle, by_count.end());
  return middle->second;
}

std::vector<int> watched_last(const film_table& seen, int user, std::size_t k) {
  const std::size_t number = seen.users.find(user);
  const auto own = seen.matrix.by_user[number].columns;
  const auto* times = seen.matrix.times.data() + seen.matrix.by_user.offsets()[number];
  std::vector<std::size_t> order(own.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return times[a] > times[b]; });
  order.resize(std::min(k, order.size()));
  std::vector<int> latest;
  for (const std::size_t i : order) latest.push_back(seen.items[own[i]]);
  return latest;
}
