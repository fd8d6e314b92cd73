// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a missing number stands for, in stages that take numbers.

namespace bespoke::features {

/// What a missing number (NaN, an infinity, an empty optional) stands for. A stage says which of these it has, and throws
/// errc::invalid_argument at fit for another; in a fit, missing values are left out. For more choice: features/impute.hpp.
enum class missing {
  mean,    ///< the mean of the training values
  median,  ///< the median of the training values
  error,   ///< a mistake: fit and inference throw errc::invalid_argument
};

namespace detail {
/// "mean", "median", "error".
const char* name(missing m) noexcept;
/// Throws errc::invalid_argument unless `got` is `allowed` or missing::error.
void check_missing(const char* stage, missing allowed, missing got);
}  // namespace detail

}  // namespace bespoke::features
