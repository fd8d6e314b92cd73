// SPDX-License-Identifier: Apache-2.0
#pragma once
// How good predictions are.

#include <span>

namespace bespoke {

/// √(mean of (predicted − actual)²). Throws errc::shape where the lengths differ, errc::empty_input where they are 0.
double rmse(std::span<const double> predicted, std::span<const double> actual);

}  // namespace bespoke
