// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a training set as a descent over one row after the other reads them.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/rows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "linear_operand.hpp"

namespace bespoke::train::detail {

// The order of rows in each pass. Every label draws the same orders, so that which labels share a solver has no effect. The
// whole order is drawn anew each time: with any part of it kept the descent takes several times as many passes.
class row_order {
 public:
  row_order(std::size_t rows, std::uint64_t seed) : order_(rows), random_(seed) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  }
  std::span<const std::uint32_t> shuffled() {
    for (std::size_t n = order_.size(); n > 1; --n) std::swap(order_[n - 1], order_[random_.below(n)]);
    return order_;
  }

 private:
  std::vector<std::uint32_t> order_;
  random_numbers random_;
};

// Rows as the descent reads them: as they are.
class plain_rows {
 public:
  plain_rows(const dense_rows& rows, const context&) : rows_(rows) {}
  std::size_t size() const { return rows_.size(); }
  std::size_t width() const { return rows_.width(); }
  dense_row operator[](std::size_t i) const { return rows_[i]; }
  double alone(std::size_t) const { return 0; }
  void soon(std::size_t) const {}
  void next(std::size_t, const void*, std::size_t) const {}

  // use(column, weight) for every column.
  template <class Shared, class Alone, class Use>
  void for_each_weight(Shared&& weight, Alone&&, Use&& use) const {
    for (std::size_t c = 0; c < width(); ++c) use(c, weight(c));
  }

 private:
  const dense_rows& rows_;
};

// A value of a packed row: beside its place, so that a row is one run of memory.
struct entry {
  std::uint32_t column;
  float value;
};
template <class F>
void for_each_value(std::span<const entry> row, F&& f) {
  for (const entry& e : row) f(std::size_t{e.column}, e.value);
}

// Wide sparse rows, repacked for the cache, which is where the time of a descent goes. Columns that several rows share are
// renumbered by how many do, so that the busy weights lie together. The weight of a column that only row i has is always
// yᵢ·αᵢ·value: it is not stored at all; the row's sum of such squares (`alone`) is what the descent needs of it.
class packed_rows {
 public:
  packed_rows(const sparse_rows& rows, const context& ctx) : rows_(rows), number_(rows.width()), alone_(rows.size()) {
    renumber();
    repack(ctx);
  }
  std::size_t size() const { return rows_.size(); }
  std::size_t width() const { return shared_; }
  std::span<const entry> operator[](std::size_t i) const {
    return {entries_.data() + offsets_[i], offsets_[i + 1] - offsets_[i]};
  }
  // Row i will be read soon: rows are visited in random order, which the processor cannot foresee.
  void soon(std::size_t i) const {
    const auto* const first = reinterpret_cast<const char*>(entries_.data() + offsets_[i]);
    const auto* const last = reinterpret_cast<const char*>(entries_.data() + offsets_[i + 1]);
    for (const char* at = first; at < last; at += 64) __builtin_prefetch(at);
  }
  // Row i is the next: what belongs to its columns, `size` bytes to each from `base` on, will be.
  void next(std::size_t i, const void* base, std::size_t size) const {
    for (const entry& e : (*this)[i]) __builtin_prefetch(static_cast<const char*>(base) + e.column * size);
  }
  double alone(std::size_t i) const { return alone_[i]; }

  template <class Shared, class Alone, class Use>
  void for_each_weight(Shared&& weight, Alone&& weight_alone, Use&& use) const {
    for (std::size_t c = 0; c < number_.size(); ++c)
      if (number_[c] < shared_) use(c, weight(number_[c]));
    for (std::size_t i = 0; i < size(); ++i)
      for_each_value(rows_[i], [&](std::size_t c, float v) {
        if (number_[c] == only_here) use(c, weight_alone(i, v));
      });
  }

 private:
  static constexpr std::uint32_t only_here = static_cast<std::uint32_t>(-1), nowhere = only_here - 1;

  // By counting: `first[n]` is where the columns of n rows begin, those of most rows first.
  void renumber() {
    std::vector<std::uint32_t> rows_with(number_.size()), first(rows_.size() + 2);
    for (const std::uint32_t c : rows_.columns()) ++rows_with[c];
    const auto most = static_cast<std::uint32_t>(rows_.size());  // a row that names a column twice counts once
    for (std::uint32_t& n : rows_with) ++first[n = std::min(n, most)];
    for (std::size_t n = first.size() - 1; n > 1; --n)
      shared_ += std::exchange(first[n], static_cast<std::uint32_t>(shared_));
    for (std::size_t c = 0; c < rows_with.size(); ++c) {
      const std::uint32_t n = rows_with[c];
      number_[c] = n > 1 ? first[n]++ : n == 1 ? only_here : nowhere;
    }
  }

  void repack(const context& ctx) {
    offsets_.resize(size() + 1);
    for_each_row(ctx, [&](std::size_t i) {
      const auto columns = rows_[i].columns;
      offsets_[i + 1] = static_cast<std::size_t>(
          std::count_if(columns.begin(), columns.end(), [&](std::uint32_t c) { return number_[c] != only_here; }));
    });
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
    entries_.resize(offsets_.back());
    for_each_row(ctx, [&](std::size_t i) {
      std::size_t to = offsets_[i];
      for_each_value(rows_[i], [&](std::size_t c, float v) {
        if (number_[c] == only_here) alone_[i] += static_cast<double>(v) * v;
        else entries_[to++] = {number_[c], v};
      });
    });
  }

  template <class Body>
  void for_each_row(const context& ctx, Body&& body) const {
    for_each_run(ctx, size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) body(i);
    });
  }

  const sparse_rows& rows_;
  std::vector<std::uint32_t> number_;
  std::vector<double> alone_;
  std::size_t shared_ = 0;
  std::vector<std::size_t> offsets_;
  aligned_vector<entry> entries_;
};

// Σ value·weights, in four sums that do not wait for each other.
template <std::size_t Lanes>
std::array<double, Lanes> sums_of_products(std::span<const entry> r, const std::array<double, Lanes>* weights) {
  std::array<double, Lanes> sums[4]{};
  const auto add = [&](std::array<double, Lanes>& sum, std::size_t k) {
    const double v = r[k].value;
    const auto& w = weights[r[k].column];
    for (std::size_t l = 0; l < Lanes; ++l) sum[l] += v * w[l];
  };
  const std::size_t n = r.size();
  std::size_t k = 0;
  for (; k + 4 <= n; k += 4) add(sums[0], k), add(sums[1], k + 1), add(sums[2], k + 2), add(sums[3], k + 3);
  for (; k < n; ++k) add(sums[0], k);
  for (std::size_t l = 0; l < Lanes; ++l) sums[0][l] = (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]);
  return sums[0];
}
template <std::size_t Lanes>
std::array<double, Lanes> sums_of_products(const dense_row& r, const std::array<double, Lanes>* weights) {
  std::array<double, Lanes> sums{};
  for_each_value(r, [&](std::size_t c, float v) {
    for (std::size_t l = 0; l < Lanes; ++l) sums[l] += v * weights[c][l];
  });
  return sums;
}

}  // namespace bespoke::train::detail
