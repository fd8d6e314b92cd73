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
#include <memory>
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
    for (std::size_t n = order_.size(); n > 1; --n) std::swap(order_[n - 1], order_[below(n)]);
    return order_;
  }

 private:
  // Uniform but for a share of 2⁻³² · n, without a division.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(((random_() >> 32) * n) >> 32); }

  std::vector<std::uint32_t> order_;
  random_numbers random_;
};

// What is known of a row before any label is: one line of the cache.
struct alignas(64) row_facts {
  double cost = 0;        // of its loss: c times its weight
  double squares = 0;     // its squared length, the intercept's column included
  double alone = 0;       // the part of that which is of columns no other row has
  double damping = 0;     // the loss's part of the dual variable's curvature
  double upper = 0;       // the bound of the dual variable
  double inverse = 0;     // of that curvature
  std::size_t place = 0;  // where its values are
  std::uint32_t count = 0, target = 0;
};

// Rows as the descent reads them: as they are. The intercept's column is the last.
class plain_rows {
 public:
  plain_rows(const dense_rows& rows, float bias, const context&) : rows_(rows), bias_(bias) {}
  std::size_t size() const { return rows_.size(); }
  std::size_t columns() const { return rows_.width() + 1; }

  void describe(std::size_t i, row_facts& f) const {
    f.place = i;
    f.squares = squared_norm(rows_[i]) + double{bias_} * bias_;
  }
  void soon(const row_facts&) const {}
  void next(const row_facts&, const void*, std::size_t) const {}

  // use(value, column) for every value of a row.
  template <class Use>
  void for_each(const row_facts& f, Use&& use) const {
    for_each_value(rows_[f.place], [&](std::size_t c, float v) { use(v, c); });
    use(bias_, rows_.width());
  }

  template <std::size_t Lanes>
  std::array<double, Lanes> products(const row_facts& f, const std::array<double, Lanes>* weights) const {
    std::array<double, Lanes> sums{};
    for_each(f, [&](float v, std::size_t c) {
      for (std::size_t l = 0; l < Lanes; ++l) sums[l] += double{v} * weights[c][l];
    });
    return sums;
  }

  // shared(column, place of its weights) for every column.
  template <class Shared, class Alone>
  void for_each_column(Shared&& shared, Alone&&) const {
    for (std::size_t c = 0; c < rows_.width(); ++c) shared(c, c);
  }

 private:
  const dense_rows& rows_;
  float bias_;
};

// Wide sparse rows, repacked for the cache, which is where the time of a descent goes: each is one run of memory. Columns
// that several rows share are renumbered by how many do, so that the busy weights lie together. The weight of a column that
// only row i has is always yᵢ·αᵢ·value: it is not stored at all; the row's sum of such squares (`alone`) is what the descent
// needs of it. The intercept is one of a row's values. Its column fills the last four up, too, with values of 0.
class packed_rows {
 public:
  packed_rows(const sparse_rows& rows, float bias, const context& ctx)
      : rows_(rows), bias_(bias), number_(rows.width()), facts_(rows.size()) {
    renumber();
    repack(ctx);
  }
  std::size_t size() const { return rows_.size(); }
  std::size_t columns() const { return shared_ + 1; }

  void describe(std::size_t i, row_facts& f) const {
    f.squares = facts_[i].squares;
    f.alone = facts_[i].alone;
    f.place = place(i);
    f.count = facts_[i].count;
  }
  // The row will be read soon.
  void soon(const row_facts& f) const {
    for (std::size_t q = 0; q < f.count; q += 64 / sizeof(four)) __builtin_prefetch(&fours_[f.place + q]);
  }
  // The row is one of the next: what belongs to its columns, `size` bytes to each from `base` on, will be.
  void next(const row_facts& f, const void* base, std::size_t size) const {
    for (const four& v : row(f))
      for (const std::uint32_t c : v.columns) __builtin_prefetch(static_cast<const char*>(base) + c * size);
  }

  template <class Use>
  void for_each(const row_facts& f, Use&& use) const {
    for (const four& v : row(f))
      for (std::size_t j = 0; j < 4; ++j) use(v.values[j], std::size_t{v.columns[j]});
  }

  // In four sums that do not wait for each other.
  template <std::size_t Lanes>
  std::array<double, Lanes> products(const row_facts& f, const std::array<double, Lanes>* weights) const {
    std::array<double, Lanes> sums[4]{};
    for (const four& v : row(f))
      for (std::size_t j = 0; j < 4; ++j) {
        const auto& w = weights[v.columns[j]];
        for (std::size_t l = 0; l < Lanes; ++l) sums[j][l] += double{v.values[j]} * w[l];
      }
    for (std::size_t l = 0; l < Lanes; ++l) sums[0][l] = (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]);
    return sums[0];
  }

  // shared(column, place of its weights), or alone(column, row, value) where one row only has it.
  template <class Shared, class Alone>
  void for_each_column(Shared&& shared, Alone&& alone) const {
    for (std::size_t c = 0; c < number_.size(); ++c) {
      const std::uint32_t n = number_[c];
      if (n < shared_) shared(c, n);
      else if (n != nowhere) alone(c, alone_[n - shared_].row, alone_[n - shared_].value);
    }
  }

 private:
  static constexpr std::uint32_t nowhere = static_cast<std::uint32_t>(-1);
  struct alignas(32) four {
    std::array<std::uint32_t, 4> columns;
    std::array<float, 4> values;
  };
  struct single {
    std::uint32_t row;
    float value;
  };
  struct facts {
    double squares = 0, alone = 0;
    std::uint32_t count = 0;
  };

  // Leaves room for all values of the rows before, and the intercept.
  std::size_t place(std::size_t i) const { return (rows_.offsets()[i] + 3) / 4 + i; }
  std::span<const four> row(const row_facts& f) const { return {fours_.get() + f.place, f.count}; }

  // By counting: `first[n]` is where the columns of n rows begin, those of most rows first.
  void renumber() {
    std::vector<std::uint32_t> rows_with(number_.size()), first(rows_.size() + 2);
    for (const std::uint32_t c : rows_.columns()) ++rows_with[c];
    const auto most = static_cast<std::uint32_t>(rows_.size());  // a row that names a column twice counts once
    for (std::uint32_t& n : rows_with) ++first[n = std::min(n, most)];
    alone_.resize(first[1]);
    for (std::size_t n = first.size() - 1; n > 1; --n)
      shared_ += std::exchange(first[n], static_cast<std::uint32_t>(shared_));
    first[1] = static_cast<std::uint32_t>(shared_);
    for (std::size_t c = 0; c < rows_with.size(); ++c) number_[c] = rows_with[c] > 0 ? first[rows_with[c]]++ : nowhere;
  }

  void repack(const context& ctx) {
    fours_ = std::make_unique_for_overwrite<four[]>(place(size()) + 1);
    for_each_run(ctx, size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) repack(i);
    });
  }

  void repack(std::size_t i) {
    facts& f = facts_[i];
    four* const to = fours_.get() + place(i);
    std::size_t n = 0;
    const auto put = [&](std::size_t column, float v) {
      to[n / 4].columns[n % 4] = static_cast<std::uint32_t>(column);
      to[n / 4].values[n % 4] = v;
      ++n;
    };
    for_each_value(rows_[i], [&](std::size_t c, float v) {
      f.squares += static_cast<double>(v) * v;
      if (number_[c] < shared_) return put(number_[c], v);
      f.alone += static_cast<double>(v) * v;
      alone_[number_[c] - shared_] = {static_cast<std::uint32_t>(i), v};
    });
    f.squares += double{bias_} * bias_;
    put(shared_, bias_);
    while (n % 4 != 0) put(shared_, 0);
    f.count = static_cast<std::uint32_t>(n / 4);
  }

  const sparse_rows& rows_;
  float bias_;
  std::vector<std::uint32_t> number_;  // of each column: the place of its weights, then of those in `alone_`
  std::vector<facts> facts_;
  std::vector<single> alone_;
  std::size_t shared_ = 0;
  std::unique_ptr<four[]> fours_;
};

}  // namespace bespoke::train::detail
