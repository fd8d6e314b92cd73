// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program was asked to do.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// "like chess": an opinion and the item it is about.
struct opinion {
  bool like = true;
  std::string item{};
};

struct arguments {
  std::filesystem::path catalogue{};                      ///< a saved catalogue; empty: this computer's
  std::filesystem::path history{};                        ///< a list of chosen packages; empty: this computer's
  std::filesystem::path status = "/var/lib/dpkg/status";  ///< what is installed
  std::filesystem::path movielens{};                      ///< movies in the place of packages
  std::filesystem::path state{};                          ///< where the profile and the events are kept
  std::filesystem::path report{};                         ///< a page to write
  std::optional<int> user{};                              ///< of MovieLens
  bool ids = false;                                       ///< the item's own name as a feature
  std::uint64_t seed = 1;
  unsigned threads = 0;
  bool help = false;
  std::vector<opinion> opinions{};
};

/// Throws bespoke::error (errc::invalid_argument) that says what was not understood.
arguments parse(int argc, char** argv);
/// The text of --help.
const char* help_text();
