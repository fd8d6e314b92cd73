// SPDX-License-Identifier: Apache-2.0
#include "utf8.hpp"

#include <cstdint>
#include <cstring>

namespace bespoke::ingest::detail {

namespace {

unsigned byte_at(const char* p) { return static_cast<unsigned char>(*p); }
bool continues(const char* p) { return (byte_at(p) & 0xC0) == 0x80; }

bool is_ascii_8(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

/// The length of the sequence at `p`, 0 where it is ill-formed. The second byte of E0, ED, F0 and F4 has a narrower range.
std::size_t sequence_length(const char* p, std::size_t left) {
  const unsigned lead = byte_at(p);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t n = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (left < n || !continues(p + 1)) return 0;
  const unsigned second = byte_at(p + 1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  if (n > 2 && !continues(p + 2)) return 0;
  if (n > 3 && !continues(p + 3)) return 0;
  return n;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  const char *begin = text.data(), *end = begin + text.size(), *p = begin;
  while (p != end) {
    if (end - p >= 8 && is_ascii_8(p)) {
      p += 8;
      continue;
    }
    const std::size_t n = sequence_length(p, static_cast<std::size_t>(end - p));
    if (n == 0) return static_cast<std::size_t>(p - begin);
    p += n;
  }
  return std::string_view::npos;
}

}  // namespace bespoke::ingest::detail
