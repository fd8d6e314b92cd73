// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/top_k.hpp>

#include <algorithm>

namespace bespoke {

namespace {
constexpr auto in_order = [](const scored& a, const scored& b) { return ranks_before(a, b); };  // a type, to be inlined
}

void best_of::keep(scored s) {
  const auto heap = room_.begin();
  if (size_ == room_.size()) std::pop_heap(heap, heap + static_cast<std::ptrdiff_t>(size_--), in_order);
  room_[size_++] = s;
  std::push_heap(heap, heap + static_cast<std::ptrdiff_t>(size_), in_order);
}

std::span<scored> best_of::ranked() {
  const auto kept = room_.first(size_);
  std::sort_heap(kept.begin(), kept.end(), in_order);
  return kept;
}

}  // namespace bespoke
