// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/dot_top_k.hpp>
#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dot_top_k.hpp"

namespace bespoke {

namespace {

constexpr std::size_t queries_at_once = 8 * dots::group;  // whose best are kept while a panel is in the nearest cache

void check_shape(const char* what, std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(errc::shape,
                {.stage = "dot_rows", .expected = fmt::format("{} {}", expected, what), .got = fmt::format("{}", got)});
}

// Those of a panel's rows that there are.
std::uint64_t rows_there(std::size_t first, std::size_t size) {
  const std::size_t n = size - first;
  return n >= dots::panel ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
}

template <class Filter>
void offer_some(std::uint64_t above, std::size_t first, const float* scores, best_of& best, Filter&& filter) {
  for (; above != 0; above &= above - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(above));
    best.offer({first + i, scores[i]}, filter);
  }
}

}  // namespace

dot_rows::dot_rows(const dense_rows& rows, std::span<const float> biases)
    : size_(rows.size()),
      width_(rows.width()),
      panels_(detail::values_in(panels() * panel, width_)),
      biases_(panels() * panel) {
  if (!biases.empty()) check_shape("biases", size_, biases.size());
  std::copy(biases.begin(), biases.end(), biases_.begin());
  for (std::size_t i = 0; i < size_; ++i) {
    float* const to = panels_.data() + place(i);
    for (std::size_t k = 0; k < width_; ++k) to[k * panel] = rows[i][k];
  }
}

void dot_rows::row(std::size_t i, std::span<float> out) const {
  const float* const from = panels_.data() + place(i);
  for (std::size_t k = 0; k < width_; ++k) out[k] = from[k * panel];
}

dense_rows dot_rows::rows() const {
  dense_rows all(size_, width_);
  for (std::size_t i = 0; i < size_; ++i) row(i, all.writable(i));
  return all;
}

float dot_rows::score(std::span<const float> query, std::size_t row) const {
  return dots::best_kernels().one_row(panels_.data() + place(row), biases_[row], query.data(), width_);
}

void dot_rows::scores(std::span<const float> query, std::span<float> out) const {
  alignas(64) float some[panel];
  const auto kernel = dots::best_kernels().one_query;
  for (std::size_t first = 0; first < size_; first += panel) {
    kernel(panels_.data() + first * width_, biases_.data() + first, query.data(), width_, 0, some);
    std::copy_n(some, std::min(panel, size_ - first), out.data() + first);
  }
}

std::span<scored> dot_rows::top_k(std::span<const float> query, std::span<scored> room,
                                  function_ref<bool(std::size_t)> filter) const {
  alignas(64) float some[panel];
  const auto kernel = dots::best_kernels().one_query;
  best_of best(room);
  for (std::size_t first = 0; first < size_; first += panel) {
    const std::uint64_t above =
        kernel(panels_.data() + first * width_, biases_.data() + first, query.data(), width_, best.bar(), some);
    offer_some(above & rows_there(first, size_), first, some, best, filter);
  }
  return best.ranked();
}

std::span<scored> dot_rows::top_k(std::span<const float> query, std::span<scored> room) const {
  return top_k(query, room, any_index{});
}

namespace {

// Queries of one unit, side by side as kernels want them, and the best rows of each so far.
struct unit_of_queries {
  unit_of_queries(const dense_rows& all, std::size_t first_query, std::size_t k, std::span<scored> room, scratch& s)
      : first(first_query),
        count(std::min(queries_at_once, all.size() - first)),
        width(all.width()),
        values(s.take<float>(queries_at_once * width)) {
    std::fill(values.begin(), values.end(), 0.0f);
    for (std::size_t q = 0; q < count; ++q) {
      float* const to = values.data() + q / dots::group * dots::group * width + q % dots::group;
      for (std::size_t i = 0; i < width; ++i) to[i * dots::group] = all[first + q][i];
      best[q] = best_of(room.subspan((first + q) * k, k));
    }
  }

  // Offers a panel's rows to the `dots::group` queries from `from` on.
  template <class Filter>
  void offer(std::size_t from, std::size_t row, std::uint64_t there, const float* rows, const float* biases,
             Filter&& filter) {
    alignas(64) float some[dots::group * dots::panel];
    float bars[dots::group];
    std::uint64_t above[dots::group];
    for (std::size_t q = 0; q < dots::group; ++q) bars[q] = best[from + q].bar();
    dots::best_kernels().some_queries(rows, biases, values.data() + from * width, width, bars, some, above);
    for (std::size_t q = 0; q < std::min(dots::group, count - from); ++q)
      offer_some(above[q] & there, row, some + q * dots::panel, best[from + q],
                 [&](std::size_t i) { return filter(first + from + q, i); });
  }

  std::size_t first, count, width;
  std::span<float> values;
  best_of best[queries_at_once]{};
};

}  // namespace

void dot_rows::top_k_of_all(const dense_rows& queries, std::size_t k,
                            function_ref<bool(std::size_t, std::size_t)> filter, std::span<scored> room,
                            std::span<std::size_t> found, const context& ctx) const {
  check_shape("numbers a query", width_, queries.width());
  check_shape("places for the best", detail::values_in(queries.size(), k), room.size());
  check_shape("places for their numbers", queries.size(), found.size());
  ctx.parallel((queries.size() + queries_at_once - 1) / queries_at_once, [&](std::size_t u, scratch& s) {
    unit_of_queries unit(queries, u * queries_at_once, k, room, s);
    for (std::size_t row = 0; row < size_; row += panel)
      for (std::size_t q = 0; q < unit.count; q += dots::group)
        unit.offer(q, row, rows_there(row, size_), panels_.data() + row * width_, biases_.data() + row, filter);
    for (std::size_t q = 0; q < unit.count; ++q) found[unit.first + q] = unit.best[q].ranked().size();
  });
}

}  // namespace bespoke
