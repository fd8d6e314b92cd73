// SPDX-License-Identifier: Apache-2.0
#pragma once
// Records the host already holds, as a flow.

#include <algorithm>
#include <bespoke/core/flow.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace bespoke::ingest {

namespace detail {
template <class Record>
class memory_records final : public flow_source<Record> {
 public:
  explicit memory_records(std::vector<Record> records) : records_(std::move(records)) {}

  bool next(std::vector<Record>& out) override {
    const std::size_t n = std::min(block_size, records_.size() - at_);
    const auto first = records_.begin() + static_cast<std::ptrdiff_t>(at_);
    out.assign(first, first + static_cast<std::ptrdiff_t>(n));
    at_ += n;
    return n != 0;
  }
  bool rewind() override { return at_ = 0, true; }

 private:
  std::vector<Record> records_;
  std::size_t at_ = 0;
};
}  // namespace detail

/// A flow of copies of `records`, block by block; `rewind` starts again.
template <class Record>
flow<Record> memory(std::vector<Record> records) {
  return flow<Record>(std::static_pointer_cast<flow_source<Record>>(
      std::make_shared<detail::memory_records<Record>>(std::move(records))));
}

}  // namespace bespoke::ingest
