// SPDX-License-Identifier: Apache-2.0
#pragma once
// How alike items are, by what a host chooses: their features, or a model. For the diversity of lists.

#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace bespoke {

/// Writes to `out` how alike `item` is to each of `others`: 1 for the same, 0 for what has nothing in common. Called from
/// several threads at once, each with a scratch of its own.
using item_likeness =
    std::function<void(std::uint32_t item, std::span<const std::uint32_t> others, std::span<float> out, scratch& s)>;

/// Σ aₖ·bₖ / (|a|·|b|); 0 where one is all zeros. O(stored values of the two).
float cosine(const sparse_row& a, const sparse_row& b);

/// The cosine of the items' rows; 0 for a row of zeros. `items`, a row for each item, must outlive what is returned.
/// O(width), for sparse rows O(stored values of the two), a pair.
item_likeness cosine_of(const dense_rows& items);
item_likeness cosine_of(const sparse_rows& items);

/// As a model has it: `likeness` is asked once for an item. O(items · what the model documents) a call.
item_likeness likeness_of(std::shared_ptr<const recommender_model> model);

}  // namespace bespoke
