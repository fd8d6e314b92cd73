// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "checks.hpp"
#include "linear_svm_rows.hpp"

namespace bespoke::train {

namespace {

using detail::packed_rows;
using detail::plain_rows;
using detail::row_order;

constexpr const char* stage = "linear_svm";
constexpr double infinity = std::numeric_limits<double>::infinity();

// What is known of a row before any label is.
struct row_facts {
  double cost = 0;     // of its loss: c times its weight
  double squares = 0;  // its squared length, the intercept's column included
  double damping = 0;  // the loss's part of the dual variable's curvature
  double upper = 0;    // the bound of the dual variable
  double inverse = 0;  // of that curvature
  double alone = 0;    // the part of `squares` that is of columns no other row has
  std::uint32_t target = 0;
};

// What all labels share.
template <class Rows>
struct problem {
  const linear_svm& spec;
  const Rows& rows;
  std::span<const row_facts> facts;
  double bias;  // value of the intercept's column, 0 for none
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
      : p_(p), first_(first), used_(used), weights_(p.rows.width() + 1), dual_(p.rows.size()), active_(p.rows.size()) {
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

  // use(column, lane, weight) for every column and lane.
  template <class Use>
  void for_each_weight(Use&& use) const {
    for (std::size_t l = 0; l < used_; ++l)
      p_.rows.for_each_weight([&](std::size_t column) { return weights_[column][l]; },
                              [&](std::size_t i, float value) { return sign(i, l) * dual_[i][l] * value; },
                              [&](std::size_t column, double weight) { use(column, l, weight); });
  }
  double intercept(std::size_t l) const { return weights_.back()[l] * p_.bias; }

 private:
  static constexpr unsigned bit(std::size_t l) { return 1u << l; }

  void visit_each(std::span<const std::uint32_t> order) {
    constexpr std::size_t ahead = 4;
    const auto active = [&](std::size_t k) { return k < order.size() && active_[order[k]] != 0; };
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (active(k + ahead)) p_.rows.soon(order[k + ahead]);
      if (active(k + 1)) p_.rows.next(order[k + 1], weights_.data(), sizeof(values));
      if (active(k)) visit(order[k]);
    }
  }

  void restart(std::size_t l) {
    state_[l].highest = state_[l].lowest = 0;  // so that the next pass shrinks nothing
    state_[l].loss_away = 0;
    for (std::size_t i = 0; i < active_.size(); ++i)
      if (p_.facts[i].cost > 0) active_[i] = static_cast<std::uint8_t>(active_[i] | bit(l));  // else never looked at
  }

  // A label has ended where the duality gap is closed. The losses that the visits saw, each before its own step, only hint
  // at it; where they promise enough, or the rows that are left are at their optimum, all rows are looked at.
  void end_pass() {
    for (std::size_t l = 0; l < used_; ++l) {
      label_state& s = state_[l];
      if ((running_ & bit(l)) == 0) continue;
      s.loss += s.loss_away;
      const double hint = gap(s), range = s.highest - s.lowest;
      if (hint * s.hinted <= p_.spec.tolerance || range <= s.narrow) {
        measure(l);
        if (gap(s) <= p_.spec.tolerance) stop(l);
        else restart(l);
        s.hinted = hint > 0 ? std::min(gap(s) / hint, 1.0) : 1.0;
        if (range <= s.narrow) s.narrow = range / 10;
      }
      shrink_by(s);
    }
  }

  // Relative to the objective.
  static double gap(const label_state& s) { return (s.size + s.loss - s.dual) / (s.size + s.loss); }

  static void shrink_by(label_state& s) {
    s.highest_before = s.highest > 0 ? s.highest : infinity;
    s.lowest_before = s.lowest < 0 ? s.lowest : -infinity;
    s.highest = -infinity;
    s.lowest = infinity;
    s.loss = 0;
  }

  // Both objectives of a label, anew: of all rows, and free of what rounding added up to.
  void measure(std::size_t l) {
    label_state& s = state_[l];
    s.loss = s.size = s.dual = 0;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const row_facts& row = p_.facts[i];
      if (!(row.cost > 0)) continue;
      const double dual = dual_[i][l], margin = sign(i, l) * products(i)[l] + row.alone * dual;
      s.loss += loss(row, margin);
      s.size += dual * margin / 2;
      s.dual += dual - dual * dual * row.damping / 2;
    }
    s.dual -= s.size;
  }

  double loss(const row_facts& row, double margin) const {
    const double miss = std::max(1 - margin, 0.0);
    return row.cost * miss * (p_.spec.loss == svm_loss::hinge ? 1 : miss);
  }

  void stop(std::size_t l) {
    running_ &= ~bit(l);
    for (auto& a : active_) a = static_cast<std::uint8_t>(a & ~bit(l));
  }

  double sign(std::size_t i, std::size_t l) const { return p_.facts[i].target == first_ + l ? 1.0 : -1.0; }

  values products(std::size_t i) const {
    values sums = detail::sums_of_products<Lanes>(p_.rows[i], weights_.data());
    for (std::size_t l = 0; l < Lanes; ++l) sums[l] += p_.bias * weights_.back()[l];
    return sums;
  }

  void visit(std::size_t i) {
    const values sums = products(i);
    values steps{};
    bool moved = false;
    for (std::size_t l = 0; l < used_; ++l)
      if ((active_[i] & bit(l)) != 0) {
        const double y = sign(i, l);
        steps[l] = y * step(i, l, y * sums[l] + p_.facts[i].alone * dual_[i][l]);
        moved |= steps[l] != 0;
      }
    if (moved) move(i, steps);
  }

  // The exact step of one dual variable within its bounds, 0 where it is shrunk away or at its optimum.
  double step(std::size_t i, std::size_t l, double margin) {
    label_state& s = state_[l];
    const row_facts& row = p_.facts[i];
    const double before = dual_[i][l], gradient = margin - 1 + before * row.damping;
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
    dual_[i][l] = after;
    s.size += change * (margin + change / 2 * row.squares);
    s.dual -= change * (gradient + change / 2 * (row.squares + row.damping));
    return change;
  }

  double shrink(std::size_t i, std::size_t l, double margin) {
    state_[l].loss_away += loss(p_.facts[i], margin);
    active_[i] = static_cast<std::uint8_t>(active_[i] & ~bit(l));
    return 0;
  }

  void move(std::size_t i, const values& steps) {
    const auto add = [&](values& w, double v) {
      for (std::size_t l = 0; l < Lanes; ++l) w[l] += steps[l] * v;
    };
    for_each_value(p_.rows[i], [&](std::size_t column, float v) { add(weights_[column], static_cast<double>(v)); });
    add(weights_.back(), p_.bias);
  }

  const problem<Rows>& p_;
  std::size_t first_, used_;
  std::vector<values> weights_, dual_;
  std::vector<std::uint8_t> active_;  // a bit for each lane
  std::array<label_state, Lanes> state_{};
  unsigned running_ = 0;
};

template <class Rows, class Packed>
std::vector<row_facts> facts_of(const linear_svm& spec, const Rows& rows, const Packed& packed,
                                std::span<const std::uint32_t> targets, std::span<const float> weights) {
  const double bias = spec.intercept ? double{spec.intercept_scaling} : 0.0;
  const bool squared = spec.loss == svm_loss::squared_hinge;
  std::vector<row_facts> all(rows.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double cost = spec.c * (weights.empty() ? 1.0 : double{weights[i]}), damping = squared ? 0.5 / cost : 0;
    const double squares = squared_norm(rows[i]) + bias * bias, curvature = squares + damping;
    // Where both are 0 a row without values leaves nothing to divide by; any positive number then gives the bound.
    all[i] = {.cost = cost,
              .squares = squares,
              .damping = damping,
              .upper = squared ? infinity : cost,
              .inverse = 1 / (curvature > 0 ? curvature : std::numeric_limits<double>::min()),
              .alone = packed.alone(i),
              .target = targets[i]};
  }
  return all;
}

// Reports finished passes, in order.
class pass_counter {
 public:
  explicit pass_counter(const context& ctx) : ctx_(ctx) {}
  void operator()() {
    ctx_.check();
    const std::lock_guard lock(mutex_);
    ctx_.report(stage, ++passes_, 0);
  }

 private:
  const context& ctx_;
  std::mutex mutex_;
  std::size_t passes_ = 0;
};

template <std::size_t Lanes, class Rows>
linear_solution solve_in_lanes(const problem<Rows>& p, std::size_t width, std::size_t outputs, const context& ctx) {
  aligned_vector<float> weights(width * outputs);
  std::vector<float> intercepts(outputs);
  std::atomic<bool> converged = true;
  pass_counter after_pass(ctx);
  ctx.parallel((outputs + Lanes - 1) / Lanes, [&](std::size_t unit, scratch&) {
    const std::size_t first = unit * Lanes, used = std::min(Lanes, outputs - first);
    // Two labels: the one output stands for the second of them.
    descent<Lanes, Rows> d(p, outputs == 1 ? 1 : first, used);
    d.run(after_pass);
    if (!d.converged()) converged = false;
    d.for_each_weight([&](std::size_t column, std::size_t l, double weight) {
      weights[column * outputs + first + l] = static_cast<float>(weight);
    });
    for (std::size_t l = 0; l < used; ++l) intercepts[first + l] = static_cast<float>(d.intercept(l));
  });
  return {linear_scores(width, std::move(weights), std::move(intercepts)), converged};
}

template <class Packed, class Rows>
linear_solution solve_any(const linear_svm& spec, const Rows& rows, std::span<const std::uint32_t> targets,
                          std::span<const float> weights, std::size_t labels, const context& ctx) {
  detail::check_labels(stage, labels, targets.size());
  detail::check_counts(stage, rows.size(), targets.size());
  detail::check_rows(stage, rows);
  const Packed packed(rows, ctx);
  const auto facts = facts_of(spec, rows, packed, targets, weights);
  const problem<Packed> p{spec, packed, facts, spec.intercept ? double{spec.intercept_scaling} : 0.0, ctx.seed()};
  if (labels == 2) return solve_in_lanes<1>(p, rows.width(), 1, ctx);
  if (labels <= 4) return solve_in_lanes<2>(p, rows.width(), labels, ctx);
  return solve_in_lanes<4>(p, rows.width(), labels, ctx);
}

}  // namespace

linear_solution linear_svm::solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                  std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any<plain_rows>(*this, rows, targets, weights, labels, ctx);
}
linear_solution linear_svm::solve(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                  std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any<packed_rows>(*this, rows, targets, weights, labels, ctx);
}

void linear_svm::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "c", double{c});
  detail::check_positive(stage, "intercept_scaling", double{intercept_scaling});
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_counts(stage, records, targets);
}

void linear_svm::save(bundle_writer& w) const {
  w.put("c", double{c});
  w.put("loss", loss == svm_loss::hinge ? "hinge" : "squared_hinge");
  w.put("intercept", intercept);
  w.put("intercept_scaling", double{intercept_scaling});
  w.put("tolerance", tolerance);
  w.put("max_iterations", max_iterations);
  w.put("balanced", balanced);
}

linear_svm linear_svm::saved(const bundle_reader& r) {
  return {.c = static_cast<float>(r.number("c")),
          .loss = r.text("loss") == "hinge" ? svm_loss::hinge : svm_loss::squared_hinge,
          .intercept = r.flag("intercept"),
          .intercept_scaling = static_cast<float>(r.number("intercept_scaling")),
          .tolerance = r.number("tolerance"),
          .max_iterations = static_cast<std::size_t>(r.integer("max_iterations")),
          .balanced = r.flag("balanced")};
}

}  // namespace bespoke::train
