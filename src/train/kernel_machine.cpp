// SPDX-License-Identifier: Apache-2.0
#include "kernel_machine.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "checks.hpp"

namespace bespoke::train {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const char* name_of(svm_kernel k) {
  switch (k) {
    case svm_kernel::polynomial: return "polynomial";
    case svm_kernel::linear: return "linear";
    case svm_kernel::rbf: break;
  }
  return "rbf";
}

svm_kernel kernel_named(const bundle_reader& r) {
  const std::string name = r.text("kernel");
  for (const auto k : {svm_kernel::rbf, svm_kernel::polynomial, svm_kernel::linear})
    if (name == name_of(k)) return k;
  r.reject("the kernel is none that is known");
}

template <class Values>
bool finite(const Values& values) {
  return std::all_of(values.begin(), values.end(), [](auto v) { return std::isfinite(v); });
}

std::vector<double> numbers(const bundle_reader& r, const char* name, std::size_t expected) {
  const auto values = r.tensor<double>(name, expected);
  if (!finite(values)) r.reject(std::string("a number of ") + name + " is not finite");
  return {values.begin(), values.end()};
}

detail::kernel_function load_kernel(const bundle_reader& r) {
  detail::kernel_function k{.kind = kernel_named(r), .gamma = r.number("gamma_used"), .coef0 = r.number("coef0")};
  const std::int64_t degree = r.integer("degree");
  if (!std::isfinite(k.gamma) || k.gamma <= 0 || !std::isfinite(k.coef0) || degree < 1)
    r.reject("a parameter of the kernel is out of range");
  k.degree = static_cast<std::size_t>(degree);
  return k;
}

// How many vectors each label has, as the file says: their sum must be all there are.
std::vector<std::size_t> load_shares(const bundle_reader& r, std::size_t labels, std::size_t vectors) {
  const auto shares = r.tensor<std::uint64_t>("vectors_of_label", labels);
  std::size_t left = vectors;
  for (const std::uint64_t n : shares) {
    if (n > left) r.reject("the labels' support vectors are more than there are");
    left -= static_cast<std::size_t>(n);
  }
  if (left != 0) r.reject("a support vector is of no label");
  return {shares.begin(), shares.end()};
}

std::span<const double> two(double first, double second, scratch& s) {
  const auto both = s.take<double>(2);
  both[0] = first;
  both[1] = second;
  return both;
}

// Solves n equations, given as rows of n coefficients and the right side; the answer takes the place of the right sides.
// Gaussian elimination with partial pivoting.
void solve_in_place(std::span<double> m, std::size_t n) {
  const std::size_t width = n + 1;
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < n; ++r)
      if (std::fabs(m[r * width + c]) > std::fabs(m[pivot * width + c])) pivot = r;
    if (pivot != c)
      for (std::size_t k = c; k < width; ++k) std::swap(m[pivot * width + k], m[c * width + k]);
    for (std::size_t r = c + 1; r < n; ++r) {
      const double f = m[r * width + c] / m[c * width + c];
      for (std::size_t k = c; k < width; ++k) m[r * width + k] -= f * m[c * width + k];
    }
  }
  for (std::size_t c = n; c-- > 0;) {
    double& of = m[c * width + n];
    for (std::size_t k = c + 1; k < n; ++k) of -= m[c * width + k] * m[k * width + n];
    of /= m[c * width + c];
  }
}

}  // namespace

namespace detail {

void couple(std::span<const double> pairs, std::span<double> probabilities, scratch& s) {
  const scratch::frame temporaries(s);
  const std::size_t n = probabilities.size(), width = n + 2;
  const auto m = s.take<double>((n + 1) * width);
  std::fill(m.begin(), m.end(), 0.0);
  for (std::size_t a = 0, pair = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b, ++pair) {
      const double r = std::clamp(pairs[pair], 1e-7, 1 - 1e-7);
      m[a * width + a] += (1 - r) * (1 - r);
      m[b * width + b] += r * r;
      m[a * width + b] = m[b * width + a] = -r * (1 - r);
    }
  for (std::size_t a = 0; a < n; ++a) m[a * width + n] = m[n * width + a] = 1;
  m[n * width + n + 1] = 1;
  solve_in_place(m, n + 1);
  double sum = 0;
  for (std::size_t a = 0; a < n; ++a) sum += probabilities[a] = std::max(m[a * width + n + 1], 0.0);
  for (double& p : probabilities) p /= sum;
}

}  // namespace detail

template <row R>
std::size_t kernel_machine<R>::width() const noexcept {
  return learned_->vectors.rows().width();
}
template <row R>
std::size_t kernel_machine<R>::labels() const noexcept {
  return learned_->labels();
}
template <row R>
const bespoke::rows_of<R>& kernel_machine<R>::vectors() const noexcept {
  return learned_->vectors.rows();
}
template <row R>
std::span<const double> kernel_machine<R>::coefficients() const noexcept {
  return learned_->coefficients;
}
template <row R>
std::span<const double> kernel_machine<R>::intercepts() const noexcept {
  return learned_->intercepts;
}
template <row R>
std::span<const double> kernel_machine<R>::objectives() const noexcept {
  return learned_->objectives;
}
template <row R>
double kernel_machine<R>::gamma() const noexcept {
  return learned_->vectors.kernel().gamma;
}
template <row R>
bool kernel_machine<R>::converged() const noexcept {
  return learned_->converged;
}

template <row R>
std::span<const double> kernel_machine<R>::pair_values(const R& x, scratch& s) const {
  detail::check_width("kernel_svm", width(), x.width());
  const auto& l = *learned_;
  const std::size_t n = l.labels();
  const auto sums = s.take<double>(l.intercepts.size());
  if (!finite(x.values)) {
    std::fill(sums.begin(), sums.end(), nan);
    return sums;
  }
  std::copy(l.intercepts.begin(), l.intercepts.end(), sums.begin());
  const scratch::frame temporaries(s);
  const auto laid_out = s.take<double>(l.vectors.columns()), kernels = s.take<double>(l.vectors.size());
  l.vectors.lay_out(x, laid_out);
  l.vectors.values(std::span<const double>(laid_out), l.vectors.size_of(x), 0, kernels);
  const double* coefficient = l.coefficients.data();
  for (std::size_t a = 0, v = 0; a < n; ++a)
    for (const std::size_t end = v + l.of_label[a]; v < end; ++v)
      for (std::size_t b = 0; b < n; ++b)
        if (b != a) sums[detail::pair_number(std::min(a, b), std::max(a, b), n)] += *coefficient++ * kernels[v];
  return sums;
}

template <row R>
std::span<const double> kernel_machine<R>::margins(const R& x, scratch& s) const {
  const auto pairs = pair_values(x, s);
  const std::size_t n = labels();
  if (n == 2) return two(pairs[0], -pairs[0], s);
  const auto votes = s.take<double>(n), sums = s.take<double>(n);
  std::fill(votes.begin(), votes.end(), 0.0);
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t a = 0, pair = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b, ++pair) {
      sums[a] += pairs[pair];
      sums[b] -= pairs[pair];
      ++votes[pairs[pair] < 0 ? b : a];
    }
  for (std::size_t j = 0; j < n; ++j) votes[j] += sums[j] / (3 * (std::fabs(sums[j]) + 1));
  return votes;
}

template <row R>
std::span<const double> kernel_machine<R>::probabilities(const R& x, scratch& s) const {
  const auto& sigmoids = learned_->sigmoids;
  if (sigmoids.empty())
    throw error(
        errc::invalid_argument,
        {.stage = "kernel_svm", .problem = "there are no probabilities", .advice = "train with .probability = true"});
  const auto values = pair_values(x, s);
  const auto pairs = s.take<double>(values.size());
  for (std::size_t p = 0; p < pairs.size(); ++p) pairs[p] = sigmoids[p](values[p]);
  if (labels() == 2) return two(pairs[0], 1 - pairs[0], s);
  const auto all = s.take<double>(labels());
  if (std::isnan(pairs[0])) std::fill(all.begin(), all.end(), nan);
  else detail::couple(pairs, all, s);
  return all;
}

template <row R>
void kernel_machine<R>::save(bundle_writer& w) const {
  const auto& l = *learned_;
  w.put("gamma_used", l.vectors.kernel().gamma);
  detail::save_rows(l.vectors.rows(), w);
  const std::vector<std::uint64_t> shares(l.of_label.begin(), l.of_label.end());
  w.put("vectors_of_label", std::span<const std::uint64_t>(shares));
  w.put("coefficients", coefficients(), {l.vectors.size(), l.labels() - 1});
  w.put("intercepts", intercepts());
  w.put("objectives", objectives());
  w.put("converged", l.converged);
  std::vector<double> a, b;
  for (const auto& s : l.sigmoids) a.push_back(s.a), b.push_back(s.b);
  w.put("sigmoid_a", std::span<const double>(a));
  w.put("sigmoid_b", std::span<const double>(b));
}

template <row R>
kernel_machine<R> kernel_machine<R>::load(const bundle_reader& r, std::size_t labels, bool probability) {
  if (labels < 2) r.reject("there are fewer than two labels");
  bespoke::rows_of<R> rows;
  detail::load_rows(r, rows);
  learned l;
  l.vectors = {std::move(rows), load_kernel(r)};
  l.of_label = load_shares(r, labels, l.vectors.size());
  const std::size_t pairs = detail::pairs_of(labels);
  l.coefficients = numbers(r, "coefficients", l.vectors.size() * (labels - 1));
  l.intercepts = numbers(r, "intercepts", pairs);
  l.objectives = numbers(r, "objectives", pairs);
  l.converged = r.flag("converged");
  const auto a = numbers(r, "sigmoid_a", probability ? pairs : 0), b = numbers(r, "sigmoid_b", a.size());
  for (std::size_t p = 0; p < a.size(); ++p) l.sigmoids.push_back({a[p], b[p]});
  return kernel_machine(std::make_shared<const learned>(std::move(l)));
}

template class kernel_machine<dense_row>;
template class kernel_machine<sparse_row>;

void kernel_svm::save(bundle_writer& w) const {
  w.put("c", c);
  w.put("kernel", name_of(kernel));
  w.put("gamma", gamma ? *gamma : 0.0);
  w.put("degree", degree);
  w.put("coef0", coef0);
  w.put("probability", probability);
  w.put("balanced", balanced);
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
  w.put("cache_mb", cache_mb);
}

kernel_svm kernel_svm::saved(const bundle_reader& r) const {
  r.must_equal("kernel", name_of(kernel));
  r.must_equal("probability", probability);
  const double g = r.number("gamma");
  return {.c = r.number("c"),
          .kernel = kernel,
          .gamma = g > 0 ? std::optional<double>(g) : std::nullopt,
          .degree = static_cast<std::size_t>(r.integer("degree")),
          .coef0 = r.number("coef0"),
          .probability = probability,
          .balanced = r.flag("balanced"),
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations")),
          .cache_mb = r.number("cache_mb")};
}

}  // namespace bespoke::train
