// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program was asked to do.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

struct arguments {
  std::filesystem::path folder{};      ///< of MovieLens; empty: made-up films
  std::optional<int> user{};           ///< whose recommendations to show
  std::optional<std::string> liked{};  ///< what somebody new liked
  std::filesystem::path report{};      ///< a page to write
  std::filesystem::path model{};       ///< where the recommender is saved
  std::uint64_t seed = 1;
  unsigned threads = 0;
  bool help = false;
};

/// Throws bespoke::error (errc::invalid_argument) that says what was not understood.
arguments parse(const std::vector<std::string>& words);
/// The text of --help.
const char* help_text();
