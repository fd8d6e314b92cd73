// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program says, on the terminal and as a page.

#include <filesystem>
#include <vector>

#include "compare.hpp"
#include "films.hpp"

void print_comparison(const comparison& c);

/// What a user watched last, what is recommended and because of which films, and what is like the first of these.
void print_user(const library& all, const film_recommender& films, int user);

/// The same for somebody new who liked these films.
void print_somebody_new(const library& all, const film_recommender& films, const std::vector<int>& liked);

void write_report(const library& all, const film_recommender& films, const comparison& c, int user,
                  const std::filesystem::path& file);
