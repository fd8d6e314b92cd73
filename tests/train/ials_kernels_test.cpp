// SPDX-License-Identifier: Apache-2.0
#include "../../src/train/ials_kernels.hpp"

#include <bespoke/core/random.hpp>
#include <bespoke/core/rows.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace bespoke;
using namespace bespoke::train;

namespace {

aligned_vector<float> numbers(std::size_t n, std::uint64_t seed) {
  random_numbers random(seed);
  aligned_vector<float> all(n);
  for (float& v : all) v = static_cast<float>(2 * random.unit() - 1);
  return all;
}

// Rows of factors, what was chosen of them, and vectors, all made up.
struct made_up {
  static constexpr std::size_t rows = 30;
  std::size_t stride;
  aligned_vector<float> factors, confidences, weights, vectors, start;
  aligned_vector<std::uint32_t> chosen;

  made_up(std::size_t stride_, std::size_t count)
      : stride(stride_),
        factors(numbers(rows * stride, 1)),
        confidences(numbers(count, 2)),
        weights(numbers(count, 3)),
        vectors(numbers(als::together * stride, 4)),
        start(numbers(stride, 5)),
        chosen(count) {
    for (std::size_t i = 0; i < count; ++i) chosen[i] = static_cast<std::uint32_t>(7 * i % rows);
  }
  als::choices choices() const { return {chosen.data(), confidences.data(), weights.data(), chosen.size()}; }
  als::factor_view view() const { return {factors.data(), stride}; }
  double score(std::size_t i) const {
    double sum = 0;
    for (std::size_t j = 0; j < stride; ++j) sum += double{view().row(chosen[i])[j]} * double{vectors[j]};
    return sum;
  }
};

void check_sums(const als::kernels& k, const made_up& m) {
  double squares = 0;
  for (std::size_t i = 0; i < m.chosen.size(); ++i) squares += double{m.weights[i]} * m.score(i) * m.score(i);
  CHECK(k.squares(m.choices(), m.view(), m.vectors.data()) == Approx(squares).margin(1e-4));
  for (const float target : {0.0f, 1.0f}) {
    aligned_vector<float> out = m.start;
    k.pass(m.choices(), m.view(), m.vectors.data(), target, out.data());
    for (std::size_t j = 0; j < m.stride; ++j) {
      double sum = double{m.start[j]};
      for (std::size_t i = 0; i < m.chosen.size(); ++i)
        sum += (double{m.confidences[i]} * double{target} - double{m.weights[i]} * m.score(i)) *
               double{m.view().row(m.chosen[i])[j]};
      CHECK(out[j] == Approx(sum).margin(1e-4));
    }
  }
}

void check_products(const als::kernels& k, const made_up& m) {
  const std::size_t d = m.stride;
  aligned_vector<float> gram(d * d), out(als::together * d);
  const auto some = numbers(d * d, 6);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) gram[i * d + j] = some[std::min(i, j) * d + std::max(i, j)];
  k.gram(gram.data(), d, m.vectors.data(), out.data());
  for (std::size_t b = 0; b < als::together; ++b)
    for (std::size_t i = 0; i < d; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < d; ++j) sum += double{gram[i * d + j]} * double{m.vectors[b * d + j]};
      CHECK(out[b * d + i] == Approx(sum).margin(1e-4));
    }
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += double{m.start[j]} * double{m.vectors[j]};
  CHECK(k.dot(m.start.data(), m.vectors.data(), d) == Approx(sum).margin(1e-4));
}

}  // namespace

TEST_CASE("iALS: kernels of all instruction sets give what they are said to") {
  for (const auto* k : {&als::portable_kernels(), als::avx2_kernels(), als::avx512_kernels(), &als::best_kernels()}) {
    if (k == nullptr) continue;
    for (const std::size_t stride : {16u, 48u, 64u, 144u})
      for (const std::size_t count : {0u, 1u, 7u, 8u, 9u, 29u}) check_sums(*k, made_up(stride, count));
    for (const std::size_t stride : {16u, 48u, 64u, 144u}) check_products(*k, made_up(stride, 1));
  }
}
