// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/recommender.hpp>
#include <bespoke/train/popularity.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

struct rating {
  int user{};
  std::string film{};
  float stars = 1;
  std::int64_t at = 0;
};

const std::vector<rating> ratings{{1, "alien", 5, 0},   {1, "brazil", 4, 10}, {2, "alien", 3, 20},
                                  {2, "casino", 2, 30}, {3, "alien", 4, 40},  {3, "casino", 5, 50}};

auto seen() { return collect(interactions(&rating::user, &rating::film, &rating::stars, &rating::at), ratings); }

std::string text(const std::vector<recommended<std::string>>& some) {
  std::string all;
  for (const auto& [item, score] : some) {
    if (!all.empty()) all += " ";
    all += std::string(item) + "=" + std::to_string(score).substr(0, 4);
  }
  return all;
}

std::filesystem::path file() { return std::filesystem::temp_directory_path() / "bespoke_popularity.safetensors"; }

}  // namespace

TEST_CASE("popularity counts interactions, and recommends what a user has not seen") {
  const auto films = fit(train::popularity{}, seen());
  CHECK(films.score(1, "alien") == 3);
  CHECK(text(films.recommend(1, 5)) == "casino=2.00");
  CHECK(text(films.recommend(2, 5)) == "brazil=1.00");
  CHECK(text(films.recommend(99, 2)) == "alien=3.00 casino=2.00");
  CHECK(text(films.recommend(1, 5, any_item{}, known_items::shown)) == "alien=3.00 casino=2.00 brazil=1.00");
}

TEST_CASE("popularity by value, and of late") {
  CHECK(text(fit(train::popularity{.by_value = true}, seen()).recommend(99, 3)) ==
        "alien=12.0 casino=7.00 brazil=4.00");
  CHECK(text(fit(train::popularity{.half_life = 10}, seen()).recommend(99, 3)) == "casino=1.25 alien=0.65 brazil=0.06");
}

TEST_CASE("a recommender answers for histories, filters, and what it does not know") {
  const auto films = fit(train::popularity{}, seen());
  const std::vector<past<std::string>> liked{{"brazil"}, {"unheard of"}, {"brazil", 3}};
  CHECK(text(films.recommend_for(liked, 9)) == "alien=3.00 casino=2.00");
  CHECK(text(films.recommend_for({}, 1)) == "alien=3.00");
  CHECK(text(films.recommend(99, 9, [](std::string_view film) { return film != "alien"; })) ==
        "casino=2.00 brazil=1.00");
  CHECK(films.recommend(99, 9, [](std::string_view) { return false; }).empty());
  CHECK(films.recommend(99, 0).empty());
  CHECK(films.score(1, "unheard of") == 0);
  CHECK(films.similar("unheard of", 3).empty());
  CHECK(films.similar("alien", 9).size() == 2);
  CHECK(films.explain(1, "casino").empty());
  CHECK(films.explain(1, "unheard of").empty());
  CHECK(films.history(1).size() == 2);
  CHECK(films.history(99).size() == 0);
}

TEST_CASE("a recommender asks its filter only of items that could be among the best") {
  std::vector<rating> many;
  for (int u = 0; u < 40; ++u)
    for (int i = 0; i <= u; ++i) many.push_back({u, "film " + std::to_string(i)});
  const auto films = fit(train::popularity{}, collect(interactions(&rating::user, &rating::film), many));
  int asked = 0;
  const auto best = films.recommend(-1, 1, [&](std::string_view) { return ++asked, true; });
  CHECK(text(best) == "film 0=40.0");
  CHECK(asked == 1);
}

TEST_CASE("a recommender is read back as it was written") {
  const auto films = fit(train::popularity{.half_life = 7}, seen());
  save(films, file());
  const auto again = load_recommender<int, std::string>(train::popularity{}, file());
  for (const int user : {1, 2, 3, 99}) {
    CHECK(again.recommend(user, 9) == films.recommend(user, 9));
    CHECK(again.history(user).size() == films.history(user).size());
  }
  SECTION("other ids are refused") {
    CHECK_THROWS_WITH((load_recommender<std::string, std::string>(train::popularity{}, file())), contains("users"));
    CHECK_THROWS_WITH((load_recommender<std::int8_t, int>(train::popularity{}, file())), contains("items"));
  }
  SECTION("every truncation is refused") {
    std::ifstream in(file(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (std::size_t n = 0; n < bytes.size(); n += 7) {
      std::ofstream(file(), std::ios::binary) << bytes.substr(0, n);
      CHECK_THROWS_AS((load_recommender<int, std::string>(train::popularity{}, file())), error);
    }
  }
  std::filesystem::remove(file());
}

TEST_CASE("popularity: bad input has its message") {
  const auto timeless = collect(interactions(&rating::user, &rating::film), ratings);
  CHECK_THROWS_WITH(fit(train::popularity{.half_life = 3}, timeless), contains("interactions have no times"));
  CHECK_THROWS_WITH(fit(train::popularity{.half_life = -3}, seen()), contains("a half_life of 0 or more"));
}
