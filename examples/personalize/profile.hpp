// SPDX-License-Identifier: Apache-2.0
#pragma once
// A user's profile, learned from the rows of what they chose and of some of what they did not.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/user_profile.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

using indices = std::vector<std::size_t>;
using profile = bespoke::train::user_profile::fitted<bespoke::sparse_row>;

/// Why these figures: with ten others for one chosen the profile knows what is common without being ruled by it. A row is
/// about √5 long (two texts of length 1, a section, some tags), so with l2 = 3 one rating moves its package's score 5/8 of
/// the way. They are the same for every history. They were settled while looking at two histories (a developer's machine and
/// a bare Debian), not by search: figures measured on such machines may flatter them a little.
inline constexpr std::size_t others_for_each = 10;
inline constexpr bespoke::train::user_profile profile_spec{.l2 = 3.0f, .tolerance = 1e-6};

/// What a profile learns from: rows with rating 1 for the chosen, 0 for the others.
struct lesson {
  std::shared_ptr<const bespoke::sparse_rows> rows;
  std::vector<float> ratings;
};

/// The rows of these numbers, as a matrix of their own.
std::shared_ptr<const bespoke::sparse_rows> rows_at(const bespoke::sparse_rows& rows, const indices& which);

/// The chosen rows, and `others_for_each` times as many drawn from the others.
lesson lesson_from(const bespoke::sparse_rows& rows, const indices& chosen, const indices& others, std::uint64_t seed);

profile learn(const lesson& l, const bespoke::context& ctx, bespoke::train::user_profile spec = profile_spec);

/// The largest difference between the weights that gradient steps find and those of the closed form, on at most 1,500 rows
/// of a lesson: the check that both minimise the same loss.
double difference_from_closed_form(const lesson& l, const bespoke::context& ctx);
