// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stands in for malloc, and counts how often a program asks for memory, its libraries too. For the one source file of a
// program. Linux with glibc.
//
//     counting = true;
//     answer();
//     counting = false;  // counted has the number

#include <atomic>
#include <cerrno>
#include <cstdlib>

inline std::atomic<bool> counting = false;
inline std::atomic<long> counted = 0;

inline void count_allocation() {
  if (counting.load(std::memory_order_relaxed)) counted.fetch_add(1, std::memory_order_relaxed);
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t n) noexcept { return count_allocation(), __libc_malloc(n); }
void* calloc(std::size_t n, std::size_t size) noexcept { return count_allocation(), __libc_calloc(n, size); }
void* realloc(void* p, std::size_t n) noexcept { return count_allocation(), __libc_realloc(p, n); }
void* memalign(std::size_t alignment, std::size_t n) noexcept {
  return count_allocation(), __libc_memalign(alignment, n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) noexcept {
  return count_allocation(), __libc_memalign(alignment, n);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t n) noexcept {
  count_allocation();
  *p = __libc_memalign(alignment, n);
  return *p != nullptr ? 0 : ENOMEM;
}
}
