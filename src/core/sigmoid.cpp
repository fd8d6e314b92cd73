// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/sigmoid.hpp>
#include <bespoke/core/target.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace bespoke {

namespace {

constexpr const char* stage = "fit_sigmoid";
constexpr int most_steps = 100;
constexpr double smallest_stride = 1e-10, enough = 1e-10;

void check(std::span<const double> scores, std::span<const std::uint8_t> targets, std::span<const float> weights) {
  if (scores.empty()) throw error(errc::empty_input, {.stage = stage, .problem = "there are no scores"});
  if (targets.size() != scores.size() || (!weights.empty() && weights.size() != scores.size()))
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a target and a weight for each of {} scores", scores.size()),
                              .got = fmt::format("{} targets and {} weights", targets.size(), weights.size())});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i]))
      throw error(errc::invalid_argument,
                  {.stage = stage, .record = i, .expected = "a finite score", .got = fmt::format("{}", scores[i])});
    if (targets[i] > 1)
      throw error(
          errc::invalid_argument,
          {.stage = stage, .record = i, .expected = "a target of 0 or 1", .got = fmt::format("{}", targets[i])});
  }
  if (!weights.empty()) detail::check_weights(weights);
}

// One record of the problem: its standardised score, its soft target, its weight.
struct example {
  double score, target, weight;
};

struct gradient_and_curvature {
  double ga = 0, gb = 0, haa = 0, hab = 0, hbb = 0;
};

struct problem {
  std::vector<example> examples{};
  double mean = 0, spread = 1, total = 0, positive = 0;

  // Σ weight · (cross entropy of the soft target and the sigmoid), in a form that cannot overflow.
  double loss(const sigmoid& s) const {
    double sum = 0;
    for (const auto& e : examples) {
      const double z = s.a * e.score + s.b;
      sum +=
          e.weight * (z >= 0 ? e.target * z + std::log1p(std::exp(-z)) : (e.target - 1) * z + std::log1p(std::exp(z)));
    }
    return sum;
  }

  gradient_and_curvature derivatives(const sigmoid& s) const {
    gradient_and_curvature d;
    for (const auto& e : examples) {
      const double p = s(e.score), miss = e.weight * (e.target - p), bend = e.weight * p * (1 - p);
      d.ga += miss * e.score;
      d.gb += miss;
      d.haa += bend * e.score * e.score;
      d.hab += bend * e.score;
      d.hbb += bend;
    }
    return d;
  }
};

void standardise(problem& p) {
  for (const auto& e : p.examples) p.mean += e.weight / p.total * e.score;
  double variance = 0;
  for (const auto& e : p.examples) variance += e.weight / p.total * (e.score - p.mean) * (e.score - p.mean);
  p.spread = std::sqrt(variance);
  const bool constant = !(p.spread > 1e-12 * std::fabs(p.mean)) || !std::isfinite(p.spread);
  if (constant) p.spread = 0;
  for (auto& e : p.examples) e.score = constant ? 0 : (e.score - p.mean) / p.spread;
}

problem posed(std::span<const double> scores, std::span<const std::uint8_t> targets, std::span<const float> weights) {
  problem p;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : double{weights[i]};
    p.examples.push_back({scores[i], static_cast<double>(targets[i]), weight});
    p.total += weight;
    if (targets[i] != 0) p.positive += weight;
  }
  const double high = (p.positive + 1) / (p.positive + 2), low = 1 / (p.total - p.positive + 2);
  for (auto& e : p.examples) e.target = e.target != 0 ? high : low;
  standardise(p);
  return p;
}

// Newton's direction, shortened until the loss falls as much as its slope promises. False where no stride does.
bool step(const problem& p, sigmoid& s, double& loss) {
  auto d = p.derivatives(s);
  if (std::max(std::fabs(d.ga), std::fabs(d.gb)) <= enough * p.total) return false;
  const double ridge = 1e-12 * p.total;
  d.haa += ridge;
  d.hbb += ridge;
  const double det = d.haa * d.hbb - d.hab * d.hab;
  const double da = -(d.hbb * d.ga - d.hab * d.gb) / det, db = -(d.haa * d.gb - d.hab * d.ga) / det;
  const double slope = d.ga * da + d.gb * db;
  for (double stride = 1; stride >= smallest_stride; stride /= 2) {
    const sigmoid next{s.a + stride * da, s.b + stride * db};
    const double then = p.loss(next);
    if (then < loss + 1e-4 * stride * slope) {
      s = next;
      loss = then;
      return true;
    }
  }
  return false;
}

}  // namespace

sigmoid fit_sigmoid(std::span<const double> scores, std::span<const std::uint8_t> targets,
                    std::span<const float> weights) {
  check(scores, targets, weights);
  const problem p = posed(scores, targets, weights);
  sigmoid s{0, std::log((p.total - p.positive + 1) / (p.positive + 1))};
  double loss = p.loss(s);
  for (int i = 0; i < most_steps && step(p, s, loss); ++i) {
  }
  if (p.spread == 0) return {0, s.b};
  return {s.a / p.spread, s.b - s.a * p.mean / p.spread};
}

}  // namespace bespoke
