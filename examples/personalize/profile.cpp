// SPDX-License-Identifier: Apache-2.0
#include "profile.hpp"

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <cmath>

using namespace bespoke;

namespace {

/// A part of a lesson, cut at random.
lesson part_of(const lesson& l, std::size_t size) {
  indices which(l.rows->size());
  for (std::size_t i = 0; i < which.size(); ++i) which[i] = i;
  random_numbers random(1);
  which = sample(std::move(which), size, random);
  lesson part{rows_at(*l.rows, which), {}};
  for (const std::size_t i : which) part.ratings.push_back(l.ratings[i]);
  return part;
}

}  // namespace

std::shared_ptr<const sparse_rows> rows_at(const sparse_rows& rows, const indices& which) {
  auto some = std::make_shared<sparse_rows>(rows.width());
  for (const std::size_t i : which) some->append(rows[i]);
  return some;
}

lesson lesson_from(const sparse_rows& rows, const indices& chosen, const indices& others, std::uint64_t seed) {
  random_numbers random(seed);
  indices all = chosen;
  const indices drawn = sample(others, others_for_each * chosen.size(), random);
  all.insert(all.end(), drawn.begin(), drawn.end());
  std::vector<float> ratings(all.size(), 0.0f);
  std::fill_n(ratings.begin(), chosen.size(), 1.0f);
  return {rows_at(rows, all), std::move(ratings)};
}

profile learn(const lesson& l, const context& ctx, train::user_profile spec) {
  return spec.fit(rows_as_blocks(l.rows), own(l.ratings), ctx);
}

double difference_from_closed_form(const lesson& l, const context& ctx) {
  const lesson part = part_of(l, 1'500);
  auto spec = profile_spec;
  spec.tolerance = 1e-10;
  const profile steps = learn(part, ctx, spec);
  spec.solver = train::solver::closed_form;
  const profile exact = learn(part, ctx, spec);
  double largest = 0;
  for (std::size_t c = 0; c < exact.width(); ++c)
    largest = std::max(largest, std::fabs(double{steps.weights()[c]} - double{exact.weights()[c]}));
  return largest;
}
