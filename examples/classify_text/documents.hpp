// SPDX-License-Identifier: Apache-2.0
#pragma once
// Texts with labels, from a csv or from this computer's software catalogue.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

struct labelled_text {
  std::string text{};
  std::string label{};
};

/// Which columns of which file. Columns are names, or numbers from 1 where there is no header.
struct table {
  std::filesystem::path file{};
  std::vector<std::string> text = {"text"};  ///< several are joined with a space
  std::string label = "label";
  char separator = ',';
  bool header = true;
  std::string encoding = "utf-8";
};

/// All rows of a table. Rows whose text or label is empty are left out. Throws bespoke::error.
std::vector<labelled_text> read(const table& t);

/// The descriptions and sections of this computer's software catalogue, sections with at least 300 packages.
/// Throws bespoke::error where there is none.
std::vector<labelled_text> read_catalogue();

/// What is learned from, and what judges.
struct parts {
  std::vector<labelled_text> learn{}, judge{};
};
/// A fifth of the documents judges; labels are as frequent in both parts.
parts cut(const std::vector<labelled_text>& all, std::uint64_t seed);
