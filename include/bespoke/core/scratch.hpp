// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memory for one record's way through a chain: taken by moving a pointer, given back all at once, kept for the next record.

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// A growing arena. After the first few records it allocates nothing.
///
/// A stage takes its result first and its temporaries after it, inside a `frame`, so that only the result stays:
///
///     auto out = s.take<float>(width);
///     scratch::frame temporaries(s);
///     auto counts = s.take<int>(n);     // given back when `temporaries` ends
///
/// Thread safety: one thread at a time; `scratch::local()` is this thread's own. O(1) a call.
class scratch {
 public:
  scratch() = default;
  scratch(scratch&& other) noexcept { swap(other); }
  scratch& operator=(scratch&& other) noexcept {
    scratch taken(std::move(other));
    swap(taken);
    return *this;
  }

  /// Room for `n` values of a trivial type, 64-byte aligned, not initialised; valid until the enclosing frame ends.
  template <class T>
  std::span<T> take(std::size_t n) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>, "scratch holds plain data");
    return {static_cast<T*>(bytes(n * sizeof(T))), n};
  }

  /// The scratch of the calling thread.
  static scratch& local();

  /// Gives back, at its end, all that was taken since its start. Frames nest.
  class frame {
   public:
    explicit frame(scratch& s) noexcept : s_(s), chunk_(s.chunk_), used_(s.used_) {}
    ~frame() { s_.rewind(chunk_, used_); }
    frame(const frame&) = delete;
    frame& operator=(const frame&) = delete;

   private:
    scratch& s_;
    std::size_t chunk_, used_;
  };

 private:
  struct release {
    void operator()(std::byte* p) const noexcept;
  };
  struct chunk {
    std::unique_ptr<std::byte, release> data;
    std::size_t size;
  };

  static constexpr std::size_t alignment = 64;

  void swap(scratch& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(size_, other.size_);
    std::swap(used_, other.used_);
    std::swap(chunk_, other.chunk_);
    chunks_.swap(other.chunks_);
  }
  void* bytes(std::size_t n) {
    n = (n + alignment - 1) & ~(alignment - 1);
    if (n > size_ - used_) return grow(n);
    void* p = base_ + used_;
    used_ += n;
    return p;
  }
  void rewind(std::size_t to_chunk, std::size_t to_used) noexcept {
    used_ = to_used;
    if (to_chunk != chunk_) back_to(to_chunk);
  }
  void* grow(std::size_t n);
  void back_to(std::size_t earlier) noexcept;

  std::byte* base_ = nullptr;  // of the chunk in use
  std::size_t size_ = 0, used_ = 0, chunk_ = 0;
  std::vector<chunk> chunks_;
};

}  // namespace bespoke
