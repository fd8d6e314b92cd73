// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program found, as one HTML page.

#include <filesystem>
#include <vector>

#include "cold_start.hpp"
#include "compare.hpp"
#include "films.hpp"

struct page_content {
  const library& all;
  const comparison& compared;
  const std::vector<cold_start_curve>& new_users;
  const film_recommender& films;
  int user;
  std::vector<int> liked;  ///< by somebody new
};

void write_page(const std::filesystem::path& file, const page_content& content);
