// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the evaluations of recommenders check alike.

#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>

#include <string_view>

namespace bespoke::detail {

/// Throws errc::shape unless all have the same users and items.
void check_shapes(std::string_view stage, const recommender_model& model, const interaction_matrix& train,
                  const sparse_rows& held);

}  // namespace bespoke::detail
