// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values held in memory, parts of which can be fitted and asked: what folds, searches and stacking stand on.
//
//     const held rows(x, ctx);
//     for (const auto& fold : random_folds(rows.size(), 5, ctx.seed()))
//       spec.fit(rows.part(others(fold, rows.size())), …)

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

/// A vector that packs nothing: bool is kept as a struct of one.
template <class T>
struct cell {
  T value;
};

/// How values of a type are held: rows as one matrix, others in a vector.
template <class T>
class store {
 public:
  store(const blocks<T>& x, const context& ctx) : values_(gathered(x, ctx)) {}
  explicit store(std::span<const T> borrowed) : base_(borrowed.data()), stride_(sizeof(T)), size_(borrowed.size()) {}

  std::size_t size() const noexcept { return values_ ? values_->size() : size_; }
  blocks<T> all() const {
    return values_ ? blocks<T>(values_->data(), sizeof(cell<T>), size(), values_)
                   : blocks<T>(base_, stride_, size_, nullptr);
  }
  void visit(std::span<const std::size_t> indices, std::size_t first, scratch&,
             function_ref<void(const block<T>&)> use) const {
    std::vector<cell<T>> some;
    some.reserve(indices.size());
    for (const std::size_t i : indices) some.push_back({values_ ? (*values_)[i].value : base_[i]});
    use(block<T>(some.data(), sizeof(cell<T>), some.size(), first));
  }

 private:
  static auto gathered(const blocks<T>& x, const context& ctx) {
    auto values = std::make_shared<std::vector<cell<T>>>();
    values->reserve(x.size());
    x.reduce(
        ctx,
        [](const block<T>& b) {
          std::vector<cell<T>> some;
          some.reserve(b.size());
          for (const T& value : b) some.push_back({value});
          return some;
        },
        [&](std::vector<cell<T>> some) { std::move(some.begin(), some.end(), std::back_inserter(*values)); });
    return values;
  }

  std::shared_ptr<const std::vector<cell<T>>> values_;
  const T* base_ = nullptr;
  std::size_t stride_ = 0, size_ = 0;
};

template <row R>
class store<R> {
 public:
  store(const blocks<R>& x, const context& ctx) : rows_(std::make_shared<const bespoke::rows_of<R>>(collect(x, ctx))) {}

  std::size_t size() const noexcept { return rows_->size(); }
  blocks<R> all() const { return rows_as_blocks(rows_); }
  void visit(std::span<const std::size_t> indices, std::size_t first, scratch& s,
             function_ref<void(const block<R>&)> use) const {
    const scratch::frame frame(s);
    const auto views = s.take<R>(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) views[i] = (*rows_)[indices[i]];
    use(block<R>(std::span<const R>(views), first));
  }

 private:
  std::shared_ptr<const bespoke::rows_of<R>> rows_;
};

}  // namespace detail

/// All values of a data set, computed once and held. Copies share them. Thread safety: const calls from any thread.
template <class T>
class held {
 public:
  /// Computes and copies every value, on all threads. Values that are views must stay valid without their block.
  held(const blocks<T>& x, const context& ctx) : values_(std::make_shared<const detail::store<T>>(x, ctx)) {}
  /// Borrows: `values` must outlive it and all its parts.
  explicit held(std::span<const T> values)
    requires(!is_row<T>)
      : values_(std::make_shared<const detail::store<T>>(values)) {}

  std::size_t size() const noexcept { return values_->size(); }
  blocks<T> all() const { return values_->all(); }

  /// The values with these numbers, each below `size()`, in this order; a number may come more than once.
  /// Rows are read in place, other values are copied block by block when they are read.
  blocks<T> part(std::vector<std::size_t> indices) const {
    struct source final : block_source<T> {
      source(std::shared_ptr<const detail::store<T>> v, std::vector<std::size_t> i)
          : values(std::move(v)), chosen(std::move(i)) {}
      std::size_t size() const override { return chosen.size(); }
      void visit(std::size_t b, scratch& s, function_ref<void(const block<T>&)> use) const override {
        const std::size_t first = b * block_size, n = std::min(chosen.size() - first, block_size);
        values->visit(std::span<const std::size_t>(chosen).subspan(first, n), first, s, use);
      }
      std::shared_ptr<const detail::store<T>> values;
      std::vector<std::size_t> chosen;
    };
    return blocks<T>(std::make_shared<source>(values_, std::move(indices)));
  }

 private:
  std::shared_ptr<const detail::store<T>> values_;
};

}  // namespace bespoke
