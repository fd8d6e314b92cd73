// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a blend's members are weighted by.

#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/train/blend.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bespoke::train::detail {

/// Throws errc::invalid_argument for a parameter out of its range.
void check_blending(const blending& how, std::size_t members);

/// The scale of each member, as `blending` documents it.
std::vector<double> member_scales(const blending& how,
                                  std::span<const std::shared_ptr<const recommender_model>> members,
                                  const interaction_matrix& seen, const context& ctx);

}  // namespace bespoke::train::detail
