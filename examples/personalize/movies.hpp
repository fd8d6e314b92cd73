// SPDX-License-Identifier: Apache-2.0
#pragma once
// The same job on MovieLens: films in the place of packages, stars in the place of installations.

#include <bespoke/bespoke.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/tfidf.hpp>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "job.hpp"

/// A row of movies.csv.
struct movie {
  int number = 0;
  std::string name{};  ///< its title and year
  std::vector<std::string> genres{};
  std::vector<std::string> id{};  ///< the title once more, where that is to be a feature of its own
};

/// A row of ratings.csv.
struct rating {
  int user = 0, movie = 0;
  float stars = 0;
  long long time = 0;  ///< seconds since 1970
};

std::string about(const movie& m);
void add_to(bespoke::digest& d, const movie& m);

/// A film as a row of numbers.
inline auto movie_features() {
  using namespace bespoke;
  using features::one_hot, features::tfidf;
  return fuse(field("title", &movie::name) | tfidf{.min_df = 2}, field("genre", &movie::genres) | one_hot{},
              field("id", &movie::id) | one_hot{});
}

/// Reads both files, and cuts the user's ratings by time: the last fifth is held out.
task<movie> movie_task(const arguments& args, stopwatch& clock);
