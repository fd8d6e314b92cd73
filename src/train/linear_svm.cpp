// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

#include "checks.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "linear_svm";
constexpr double infinity = std::numeric_limits<double>::infinity();

// The order of rows in each pass. Every label draws the same orders, so that which labels share a solver has no effect.
class row_order {
 public:
  row_order(std::size_t rows, std::uint64_t seed) : order_(rows), state_(seed) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  }
  std::span<const std::uint32_t> shuffled() {
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[below(i)]);
    return order_;
  }

 private:
  // splitmix64 (Steele, Lea, Flood, 2014), scaled to [0, n): n is far below 2³², so the bias is negligible.
  std::size_t below(std::size_t n) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return static_cast<std::size_t>(((z ^ (z >> 31)) >> 32) * n >> 32);
  }

  std::vector<std::uint32_t> order_;
  std::uint64_t state_;
};

// Rows as the descent reads them: as they are.
class plain_rows {
 public:
  explicit plain_rows(const dense_rows& rows) : rows_(rows) {}
  std::size_t size() const { return rows_.size(); }
  std::size_t width() const { return rows_.width(); }
  dense_row operator[](std::size_t i) const { return rows_[i]; }
  double alone(std::size_t) const { return 0; }

  // use(column, weight) for every column.
  template <class Shared, class Alone, class Use>
  void for_each_weight(Shared&& weight, Alone&&, Use&& use) const {
    for (std::size_t c = 0; c < width(); ++c) use(c, weight(c));
  }

 private:
  const dense_rows& rows_;
};

// Wide sparse rows, repacked for the cache, which is where the time of a descent goes. Columns that several rows share are
// renumbered by how many do, so that the busy weights lie together. The weight of a column that only row i has is always
// yᵢ·αᵢ·value: it is not stored at all; the row's sum of such squares (`alone`) is what the descent needs of it.
class packed_rows {
 public:
  explicit packed_rows(const sparse_rows& rows) : rows_(rows), number_(rows.width()), alone_(rows.size()) {
    renumber();
    repack();
  }
  std::size_t size() const { return rows_.size(); }
  std::size_t width() const { return packed_.width(); }
  sparse_row operator[](std::size_t i) const { return packed_[i]; }
  double alone(std::size_t i) const { return alone_[i]; }

  template <class Shared, class Alone, class Use>
  void for_each_weight(Shared&& weight, Alone&& weight_alone, Use&& use) const {
    for (std::size_t c = 0; c < number_.size(); ++c)
      if (number_[c] < width()) use(c, weight(number_[c]));
    for (std::size_t i = 0; i < size(); ++i)
      for_each_value(rows_[i], [&](std::size_t c, float v) {
        if (number_[c] == only_here) use(c, weight_alone(i, v));
      });
  }

 private:
  static constexpr std::uint32_t only_here = static_cast<std::uint32_t>(-1), nowhere = only_here - 1;

  void renumber() {
    std::vector<std::uint32_t> rows_with(number_.size()), shared;
    for (const std::uint32_t c : rows_.columns()) ++rows_with[c];
    for (std::uint32_t c = 0; c < rows_with.size(); ++c) {
      if (rows_with[c] > 1) shared.push_back(c);
      number_[c] = rows_with[c] == 1 ? only_here : nowhere;
    }
    std::stable_sort(shared.begin(), shared.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return rows_with[a] > rows_with[b]; });
    for (std::uint32_t n = 0; n < shared.size(); ++n) number_[shared[n]] = n;
    packed_ = sparse_rows(shared.size());
  }

  void repack() {
    std::vector<std::pair<std::uint32_t, float>> one;
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      one.clear();
      for_each_value(rows_[i], [&](std::size_t c, float v) {
        if (number_[c] == only_here) alone_[i] += static_cast<double>(v) * v;
        else one.emplace_back(number_[c], v);
      });
      std::sort(one.begin(), one.end());
      columns.clear();
      values.clear();
      for (const auto& [column, value] : one) columns.push_back(column), values.push_back(value);
      packed_.append({columns, values, packed_.width()});
    }
  }

  const sparse_rows& rows_;
  std::vector<std::uint32_t> number_;
  std::vector<double> alone_;
  sparse_rows packed_;
};

// What all labels share.
template <class Rows>
struct problem {
  const linear_svm& spec;
  const Rows& rows;
  std::span<const std::uint32_t> targets;
  std::span<const double> cost;       // of each row's loss: c times its weight
  std::span<const double> curvature;  // of each dual variable: squared length of its row, and the loss's own part
  double bias;                        // value of the intercept's column, 0 for none
  std::uint64_t seed;

  // The bound of a dual variable, and the loss's part of its curvature.
  double upper(std::size_t i) const { return spec.loss == svm_loss::squared_hinge ? infinity : cost[i]; }
  double diagonal(std::size_t i) const { return spec.loss == svm_loss::squared_hinge ? 0.5 / cost[i] : 0; }
};

// Where one label's descent stands.
struct progress_of_label {
  double highest_before = infinity, lowest_before = -infinity;  // projected gradients of the pass before
  double highest = -infinity, lowest = infinity;                // and of this pass
  std::size_t active = 0, all = 0;                              // rows that were not shrunk away, and before shrinking
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
      for (const std::uint32_t i : order.shuffled())
        if (active_[i] != 0) visit(i);
      for (std::size_t l = 0; l < used_; ++l)
        if (running_ & (1u << l)) end_pass(l);
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
  void restart(std::size_t l) {
    label_[l] = {};
    for (std::size_t i = 0; i < active_.size(); ++i)
      if (p_.cost[i] > 0) {  // rows without weight are never looked at
        active_[i] = static_cast<std::uint8_t>(active_[i] | (1u << l));
        ++label_[l].active;
      }
    label_[l].all = label_[l].active;
  }

  void end_pass(std::size_t l) {
    auto& now = label_[l];
    const bool converged = now.highest - now.lowest <= p_.spec.tolerance;
    if (converged && now.active == now.all) return stop(l);
    if (converged) return restart(l);
    now.highest_before = now.highest > 0 ? now.highest : infinity;
    now.lowest_before = now.lowest < 0 ? now.lowest : -infinity;
    now.highest = -infinity;
    now.lowest = infinity;
  }

  void stop(std::size_t l) {
    running_ &= ~(1u << l);
    for (auto& a : active_) a = static_cast<std::uint8_t>(a & ~(1u << l));
  }

  double sign(std::size_t i, std::size_t l) const { return p_.targets[i] == first_ + l ? 1.0 : -1.0; }

  values products(std::size_t i) const {
    values sums{};
    const auto add = [&](const values& w, double v) {
      for (std::size_t l = 0; l < Lanes; ++l) sums[l] += v * w[l];
    };
    for_each_value(p_.rows[i], [&](std::size_t column, float v) { add(weights_[column], static_cast<double>(v)); });
    add(weights_.back(), p_.bias);
    return sums;
  }

  void visit(std::size_t i) {
    const values sums = products(i);
    values steps{};
    bool moved = false;
    for (std::size_t l = 0; l < used_; ++l)
      if (active_[i] & (1u << l)) {
        const double y = sign(i, l);
        steps[l] = y * step(i, l, y * sums[l] + p_.rows.alone(i) * dual_[i][l] - 1);
        moved |= steps[l] != 0;
      }
    if (moved) move(i, steps);
  }

  // The exact step of one dual variable within its bounds, 0 where it is shrunk away or at its optimum.
  double step(std::size_t i, std::size_t l, double margin_error) {
    auto& now = label_[l];
    double& dual = dual_[i][l];
    const double upper = p_.upper(i), gradient = margin_error + dual * p_.diagonal(i);
    double projected = gradient;
    if (dual == 0) {
      if (gradient > now.highest_before) return shrink(i, l);
      projected = std::min(gradient, 0.0);
    } else if (dual == upper) {
      if (gradient < now.lowest_before) return shrink(i, l);
      projected = std::max(gradient, 0.0);
    }
    now.highest = std::max(now.highest, projected);
    now.lowest = std::min(now.lowest, projected);
    if (std::fabs(projected) <= 1e-12) return 0;
    const double before = dual;
    dual = std::clamp(before - gradient / p_.curvature[i], 0.0, upper);
    return dual - before;
  }

  double shrink(std::size_t i, std::size_t l) {
    active_[i] = static_cast<std::uint8_t>(active_[i] & ~(1u << l));
    --label_[l].active;
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
  std::array<progress_of_label, Lanes> label_{};
  unsigned running_ = 0;
};

template <class Rows>
std::vector<double> curvatures(const linear_svm& spec, const Rows& rows, std::span<const double> cost, double bias) {
  std::vector<double> all(rows.size());
  // Where both are 0 a row without values leaves nothing to divide by; any positive number then gives the bound.
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double diagonal = spec.loss == svm_loss::squared_hinge ? 0.5 / cost[i] : 0;
    const double q = diagonal + squared_norm(rows[i]) + bias * bias;
    all[i] = q > 0 ? q : std::numeric_limits<double>::min();
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
linear_svm::solution solve_in_lanes(const problem<Rows>& p, std::size_t width, std::size_t outputs,
                                    const context& ctx) {
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
linear_svm::solution solve_any(const linear_svm& spec, const Rows& rows, std::span<const std::uint32_t> targets,
                               std::span<const float> weights, std::size_t labels, const context& ctx) {
  detail::check_labels(stage, labels, targets.size());
  detail::check_counts(stage, rows.size(), targets.size());
  detail::check_rows(stage, rows);
  const double bias = spec.intercept ? double{spec.intercept_scaling} : 0.0;
  std::vector<double> cost(rows.size(), double{spec.c});
  for (std::size_t i = 0; i < weights.size(); ++i) cost[i] *= double{weights[i]};
  const auto curvature = curvatures(spec, rows, cost, bias);
  const Packed packed(rows);
  const problem<Packed> p{spec, packed, targets, cost, curvature, bias, ctx.seed()};
  if (labels == 2) return solve_in_lanes<1>(p, rows.width(), 1, ctx);
  if (labels <= 4) return solve_in_lanes<2>(p, rows.width(), labels, ctx);
  return solve_in_lanes<4>(p, rows.width(), labels, ctx);
}

}  // namespace

linear_svm::solution linear_svm::solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                       std::span<const float> weights, std::size_t labels, const context& ctx) const {
  return solve_any<plain_rows>(*this, rows, targets, weights, labels, ctx);
}
linear_svm::solution linear_svm::solve(const sparse_rows& rows, std::span<const std::uint32_t> targets,
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
