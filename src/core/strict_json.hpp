// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON from a file that may be hostile: parsed only after a pass that builds nothing has found it sound.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bespoke::detail {

inline constexpr std::size_t json_depth_limit = 16;         ///< objects and arrays inside each other
inline constexpr std::size_t json_value_limit = 1'000'000;  ///< values and keys in one text

/// Why a text was refused, as a clause: `is not JSON at byte 17`, `has the key "a" twice in one object`.
struct json_refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws json_refusal unless `text` is one JSON value in UTF-8, within the limits, without a key twice in one object.
/// Memory: the keys of the open objects. O(bytes · log keys).
void check_json(std::string_view text);

/// `check_json`, then the value.
nlohmann::json parse_strict(std::string_view text);

}  // namespace bespoke::detail
