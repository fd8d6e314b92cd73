// SPDX-License-Identifier: Apache-2.0
#pragma once
// The best k of n scores, without sorting the rest.
//
//     std::array<scored, 10> room;
//     auto best = top_k(scores, std::span(room), [&](std::size_t i) { return !seen[i]; });   // allocates nothing
//     auto same = top_k(scores, 10, [&](std::size_t i) { return !seen[i]; });                // gives a vector
//
// One order for all: higher scores first, equal scores by lower index, NaN after all numbers. So the answer depends
// neither on the order of the work nor on the compiler.

#include <algorithm>
#include <bespoke/core/rows.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace bespoke {

/// An index and its score.
struct scored {
  std::size_t index = 0;
  float score = 0;
  friend bool operator==(const scored&, const scored&) = default;
};

/// The order of a ranking, total for every pair with different indices.
inline bool ranks_before(const scored& a, const scored& b) noexcept {
  if (a.score > b.score) return true;
  if (a.score < b.score) return false;
  const bool a_is_nan = std::isnan(a.score), b_is_nan = std::isnan(b.score);
  return a_is_nan != b_is_nan ? b_is_nan : a.index < b.index;
}

/// The filter that lets everything through.
struct any_index {
  constexpr bool operator()(std::size_t) const noexcept { return true; }
};

/// Keeps the best of what it is offered, in the caller's memory: as many as `room` holds. Allocates nothing.
/// O(1) for an offer that is not kept, O(log k) for one that is.
class best_of {
 public:
  best_of() = default;
  explicit best_of(std::span<scored> room) noexcept : room_(room) {}

  /// Whether an offer would be kept: for those who can tell cheaply, before what is dear.
  bool would_keep(scored s) const noexcept { return size_ < room_.size() || (size_ != 0 && ranks_before(s, room_[0])); }
  void offer(scored s) {
    if (would_keep(s)) keep(s);
  }
  /// The same for what `filter(index)` lets through, which is asked only of what would be kept.
  template <class Filter>
  void offer(scored s, Filter&& filter) {
    if (would_keep(s) && filter(s.index)) keep(s);
  }

  /// Where it is a number, scores at or below it are not kept if their index is higher than all that were offered before.
  float bar() const noexcept {
    if (size_ < room_.size()) return std::numeric_limits<float>::quiet_NaN();
    return room_.empty() ? std::numeric_limits<float>::infinity() : room_[0].score;
  }

  /// What was kept, best first: the front of `room`. To be called once, after the last offer.
  std::span<scored> ranked();

 private:
  void keep(scored s);  // room_ is a heap with the worst at the front
  void replace_worst(scored s);

  std::span<scored> room_{};
  std::size_t size_ = 0;
};

/// The best of `n` by `score_of(index)`, of those indices that `filter(index)` lets through, best first, in the front of
/// `room`. Scores are asked for only where the filter says yes. O(n + k·log k·log n) expected; allocates nothing.
template <class ScoreOf, class Filter = any_index>
std::span<scored> top_k_of(std::size_t n, ScoreOf&& score_of, std::span<scored> room, Filter&& filter = {}) {
  best_of best(room);
  for (std::size_t i = 0; i < n; ++i)
    if (filter(i)) best.offer({i, score_of(i)});
  return best.ranked();
}

/// The best of `scores`.
template <class Filter = any_index>
std::span<scored> top_k(std::span<const float> scores, std::span<scored> room, Filter&& filter = {}) {
  return top_k_of(scores.size(), [&](std::size_t i) { return scores[i]; }, room, filter);
}

/// The best `k` of `scores`; fewer where fewer pass the filter. One allocation.
template <class Filter = any_index>
std::vector<scored> top_k(std::span<const float> scores, std::size_t k, Filter&& filter = {}) {
  std::vector<scored> room(std::min(k, scores.size()));
  room.resize(top_k(scores, std::span<scored>(room), filter).size());
  return room;
}

/// The best rows of a matrix by Σ rowₖ·profileₖ; `profile` must have `rows.width()` entries. O(stored values).
template <class Rows, class Filter = any_index>
  requires row<typename Rows::row_type>
std::span<scored> top_k(const Rows& rows, std::span<const float> profile, std::span<scored> room,
                        Filter&& filter = {}) {
  return top_k_of(rows.size(), [&](std::size_t i) { return static_cast<float>(dot(rows[i], profile)); }, room, filter);
}

/// The same as a vector of at most `k`.
template <class Rows, class Filter = any_index>
  requires row<typename Rows::row_type>
std::vector<scored> top_k(const Rows& rows, std::span<const float> profile, std::size_t k, Filter&& filter = {}) {
  std::vector<scored> room(std::min(k, rows.size()));
  room.resize(top_k(rows, profile, std::span<scored>(room), filter).size());
  return room;
}

}  // namespace bespoke
