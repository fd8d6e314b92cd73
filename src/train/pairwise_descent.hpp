// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stochastic gradient descent on triples of a user, an item that the user chose and one that was not chosen, on all threads with
// the same bytes for any number of them: what train/bpr.hpp and train/warp.hpp share.
//
// For each epoch users and items are dealt at random into blocks. An interaction lies in the tile of its user's and its item's
// block, and the item that was not chosen is drawn from the same block of items. So tiles that share no block share no row, and
// are worked on at the same time: in turn s those of blocks b and (b + s) mod blocks.

#include <bespoke/core/context.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/factors.hpp>
#include <bespoke/train/pairwise_model.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pairwise_kernels.hpp"

namespace bespoke::train::pairwise {

inline constexpr int most_draws = 10;               ///< of an item that was not chosen
inline constexpr std::size_t most_sampled = 10000;  ///< by train::warp
inline constexpr double most_shrinking = 0.25;      ///< learning_rate · l2 is below it

/// The parameters that the two have in common.
struct settings {
  const char* stage = "";
  std::size_t factors = 0, epochs = 0;
  double learning_rate = 0, l2 = 0, stddev = 0;
  bool constant_rate = false;
  retrieval find = retrieval::automatic;

  step_size step(std::size_t epoch) const noexcept {
    const double left = constant_rate ? 1 : 1 - static_cast<double>(epoch) / static_cast<double>(epochs);
    return {static_cast<float>(left * learning_rate), static_cast<float>(l2)};
  }
};

/// Throws errc::invalid_argument for what is out of range.
void check(const settings& spec);
/// The interactions whose value is above 0, with values of 1. Throws errc::empty_input without any.
sparse_rows liked_of(const char* stage, const sparse_rows& by_user);

struct interaction {
  std::uint32_t user, item;
};

/// Interactions that are learned from one after the other, those of a user together, their items ascending.
struct tile {
  std::span<const interaction> all{};
  std::span<const std::uint32_t> items{};  ///< of its block
  random_numbers random{0};                ///< its own
};

class descent {
 public:
  /// Begins with normal numbers of standard deviation stddev / √factors, a stream of its own for each row; biases are 0, and so
  /// are the rows of users who chose nothing. `spec`, `liked` and `ctx` must live as long.
  descent(const settings& spec, const sparse_rows& liked, const context& ctx);

  /// Gives all interactions to `learn`, tile by tile, and reports. Throws errc::stopped.
  void epoch(std::size_t number, function_ref<void(tile&, scratch&)> learn);

  const factor_rows& rows() const noexcept { return rows_; }

  /// Throws errc::invalid_argument where learning diverged.
  user_item_factors learned() const;

 private:
  struct dealt {
    std::vector<std::uint32_t> all{}, block_of{};
    std::size_t blocks = 0;
    std::span<const std::uint32_t> block(std::size_t b) const;
  };
  static dealt deal(std::size_t n, std::size_t blocks, random_numbers& random);
  void spread(const dealt& users, const dealt& items);

  const settings& spec_;
  const sparse_rows& liked_;
  const context& ctx_;
  std::size_t blocks_;
  aligned_vector<float> users_, items_;
  factor_rows rows_;
  std::vector<interaction> tiles_;  // of an epoch, one tile after the other
  std::vector<std::size_t> ends_;   // of each of them
};

/// Uniform in [0, n) but for a bias of less than n / 2³².
inline std::size_t quick_below(random_numbers& random, std::size_t n) noexcept {
  return static_cast<std::size_t>(((random() >> 32) * n) >> 32);
}

/// Puts what is added at a random place of what is there, so that in the end each order is as likely.
template <class T>
struct shuffled {
  std::span<T> room;
  std::size_t size = 0;

  void add(const T& one, random_numbers& random) {
    const std::size_t place = quick_below(random, size + 1);
    room[size++] = room[place];
    room[place] = one;
  }
};

/// The triples of a tile in random order, in `s`, as train/bpr.hpp says. `items` are as many as there are in all.
std::span<const triple> triples_of(tile& from, std::size_t items, bool verify, scratch& s);

/// The item that WARP makes a step against, and its loss's slope; none where `slope` is 0.
struct violation {
  std::uint32_t item = 0;
  float slope = 0;
};
/// `draw()` gives an item, `score(item)` its score, `chosen(item)` whether the user chose it. `liked` is the score of the item
/// that the user did choose, `items` are as many as there are in all.
template <class Draw, class Score, class Chosen>
violation first_violation(std::size_t most, std::size_t items, float liked, Draw&& draw, Score&& score,
                          Chosen&& chosen) {
  for (std::size_t n = 1; n <= most; ++n) {
    const std::uint32_t item = draw();
    if (score(item) > liked - 1 && !chosen(item)) return {item, log_rank((items - 1) / n)};
  }
  return {};
}

/// What pairwise_model::save wrote beside the factors. Throws errc::bad_bundle. (pairwise_model.cpp)
pairwise_fold_in load_fold_in(const bundle_reader& r);

}  // namespace bespoke::train::pairwise
