// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of the models of ratings share.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/train/rating_model.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace bespoke_test {

using rating_list = std::vector<std::tuple<std::uint32_t, std::uint32_t, float>>;  // ascending users and items

inline bespoke::interaction_matrix ratings_of(std::size_t users, std::size_t items, const rating_list& all) {
  bespoke::aligned_vector<std::uint64_t> offsets(users + 1);
  bespoke::aligned_vector<std::uint32_t> columns;
  bespoke::aligned_vector<float> values;
  for (const auto& [u, i, r] : all) {
    ++offsets[u + 1];
    columns.push_back(i);
    values.push_back(r);
  }
  for (std::size_t u = 0; u < users; ++u) offsets[u + 1] += offsets[u];
  return bespoke::matrix_of(bespoke::sparse_rows(items, offsets, columns, values));
}

inline bespoke::interaction_matrix ratings_of(const nlohmann::json& c) {
  rating_list all;
  for (const auto& r : c["ratings"]) all.emplace_back(r[0], r[1], r[2]);
  return ratings_of(c["users"], c["items"], all);
}

/// Ratings of 1 to 5 in which users and items differ in generosity, quality and two tastes; a share of all pairs.
inline rating_list made_up_ratings(std::size_t users, std::size_t items, double share, std::uint64_t seed) {
  bespoke::random_numbers random(seed);
  std::vector<float> of_user(3 * users), of_item(3 * items);
  for (float& x : of_user) x = static_cast<float>(2 * random.unit() - 1);
  for (float& x : of_item) x = static_cast<float>(2 * random.unit() - 1);
  rating_list all;
  for (std::size_t u = 0; u < users; ++u)
    for (std::size_t i = 0; i < items; ++i) {
      if (random.unit() >= share) continue;
      const float* const p = &of_user[3 * u];
      const float* const q = &of_item[3 * i];
      const float r = 3 + p[0] + q[0] + 1.5f * (p[1] * q[1] + p[2] * q[2]) + static_cast<float>(random.unit() - 0.5);
      all.emplace_back(static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(i),
                       std::fmin(5.0f, std::fmax(1.0f, std::round(r))));
    }
  return all;
}

struct history {
  std::vector<std::uint32_t> items{};
  std::vector<float> values{};
  bespoke::asked_user user(std::size_t catalogue) const { return {.history = {items, values, catalogue}}; }
};

inline std::vector<float> scores_of(const bespoke::recommender_model& m, const bespoke::asked_user& user) {
  auto& s = bespoke::scratch::local();
  const bespoke::scratch::frame temporaries(s);
  std::vector<float> out(m.items());
  m.score_all(m.profile(user, s), out, s);
  return out;
}

inline float score_of(const bespoke::recommender_model& m, const bespoke::asked_user& user, std::size_t item) {
  auto& s = bespoke::scratch::local();
  const bespoke::scratch::frame temporaries(s);
  return m.score(m.profile(user, s), item, s);
}

inline std::vector<float> parts_of(const bespoke::recommender_model& m, const bespoke::asked_user& user,
                                   std::size_t item) {
  std::vector<float> out(user.history.size());
  m.parts(user, item, out, bespoke::scratch::local());
  return out;
}

/// The root of the mean squared error of what is predicted for `held`.
inline double rmse(const bespoke::recommender_model& m, const rating_list& held) {
  double sum = 0;
  for (const auto& [u, i, r] : held) {
    const double e = static_cast<double>(score_of(m, {.number = u}, i)) - static_cast<double>(r);
    sum += e * e;
  }
  return std::sqrt(sum / static_cast<double>(held.size()));
}

inline std::string bytes_of(const bespoke::recommender_model& m) {
  bespoke::bundle_writer w;
  bespoke::bundle_writer section = w.stage(m.kind());
  m.save(section);
  return w.bytes({});
}

template <class Spec>
auto read_back(const std::string& bytes) {
  auto file = bespoke::bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  auto section = file.stage(Spec::kind);
  return Spec{}.load(section);
}

}  // namespace bespoke_test
