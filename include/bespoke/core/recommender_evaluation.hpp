// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an evaluation of a recommender found: figures with their intervals, and what each user adds to them, so that two
// models are compared on the same users.
//
//     const auto a = evaluate_ranking(*ease, split.train, split.held, {}, ctx);       // core/ranking_evaluation.hpp
//     const auto b = evaluate_ranking(*popular, split.train, split.held, {}, ctx);
//     a["NDCG@10"].value;                                   // mean, low, high
//     bootstrap_difference(a, b, "NDCG@10").low > 0;        // a is ahead by more than chance

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/context.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke {

/// A figure of merit of all users together: Σ sums / Σ counts, or the root of that. A mean over users has counts of 1, and
/// 0 for users of whom the figure is not defined; a pooled error has a user's squared errors, and how many there are.
struct user_figure {
  std::string name{};
  bool larger_is_better = true;
  bool root = false;
  estimate value{};              ///< with its interval by the bootstrap over users
  std::vector<double> sums{};    ///< of each user asked; empty of what users have only together: coverage, Gini
  std::vector<double> counts{};  ///< as many
};

/// Figures of one model under one protocol.
struct recommender_evaluation {
  std::vector<std::uint32_t> users{};  ///< who was asked, ascending
  std::vector<user_figure> figures{};  ///< in the order that the protocol documents
  std::size_t interactions = 0;        ///< held interactions that the figures are about
  std::size_t left_out = 0;            ///< held interactions that the protocol leaves out
  std::size_t cold_users = 0;          ///< of the users asked, those without training interactions
  std::size_t cold_interactions = 0;   ///< of the interactions, those whose user or item has no training interactions

  /// Throws errc::invalid_argument for a name that is not there, with those that are.
  const user_figure& operator[](std::string_view name) const;
};

/// How much more `a` has of a figure than `b`, of the same users: the paired bootstrap, in which both see the same draws. An
/// interval without 0 in it says that they differ. Throws errc::shape where they asked different users,
/// errc::invalid_argument for a figure that one of them lacks or that single users do not have. O(users · samples).
estimate bootstrap_difference(const recommender_evaluation& a, const recommender_evaluation& b, std::string_view figure,
                              const bootstrap_options& options = {});

namespace detail {
/// Gives every figure that single users have its value and interval; all of the same draws.
void estimate_figures(recommender_evaluation& of, const bootstrap_options& options, const context& ctx);
}  // namespace detail

}  // namespace bespoke
