// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a missing number stands for, in stages that take numbers.

#include <bespoke/core/numbers.hpp>

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
/// What a fit does with numbers that are none.
inline bespoke::detail::absent in_fit(missing m) noexcept {
  return m == missing::error ? bespoke::detail::absent::error : bespoke::detail::absent::left_out;
}
inline constexpr const char* in_fit_advice = "pass another .missing to learn from the others";
}  // namespace detail

}  // namespace bespoke::features
