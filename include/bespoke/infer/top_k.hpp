// SPDX-License-Identifier: Apache-2.0
#pragma once
// The best items for a fitted profile: scores every row of a matrix with it and keeps the best k.

#include <bespoke/core/scratch.hpp>
#include <bespoke/core/stage.hpp>
#include <bespoke/core/top_k.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace bespoke::infer {

using bespoke::scored;
using bespoke::top_k;

/// The best rows by `profile(row)`, of those that `filter(index)` lets through, best first, in the front of `room`.
/// `profile` is any fitted stage that answers a row with a number; `rows` is `dense_rows`, `sparse_rows`, or anything
/// with `size()` and `operator[]`. Order as in core/top_k.hpp. O(stored values) of the rows that pass; allocates nothing.
template <class Profile, class Rows, class Filter = any_index>
  requires requires(const Profile& p, const Rows& r, scratch& s) { static_cast<float>(apply(p, r[0], s)); }
std::span<scored> top_k(const Profile& profile, const Rows& rows, std::span<scored> room, Filter&& filter = {}) {
  scratch& s = scratch::local();
  const auto score_of = [&](std::size_t i) {
    const scratch::frame frame(s);
    return static_cast<float>(apply(profile, rows[i], s));
  };
  return top_k_of(rows.size(), score_of, room, filter);
}

/// The same as a vector of at most `k`: `top_k(profile, rows, 10, [&](std::size_t i) { return !owned[i]; })`.
template <class Profile, class Rows, class Filter = any_index>
  requires requires(const Profile& p, const Rows& r, scratch& s) { static_cast<float>(apply(p, r[0], s)); }
std::vector<scored> top_k(const Profile& profile, const Rows& rows, std::size_t k, Filter&& filter = {}) {
  std::vector<scored> room(k < rows.size() ? k : rows.size());
  room.resize(top_k(profile, rows, std::span<scored>(room), filter).size());
  return room;
}

}  // namespace bespoke::infer
