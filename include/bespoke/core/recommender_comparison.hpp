// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several models under one protocol, as a table.
//
//     const auto all = compare_ranking({{"popularity", popular}, {"EASE", ease}}, split.train, split.held, {}, ctx);
//     all.text({"hit rate@10", "NDCG@10", "coverage@10"});       // a Markdown table, with intervals
//     all.difference("EASE", "popularity", "NDCG@10").low > 0;   // ahead by more than chance

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/core/rating_evaluation.hpp>
#include <bespoke/core/recommender_evaluation.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke {

/// A model and what it is called in a table.
struct named_model {
  std::string name{};
  std::shared_ptr<const recommender_model> model{};
};

/// What each of several models reached, asked the same of the same users.
struct recommender_comparison {
  struct row {
    std::string name{};
    recommender_evaluation found{};
  };
  std::vector<row> rows{};  ///< in the order in which they were given

  /// Throws errc::invalid_argument for a name that is not there.
  const recommender_evaluation& operator[](std::string_view name) const;

  /// `bootstrap_difference` of two rows: how much more `a` has of a figure than `b`.
  estimate difference(std::string_view a, std::string_view b, std::string_view figure,
                      const bootstrap_options& options = {}) const;

  /// A Markdown table with a row for each model and a column for each of these figures, or for all: "0.412 (0.398–0.427)".
  std::string text(const std::vector<std::string>& figures = {}, int digits = 3) const;
};

/// `evaluate_ranking` of each; throws what that throws, with the model's name, and errc::invalid_argument for a name that is
/// there twice and for a model that is not there.
recommender_comparison compare_ranking(const std::vector<named_model>& models, const interaction_matrix& train,
                                       const sparse_rows& held, const ranking_options& options, const context& ctx);

/// `evaluate_ratings` of each, as above.
recommender_comparison compare_ratings(const std::vector<named_model>& models, const interaction_matrix& train,
                                       const sparse_rows& held, const rating_options& options, const context& ctx);

}  // namespace bespoke
