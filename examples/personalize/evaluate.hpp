// SPDX-License-Identifier: Apache-2.0
#pragma once
// How well the lists are made: chosen items are held back, and each is looked for among 99 that were not chosen.

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/ranking.hpp>
#include <string>
#include <utility>
#include <vector>

#include "profile.hpp"

inline constexpr std::size_t sampled_others = 99, list_length = 10;

/// What is known when the profile is learned, and what is held back.
struct split {
  indices known;
  indices held_out;
};

/// Five of them: each chosen item is held back once.
std::vector<split> five_folds(const indices& chosen, std::uint64_t seed);

/// The ranks that one method gave to the held-out items, and what follows from them.
struct method {
  std::string name;
  std::vector<std::size_t> ranks{};
  bespoke::estimate hit_rate{}, ndcg{};
};

struct evaluation {
  std::vector<method> methods;  ///< the profile first, then what it is compared with
  bespoke::estimate ahead{};    ///< the profile's hit rate less popularity's, pair by pair
  double closed_form_difference = 0;
  std::vector<std::pair<std::string, double>> rmse{};  ///< of predicted ratings, where there are ratings
};

/// Ratings in the order of their time: the profile learns from the earlier ones, and the later ones are predicted.
struct rating_split {
  indices known, held_out;
  std::vector<float> known_ratings{};
  std::vector<double> held_out_ratings{};
  std::vector<double> item_means{};  ///< of others' earlier ratings, for each held-out item
};

/// The error of the profile, of the user's mean and of the items' means.
std::vector<std::pair<std::string, double>> rating_errors(const bespoke::sparse_rows& rows, const rating_split& s,
                                                          const bespoke::context& ctx);

/// The same folds and the same 99 others for every method: the profile, popularity, and chance.
evaluation evaluate(const bespoke::sparse_rows& rows, const indices& others, const std::vector<float>& popularity,
                    const std::vector<split>& splits, std::uint64_t seed, const bespoke::context& ctx);

/// The figures by name, to be kept in the bundle.
std::vector<std::pair<std::string, double>> figures(const evaluation& e);
/// The figures again, without the ranks; no methods where these are none.
evaluation from_figures(const std::vector<std::pair<std::string, double>>& figures);
