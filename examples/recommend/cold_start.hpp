// SPDX-License-Identifier: Apache-2.0
#pragma once
// How well somebody new is served, by how much is known of them.

#include <bespoke/core/bootstrap.hpp>

#include <string>
#include <vector>

#include "compare.hpp"

struct cold_start_curve {
  std::string name{};
  std::vector<std::size_t> known{};          ///< films known of a new user: 0, 1, 3, 5, 10
  std::vector<bespoke::estimate> quality{};  ///< NDCG@10 of the lists, the mean over users
};

/// Every user is new once: the way learns from four fifths of the users and is asked for the others, of whom it is told the
/// first films only. What counts are the ten films that these users watched after their tenth.
cold_start_curve cold_start(const way& how, const bespoke::interaction_matrix& seen, const bespoke::context& ctx);
