// SPDX-License-Identifier: Apache-2.0
#pragma once
// What separates labels linearly: the shared part of features::lda and train::linear_discriminant.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/linear_algebra.hpp"

namespace bespoke::features::detail {

struct discriminants {
  std::vector<double> mean{};    ///< of each column: the labels' means by their shares
  std::vector<double> shares{};  ///< of each label
  linear::matrix means{};        ///< [label][column]
  linear::matrix weights{};      ///< [column][discriminant], the most telling first; as many as the rank
  std::vector<double> ratio{};   ///< the part of the variance between labels along each
};

/// scikit-learn 1.2.1's LinearDiscriminantAnalysis, solver "svd", tol 1e-4. Of each discriminant the weight with the largest
/// absolute value, of equal ones the first, is positive. `weights` of the records count as repeated records; empty where
/// every record counts the same. Throws, with `stage`, errc::empty_input without records and errc::invalid_argument for fewer
/// than two labels, no more records than labels, a label without weight, a number that is not finite, and where no column
/// varies within the labels.
discriminants solve_discriminants(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                  std::span<const float> weights, std::size_t labels, const char* stage,
                                  const context& ctx);

}  // namespace bespoke::features::detail
