// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checks that all learners make of their training data, with one wording.

#include <bespoke/core/rows.hpp>

#include <cstddef>
#include <span>

namespace bespoke::train::detail {

/// Throws errc::empty_input without records, errc::shape unless there is a target for each.
void check_counts(const char* stage, std::size_t records, std::size_t targets);
/// Throws errc::invalid_argument unless the targets have two labels or more.
void check_labels(const char* stage, std::size_t labels, std::size_t targets);
/// Throws errc::invalid_argument for the first NaN or infinity in the rows, errc::shape for a column outside the width.
void check_rows(const char* stage, const dense_rows& rows);
void check_rows(const char* stage, const sparse_rows& rows);
/// Throws errc::shape.
void check_width(const char* stage, std::size_t expected, std::size_t got);
/// Throws errc::invalid_argument unless `value` is above 0 (or is 0, where `zero` is true) and finite.
void check_positive(const char* stage, const char* name, double value, bool zero = false);

}  // namespace bespoke::train::detail
