// SPDX-License-Identifier: Apache-2.0
#pragma once
// Catch2, version 2 or 3, whichever the system has.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
namespace bespoke_test {
/// A matcher for text that contains `part`: `CHECK_THAT(text, contains("…"))`.
inline auto contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
}  // namespace bespoke_test
#else
#include <catch2/catch.hpp>
namespace bespoke_test {
/// A matcher for text that contains `part`: `CHECK_THAT(text, contains("…"))`.
inline auto contains(const std::string& part) { return Catch::Matchers::Contains(part); }
}  // namespace bespoke_test
#endif
