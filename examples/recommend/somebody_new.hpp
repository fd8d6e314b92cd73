// SPDX-License-Identifier: Apache-2.0
#pragma once
// Somebody of whom nothing is known is asked which of some films they liked.

#include <string>
#include <vector>

#include "compare.hpp"
#include "films.hpp"

/// Well-known films that have little to do with each other: each the most watched of those that are not like one before it.
std::vector<int> films_to_ask(const film_recommender& films, std::size_t count);

/// The films that an answer names, by numbers of the list (from 1) or pieces of titles, with commas between them. Of several
/// films with such a piece the most watched is meant. Throws bespoke::error (errc::invalid_argument) for one that there is not.
std::vector<int> films_named(const std::string& answer, const std::vector<int>& list, const library& all);

/// These films as what somebody did.
std::vector<bespoke::past<int>> history_of(const std::vector<int>& liked);
