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

/// A way to recommend, whatever the type of its spec.
struct way {
  std::string name{};
  std::function<std::shared_ptr<const bespoke::recommender_model>(const bespoke::interaction_matrix&,
                                                                  const bespoke::context&)>
      learn{};
};

std::vector<way> all_ways();
const way& way_named(const std::vector<way>& ways, const std::string& name);

/// What every way reached on each user's last film, and which of them was the best on the film before that.
struct comparison {
  bespoke::recommender_comparison before{};   ///< the film before the last, among all that the user had not seen
  bespoke::recommender_comparison full{};     ///< the last film, among all
  bespoke::recommender_comparison sampled{};  ///< the last film, among 99 drawn ones
  std::string chosen{};
};

/// Each user's last film is held out for the figures and the one before it for the choice, so that the figures are of films
/// that nothing was chosen by.
comparison compare(const std::vector<way>& ways, const bespoke::interaction_matrix& seen, const bespoke::context& ctx);
