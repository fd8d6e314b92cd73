// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/top_k.hpp>

#include <algorithm>

namespace bespoke {

namespace {
constexpr auto in_order = [](const scored& a, const scored& b) { return ranks_before(a, b); };  // a type, to be inlined
}  // namespace

void best_of::keep(scored s) {
  if (size_ == room_.size()) return replace_worst(s);
  room_[size_++] = s;
  std::push_heap(room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(size_), in_order);
}

// Once, from the front down: std::pop_heap and std::push_heap would go down and up again.
void best_of::replace_worst(scored s) {
  scored* const heap = room_.data();
  std::size_t at = 0;
  for (std::size_t child = 1; child < size_; child = 2 * at + 1) {
    if (child + 1 < size_ && ranks_before(heap[child], heap[child + 1])) ++child;
    if (!ranks_before(s, heap[child])) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = s;
}

std::span<scored> best_of::ranked() {
  const auto kept = room_.first(size_);
  std::sort_heap(kept.begin(), kept.end(), in_order);
  return kept;
}

}  // namespace bespoke
