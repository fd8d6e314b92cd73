// SPDX-License-Identifier: Apache-2.0
#include "ials_solve.hpp"

#include <algorithm>
#include <cmath>

#include "cholesky.hpp"
#include "normal_numbers.hpp"

namespace bespoke::train::als {

namespace {

constexpr std::size_t unit = 32;  // rows of one unit of work; a multiple of `together`
constexpr std::size_t products_at_once = 64;

std::size_t rounded_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

bool counts(const choices& c) {
  return std::any_of(c.confidences, c.confidences + c.count, [](float v) { return v > 0; });
}

// Conjugate gradients on (w·G + Σ weight·y·yᵀ + λI)·x = Σ c·y, for `together` rows at once, which share G's way through the cache.
class gradients {
 public:
  gradients(const ials& spec, const side& fixed, side& to, std::span<const float> gram)
      : spec_(spec), to_(to), y_(fixed.view()), others_(fixed.size()), gram_(gram) {}

  void solve(std::size_t first, scratch& s) const {
    const std::size_t d = to_.stride, n = std::min(together, to_.size() - first);
    const auto r = s.take<float>(together * d), p = s.take<float>(together * d), q = s.take<float>(together * d);
    row rows[together];
    for (std::size_t b = 0; b < n; ++b)
      rows[b] = {to_.choices_of(first + b), to_.row(first + b), r.data() + b * d, p.data() + b * d, q.data() + b * d};
    for (std::size_t b = 0; b < n; ++b) begin(rows[b]);
    k_.gram(gram_.data(), d, to_.row(first), r.data());
    for (std::size_t b = 0; b < n; ++b) residual(rows[b]);
    std::copy(r.begin(), r.end(), p.begin());
    for (std::size_t step = 1; step <= spec_.cg_steps; ++step) {
      k_.gram(gram_.data(), d, p.data(), q.data());
      for (std::size_t b = 0; b < n; ++b) step == spec_.cg_steps ? last(rows[b]) : advance(rows[b]);
    }
  }

 private:
  struct row {
    choices c{};
    float *x = nullptr, *r = nullptr, *p = nullptr, *q = nullptr;
    float penalty = 0, squares = 0;  // squares: |r|²
  };

  void begin(row& a) const {
    a.penalty = static_cast<float>(penalty(spec_, a.c.count, others_));
    if (!counts(a.c)) std::fill_n(a.x, to_.stride, 0.0f);
  }
  // out holds G·v, and gets Σ (c·target − weight·y·v)·y − (G + λI)·v
  void complete(const row& a, const float* v, float target, float* out) const {
    for (std::size_t j = 0; j < to_.stride; ++j) out[j] = -(out[j] + a.penalty * v[j]);
    k_.pass(a.c, y_, v, target, out);
  }
  void residual(row& a) const {
    complete(a, a.x, 1, a.r);
    a.squares = k_.dot(a.r, a.r, to_.stride);
  }
  // Here q is −A·p.
  void advance(row& a) const {
    complete(a, a.p, 0, a.q);
    const float curvature = -k_.dot(a.p, a.q, to_.stride);
    if (!(curvature > 0)) return;
    const float length = a.squares / curvature;
    for (std::size_t j = 0; j < to_.stride; ++j) a.x[j] += length * a.p[j];
    for (std::size_t j = 0; j < to_.stride; ++j) a.r[j] += length * a.q[j];
    const float squares = k_.dot(a.r, a.r, to_.stride), share = squares / a.squares;
    for (std::size_t j = 0; j < to_.stride; ++j) a.p[j] = a.r[j] + share * a.p[j];
    a.squares = squares;
  }
  // The last step needs no new direction: pᵀAp is enough.
  void last(row& a) const {
    const float curvature =
        k_.dot(a.p, a.q, to_.stride) + a.penalty * k_.dot(a.p, a.p, to_.stride) + k_.squares(a.c, y_, a.p);
    if (!(curvature > 0)) return;
    const float length = a.squares / curvature;
    for (std::size_t j = 0; j < to_.stride; ++j) a.x[j] += length * a.p[j];
  }

  const ials& spec_;
  side& to_;
  factor_view y_;
  std::size_t others_;
  std::span<const float> gram_;
  const kernels& k_ = best_kernels();
};

// Newton's step on some factors of a row after those on the factors before: exact, as the loss is quadratic.
class blocks {
 public:
  blocks(const ials& spec, const side& fixed, side& to, const linear::matrix& gram)
      : spec_(spec), to_(to), y_(fixed.view()), others_(fixed.size()), gram_(gram) {}

  void solve(std::size_t i, scratch& s) const {
    const scratch::frame temporaries(s);
    const choices c = to_.choices_of(i);
    float* const x = to_.row(i);
    if (!counts(c)) return void(std::fill_n(x, to_.stride, 0.0f));
    const auto scores = s.take<double>(c.count);
    for (std::size_t h = 0; h < c.count; ++h) scores[h] = product(y_.row(c.rows[h]), x, to_.stride);
    const std::size_t most = std::min(spec_.block, spec_.factors);
    for (std::size_t first = 0; first < spec_.factors; first += most)
      step(c, x, first, std::min(most, spec_.factors - first), scores, s);
  }

 private:
  template <class A, class B>
  static double product(const A* a, const B* b, std::size_t n) {
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
    return sum;
  }

  void step(const choices& c, float* x, std::size_t first, std::size_t n, std::span<double> scores, scratch& s) const {
    const scratch::frame temporaries(s);
    const std::size_t size = rounded_up(n, 8);
    const auto a = s.take<double>(size * size), b = s.take<double>(size), y = s.take<double>(size);
    const double l2 = penalty(spec_, c.count, others_);
    std::fill(a.begin(), a.end(), 0.0);
    std::fill(b.begin(), b.end(), 0.0);
    std::fill(y.begin(), y.end(), 0.0);
    for (std::size_t j = 0; j < size; ++j) a[j * size + j] = l2;
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = j; k < n; ++k) a[j * size + k] += gram_.at(first + j, first + k);
      b[j] = -product(gram_.row(first + j), x, to_.stride) - l2 * static_cast<double>(x[first + j]);
    }
    outer_sums products(a, size, s);
    for (std::size_t h = 0; h < c.count; ++h) {
      const float* const row = y_.row(c.rows[h]) + first;
      const auto weight = static_cast<double>(c.weights[h]);
      const double missing = static_cast<double>(c.confidences[h]) - weight * scores[h];
      std::copy_n(row, n, y.begin());
      for (std::size_t j = 0; j < n; ++j) b[j] += missing * y[j];
      products.add(weight, y);
    }
    products.finish();
    detail::cholesky(a.data(), size);
    detail::solve_transposed(a.data(), size, b.data());
    detail::solve_upper(a.data(), size, b.data());
    for (std::size_t j = 0; j < n; ++j) x[first + j] += static_cast<float>(b[j]);
    for (std::size_t h = 0; h < c.count; ++h) scores[h] += product(y_.row(c.rows[h]) + first, b.data(), n);
  }

  const ials& spec_;
  side& to_;
  factor_view y_;
  std::size_t others_;
  const linear::matrix& gram_;
};

}  // namespace

double penalty(const ials& spec, std::size_t n, std::size_t others) {
  const double frequency = static_cast<double>(n) + spec.unobserved_weight * static_cast<double>(others);
  return spec.regularization * std::pow(frequency, spec.reg_exponent);
}

outer_sums::outer_sums(std::span<double> matrix, std::size_t size, scratch& s)
    : matrix_(matrix), rows_(s.take<double>(products_at_once * size)), size_(size) {}

void outer_sums::add(double weight, std::span<const double> y) {
  if (weight < 0) return detail::add_outer(weight, y.data(), matrix_.data(), size_);
  const double root = std::sqrt(weight);
  double* const row = rows_.data() + waiting_ * size_;
  for (std::size_t k = 0; k < size_; ++k) row[k] = root * y[k];
  if (++waiting_ == products_at_once) finish();
}

void outer_sums::finish() {
  detail::add_gram(rows_.data(), waiting_, size_, matrix_.data(), size_);
  waiting_ = 0;
}

side::side(const sparse_rows& chosen, const ials& spec, std::uint64_t seed, const context& ctx)
    : seen(chosen), stride(rounded_up(spec.factors, 16)), values(rounded_up(chosen.size(), together) * stride) {
  confidences.reserve(seen.stored());
  for (const float v : seen.values()) confidences.push_back(static_cast<float>(confidence(spec, v)));
  if (spec.only_unobserved) weights = confidences;
  for (float& v : weights) v -= static_cast<float>(counted_twice(spec));
  const double deviation = spec.stddev / std::sqrt(static_cast<double>(spec.factors));
  ctx.parallel((size() + unit - 1) / unit, [&](std::size_t u, scratch&) {
    for (std::size_t i = u * unit; i < std::min(size(), (u + 1) * unit); ++i) {
      detail::normal_numbers normal(ctx.seed(), seed, i);
      for (std::size_t k = 0; k < spec.factors; ++k) row(i)[k] = static_cast<float>(deviation * normal());
    }
  });
}

linear::matrix side::gram(bool rough, const context& ctx) const {
  linear::operand all;
  all.floats = values.data();
  all.depth = size();
  all.width = all.k_step = stride;
  all.i_step = 1;
  return rough ? linear::rough_gram(all, ctx) : linear::gram(all, ctx);
}

dense_rows side::rows(std::size_t factors) const {
  dense_rows all(size(), factors);
  for (std::size_t i = 0; i < size(); ++i) std::copy_n(view().row(i), factors, all.writable(i).data());
  return all;
}

void solve(const ials& spec, const side& fixed, side& to, const context& ctx) {
  linear::matrix gram = fixed.gram(spec.block == 0, ctx);
  for (double& v : gram.values) v *= spec.unobserved_weight;
  const aligned_vector<float> rough(gram.values.begin(), gram.values.end());
  const gradients by_gradients(spec, fixed, to, rough);
  const blocks by_blocks(spec, fixed, to, gram);
  ctx.parallel((to.size() + unit - 1) / unit, [&](std::size_t u, scratch& s) {
    const std::size_t end = std::min(to.size(), (u + 1) * unit);
    for (std::size_t i = u * unit; i < end; i += spec.block == 0 ? together : 1) {
      const scratch::frame temporaries(s);
      if (spec.block == 0) by_gradients.solve(i, s);
      else by_blocks.solve(i, s);
    }
  });
}

}  // namespace bespoke::train::als
