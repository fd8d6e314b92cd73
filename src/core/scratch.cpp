// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/scratch.hpp>

#include <algorithm>
#include <new>

namespace bespoke {

void scratch::release::operator()(std::byte* p) const noexcept { ::operator delete(p, std::align_val_t{alignment}); }

scratch& scratch::local() {
  thread_local scratch s;
  return s;
}

void* scratch::grow(std::size_t n) {
  // A later chunk that was grown for an earlier record is used again when it is large enough.
  std::size_t next = chunks_.empty() ? 0 : chunk_ + 1;
  while (next < chunks_.size() && chunks_[next].size < n) ++next;
  if (next == chunks_.size()) {
    const std::size_t size = std::max({n, std::size_t{64} << 10, chunks_.empty() ? 0 : 2 * chunks_.back().size});
    auto* p = static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment}));
    chunks_.push_back({std::unique_ptr<std::byte, release>(p), size});
  }
  chunk_ = next;
  base_ = chunks_[next].data.get();
  size_ = chunks_[next].size;
  used_ = n;
  return base_;
}

void scratch::back_to(std::size_t earlier) noexcept {
  chunk_ = earlier;
  base_ = chunks_[earlier].data.get();
  size_ = chunks_[earlier].size;
}

}  // namespace bespoke
