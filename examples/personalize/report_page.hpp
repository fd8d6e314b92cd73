// SPDX-License-Identifier: Apache-2.0
#pragma once
// The run as one self-contained HTML page.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "evaluate.hpp"
#include "print.hpp"

/// What the page shows.
struct page_content {
  const std::string& what;      ///< "package"
  const std::string& protocol;  ///< how it was measured
  const evaluation& measured;
  const std::vector<std::pair<std::string, std::vector<recommendation>>>& lists;  ///< a title and a list for each
};

/// Writes the page. Throws bespoke::error where that cannot be done.
void write_page(const std::filesystem::path& file, const page_content& content);
