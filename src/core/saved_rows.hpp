// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sparse rows in a bundle.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/rows.hpp>

#include <cstddef>
#include <string>

namespace bespoke::detail {

/// Tensors NAME_offsets, NAME_columns, NAME_values.
void save_rows(bundle_writer& w, const std::string& name, const sparse_rows& rows);
/// Throws errc::bad_bundle unless they make `rows` rows (any number, if it is `bundle_reader::any_size`) of `width` columns,
/// ascending, with finite values.
sparse_rows load_rows(const bundle_reader& r, const std::string& name, std::size_t rows, std::size_t width);

}  // namespace bespoke::detail
