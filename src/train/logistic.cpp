// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/probabilities.hpp>
#include <bespoke/train/logistic.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "checks.hpp"
#include "linear_operand.hpp"

namespace bespoke::train {

namespace {

using detail::add;
using detail::inner;
using detail::numbers;

constexpr const char* stage = "logistic";

// The loss of all records and its derivatives. A point is the weights [column][output], and after them the intercepts.
// Two labels have one output, the score of the second.
template <class Rows>
class objective {
 public:
  objective(const logistic& spec, const Rows& rows, std::span<const std::uint32_t> targets,
            std::span<const float> weights, std::size_t outputs, const context& ctx)
      : x_(rows, ctx),
        targets_(targets),
        cost_(rows.size(), double{spec.c}),
        outputs_(outputs),
        intercept_(spec.intercept),
        ctx_(ctx) {
    for (std::size_t i = 0; i < weights.size(); ++i) cost_[i] *= double{weights[i]};
  }

  std::size_t penalised() const { return x_.width() * outputs_; }
  std::size_t size() const { return penalised() + (intercept_ ? outputs_ : 0); }

  // The scores of every record: linear in the point.
  numbers scores(const numbers& point) const {
    numbers all = x_.times(point, outputs_);
    if (intercept_)
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += point[penalised() + i % outputs_];
    return all;
  }

  double penalty(const numbers& point, const numbers& other) const {
    return std::inner_product(point.begin(), point.begin() + static_cast<std::ptrdiff_t>(penalised()), other.begin(),
                              0.0) /
           2;
  }

  // Σ cost·loss of the scores `at + step·along`.
  double loss(const numbers& at, const numbers& along, double step) const {
    const std::size_t n = cost_.size();
    double sum = 0;
    ctx_.reduce((n + block_size - 1) / block_size,
                [&](std::size_t b, scratch&) {
                  double part = 0;
                  numbers one(outputs_);
                  for (std::size_t i = b * block_size; i < std::min(n, (b + 1) * block_size); ++i) {
                    for (std::size_t j = 0; j < outputs_; ++j)
                      one[j] = at[i * outputs_ + j] + step * along[i * outputs_ + j];
                    part += cost_[i] * loss_of(i, one);
                  }
                  return part;
                },
                [&](double part) { sum += part; });
    return sum;
  }

  // Of every record and output, from the scores.
  numbers probabilities(numbers scores) const {
    detail::for_each_run(ctx_, cost_.size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) {
        if (outputs_ == 1) scores[i] = expit(scores[i]);
        else softmax(std::span(scores).subspan(i * outputs_, outputs_));
      }
    });
    return scores;
  }

  numbers gradient(const numbers& point, const numbers& p) const {
    numbers errors = p;
    for_each_record([&](std::size_t i, std::size_t at) {
      if (outputs_ == 1) errors[at] -= targets_[i];
      else errors[at + targets_[i]] -= 1;
      for (std::size_t j = 0; j < outputs_; ++j) errors[at + j] *= cost_[i];
    });
    return gathered(errors, point);
  }

  // The Hessian times `along`.
  numbers curved(const numbers& p, const numbers& along) const {
    numbers bent = scores(along);
    for_each_record([&](std::size_t i, std::size_t at) {
      double mean = 0;
      for (std::size_t j = 0; j < outputs_; ++j) mean += p[at + j] * bent[at + j];
      for (std::size_t j = 0; j < outputs_; ++j) bent[at + j] = cost_[i] * p[at + j] * (bent[at + j] - mean);
    });
    return gathered(bent, along);
  }

  // The diagonal of the Hessian.
  numbers diagonal(const numbers& p) const {
    numbers own = p;
    for_each_record([&](std::size_t i, std::size_t at) {
      for (std::size_t j = 0; j < outputs_; ++j) own[at + j] *= cost_[i] * (1 - p[at + j]);
    });
    numbers all = x_.squared_transposed_times(own, outputs_);
    for (double& v : all) v += 1;
    if (intercept_) add_sums(all, own);
    for (double& v : all) v = v > 0 ? v : 1;
    return all;
  }

 private:
  double loss_of(std::size_t i, numbers& scores) const {
    if (outputs_ == 1) return softplus(targets_[i] == 1 ? -scores[0] : scores[0]);
    const double own = scores[targets_[i]];
    return softmax(scores) - own;
  }

  template <class Body>
  void for_each_record(Body&& body) const {
    detail::for_each_run(ctx_, cost_.size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) body(i, i * outputs_);
    });
  }

  // Xᵀ·errors plus the penalty's part, and the sums of the errors for the intercepts.
  numbers gathered(const numbers& errors, const numbers& point) const {
    numbers all = x_.transposed_times(errors, outputs_);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += point[i];
    if (intercept_) add_sums(all, errors);
    return all;
  }

  void add_sums(numbers& all, const numbers& errors) const {
    numbers sums(outputs_);
    for (std::size_t i = 0; i < errors.size(); ++i) sums[i % outputs_] += errors[i];
    all.insert(all.end(), sums.begin(), sums.end());
  }

  const detail::linear_operand<Rows> x_;
  std::span<const std::uint32_t> targets_;
  numbers cost_;  // of each record's loss: c times its weight
  std::size_t outputs_;
  bool intercept_;
  const context& ctx_;
};

// The step along which Newton's method goes: H·step = −gradient, to within `enough` of the gradient's length.
template <class Rows>
numbers newton_step(const objective<Rows>& f, const numbers& p, const numbers& gradient, double enough,
                    const context& ctx) {
  constexpr std::size_t most = 500;
  const numbers scale = f.diagonal(p);
  const auto scaled = [&](numbers v) {
    for (std::size_t i = 0; i < v.size(); ++i) v[i] /= scale[i];
    return v;
  };
  numbers step(f.size()), left = gradient;
  for (double& v : left) v = -v;
  numbers along = scaled(left);
  double length = inner(left, along);
  for (std::size_t k = 0; k < most && inner(left, left) > enough * enough; ++k) {
    ctx.check();
    const numbers bent = f.curved(p, along);
    const double curvature = inner(along, bent);
    if (!(curvature > 0)) break;
    const double stride = length / curvature;
    add(step, stride, along);
    add(left, -stride, bent);
    const numbers next = scaled(left);
    const double before = std::exchange(length, inner(left, next));
    for (std::size_t i = 0; i < along.size(); ++i) along[i] = next[i] + length / before * along[i];
  }
  return step;
}

// Halves the step until the objective falls by a share of what the gradient promises; 0 where it does not.
template <class Rows>
double shortened(const objective<Rows>& f, const numbers& point, const numbers& step, const numbers& at,
                 const numbers& along, double slope) {
  const double here = f.loss(at, along, 0), cross = 2 * f.penalty(point, step), own = f.penalty(step, step);
  for (double t = 1; t > 1e-10; t /= 2)
    if (f.loss(at, along, t) - here + t * (cross + t * own) <= 1e-4 * t * slope) return t;
  return 0;
}

struct minimum {
  numbers point;
  bool converged;
};

template <class Rows>
minimum newton(const logistic& spec, const objective<Rows>& f, const context& ctx) {
  numbers point(f.size()), at = f.scores(point);
  double first = 0;
  for (std::size_t iteration = 0;; ++iteration) {
    ctx.check();
    const numbers p = f.probabilities(at), gradient = f.gradient(point, p);
    const double length = std::sqrt(inner(gradient, gradient));
    if (iteration == 0) first = length;
    if (length <= spec.tolerance * first) return {std::move(point), true};
    if (iteration == spec.max_iterations) break;
    const double share = std::min(0.1, std::sqrt(length / first));
    const numbers step = newton_step(f, p, gradient, share * length, ctx), along = f.scores(step);
    const double t = shortened(f, point, step, at, along, inner(gradient, step));
    if (t == 0) break;
    add(point, t, step);
    add(at, t, along);
    ctx.report(stage, iteration + 1, 0);
  }
  return {std::move(point), false};
}

// A constant added to all intercepts changes no probability: the ones that sum to 0 are given.
std::vector<float> intercepts_of(const numbers& point, std::size_t from, std::size_t outputs) {
  std::vector<float> all(outputs);
  if (from == point.size()) return all;
  double mean = 0;
  for (std::size_t j = 0; outputs > 1 && j < outputs; ++j) mean += point[from + j] / static_cast<double>(outputs);
  for (std::size_t j = 0; j < outputs; ++j) all[j] = static_cast<float>(point[from + j] - mean);
  return all;
}

template <class Rows>
linear_solution solve_any(const logistic& spec, const Rows& rows, std::span<const std::uint32_t> targets,
                          std::span<const float> weights, std::size_t labels, const context& ctx) {
  detail::check_labels(stage, labels, targets.size());
  detail::check_counts(stage, rows.size(), targets.size());
  detail::check_rows(stage, rows);
  const std::size_t outputs = labels == 2 ? 1 : labels;
  const objective<Rows> f(spec, rows, targets, weights, outputs, ctx);
  const auto [point, converged] = newton(spec, f, ctx);
  aligned_vector<float> learned(f.penalised());
  for (std::size_t i = 0; i < learned.size(); ++i) learned[i] = static_cast<float>(point[i]);
  return {linear_scores(rows.width(), std::move(learned), intercepts_of(point, f.penalised(), outputs)), converged};
}

}  // namespace

linear_solution logistic::solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any(*this, rows, targets, weights, labels, ctx);
}
linear_solution logistic::solve(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any(*this, rows, targets, weights, labels, ctx);
}

std::span<const double> logistic::probabilities(std::span<const double> scores, scratch& s) {
  const auto p = s.take<double>(std::max<std::size_t>(scores.size(), 2));
  if (scores.size() == 1) {
    p[0] = expit(-scores[0]);
    p[1] = expit(scores[0]);
  } else {
    std::copy(scores.begin(), scores.end(), p.begin());
    softmax(p);
  }
  return p;
}

void logistic::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "c", double{c});
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_counts(stage, records, targets);
}

void logistic::save(bundle_writer& w) const {
  w.put("c", double{c});
  w.put("intercept", intercept);
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
  w.put("balanced", balanced);
}

logistic logistic::saved(const bundle_reader& r) {
  return {.c = static_cast<float>(r.number("c")),
          .intercept = r.flag("intercept"),
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations")),
          .balanced = r.flag("balanced")};
}

}  // namespace bespoke::train
