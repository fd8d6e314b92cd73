// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who rated which film, when, and what the films are called: MovieLens, or made up.

#include <bespoke/core/interactions.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

struct rating {
  int user{};
  int film{};
  float stars{};
  std::int64_t at{};
};

struct film {
  int id{};
  std::string title{};
  std::vector<std::string> genres{};
};

using film_table = bespoke::interaction_table<int, int>;

struct library {
  std::string source{};
  std::unordered_map<int, film> films{};
  film_table seen{};

  const std::string& title(int id) const { return films.at(id).title; }
};

/// ratings.csv and movies.csv of a MovieLens folder. Ratings of films that movies.csv does not have are left out.
library read_library(const std::filesystem::path& folder);

/// 400 films of eight genres and 500 users, each of whom prefers some genres: to see the program work without any data.
library made_up_library();

/// Users by their numbers of ratings: the one in the middle.
int median_user(const film_table& seen);

/// Up to `k` films of a user, the latest first.
std::vector<int> watched_last(const film_table& seen, int user, std::size_t k);
