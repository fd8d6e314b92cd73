// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checking UTF-8.

#include <cstddef>
#include <string_view>

namespace bespoke::ingest::detail {

/// Where the first ill-formed sequence begins (Unicode 15, table 3-7), or npos.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace bespoke::ingest::detail
