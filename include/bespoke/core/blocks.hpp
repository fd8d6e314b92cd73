// SPDX-License-Identifier: Apache-2.0
#pragma once
// Blocks: many values of one type, in runs of up to 1,024, the unit of batch work. What a stage's `fit` reads.
//
// Values need not lie side by side: a block is strided, so that one field of the host's records is read in place.

#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// Records in one block; the last block of a data set may be shorter.
inline constexpr std::size_t block_size = 1024;

/// A read-only view of a run of values: `size()` of them, the first being record `first()` of the data set.
template <class T>
class block {
 public:
  block(const void* base, std::size_t stride, std::size_t size, std::size_t first) noexcept
      : base_(static_cast<const std::byte*>(base)), stride_(stride), size_(size), first_(first) {}
  block(std::span<const T> values, std::size_t first) noexcept
      : block(values.data(), sizeof(T), values.size(), first) {}

  std::size_t size() const noexcept { return size_; }
  std::size_t first() const noexcept { return first_; }
  std::size_t stride() const noexcept { return stride_; }  ///< bytes from one value to the next; 0: one value for all
  const T& operator[](std::size_t i) const noexcept { return *reinterpret_cast<const T*>(base_ + i * stride_); }

  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using reference = const T&;
    using pointer = const T*;
    iterator() = default;
    iterator(const block& of, std::size_t at) noexcept : base_(of.base_), stride_(of.stride_), at_(at) {}
    const T& operator*() const noexcept { return *reinterpret_cast<const T*>(base_ + at_ * stride_); }
    iterator& operator++() noexcept { return ++at_, *this; }
    iterator operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_ == b.at_; }

   private:
    const std::byte* base_ = nullptr;
    std::size_t stride_ = 0, at_ = 0;
  };
  iterator begin() const noexcept { return {*this, 0}; }
  iterator end() const noexcept { return {*this, size_}; }

 private:
  const std::byte* base_;
  std::size_t stride_, size_, first_;
};

/// Where blocks come from: memory, or a fitted stage applied to other blocks. Stages use `blocks`.
template <class T>
class block_source {
 public:
  virtual ~block_source() = default;
  virtual std::size_t size() const = 0;
  /// Calls `f` with block `b`, whose values are valid during the call; `s` may hold them. Thread-safe.
  virtual void visit(std::size_t b, scratch& s, function_ref<void(const block<T>&)> f) const = 0;
};

/// All values of a data set, read block by block, as often as needed, in any order, from any thread. Cheap to copy.
template <class T>
class blocks {
 public:
  using value_type = T;

  explicit blocks(std::shared_ptr<const block_source<T>> source) : source_(std::move(source)) {}
  /// Borrows: `values` must outlive it.
  explicit blocks(std::span<const T> values) : blocks(values.data(), sizeof(T), values.size(), nullptr) {}
  /// One value every `stride` bytes from `base`; `owner`, if given, is kept alive.
  blocks(const void* base, std::size_t stride, std::size_t size, std::shared_ptr<const void> owner)
      : source_(std::make_shared<strided>(base, stride, size, std::move(owner))) {}

  std::size_t size() const { return source_->size(); }                          ///< values in all
  std::size_t count() const { return (size() + block_size - 1) / block_size; }  ///< blocks in all

  /// Calls `f(const block<T>&)` with block `b`. Values are valid during the call.
  template <class F>
  void visit(std::size_t b, scratch& s, F&& f) const {
    source_->visit(b, s, f);
  }

  /// `f(const block<T>&)` for every block, on all threads of `ctx`, in no particular order.
  template <class F>
  void for_each(const context& ctx, F&& f) const {
    ctx.parallel(count(), [&](std::size_t b, scratch& s) { visit(b, s, f); });
  }

  /// `combine(compute(const block<T>&))` for every block: computed on all threads, combined in block order.
  template <class Compute, class Combine>
  void reduce(const context& ctx, Compute&& compute, Combine&& combine) const {
    using partial = std::decay_t<std::invoke_result_t<Compute&, const block<T>&>>;
    ctx.reduce(
        count(),
        [&](std::size_t b, scratch& s) {
          std::optional<partial> out;
          visit(b, s, [&](const block<T>& values) { out.emplace(compute(values)); });
          return std::move(*out);
        },
        combine);
  }

 private:
  struct strided final : block_source<T> {
    strided(const void* base, std::size_t stride, std::size_t size, std::shared_ptr<const void> owner)
        : base_(static_cast<const std::byte*>(base)), stride_(stride), size_(size), owner_(std::move(owner)) {}
    std::size_t size() const override { return size_; }
    void visit(std::size_t b, scratch&, function_ref<void(const block<T>&)> f) const override {
      const std::size_t first = b * block_size, n = size_ - first < block_size ? size_ - first : block_size;
      f(block<T>(base_ + first * stride_, stride_, n, first));
    }
    const std::byte* base_;
    std::size_t stride_, size_;
    std::shared_ptr<const void> owner_;
  };

  std::shared_ptr<const block_source<T>> source_;
};

/// Blocks that own their values.
template <class T>
blocks<T> own(std::vector<T> values) {
  auto kept = std::make_shared<const std::vector<T>>(std::move(values));
  return blocks<T>(kept->data(), sizeof(T), kept->size(), kept);
}

/// The rows of a matrix as blocks that share its ownership.
template <class Rows>
blocks<typename Rows::row_type> rows_as_blocks(std::shared_ptr<const Rows> rows) {
  using row_type = typename Rows::row_type;
  struct source final : block_source<row_type> {
    explicit source(std::shared_ptr<const Rows> r) : rows(std::move(r)) {}
    std::size_t size() const override { return rows->size(); }
    void visit(std::size_t b, scratch& s, function_ref<void(const block<row_type>&)> f) const override {
      const std::size_t first = b * block_size;
      const std::size_t n = size() - first < block_size ? size() - first : block_size;
      const scratch::frame frame(s);
      auto views = s.template take<row_type>(n);
      for (std::size_t i = 0; i < n; ++i) views[i] = (*rows)[first + i];
      f(block<row_type>(std::span<const row_type>(views), first));
    }
    std::shared_ptr<const Rows> rows;
  };
  return blocks<row_type>(std::make_shared<source>(std::move(rows)));
}

/// All rows copied into one matrix, in order. Throws errc::shape where widths differ. O(stored values), on all threads.
dense_rows collect(const blocks<dense_row>& rows, const context& ctx);
sparse_rows collect(const blocks<sparse_row>& rows, const context& ctx);

}  // namespace bespoke
