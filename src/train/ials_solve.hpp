// SPDX-License-Identifier: Apache-2.0
#pragma once
// One half of an iteration of train/ials.hpp: the rows of one side are solved while those of the other stay.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/ials.hpp>

#include <cstddef>
#include <span>

#include "../core/linear_algebra.hpp"
#include "ials_kernels.hpp"

namespace bespoke::train::als {

/// Beyond these sums in float are none.
inline constexpr double most_confidence = 1e9, most_penalty = 1e30;
inline constexpr std::size_t most_factors = 4096;

/// The confidence of an interaction; 0 for values that do not count.
inline double confidence(const ials& spec, float value) {
  if (!(value >= 0)) return 0;
  return spec.by_value ? static_cast<double>(value) : 1 + spec.alpha * static_cast<double>(value);
}
/// What is taken from a confidence for the weight of the square of a score.
inline double counted_twice(const ials& spec) { return spec.only_unobserved ? spec.unobserved_weight : 0; }
/// What |row|² of one with `n` interactions is multiplied with; `others` are the rows of the other side.
double penalty(const ials& spec, std::size_t n, std::size_t others);

/// Adds weight·y·yᵀ of many rows to a symmetric matrix of double, where i ≤ j; what lies below the diagonal may be written, too.
class outer_sums {
 public:
  outer_sums(std::span<double> matrix, std::size_t size, scratch& s);
  void add(double weight, std::span<const double> y);
  void finish();

 private:
  std::span<double> matrix_, rows_;
  std::size_t size_, waiting_ = 0;
};

/// Users or items: what each chose, and the rows that are learned.
struct side {
  side(const sparse_rows& chosen, const ials& spec, std::uint64_t seed, const context& ctx);

  std::size_t size() const noexcept { return seen.size(); }
  float* row(std::size_t i) noexcept { return values.data() + i * stride; }
  factor_view view() const noexcept { return {values.data(), stride}; }
  choices choices_of(std::size_t i) const noexcept {
    const std::size_t first = seen.offsets()[i];
    const float* const of_squares = weights.empty() ? confidences.data() : weights.data();
    return {seen.columns().data() + first, confidences.data() + first, of_squares + first,
            seen.offsets()[i + 1] - first};
  }
  /// Σ row·rowᵀ, stride × stride. Rough: see linear_algebra.hpp.
  linear::matrix gram(bool rough, const context& ctx) const;
  dense_rows rows(std::size_t factors) const;

  const sparse_rows& seen;
  std::size_t stride;
  aligned_vector<float> confidences;  // of seen's values
  aligned_vector<float> weights;      // as in `choices`; empty where they are the confidences
  aligned_vector<float> values;       // rows, and rows of zeros up to a multiple of `together`
};

/// Solves all rows of `to` for the rows of `fixed`. Throws errc::stopped.
void solve(const ials& spec, const side& fixed, side& to, const context& ctx);

}  // namespace bespoke::train::als
