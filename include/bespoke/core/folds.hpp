// SPDX-License-Identifier: Apache-2.0
#pragma once
// Folds: parts of a data set, each held out once.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bespoke {

/// Cuts the numbers 0 … n − 1 at random into `folds` parts whose sizes differ by at most one; each part ascends. For n below
/// `folds` the last parts are empty. Throws errc::invalid_argument for 0 folds. O(n log n).
std::vector<std::vector<std::size_t>> random_folds(std::size_t n, std::size_t folds, std::uint64_t seed);

}  // namespace bespoke
