// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every linear regression learns: a weight for each column, and an intercept.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

/// A number for a row: intercept + Σ rowₖ·weightₖ, summed in double in column order.
/// Copies share the weights. Thread safety: const calls from any thread.
class linear_function {
 public:
  /// Throws errc::invalid_argument for a weight or an intercept that is not finite as a float.
  linear_function(std::span<const double> weights, double intercept);

  std::size_t width() const noexcept { return learned_->weights.size(); }
  std::span<const float> weights() const noexcept { return learned_->weights; }  ///< of each column
  double intercept() const noexcept { return learned_->intercept; }

  /// Throws errc::shape unless the row has `width()` columns. O(stored values), no allocation.
  double operator()(const dense_row& r) const;
  double operator()(const sparse_row& r) const;

  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle for weights that are not finite.
  static linear_function load(const bundle_reader& r);

 private:
  struct learned {
    aligned_vector<float> weights{};
    double intercept = 0;
  };
  explicit linear_function(learned l) : learned_(std::make_shared<const learned>(std::move(l))) {}

  std::shared_ptr<const learned> learned_;
};

/// What the `fit` of a linear regression `Spec` returns for rows `In`: a function of a row that answers a float.
/// Copies share what was learned. Thread safety: const calls from any thread.
template <row In, class Spec>
class linear_regression {
 public:
  static constexpr std::string_view kind = Spec::kind;
  using output_type = float;

  linear_regression(Spec spec, linear_function f, bool converged)
      : spec_(spec), linear_(std::move(f)), converged_(converged) {}

  /// The prediction; NaN for a row with a NaN. Throws errc::shape unless the row has `width()` columns.
  /// O(stored values), no allocation.
  float operator()(const In& x) const { return static_cast<float>(linear_(x)); }

  /// The `k` columns with the largest parts weightₖ·rowₖ of the prediction; see core/reasons.hpp.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const {
    linear_(x);  // refuses rows of another width
    return top_contributions(x, linear_.weights(), k, which);
  }

  std::size_t width() const noexcept { return linear_.width(); }      ///< columns of the rows it takes
  const linear_function& linear() const noexcept { return linear_; }  ///< weights and intercept
  bool converged() const noexcept { return converged_; }              ///< false where it ended at `max_iterations`
  const Spec& spec() const noexcept { return spec_; }                 ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    linear_.save(w);
    w.put("converged", converged_);
  }

 private:
  Spec spec_;
  linear_function linear_;
  bool converged_;
};

}  // namespace bespoke::train
