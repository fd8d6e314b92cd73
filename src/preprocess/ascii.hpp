// SPDX-License-Identifier: Apache-2.0
#pragma once
// ASCII text, 64 bytes at a time: lowercase copies, and which bytes belong to words.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace bespoke::ascii {

/// Bytes classified at once; texts are copied to buffers rounded up to it.
inline constexpr std::size_t stride = 64;
inline constexpr std::size_t strides(std::size_t bytes) { return (bytes + stride - 1) / stride; }

struct masks {
  std::uint64_t word = 0;  ///< A-Z a-z 0-9 _
  std::uint64_t high = 0;  ///< not ASCII
};

#if defined(__SSE2__)

inline __m128i within(__m128i bytes, char first, char last) {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1))),
                       _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(last + 1))));
}

inline std::uint64_t mask_of(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }

/// Copies 64 bytes, A-Z lowered, and classifies them.
inline masks lower(const char* from, char* to) {
  masks m;
  for (unsigned i = 0; i < stride; i += 16) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    const __m128i low = _mm_or_si128(raw, _mm_and_si128(within(raw, 'A', 'Z'), _mm_set1_epi8(0x20)));
    const __m128i other = _mm_or_si128(within(low, '0', '9'), _mm_cmpeq_epi8(low, _mm_set1_epi8('_')));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), low);
    m.word |= mask_of(_mm_or_si128(within(low, 'a', 'z'), other)) << i;
    m.high |= mask_of(raw) << i;
  }
  return m;
}

#else

inline masks lower(const char* from, char* to) {
  masks m;
  for (unsigned i = 0; i < stride; ++i) {
    const char c = from[i], low = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    const bool word = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low == '_';
    to[i] = low;
    m.word |= std::uint64_t{word} << i;
    m.high |= std::uint64_t{(static_cast<unsigned char>(c) & 0x80) != 0} << i;
  }
  return m;
}

#endif

/// The first position from `at` whose bit is set, or clear where `flip` is all ones; `end` where there is none.
inline std::size_t find(const std::uint64_t* bits, std::size_t at, std::size_t end, std::uint64_t flip) {
  if (at >= end) return end;
  std::size_t i = at / 64;
  std::uint64_t word = (bits[i] ^ flip) & (~std::uint64_t{0} << (at % 64));
  while (word == 0) {
    if (++i * 64 >= end) return end;
    word = bits[i] ^ flip;
  }
  const std::size_t found = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
  return found < end ? found : end;
}
inline std::size_t find_set(const std::uint64_t* bits, std::size_t at, std::size_t end) {
  return find(bits, at, end, 0);
}
inline std::size_t find_clear(const std::uint64_t* bits, std::size_t at, std::size_t end) {
  return find(bits, at, end, ~std::uint64_t{0});
}

}  // namespace bespoke::ascii
