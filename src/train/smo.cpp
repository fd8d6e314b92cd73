// SPDX-License-Identifier: Apache-2.0
#include "smo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bespoke::train::detail {

kernel_cache::kernel_cache(std::size_t rows, double bytes) : rows_(rows), slot_of_(rows, none) {
  const double fit = bytes / (static_cast<double>(rows) * sizeof(float));
  most_ = fit >= static_cast<double>(rows) ? std::max<std::size_t>(rows, 2)
                                           : std::max<std::size_t>(2, static_cast<std::size_t>(fit));
}

std::span<const float> kernel_cache::row(std::size_t i, function_ref<void(std::size_t, std::span<float>)> compute) {
  std::uint32_t s = slot_of_[i];
  if (s != none) {
    unlink(s);
  } else {
    s = free_slot();
    compute(i, slots_[s].values);
    slots_[s].row = static_cast<std::uint32_t>(i);
    slot_of_[i] = s;
  }
  make_newest(s);
  return slots_[s].values;
}

// Slots never move: a row that was handed out stays where it is while another is computed.
std::uint32_t kernel_cache::free_slot() {
  if (slots_.size() < most_) {
    if (slots_.empty()) slots_.reserve(most_);
    slots_.push_back({.values = std::vector<float>(rows_)});
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t s = oldest_;
  unlink(s);
  slot_of_[slots_[s].row] = none;
  return s;
}

void kernel_cache::unlink(std::uint32_t s) {
  const auto [older, newer] = std::pair(slots_[s].older, slots_[s].newer);
  (older == none ? oldest_ : slots_[older].newer) = newer;
  (newer == none ? newest_ : slots_[newer].older) = older;
}

void kernel_cache::make_newest(std::uint32_t s) {
  slots_[s].older = newest_;
  slots_[s].newer = none;
  (newest_ == none ? oldest_ : slots_[newest_].newer) = s;
  newest_ = s;
}

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double flat = 1e-12;  // stands for a curvature of 0 or below

// With β = y·α the constraint is Σβ = 0, and a step moves one β up and another down by as much. `slack` of a record is its y
// minus Σβ·K: the least slack of those that can go down and the largest of those that can go up meet at the optimum.
class descent {
 public:
  explicit descent(const smo_problem& p) : p_(p), beta_(p.positive.size()), slack_(p.positive.size()) {
    for (std::size_t t = 0; t < slack_.size(); ++t) slack_[t] = p.positive[t] != 0 ? 1 : -1;
  }

  smo_solution run(const context& ctx) {
    smo_solution found;
    for (std::size_t n = 0; n < p_.max_iterations && !found.converged; ++n) {
      if (n % 256 == 0) ctx.check();
      found.converged = !step();
    }
    found.intercept = intercept();
    for (std::size_t t = 0; t < beta_.size(); ++t)
      found.objective += beta_[t] * ((p_.positive[t] != 0 ? 1.0 : -1.0) - slack_[t]) / 2 - std::fabs(beta_[t]);
    found.betas = std::move(beta_);
    return found;
  }

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  double highest(std::size_t t) const { return p_.positive[t] != 0 ? p_.costs[t] : 0; }
  double lowest(std::size_t t) const { return p_.positive[t] != 0 ? 0 : -p_.costs[t]; }
  bool can_rise(std::size_t t) const { return beta_[t] < highest(t); }
  bool can_fall(std::size_t t) const { return beta_[t] > lowest(t); }

  std::size_t riser() const {
    std::size_t best = nobody;
    for (std::size_t t = 0; t < beta_.size(); ++t)
      if (can_rise(t) && (best == nobody || slack_[t] >= slack_[best])) best = t;
    return best;
  }

  double curvature(std::size_t i, std::size_t t, std::span<const float> k) const {
    const double a = p_.diagonal[i] + p_.diagonal[t] - 2 * static_cast<double>(k[t]);
    return a > 0 ? a : flat;
  }

  // The partner of the largest gain slackᵢₜ² / curvature; nobody where none violates by more than the tolerance.
  std::size_t faller(std::size_t i, std::span<const float> k) const {
    std::size_t best = nobody;
    double gain = -infinity, least = infinity;
    for (std::size_t t = 0; t < beta_.size(); ++t) {
      if (!can_fall(t)) continue;
      least = std::min(least, slack_[t]);
      const double apart = slack_[i] - slack_[t];
      if (apart <= 0) continue;
      const double of_this = apart * apart / curvature(i, t, k);
      if (of_this >= gain) best = t, gain = of_this;
    }
    return slack_[i] - least < p_.tolerance ? nobody : best;
  }

  bool step() {
    const std::size_t i = riser();
    if (i == nobody) return false;
    const auto row_i = p_.kernel_row(i);
    const std::size_t j = faller(i, row_i);
    if (j == nobody) return false;
    const auto row_j = p_.kernel_row(j);
    const double room_i = highest(i) - beta_[i], room_j = beta_[j] - lowest(j);
    const double length = std::min({(slack_[i] - slack_[j]) / curvature(i, j, row_i), room_i, room_j});
    beta_[i] = length == room_i ? highest(i) : beta_[i] + length;
    beta_[j] = length == room_j ? lowest(j) : beta_[j] - length;
    for (std::size_t t = 0; t < slack_.size(); ++t)
      slack_[t] -= length * (static_cast<double>(row_i[t]) - static_cast<double>(row_j[t]));
    return true;
  }

  // The mean slack of records between their bounds; without any, the middle of what the others allow.
  double intercept() const {
    double sum = 0, above = -infinity, below = infinity;
    std::size_t free = 0;
    for (std::size_t t = 0; t < beta_.size(); ++t) {
      if (can_rise(t) && can_fall(t)) sum += slack_[t], ++free;
      if (can_rise(t)) above = std::max(above, slack_[t]);
      if (can_fall(t)) below = std::min(below, slack_[t]);
    }
    return free > 0 ? sum / static_cast<double>(free) : (above + below) / 2;
  }

  const smo_problem& p_;
  std::vector<double> beta_, slack_;
};

}  // namespace

smo_solution solve_smo(const smo_problem& p, const context& ctx) { return descent(p).run(ctx); }

}  // namespace bespoke::train::detail
