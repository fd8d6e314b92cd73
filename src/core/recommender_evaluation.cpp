// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/recommender_evaluation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace bespoke {

namespace {

/// NaN where none of these users has the figure.
double value_of(const user_figure& figure, std::span<const std::size_t> users) {
  double sum = 0, count = 0;
  for (const std::size_t u : users) sum += figure.sums[u], count += figure.counts[u];
  return figure.root ? std::sqrt(sum / count) : sum / count;
}

const user_figure& of_users(const recommender_evaluation& of, std::string_view name) {
  const user_figure& found = of[name];
  if (found.sums.empty())
    throw error(
        errc::invalid_argument,
        {.stage = "bootstrap_difference", .expected = "a figure that every user has", .got = std::string(name)});
  return found;
}

}  // namespace

const user_figure& recommender_evaluation::operator[](std::string_view name) const {
  const auto at = std::find_if(figures.begin(), figures.end(), [&](const user_figure& f) { return f.name == name; });
  if (at != figures.end()) return *at;
  std::string names;
  for (const user_figure& f : figures) names += (names.empty() ? "" : ", ") + f.name;
  throw error(errc::invalid_argument,
              {.stage = "recommender_evaluation", .expected = "one of " + names, .got = in_quotes(name)});
}

estimate bootstrap_difference(const recommender_evaluation& a, const recommender_evaluation& b, std::string_view figure,
                              const bootstrap_options& options) {
  if (a.users != b.users)
    throw error(errc::shape, {.stage = "bootstrap_difference",
                              .problem = "the two evaluations asked different users",
                              .advice = "evaluate both on the same held interactions"});
  const user_figure &first = of_users(a, figure), &second = of_users(b, figure);
  return bootstrap(
      a.users.size(),
      [&](std::span<const std::size_t> users) { return value_of(first, users) - value_of(second, users); }, options);
}

void detail::estimate_figures(recommender_evaluation& of, const bootstrap_options& options, const context& ctx) {
  ctx.parallel(of.figures.size(), [&](std::size_t i, scratch&) {
    user_figure& f = of.figures[i];
    if (f.sums.empty()) return;
    f.value =
        bootstrap(of.users.size(), [&](std::span<const std::size_t> users) { return value_of(f, users); }, options);
  });
}

}  // namespace bespoke
