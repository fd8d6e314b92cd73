// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words that a host gave, where their hashes can be taken.

#include <bespoke/core/scratch.hpp>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "term_hash.hpp"

namespace bespoke::features::detail {

/// Copies of the words that are not empty, in `s`, with 16 readable bytes from the last one on.
inline std::span<const std::string_view> padded_words(const std::vector<std::string>& words, scratch& s) {
  std::size_t bytes = head_size;
  for (const std::string& w : words) bytes += w.size();
  const auto out = s.take<std::string_view>(words.size());
  char* to = s.take<char>(bytes).data();
  std::size_t n = 0;
  for (const std::string& w : words) {
    if (w.empty()) continue;
    std::memcpy(to, w.data(), w.size());
    out[n++] = {to, w.size()};
    to += w.size();
  }
  return out.first(n);
}

}  // namespace bespoke::features::detail
