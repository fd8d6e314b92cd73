// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ways to recommend, judged under one protocol, of which one is chosen.

#include <bespoke/core/recommender.hpp>
#include <bespoke/core/recommender_comparison.hpp>

#include <functional>
#include <string>
#include <vector>

#include "films.hpp"

using film_recommender = bespoke::recommender<int, int>;

/// A way to recommend, whatever its type.
struct way {
  std::string name{};
  std::function<std::shared_ptr<const bespoke::recommender_model>(const bespoke::interaction_matrix&,
                                                                  const bespoke::context&)>
      learn{};
  std::function<film_recommender(const film_table&, const bespoke::fit_options&)> fit{};
};

std::vector<way> all_ways();

/// What every way reached on each user's last film, and which of them was the best on the film before that.
struct comparison {
  bespoke::recommender_comparison full{};     ///< the last film among all that the user had not seen
  bespoke::recommender_comparison sampled{};  ///< among 99 drawn ones
  std::string chosen{};
};

/// Each user's last film is held out for the figures and the one before it for the choice, so that the figures are of films
/// that nothing was chosen by.
comparison compare(const std::vector<way>& ways, const bespoke::interaction_matrix& seen,
                   const bespoke::fit_options& options);
