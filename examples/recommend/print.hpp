// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program says on the terminal.

#include <string>
#include <vector>

#include "cold_start.hpp"
#include "compare.hpp"
#include "films.hpp"

/// The titles of films that speak for one, or what speaks for it where none does.
std::string because_of(const library& all, const std::vector<bespoke::recommended<int>>& films);

void print_library(const library& all);
void print_comparison(const comparison& c);
void print_cold_start(const std::vector<cold_start_curve>& curves);

/// What a user watched last, what is recommended and because of which films, and what is like the first of these.
void print_user(const library& all, const film_recommender& films, int user);

void print_question(const library& all, const std::vector<int>& list);
/// What is recommended to somebody new who liked these films.
void print_somebody_new(const library& all, const film_recommender& films, const std::vector<int>& liked);
