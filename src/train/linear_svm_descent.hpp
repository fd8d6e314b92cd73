// SPDX-License-Identifier: Apache-2.0
#pragma once
// The descent that linear_svm is learned by.

#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "linear_svm_rows.hpp"

namespace bespoke::train::detail {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

// What all labels share.
template <class Rows>
struct problem {
  const linear_svm& spec;
  const Rows& rows;
  std::span<const row_facts> facts;
  std::uint64_t seed;
};

// Where one label's descent stands.
struct label_state {
  double highest_before = infinity, lowest_before = -infinity;  // projected gradients of the pass before
  double highest = -infinity, lowest = infinity;                // and of this pass
  double loss = 0;                                              // Σ cost·loss, each when its row was visited
  double loss_away = 0;                                         // the same of the rows that were shrunk away
  double size = 0, dual = 0;                                    // ½·Σ w², and the dual objective
  double narrow = 0.1;       // range of those gradients at which the rows that are left have little more to give
  double hinted = 1.0 / 16;  // share of the gap that the losses hint at, that it is
};

// Dual coordinate descent for `Lanes` labels at once: their weights for one column lie side by side, so that a visit of
// a row reads its values and its places in memory once for all of them. Each lane computes what it would compute alone.
template <std::size_t Lanes, class Rows>
class descent {
 public:
  using values = std::array<double, Lanes>;

  // Lane l separates label `first + l` from the others. Lanes from `used` on stay idle.
  descent(const problem<Rows>& p, std::size_t first, std::size_t used)
      : p_(p), first_(first), used_(used), weights_(p.rows.columns()), variables_(p.rows.size()) {
    for (std::size_t l = 0; l < used; ++l) restart(l);
    running_ = (1u << used) - 1;
  }

  template <class AfterPass>
  void run(AfterPass&& after_pass) {
    row_order order(p_.rows.size(), p_.seed);
    for (std::size_t pass = 0; running_ != 0 && pass < p_.spec.max_iterations; ++pass) {
      visit_each(order.shuffled());
      end_pass();
      after_pass();
    }
  }

  bool converged() const noexcept { return running_ == 0; }

  // The weights of each column to `to`, the next column's being `step` further.
  void write_weights(float* to, std::size_t step) const {
    const auto write = [&](std::size_t column, auto&& weight) {
      for (std::size_t l = 0; l < used_; ++l) to[column * step + l] = static_cast<float>(weight(l));
    };
    p_.rows.for_each_column(
        [&](std::size_t column, std::size_t place) {
          write(column, [&](std::size_t l) { return weights_[place][l]; });
        },
        [&](std::size_t column, std::size_t i, float value) {
          write(column, [&](std::size_t l) { return sign(i, l) * variables_[i].dual[l] * static_cast<double>(value); });
        });
  }
  double intercept(std::size_t l, double bias) const { return weights_.back()[l] * bias; }

 private:
  // What belongs to a row, within one line of the cache.
  struct alignas(16 * Lanes) variables {
    values dual{};
    unsigned active = 0;  // a bit for each lane
  };

  static constexpr unsigned bit(std::size_t l) { return 1u << l; }

  // Rows come in random order, which the processor cannot foresee: what a visit reads is asked for some visits before.
  void visit_each(std::span<const std::uint32_t> order) {
    const auto exists = [&](std::size_t k) { return k < order.size(); };
    const auto active = [&](std::size_t k) { return exists(k) && variables_[order[k]].active != 0; };
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (exists(k + 12)) soon(order[k + 12]);
      if (active(k + 6)) p_.rows.soon(p_.facts[order[k + 6]]);
      if (active(k + 3)) p_.rows.next(p_.facts[order[k + 3]], weights_.data(), sizeof(values));
      if (active(k)) visit(order[k]);
    }
  }

  void soon(std::size_t i) const {
    __builtin_prefetch(&p_.facts[i]);
    __builtin_prefetch(&variables_[i]);
  }

  void restart(std::size_t l) {
    state_[l].highest = state_[l].lowest = 0;  // so that the next pass shrinks nothing
    state_[l].loss_away = 0;
    for (std::size_t i = 0; i < variables_.size(); ++i)
      if (p_.facts[i].cost > 0) variables_[i].active |= bit(l);  // else never looked at
  }

  // A label has ended where the duality gap is closed. The losses that the visits saw, each before its own step, only hint
  // at it; where they promise enough, or the rows that are left are at their optimum, all rows are looked at.
  void end_pass() {
    unsigned looked_at = 0;
    values hints{};
    for (std::size_t l = 0; l < used_; ++l) {
      label_state& s = state_[l];
      if ((running_ & bit(l)) == 0) continue;
      s.loss += s.loss_away;
      hints[l] = gap(s);
      if (hints[l] * s.hinted <= p_.spec.tolerance || range(s) <= s.narrow) looked_at |= bit(l);
    }
    if (looked_at != 0) measure(looked_at);
    for (std::size_t l = 0; l < used_; ++l) {
      if ((looked_at & bit(l)) != 0) judge(l, hints[l]);
      if ((running_ & bit(l)) != 0) shrink_by(state_[l]);
    }
  }

  void judge(std::size_t l, double hint) {
    label_state& s = state_[l];
    const double found = gap(s);
    if (range(s) <= s.narrow) s.narrow = range(s) / 10;
    s.hinted = hint > 0 ? std::min(found / hint, 1.0) : 1.0;
    if (found <= p_.spec.tolerance) stop(l);
    else restart(l);
  }

  // Relative to the objective.
  static double gap(const label_state& s) { return (s.size + s.loss - s.dual) / (s.size + s.loss); }
  static double range(const label_state& s) { return s.highest - s.lowest; }

  static void shrink_by(label_state& s) {
    s.highest_before = s.highest > 0 ? s.highest : infinity;
    s.lowest_before = s.lowest < 0 ? s.lowest : -infinity;
    s.highest = -infinity;
    s.lowest = infinity;
    s.loss = 0;
  }

  // Both objectives of some labels, anew: of all rows, and free of what rounding added up to.
  void measure(unsigned lanes) {
    for_each_lane(lanes, [&](std::size_t l) { state_[l].loss = state_[l].size = state_[l].dual = 0; });
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i + 3 < variables_.size()) p_.rows.next(p_.facts[i + 3], weights_.data(), sizeof(values));
      const row_facts& row = p_.facts[i];
      if (!(row.cost > 0)) continue;
      const values sums = p_.rows.products(row, weights_.data());
      for_each_lane(lanes, [&](std::size_t l) {
        label_state& s = state_[l];
        const double dual = variables_[i].dual[l], margin = sign(i, l) * sums[l] + row.alone * dual;
        s.loss += loss(row, margin);
        s.size += dual * margin / 2;
        s.dual += dual - dual * dual * row.damping / 2;
      });
    }
    for_each_lane(lanes, [&](std::size_t l) { state_[l].dual -= state_[l].size; });
  }

  template <class Use>
  void for_each_lane(unsigned lanes, Use&& use) const {
    for (std::size_t l = 0; l < used_; ++l)
      if ((lanes & bit(l)) != 0) use(l);
  }

  double loss(const row_facts& row, double margin) const {
    const double miss = std::max(1 - margin, 0.0);
    return row.cost * miss * (p_.spec.loss == svm_loss::hinge ? 1 : miss);
  }

  void stop(std::size_t l) {
    running_ &= ~bit(l);
    for (auto& v : variables_) v.active &= ~bit(l);
  }

  double sign(std::size_t i, std::size_t l) const { return p_.facts[i].target == first_ + l ? 1.0 : -1.0; }

  void visit(std::size_t i) {
    const values sums = p_.rows.products(p_.facts[i], weights_.data());
    values steps{};
    bool moved = false;
    for_each_lane(variables_[i].active, [&](std::size_t l) {
      const double y = sign(i, l);
      steps[l] = y * step(i, l, y * sums[l] + p_.facts[i].alone * variables_[i].dual[l]);
      moved |= steps[l] != 0;
    });
    if (moved) move(p_.facts[i], steps);
  }

  // The exact step of one dual variable within its bounds, 0 where it is shrunk away or at its optimum.
  double step(std::size_t i, std::size_t l, double margin) {
    label_state& s = state_[l];
    const row_facts& row = p_.facts[i];
    const double before = variables_[i].dual[l], gradient = margin - 1 + before * row.damping;
    double projected = gradient;
    if (before == 0) {
      if (gradient > s.highest_before) return shrink(i, l, margin);
      projected = std::min(gradient, 0.0);
    } else if (before == row.upper) {
      if (gradient < s.lowest_before) return shrink(i, l, margin);
      projected = std::max(gradient, 0.0);
    }
    s.loss += loss(row, margin);
    s.highest = std::max(s.highest, projected);
    s.lowest = std::min(s.lowest, projected);
    if (std::fabs(projected) <= 1e-12) return 0;
    const double after = std::clamp(before - gradient * row.inverse, 0.0, row.upper), change = after - before;
    variables_[i].dual[l] = after;
    s.size += change * (margin + change / 2 * row.squares);
    s.dual -= change * (gradient + change / 2 * (row.squares + row.damping));
    return change;
  }

  double shrink(std::size_t i, std::size_t l, double margin) {
    state_[l].loss_away += loss(p_.facts[i], margin);
    variables_[i].active &= ~bit(l);
    return 0;
  }

  void move(const row_facts& row, const values& steps) {
    values* const all = weights_.data();
    p_.rows.for_each(row, [&](float v, std::size_t column) {
      for (std::size_t l = 0; l < Lanes; ++l) all[column][l] += steps[l] * double{v};
    });
  }

  const problem<Rows>& p_;
  std::size_t first_, used_;
  aligned_vector<values> weights_;
  aligned_vector<variables> variables_;
  std::array<label_state, Lanes> state_{};
  unsigned running_ = 0;
};

}  // namespace bespoke::train::detail
