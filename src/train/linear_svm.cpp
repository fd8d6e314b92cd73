// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/linear_svm.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "checks.hpp"
#include "linear_svm_descent.hpp"
#include "linear_svm_rows.hpp"

namespace bespoke::train {

namespace {

using detail::packed_rows;
using detail::plain_rows;
using detail::problem;
using detail::row_facts;

constexpr const char* stage = "linear_svm";

template <class Rows>
std::vector<row_facts> facts_of(const linear_svm& spec, const Rows& rows, std::span<const std::uint32_t> targets,
                                std::span<const float> weights) {
  const bool squared = spec.loss == svm_loss::squared_hinge;
  std::vector<row_facts> all(rows.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    row_facts& f = all[i];
    rows.describe(i, f);
    f.cost = spec.c * (weights.empty() ? 1.0 : double{weights[i]});
    f.damping = squared ? 0.5 / f.cost : 0;
    f.upper = squared ? detail::infinity : f.cost;
    // Where both are 0 a row without values leaves nothing to divide by; any positive number then gives the bound.
    f.inverse = 1 / std::max(f.squares + f.damping, std::numeric_limits<double>::min());
    f.target = targets[i];
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
    detail::descent<Lanes, Rows> d(p, outputs == 1 ? 1 : first, used);
    d.run(after_pass);
    if (!d.converged()) converged = false;
    d.write_weights(weights.data() + first, outputs);
    for (std::size_t l = 0; l < used; ++l)
      intercepts[first + l] = static_cast<float>(d.intercept(l, double{p.spec.intercept_scaling}));
  });
  return {linear_scores(width, std::move(weights), std::move(intercepts)), converged};
}

template <class Packed, class Rows>
linear_solution solve_any(const linear_svm& spec, const Rows& rows, std::span<const std::uint32_t> targets,
                          std::span<const float> weights, std::size_t labels, const context& ctx) {
  detail::check_labels(stage, labels, targets.size());
  detail::check_counts(stage, rows.size(), targets.size());
  detail::check_rows(stage, rows);
  const Packed packed(rows, spec.intercept ? spec.intercept_scaling : 0, ctx);
  const auto facts = facts_of(spec, packed, targets, weights);
  const problem<Packed> p{spec, packed, facts, ctx.seed()};
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
