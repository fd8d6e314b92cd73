// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text and numbers as they stand in HTML and SVG.

#include <string>
#include <string_view>

namespace bespoke::report::detail {

/// Text with HTML's characters escaped; what is no UTF-8, and control characters, become U+FFFD.
std::string escaped(std::string_view text);

/// A number for a reader: four significant digits, two decimals at large ones, no "-0".
std::string shown(double value);

/// A length in a drawing, to a hundredth.
std::string length(double value);

}  // namespace bespoke::report::detail
