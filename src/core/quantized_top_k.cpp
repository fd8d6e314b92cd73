// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/quantized_top_k.hpp>
#include <bespoke/core/scratch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "dot_top_k.hpp"
#include "quantized_top_k.hpp"

namespace bespoke {

namespace {

constexpr std::size_t panel = quantized::panel;
constexpr double most_of_row = 127, longest = 1e18, largest_bias = 1e36;  // so that no sum in float overflows
constexpr float infinity = std::numeric_limits<float>::infinity(), smallest = std::numeric_limits<float>::min();

float upwards(double v) { return std::nextafter(static_cast<float>(v), infinity); }

// By how much of Σ|products| + |bias| a sum of `width` products in float can be off, and the few steps of the bound itself.
double rounding(std::size_t width) { return 1.01 * 0x1p-24 * static_cast<double>(width + 16); }

float largest_absolute(std::span<const float> values) {
  float largest = 0;
  for (const float v : values) largest = std::max(largest, std::fabs(v));
  return largest;
}

double length(std::span<const float> values) { return std::sqrt(squared_norm(dense_row{values})); }

std::size_t pairs_of(std::size_t width) { return width / 2 + width % 2; }

// The length of any row's whole numbers is at most this.
double longest_numbers(std::size_t width) { return most_of_row * std::sqrt(static_cast<double>(width)); }

// Sums of products of whole numbers fit into 31 bits.
double most_of_query(std::size_t width) {
  constexpr double most = 2147483647;
  return std::min(32767.0, std::floor(most / (most_of_row * static_cast<double>(std::max<std::size_t>(width, 1)))));
}

// A query's whole numbers, in `s`, and its bound. Of width 0 or more, finite and not too long.
quantized::query quantized_query(std::span<const float> values, double residual, scratch& s) {
  const auto pairs = s.take<std::int32_t>(pairs_of(values.size()));
  const double most = most_of_query(values.size());
  const float step = std::max(static_cast<float>(static_cast<double>(largest_absolute(values)) / most), smallest);
  double lost = 0;
  std::fill(pairs.begin(), pairs.end(), 0);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double v = static_cast<double>(values[k]), t = static_cast<double>(step);
    const double whole = std::clamp(std::nearbyint(v / t), -most, most);
    pairs[k / 2] |= static_cast<std::int32_t>(
        static_cast<std::uint32_t>(static_cast<std::uint16_t>(static_cast<std::int16_t>(whole))) << (16 * (k % 2)));
    lost += (v - t * whole) * (v - t * whole);
  }
  lost = std::sqrt(lost);
  const double own = length(values), of_rows = longest_numbers(values.size());
  const double slack = lost * of_rows + own * residual + rounding(values.size()) * (own + lost) * (of_rows + residual);
  return {pairs.data(), pairs.size(), step, upwards(slack * (1 + 1e-6))};
}

void check_shape(const char* what, std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(errc::shape, {.stage = "quantized_rows",
                              .expected = fmt::format("{} {}, as it was made of", expected, what),
                              .got = fmt::format("{}", got)});
}

}  // namespace

quantized_rows::quantized_rows(const dot_rows& rows)
    : size_(rows.size()),
      width_(rows.width()),
      panels_((size_ + panel - 1) / panel * panel * 2 * pairs_of(width_)),
      scales_((size_ + panel - 1) / panel * panel),
      biases_(scales_.size()) {
  aligned_vector<float> values(width_);
  for (std::size_t i = 0; i < size_; ++i) {
    rows.row(i, values);
    quantize(i, values, rows.bias(i));
  }
}

void quantized_rows::quantize(std::size_t row, std::span<const float> values, float bias) {
  const double off = rounding(width_) * std::fabs(static_cast<double>(bias));
  biases_[row] = upwards(static_cast<double>(bias) + off + static_cast<double>(smallest));  // products may be too small
  if (!(length(values) <= longest && std::fabs(static_cast<double>(bias)) <= largest_bias)) {
    biases_[row] = infinity;
    return;
  }
  const double largest = static_cast<double>(largest_absolute(values));
  scales_[row] = std::max(static_cast<float>(largest / most_of_row), smallest);
  const double scale = static_cast<double>(scales_[row]);
  std::int8_t* const to = panels_.data() + row / panel * panel * 2 * pairs_of(width_) + row % panel * 2;
  double lost = 0;
  for (std::size_t k = 0; k < width_; ++k) {
    const double v = static_cast<double>(values[k]) / scale;
    const double whole = std::clamp(std::nearbyint(v), -most_of_row, most_of_row);
    to[k / 2 * 2 * panel + k % 2] = static_cast<std::int8_t>(whole);
    lost += (v - whole) * (v - whole);
  }
  residual_ = std::max(residual_, std::sqrt(lost) * (1 + 1e-9));
}

std::span<scored> quantized_rows::top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room,
                                        function_ref<bool(std::size_t)> filter) const {
  check_shape("rows", size_, rows.size());
  check_shape("numbers a row", width_, rows.width());
  if (!(length(query) <= longest)) return rows.top_k(query, room, filter);
  scratch& s = scratch::local();
  const scratch::frame temporaries(s);
  const auto q = quantized_query(query, residual_, s);
  const auto reach = quantized::best_reach();
  const auto& floats = dots::best_kernels();
  alignas(64) float some[panel];
  best_of best(room);
  for (std::size_t first = 0; first < size_; first += panel) {
    std::uint64_t above =
        reach(panels_.data() + first * 2 * q.count, scales_.data() + first, biases_.data() + first, q, best.bar());
    if (size_ - first < panel) above &= (std::uint64_t{1} << (size_ - first)) - 1;
    const bool several = (above & (above - 1)) != 0;  // together they take hardly longer than one alone
    if (several)
      floats.one_query(rows.panels_.data() + first * width_, rows.biases_.data() + first, query.data(), width_, 0,
                       some);
    for (; above != 0; above &= above - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(above));
      best.offer({first + i, several ? some[i] : rows.score(query, first + i)}, filter);
    }
  }
  return best.ranked();
}

std::span<scored> quantized_rows::top_k(const dot_rows& rows, std::span<const float> query,
                                        std::span<scored> room) const {
  return top_k(rows, query, room, any_index{});
}

}  // namespace bespoke
