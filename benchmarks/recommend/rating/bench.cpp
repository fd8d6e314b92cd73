// SPDX-License-Identifier: Apache-2.0
// Models of ratings on MovieLens latest-small, in five folds.
//
//   bench_recommend_rating folds FILE            writes a line for each rating: user, item, rating, fold
//   bench_recommend_rating rate MODEL FILE N     the root of the mean squared error of what is predicted for each of the first
//                                                N folds by a model that learned from the others, its mean over the folds;
//                                                the mean absolute error; the seconds of one fit
// MODEL: biased, svd_plus_plus, bayesian: with their defaults.

#include <bespoke/core/error.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/recommender.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/bayesian_factorization.hpp>
#include <bespoke/train/biased_factorization.hpp>
#include <bespoke/train/svd_plus_plus.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bespoke;

struct rating {
  std::uint32_t user{}, item{};
  float stars{};
  std::uint32_t fold{};
};

void write_folds(const std::string& path) {
  const char* const data = std::getenv("BESPOKE_DATA");
  if (!data) throw error(errc::invalid_argument, {.stage = "recommend/rating", .problem = "BESPOKE_DATA is not set"});
  auto all = ingest::csv<rating>(
      std::string(data) + "/ml-latest-small/ratings.csv",
      {column("userId", &rating::user), column("movieId", &rating::item), column("rating", &rating::stars)});
  std::vector<rating> ratings;
  for (const rating& r : all) ratings.push_back(r);
  std::vector<std::uint32_t> order(ratings.size());
  std::iota(order.begin(), order.end(), 0u);
  random_numbers random(1);
  order = sample(std::move(order), order.size(), random);
  for (std::size_t i = 0; i < order.size(); ++i) ratings[order[i]].fold = static_cast<std::uint32_t>(i % 5);
  std::ofstream out(path);
  for (const rating& r : ratings) out << r.user << ' ' << r.item << ' ' << r.stars << ' ' << r.fold << '\n';
  if (!out) throw error(errc::io, {.stage = "recommend/rating", .source = path, .problem = "cannot write the folds"});
}

std::vector<rating> read_folds(const std::string& path) {
  std::ifstream in(path);
  std::vector<rating> all;
  for (rating r; in >> r.user >> r.item >> r.stars >> r.fold;) all.push_back(r);
  return all;
}

std::shared_ptr<const recommender_model> learn(const std::string& model, const interaction_matrix& seen,
                                               const context& ctx) {
  if (model == "biased") return train::biased_factorization{}.fit(seen, ctx);
  if (model == "svd_plus_plus") return train::svd_plus_plus{}.fit(seen, ctx);
  if (model == "bayesian") return train::bayesian_factorization{}.fit(seen, ctx);
  throw error(errc::invalid_argument, {.stage = "recommend/rating", .problem = "there is no model " + model});
}

struct errors {
  double squares = 0, absolutes = 0, seconds = 0;
};

errors of_fold(const std::string& model, const std::vector<rating>& all, std::uint32_t fold) {
  std::vector<rating> learned, held;
  for (const rating& r : all) (r.fold == fold ? held : learned).push_back(r);
  auto seen = collect(interactions(&rating::user, &rating::item, &rating::stars), learned);
  const auto start = std::chrono::steady_clock::now();
  auto found = learn(model, seen.matrix, context());
  errors e{.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
  const recommender<std::uint32_t, std::uint32_t> films(std::move(seen), std::move(found));
  for (const rating& r : held) {
    const double error = static_cast<double>(films.score(r.user, r.item)) - static_cast<double>(r.stars);
    e.squares += error * error;
    e.absolutes += std::fabs(error);
  }
  const auto n = static_cast<double>(held.size());
  return {std::sqrt(e.squares / n), e.absolutes / n, e.seconds};
}

void rate(const std::string& model, const std::string& path, std::uint32_t folds) {
  const auto all = read_folds(path);
  errors mean;
  for (std::uint32_t fold = 0; fold < folds; ++fold) {
    const errors e = of_fold(model, all, fold);
    mean.squares += e.squares / folds, mean.absolutes += e.absolutes / folds, mean.seconds += e.seconds / folds;
  }
  std::printf("%.4f %.4f %.3f\n", mean.squares, mean.absolutes, mean.seconds);
}

}  // namespace

int main(int n, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + n);
  try {
    if (words.size() == 2 && words[0] == "folds") return write_folds(words[1]), 0;
    if (words.size() == 4 && words[0] == "rate")
      return rate(words[1], words[2], static_cast<std::uint32_t>(std::stoul(words[3]))), 0;
    std::fputs("the arguments are at the head of bench.cpp\n", stderr);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  return 1;
}
