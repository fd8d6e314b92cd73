// SPDX-License-Identifier: Apache-2.0
#pragma once
// What must hold for every way to recommend from histories, whatever it learns.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/recommender.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"

namespace bespoke_test {

using namespace bespoke;

using triples = std::vector<std::tuple<std::uint32_t, std::uint32_t, float>>;

inline interaction_matrix matrix_from(const triples& some, std::size_t users, std::size_t items) {
  interaction_collector all({}, false);
  for (const auto& [user, item, value] : some) all.add(user, item, value, 0);
  return std::move(all).finish(users, items);
}

/// Every second item as likely as the one before it, values from 0.5 to 5.
inline interaction_matrix made_up(std::size_t users, std::size_t items, std::uint64_t seed) {
  random_numbers random(seed);
  triples some;
  for (std::uint32_t u = 0; u < users; ++u)
    for (std::uint32_t i = 0; i < items; ++i)
      if (random.unit() < 0.5 * std::pow(static_cast<double>(i / 2 + 1), -0.5))
        some.emplace_back(u, i, static_cast<float>(1 + random.below(10)) / 2);
  return matrix_from(some, users, items);
}

template <class Spec>
auto model_from(const Spec& spec, const interaction_matrix& seen, unsigned threads = 2) {
  return spec.fit(seen, context({.threads = threads}));
}

inline std::vector<float> scores(const recommender_model& model, const asked_user& user) {
  scratch& s = scratch::local();
  const scratch::frame temporaries(s);
  std::vector<float> all(model.items());
  model.score_all(model.profile(user, s), all, s);
  return all;
}
inline float score(const recommender_model& model, const asked_user& user, std::size_t item) {
  scratch& s = scratch::local();
  const scratch::frame temporaries(s);
  return model.score(model.profile(user, s), item, s);
}
inline std::vector<float> parts(const recommender_model& model, const asked_user& user, std::size_t item) {
  std::vector<float> all(user.history.size());
  model.parts(user, item, all, scratch::local());
  return all;
}
inline std::vector<float> likeness(const recommender_model& model, std::size_t item) {
  std::vector<float> all(model.items());
  model.likeness(item, all, scratch::local());
  return all;
}

inline std::string saved(const recommender_model& model) {
  bundle_writer w;
  bundle_writer section = w.stage(model.kind());
  model.save(section);
  return w.bytes({});
}

template <class Spec>
auto loaded(const Spec& spec, const std::string& bytes) {
  bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  bundle_reader section = r.stage(Spec::kind);
  return spec.load(section);
}

template <class Spec>
void check_same_for_any_threads(const Spec& spec, const interaction_matrix& seen) {
  const std::string one = saved(*model_from(spec, seen, 1));
  CHECK(saved(*model_from(spec, seen, 2)) == one);
  CHECK(saved(*model_from(spec, seen, 4)) == one);
}

/// Of everybody: one score is that of all, a known user is a new one with the same history, what is read back is what was
/// written, and parts sum to the score less `rest(user, item)`.
template <class Spec, class Rest>
void check_answers(const Spec& spec, const interaction_matrix& seen, Rest&& rest) {
  const auto model = model_from(spec, seen);
  const auto again = loaded(spec, saved(*model));
  CHECK(saved(*again) == saved(*model));
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const asked_user known{u, seen.by_user[u]}, somebody_new{.history = seen.by_user[u]};
    const auto all = scores(*model, known);
    CHECK(scores(*model, somebody_new) == all);
    CHECK(scores(*again, known) == all);
    for (std::size_t i = 0; i < seen.items(); ++i) {
      REQUIRE(score(*model, known, i) == all[i]);
      double sum = rest(seen.by_user[u], i);
      for (const float part : parts(*model, known, i)) sum += static_cast<double>(part);
      REQUIRE(sum == Approx(all[i]).margin(2e-5));
    }
  }
  for (std::size_t i = 0; i < seen.items(); ++i) CHECK(likeness(*again, i) == likeness(*model, i));
  CHECK(likeness(*model, seen.items())[0] == 0);
}

/// The tensors of a bundle in memory: name, first byte and end.
inline std::vector<std::tuple<std::string, std::size_t, std::size_t>> tensors_in(const std::string& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  std::vector<std::tuple<std::string, std::size_t, std::size_t>> all;
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  for (const auto& [name, about] : header.items())
    if (name != "__metadata__")
      all.emplace_back(name, 8 + length + about["data_offsets"][0].get<std::size_t>(),
                       8 + length + about["data_offsets"][1].get<std::size_t>());
  return all;
}

template <class Spec>
bool is_bad_bundle(const Spec& spec, const std::string& bytes) {
  try {
    loaded(spec, bytes);
  } catch (const error& e) {
    return e.code() == errc::bad_bundle;
  }
  return false;
}

/// Every tensor of nonsense is refused; every bit may be wrong without harm.
template <class Spec>
void check_damage(const Spec& spec, const interaction_matrix& seen) {
  const std::string sound = saved(*model_from(spec, seen));
  random_numbers random(3);
  for (const auto& [name, first, end] : tensors_in(sound)) {
    INFO(name);
    std::string bytes = sound;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.begin() + static_cast<std::ptrdiff_t>(end),
              '\xFF');
    CHECK(is_bad_bundle(spec, bytes));
    for (int t = 0; t < 100; ++t) {
      std::string flipped = sound;
      flipped[first + random.below(end - first)] ^= static_cast<char>(1 << random.below(8));
      if (is_bad_bundle(spec, flipped)) continue;
      const auto model = loaded(spec, flipped);
      CHECK(scores(*model, {.history = seen.by_user[0]}).size() == seen.items());
      CHECK(likeness(*model, 0).size() == seen.items());
    }
  }
}

/// Through the recommender: filters, more than there is, somebody without a history, items nobody has heard of.
template <class Spec>
void check_recommender(const Spec& spec) {
  struct rating {
    std::string user{};
    int film{};
    float stars{};
  };
  std::vector<rating> some;
  for (int u = 0; u < 12; ++u)
    for (int f = 0; f < 9; ++f)
      if ((u + f) % 3 != 0 || f < u % 5)
        some.push_back({"user " + std::to_string(u), f, static_cast<float>(1 + f % 5)});
  const auto films = fit(spec, collect(interactions(&rating::user, &rating::film, &rating::stars), some));
  const auto best = films.recommend("user 3", 99);
  CHECK(best.size() == films.items().size() - films.history("user 3").size());
  CHECK(films.recommend("user 3", 99, any_item{}, known_items::shown).size() == films.items().size());
  CHECK(films.recommend("user 3", 99, [](int) { return false; }).empty());
  for (const auto& [film, score] : films.recommend("user 3", 99, [](int f) { return f % 2 == 0; }))
    CHECK(film % 2 == 0);
  CHECK(films.recommend("nobody", 99) == films.recommend_for({}, 99));
  CHECK(films.recommend("nobody", 99).size() == films.items().size());
  CHECK(films.recommend("nobody", 1).front().score > 0);
  const std::vector<past<int>> heard{{77, 5}, {1, 4}};
  CHECK(films.recommend_for(heard, 99).size() == films.items().size() - 1);
  CHECK(std::isfinite(films.score("user 3", 77)));
  CHECK(films.similar(2, 99).size() == films.items().size() - 1);
  CHECK(films.similar(77, 99).empty());
}

/// Little and odd data: one user, one item, values that are all equal, negative or 0, users and items with nothing.
template <class Spec>
void check_odd_data(const Spec& spec) {
  const std::vector<interaction_matrix> odd{
      matrix_from({{0, 0, 2}, {0, 1, 3}, {0, 2, 1}}, 1, 3),
      matrix_from({{0, 0, 2}, {1, 0, 3}, {2, 0, 5}}, 3, 1),
      matrix_from({{0, 0, 4}}, 1, 1),
      matrix_from({{0, 0, 3}, {0, 1, 3}, {1, 1, 3}, {1, 2, 3}, {2, 0, 3}}, 3, 3),
      matrix_from({{0, 0, -3}, {0, 1, 0}, {1, 1, 3}, {1, 2, -1}, {2, 0, 0}}, 3, 3),
      matrix_from({{1, 2, 3}, {3, 2, 1}, {3, 4, 5}}, 5, 6),
  };
  for (const interaction_matrix& seen : odd) {
    const auto model = model_from(spec, seen);
    for (std::size_t u = 0; u < seen.users(); ++u)
      for (const float v : scores(*model, {u, seen.by_user[u]})) CHECK(std::isfinite(v));
    for (const float v : scores(*model, {.history = {{}, {}, seen.items()}})) CHECK(std::isfinite(v));
    for (std::size_t i = 0; i < seen.items(); ++i) {
      CHECK(likeness(*model, i)[i] == 1);
      for (const float v : likeness(*model, i)) CHECK(std::fabs(v) <= 1);
    }
    check_same_for_any_threads(spec, seen);
  }
  CHECK_THROWS_WITH(model_from(spec, matrix_from({}, 3, 4)), contains("there are no interactions"));
}

}  // namespace bespoke_test
