// SPDX-License-Identifier: Apache-2.0
#include "cold_start.hpp"

#include <bespoke/core/ranking_evaluation.hpp>

#include <algorithm>
#include <numeric>

using namespace bespoke;

namespace {

constexpr std::size_t folds = 5, known_at_most = 10, looked_for = 10;

/// For each interaction, in the order of `by_user`, how many the user had before it.
std::vector<std::size_t> places_in_time(const interaction_matrix& seen) {
  std::vector<std::size_t> places(seen.size());
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const auto first = seen.by_user.offsets()[u];
    std::vector<std::size_t> order(seen.by_user[u].size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return seen.times[first + a] < seen.times[first + b]; });
    for (std::size_t place = 0; place < order.size(); ++place) places[first + order[place]] = place;
  }
  return places;
}

/// The interactions of which `wanted(user, place in time)` says so.
template <class Wanted>
sparse_rows some_of(const interaction_matrix& seen, const std::vector<std::size_t>& places, Wanted&& wanted) {
  sparse_rows some(seen.items());
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const sparse_row all = seen.by_user[u];
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (wanted(u, places[seen.by_user.offsets()[u] + i]))
        columns.push_back(all.columns[i]), values.push_back(all.values[i]);
    some.append({columns, values, seen.items()});
  }
  return some;
}

}  // namespace

cold_start_curve cold_start(const way& how, const interaction_matrix& seen, const context& ctx) {
  cold_start_curve curve{how.name, {0, 1, 3, 5, known_at_most}, {}};
  std::vector<std::vector<double>> by_user(curve.known.size());
  const auto places = places_in_time(seen);
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const auto is_new = [&](std::size_t user) { return user % folds == fold; };
    const auto others = matrix_of(some_of(seen, places, [&](std::size_t user, std::size_t) { return !is_new(user); }));
    const auto held = some_of(seen, places, [&](std::size_t user, std::size_t place) {
      return is_new(user) && place >= known_at_most && place < known_at_most + looked_for;
    });
    if (others.size() == 0 || held.stored() == 0) continue;
    const auto model = how.learn(others, ctx);
    for (std::size_t i = 0; i < curve.known.size(); ++i) {
      const auto told = matrix_of(some_of(
          seen, places, [&](std::size_t user, std::size_t place) { return is_new(user) && place < curve.known[i]; }));
      const auto found =
          evaluate_ranking(*model, told, held, {.cut_offs = {10}, .as_new = true, .interval = {.samples = 10}}, ctx);
      const auto& values = found["NDCG@10"].sums;
      by_user[i].insert(by_user[i].end(), values.begin(), values.end());
    }
  }
  for (const auto& values : by_user) curve.quality.push_back(values.empty() ? estimate{} : bootstrap_mean(values));
  return curve;
}
