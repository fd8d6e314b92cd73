// SPDX-License-Identifier: Apache-2.0
#pragma once
// How alike two items, or two users, are by their interactions: what train/item_neighbors.hpp and train/user_neighbors.hpp
// stand on.

namespace bespoke::train {

/// The cosine Σ aₖ·bₖ / (|a|·|b|) of two rows of interactions, 0 where they do not have any in common or one is all 0. What
/// is subtracted from values first is subtracted where there is an interaction; where there is none stays 0.
enum class similarity {
  cosine,           ///< of the values, or of 1 for every interaction
  adjusted_cosine,  ///< of two items, of values less the mean of the user who gave them; of users, less that of the item
  pearson,          ///< of two items, of values less the mean of the item; of users, less that of the user
};

}  // namespace bespoke::train
