// SPDX-License-Identifier: Apache-2.0
#include "pairwise_descent.hpp"

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "checks.hpp"
#include "normal_numbers.hpp"

namespace bespoke::train::pairwise {

namespace {

constexpr std::size_t most_factors = 4096;
constexpr std::size_t most_blocks = 16, least_in_a_block = 32;
constexpr std::size_t unit = 64;  // rows that are begun together

std::size_t rounded_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

random_numbers stream(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  return random_numbers(random_numbers(random_numbers(random_numbers(seed)() ^ a)() ^ b)());
}

[[noreturn]] void reject(const settings& spec, std::string expected, std::string got) {
  throw error(errc::invalid_argument, {.stage = spec.stage, .expected = std::move(expected), .got = std::move(got)});
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// Which items a user chose, a bit for each item.
class marks {
 public:
  marks(std::size_t items, scratch& s) : bits_(s.take<std::uint64_t>(items / 64 + 1)) {
    std::fill(bits_.begin(), bits_.end(), std::uint64_t{0});
  }
  bool operator[](std::size_t i) const { return (bits_[i / 64] >> (i % 64) & 1) != 0; }
  void flip(std::span<const interaction> some) {
    for (const interaction& one : some) bits_[one.item / 64] ^= std::uint64_t{1} << (one.item % 64);
  }

 private:
  std::span<std::uint64_t> bits_;
};

}  // namespace

void check(const settings& spec) {
  if (spec.factors < 1 || spec.factors > most_factors)
    reject(spec, fmt::format("factors of 1 to {}", most_factors), fmt::format("{}", spec.factors));
  if (spec.epochs < 1) reject(spec, "epochs of 1 or more", "0");
  detail::check_positive(spec.stage, "learning_rate", spec.learning_rate);
  detail::check_positive(spec.stage, "l2", spec.l2, true);
  detail::check_positive(spec.stage, "stddev", spec.stddev);
  if (!(spec.learning_rate * spec.l2 < most_shrinking))
    reject(spec, "a learning_rate times l2 below 1/4", fmt::format("{}", spec.learning_rate * spec.l2));
}

sparse_rows liked_of(const char* stage, const sparse_rows& by_user) {
  aligned_vector<std::uint64_t> offsets{0};
  aligned_vector<std::uint32_t> columns;
  columns.reserve(by_user.stored());
  for (std::size_t u = 0; u < by_user.size(); ++u) {
    for_each_value(by_user[u], [&](std::size_t i, float v) {
      if (v > 0) columns.push_back(static_cast<std::uint32_t>(i));
    });
    offsets.push_back(columns.size());
  }
  if (columns.empty())
    throw error(errc::empty_input, {.stage = stage, .problem = "there are no interactions of a value above 0"});
  aligned_vector<float> ones(columns.size(), 1.0f);
  return {by_user.width(), std::move(offsets), std::move(columns), std::move(ones)};
}

descent::descent(const settings& spec, const sparse_rows& liked, const context& ctx)
    : spec_(spec),
      liked_(liked),
      ctx_(ctx),
      blocks_(std::clamp<std::size_t>(std::min(liked.size(), liked.width()) / least_in_a_block, 1, most_blocks)),
      tiles_(liked.stored()),
      ends_(blocks_ * blocks_) {
  const std::size_t width = rounded_up(spec.factors, 16);
  users_.resize(liked.size() * width);
  items_.resize(liked.width() * (width + bias_room));
  rows_ = {users_.data(), items_.data(), width};
  const double deviation = spec.stddev / std::sqrt(static_cast<double>(spec.factors));
  const auto begin = [&](std::uint64_t side, std::size_t i, float* row) {
    detail::normal_numbers normal(ctx.seed(), side, i);
    for (std::size_t k = 0; k < spec.factors; ++k) row[k] = static_cast<float>(deviation * normal());
  };
  ctx.parallel(rounded_up(liked.size(), unit) / unit, [&](std::size_t n, scratch&) {
    for (std::size_t u = n * unit; u < std::min(liked.size(), (n + 1) * unit); ++u)
      if (liked[u].size() != 0) begin(0, u, rows_.user(u));
  });
  ctx.parallel(rounded_up(liked.width(), unit) / unit, [&](std::size_t n, scratch&) {
    for (std::size_t i = n * unit; i < std::min(liked.width(), (n + 1) * unit); ++i) begin(1, i, rows_.item(i));
  });
}

std::span<const std::uint32_t> descent::dealt::block(std::size_t b) const {
  const std::size_t first = b * all.size() / blocks, end = (b + 1) * all.size() / blocks;
  return std::span(all).subspan(first, end - first);
}

descent::dealt descent::deal(std::size_t n, std::size_t blocks, random_numbers& random) {
  dealt d{std::vector<std::uint32_t>(n), std::vector<std::uint32_t>(n), blocks};
  std::iota(d.all.begin(), d.all.end(), 0u);
  for (std::size_t i = 0; i + 1 < n; ++i) std::swap(d.all[i], d.all[i + quick_below(random, n - i)]);
  for (std::size_t b = 0; b < blocks; ++b)
    for (const std::uint32_t i : d.block(b)) d.block_of[i] = static_cast<std::uint32_t>(b);
  return d;
}

// Brings the interactions into the order of the tiles.
void descent::spread(const dealt& users, const dealt& items) {
  std::vector<std::size_t> firsts;
  for (std::size_t b = 0, first = 0; b < blocks_; ++b) {
    firsts.push_back(first);
    for (const std::uint32_t u : users.block(b)) first += liked_[u].size();
  }
  ctx_.parallel(blocks_, [&](std::size_t b, scratch&) {
    std::size_t* const ends = ends_.data() + b * blocks_;
    std::fill_n(ends, blocks_, std::size_t{0});
    for (const std::uint32_t u : users.block(b))
      for (const std::uint32_t i : liked_[u].columns) ++ends[items.block_of[i]];
    for (std::size_t t = 0, first = firsts[b]; t < blocks_; ++t) first += std::exchange(ends[t], first);
    for (const std::uint32_t u : users.block(b))
      for (const std::uint32_t i : liked_[u].columns) tiles_[ends[items.block_of[i]]++] = {u, i};
  });
}

void descent::epoch(std::size_t number, function_ref<void(tile&, scratch&)> learn) {
  random_numbers random = stream(ctx_.seed(), 2, number);
  const auto users = deal(liked_.size(), blocks_, random), items = deal(liked_.width(), blocks_, random);
  spread(users, items);
  for (std::size_t shift = 0; shift < blocks_; ++shift)
    ctx_.parallel(blocks_, [&](std::size_t b, scratch& s) {
      const std::size_t block = (b + shift) % blocks_, t = b * blocks_ + block, first = t == 0 ? 0 : ends_[t - 1];
      tile one{std::span(tiles_).subspan(first, ends_[t] - first), items.block(block),
               stream(ctx_.seed(), 3 + number, t)};
      learn(one, s);
    });
  ctx_.report(spec_.stage, number + 1, spec_.epochs);
}

user_item_factors descent::learned() const {
  dense_rows users(liked_.size(), spec_.factors), items(liked_.width(), spec_.factors);
  std::vector<float> biases;
  for (std::size_t u = 0; u < users.size(); ++u) std::copy_n(rows_.user(u), spec_.factors, users.writable(u).data());
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::copy_n(rows_.item(i), spec_.factors, items.writable(i).data());
    biases.push_back(rows_.bias(i));
  }
  if (!all_finite(users.values()) || !all_finite(items.values()) || !all_finite(biases))
    throw error(errc::invalid_argument,
                {.stage = spec_.stage, .problem = "learning diverged", .advice = "take a smaller learning_rate"});
  user_item_factors all(std::move(users), items, biases);
  if (spec_.find != retrieval::automatic) all.find_by(spec_.find, ctx_);
  return all;
}

std::span<const triple> triples_of(tile& from, std::size_t items, bool verify, scratch& s) {
  shuffled<triple> all{s.take<triple>(from.all.size() + 1)};
  marks chosen(items, s);
  const auto draw = [&] { return from.items[quick_below(from.random, from.items.size())]; };
  for (std::size_t first = 0, end = 0; first < from.all.size(); first = end) {
    while (end < from.all.size() && from.all[end].user == from.all[first].user) ++end;
    const auto own = from.all.subspan(first, end - first);
    if (verify) chosen.flip(own);
    for (const interaction& one : own) {
      const auto says_nothing = [&](std::uint32_t item) { return item == one.item || chosen[item]; };
      std::uint32_t other = draw();
      for (int again = 1; again < most_draws && says_nothing(other); ++again) other = draw();
      if (!says_nothing(other)) all.add({one.user, one.item, other}, from.random);
    }
    if (verify) chosen.flip(own);
  }
  return all.room.first(all.size);
}

}  // namespace bespoke::train::pairwise
