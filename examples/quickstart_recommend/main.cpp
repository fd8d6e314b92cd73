// SPDX-License-Identifier: Apache-2.0
// A film club that learns what to show to whom: who liked which film, and then what each would like, and why.

#include <bespoke/core/recommender.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/ease.hpp>
#include <cstdio>
#include <string>
#include <vector>
using namespace bespoke;

struct Visit {
  std::string member{};
  std::string film{};
};

const char* const visits_csv = R"(member,film
Ann,Alien
Ann,Blade Runner
Ann,Solaris
Ben,Alien
Ben,Solaris
Cleo,Blade Runner
Cleo,Solaris
Dan,Casablanca
Dan,Notorious
Eve,Casablanca
Eve,Notorious
Eve,Gilda
Fay,Notorious
Fay,Gilda
)";

int main() {
  auto visits = ingest::csv_text<Visit>(visits_csv, {column("member", &Visit::member), column("film", &Visit::film)});
  auto seen = collect(interactions(&Visit::member, &Visit::film), visits);  // ids of any type
  auto club = fit(train::ease{.l2 = 1}, seen);                              // a recommender: immutable, thread-safe
  save(club, "club.safetensors");

  for (const auto& [film, score] : club.recommend("Ben", 1)) {  // what Ben has not seen
    std::printf("Ben: %s %.2f", std::string(film).c_str(), score);
    for (const auto& [other, part] : club.explain("Ben", film, 2))
      std::printf("  [%s %+.2f]", std::string(other).c_str(), part);
    std::puts("");
  }

  const auto again = load_recommender<std::string, std::string>(train::ease{}, "club.safetensors");
  const std::vector<past<std::string>> liked{{"Gilda"}};
  for (const auto& [film, score] : again.recommend_for(liked, 1))  // for somebody new
    std::printf("somebody new: %s %.2f\n", std::string(film).c_str(), score);
  for (const auto& [film, likeness] : again.similar("Solaris", 2))
    std::printf("like Solaris: %s %.2f\n", std::string(film).c_str(), likeness);
}
