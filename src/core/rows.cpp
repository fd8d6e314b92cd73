// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/rows.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace bespoke {

namespace detail {

void* aligned_allocate(std::size_t bytes) { return ::operator new(bytes, std::align_val_t{64}); }
void aligned_release(void* p) noexcept { ::operator delete(p, std::align_val_t{64}); }

std::size_t values_in(std::size_t rows, std::size_t width) {
  if (width != 0 && rows > PTRDIFF_MAX / sizeof(float) / width)
    throw error(errc::limit, {.stage = "dense_rows",
                              .problem = "more values than memory can address",
                              .got = fmt::format("{} rows of {} columns", rows, width)});
  return rows * width;
}

}  // namespace detail

sparse_rows::sparse_rows(std::size_t width, aligned_vector<std::uint64_t> offsets,
                         aligned_vector<std::uint32_t> columns, aligned_vector<float> values)
    : width_(width), offsets_(std::move(offsets)), columns_(std::move(columns)), values_(std::move(values)) {
  const bool sound = !offsets_.empty() && offsets_.front() == 0 && offsets_.back() == columns_.size() &&
                     columns_.size() == values_.size() && std::is_sorted(offsets_.begin(), offsets_.end());
  if (!sound)
    throw error(errc::shape, {.stage = "sparse_rows",
                              .problem = "offsets do not lead from 0 to the number of values",
                              .got = fmt::format("{} offsets, {} columns, {} values", offsets_.size(), columns_.size(),
                                                 values_.size())});
}

}  // namespace bespoke
