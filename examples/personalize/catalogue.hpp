// SPDX-License-Identifier: Apache-2.0
#pragma once
// This computer's software catalogue as a flow of packages, and which of them its user chose.

#include <bespoke/core/digest.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

/// One package of the catalogue.
struct package {
  std::string name{};
  std::string description{};              ///< its first line
  std::string section{};                  ///< "games"
  std::vector<std::string> tags{};        ///< {"game::strategy", "role::program"}
  double size = 0;                        ///< kB when installed
  std::vector<std::string> id{};          ///< its name once more, where that is to be a feature of its own
  std::vector<std::string> depends_on{};  ///< for the popularity to compare with: no feature
};

/// What stands beside a package in a list.
std::string about(const package& p);
/// "one word" for git, "two words" for python3-doc: people choose the programs, and names grow with what belongs to them.
std::string words_of_name(const std::string& name);
/// Packages that only lead to another one: they count when they were chosen, and are not worth recommending.
bool is_empty_shell(const package& p);
/// All of a package that a profile is learned from.
void add_to(bespoke::digest& d, const package& p);

/// A source of our own: a struct with `next`. Reads the output of `apt-cache dumpavail`, one paragraph a package, from the
/// command or from a file in which it was saved.
class catalogue_source {
 public:
  /// An empty path runs the command. Throws bespoke::error where it, or the file, cannot be read.
  explicit catalogue_source(const std::filesystem::path& saved);

  bool next(package& out);

 private:
  bool read_line();
  bool take_line(package& out);
  void take_field(package& out, std::string_view key, std::string_view value);

  std::shared_ptr<std::FILE> in_;
  std::string buffer_, key_;
  std::string_view line_;
};

using name_set = std::unordered_set<std::string>;

/// The packages that are installed, by dpkg's status file. Empty where there is none.
name_set installed_packages(const std::filesystem::path& status);
/// The packages marked as installed by hand, by `apt-mark`. Empty where there is none.
name_set marked_packages();
/// One name a line. Throws bespoke::error where the file cannot be read.
name_set names_in(const std::filesystem::path& file);

/// For each package, how many others depend on it or recommend it.
std::vector<float> dependents(const std::vector<package>& packages);
