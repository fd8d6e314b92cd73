// SPDX-License-Identifier: Apache-2.0
#include "films.hpp"

#include <bespoke/ingest/csv.hpp>
#include <bespoke/preprocess/filter.hpp>

#include <algorithm>

using namespace bespoke;

library read_library(const std::filesystem::path& folder) {
  library all;
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
