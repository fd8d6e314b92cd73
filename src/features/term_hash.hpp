// SPDX-License-Identifier: Apache-2.0
#pragma once
// Hashes of words and of runs of words, and the shards that they are cut into.
//
// A term's hash depends on its text alone, not on ids: so does its shard, and with it the order of the columns.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bespoke::features::detail {

/// Shards of each level (words, pairs, …). Their number is part of the column order, and so of the file format.
inline constexpr std::size_t shards = 64;
inline std::size_t shard_of(std::uint64_t hash) { return hash >> 58; }

/// The first 16 bytes of a word, zeros where it is shorter: all of most words, compared in two steps.
struct word_head {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const word_head&, const word_head&) = default;
};
inline constexpr std::size_t head_size = 16;

namespace masks {
inline constexpr auto first_bytes = [] {
  std::array<word_head, head_size + 1> m{};
  for (std::size_t n = 0; n <= head_size; ++n) {
    for (std::size_t i = 0; i < n && i < 8; ++i) m[n].low |= std::uint64_t{0xFF} << (8 * i);
    for (std::size_t i = 8; i < n; ++i) m[n].high |= std::uint64_t{0xFF} << (8 * (i - 8));
  }
  return m;
}();
}  // namespace masks

inline std::uint64_t eight_bytes(const char* p) {
  std::uint64_t x;
  std::memcpy(&x, p, 8);
  return x;
}

/// `word` must have 16 readable bytes from its first one on.
inline word_head head_of(std::string_view word) {
  const word_head& m = masks::first_bytes[word.size() < head_size ? word.size() : head_size];
  return {eight_bytes(word.data()) & m.low, eight_bytes(word.data() + 8) & m.high};
}

inline std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93u;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93u;
  return x ^ (x >> 32);
}

/// As for head_of. Not a secret hash: who chooses the words of the training data can make it collide, at the cost of time.
inline std::uint64_t hash_of(const word_head& head, std::string_view word) {
  std::uint64_t h = mixed(head.low + word.size()) + head.high * 0x9E3779B97F4A7C15u;
  for (std::size_t i = head_size; i < word.size(); i += 8) {
    const std::size_t left = word.size() - i;
    const std::uint64_t mask = left >= 8 ? ~std::uint64_t{0} : masks::first_bytes[left].low;
    h = mixed(h) + (eight_bytes(word.data() + i) & mask);
  }
  return mixed(h);
}

/// The hash of a run of words with one more word.
inline std::uint64_t hash_of(std::uint64_t run, std::uint64_t word) {
  std::uint64_t x = run * 0x9E3779B97F4A7C15u + word;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9u;
  return x ^ (x >> 32);
}

}  // namespace bespoke::features::detail
