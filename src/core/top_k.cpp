// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/top_k.hpp>

#include <algorithm>

namespace bespoke {

void best_of::keep(scored s) {
  const auto heap = room_.begin();
  if (size_ == room_.size()) std::pop_heap(heap, heap + static_cast<std::ptrdiff_t>(size_--), ranks_before);
  room_[size_++] = s;
  std::push_heap(heap, heap + static_cast<std::ptrdiff_t>(size_), ranks_before);
}

std::span<scored> best_of::ranked() {
  const auto kept = room_.first(size_);
  std::sort_heap(kept.begin(), kept.end(), ranks_before);
  return kept;
}

}  // namespace bespoke
