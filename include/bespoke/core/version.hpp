// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which bespoke this is.

#include <string_view>

namespace bespoke {

/// The version of the compiled library: "0.1.0".
std::string_view version() noexcept;

}  // namespace bespoke
