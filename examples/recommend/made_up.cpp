// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>

#include <array>
#include <cmath>

#include "films.hpp"

using namespace bespoke;

namespace {

struct genre {
  const char* name;
  std::array<const char*, 5> things;
};

constexpr std::array<genre, 8> genres{{{"Science fiction", {"Orbit", "Android", "Signal", "Colony", "Comet"}},
                                       {"Western", {"Saddle", "Canyon", "Stagecoach", "Prairie", "Sheriff"}},
                                       {"Romance", {"Letter", "Wedding", "Garden", "Summer", "Promise"}},
                                       {"Horror", {"Cellar", "Scream", "Doll", "Asylum", "Shadow"}},
                                       {"Comedy", {"Neighbour", "Butler", "Holiday", "Twin", "Mayor"}},
                                       {"Crime", {"Heist", "Witness", "Alibi", "Detective", "Ransom"}},
                                       {"Adventure", {"Island", "Compass", "Voyage", "Treasure", "Summit"}},
                                       {"Musical", {"Orchestra", "Tenor", "Ballroom", "Melody", "Chorus"}}}};
constexpr std::array<const char*, 10> adjectives{"Silent", "Last",    "Golden", "Lost",    "Crooked",
                                                 "Secret", "Burning", "Second", "Distant", "Unlikely"};
constexpr std::size_t films_of_a_genre = 50, users = 500;

/// Few are drawn often, many rarely.
std::size_t uneven(std::size_t n, random_numbers& random) {
  return static_cast<std::size_t>(static_cast<double>(n) * std::pow(random.unit(), 2.5));
}

film film_of(std::size_t g, std::size_t i) {
  const int id = static_cast<int>(g * films_of_a_genre + i) + 1;
  const std::string year = std::to_string(1960 + id * 37 % 60);
  return {id,
          std::string("The ") + adjectives[(i + g) % 10] + " " + genres[g].things[i / 10] + " (" + year + ")",
          {genres[g].name}};
}

rating drawn(int user, const std::array<std::size_t, 3>& preferred, std::int64_t at, random_numbers& random) {
  const bool likes = random.unit() < 0.8;
  const std::size_t g = likes ? preferred[random.below(3)] : random.below(genres.size());
  const auto stars = static_cast<float>((likes ? 6 : 2) + random.below(5)) / 2;
  return {user, static_cast<int>(g * films_of_a_genre + uneven(films_of_a_genre, random)) + 1, stars, at};
}

}  // namespace

library made_up_library() {
  library all{.source = "made-up films"};
  for (std::size_t g = 0; g < genres.size(); ++g)
    for (std::size_t i = 0; i < films_of_a_genre; ++i) {
      const film f = film_of(g, i);
      all.films.emplace(f.id, f);
    }
  random_numbers random(1);
  std::vector<rating> ratings;
  for (int user = 1; user <= static_cast<int>(users); ++user) {
    const std::size_t favourite = uneven(genres.size(), random);
    const std::array preferred{favourite, favourite, random.below(genres.size())};
    const std::size_t count = 20 + uneven(60, random);
    for (std::size_t n = 0; n < count; ++n)
      ratings.push_back(drawn(user, preferred, static_cast<std::int64_t>(n) * 86400, random));
  }
  all.seen = collect(interactions(&rating::user, &rating::film, &rating::stars, &rating::at), ratings);
  return all;
}
