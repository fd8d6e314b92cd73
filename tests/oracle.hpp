// SPDX-License-Identifier: Apache-2.0
#pragma once
// Golden files of trusted programs: tests/data/oracles/NAME.json, written by the script NAME.py beside it.

#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>
#include <string>

namespace bespoke_test {

inline nlohmann::json oracle(const std::string& name) {
  const std::string path = std::string(BESPOKE_TEST_DATA) + "/oracles/" + name + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " is missing: run the script of the same name beside it");
  return nlohmann::json::parse(file);
}

}  // namespace bespoke_test
