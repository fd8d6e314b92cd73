// SPDX-License-Identifier: Apache-2.0
#pragma once
// Golden files of trusted programs: tests/data/oracles/NAME.json, written by the script NAME.py beside it.

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bespoke_test {

/// The file, read once and kept, so that a loop may run over a part of what this returns.
inline const nlohmann::json& oracle(std::string_view name) {
  static std::map<std::string, nlohmann::json> read;
  const auto [at, added] = read.try_emplace(std::string(name));
  if (added) {
    const std::string path = std::string(BESPOKE_TEST_DATA) + "/oracles/" + std::string(name) + ".json";
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + " is missing: run the script of the same name beside it");
    at->second = nlohmann::json::parse(file);
  }
  return at->second;
}

}  // namespace bespoke_test
