// SPDX-License-Identifier: Apache-2.0
#pragma once
// Linear discriminants: the few directions in which labels lie furthest apart, as scikit-learn's LinearDiscriminantAnalysis
// defines them. As a classifier see train/linear_discriminant.hpp.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/projection.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// Gives a row's coordinates along the discriminants, the most telling first: directions in which the variance between
/// labels is largest against the variance within them, scaled to variance 1 within labels.
///
///     dense_row, any label → dense_row of min(labels − 1, columns) columns, or of `components`:
///                            "discriminant 0", "discriminant 1", …
///
/// Coordinates are taken from the mean of the training rows. Of each discriminant the weight with the largest absolute value,
/// of equal ones the first, is positive (scikit-learn leaves signs open). Discriminants beyond the rank are zeros: where
/// labels' means lie in fewer dimensions, or where the variance between labels is below 1e-4 of the largest (as a standard
/// deviation). Directions in which records hardly vary within their labels (1e-4 of the columns' deviations) are left
/// out, so duplicate and constant columns and more columns than records do no harm. Record weights count as repeated records.
///
/// Fit: the rows are copied to one matrix and once more in double; O(larger side · smaller² + smaller³). Throws
/// errc::empty_input without records, errc::shape where widths or counts differ, errc::invalid_argument for a NaN or
/// infinity (with its record), fewer than two labels, no more records than labels, more components than there can be, and
/// where no column varies within the labels. One record: O(columns · components), no allocation; a NaN makes all its
/// coordinates NaN. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's LinearDiscriminantAnalysis (solver="svd").
struct lda {
  std::size_t components = 0;  ///< columns to give; 0: as many as there are

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;
  template <class In>
  using output_for = dense_row;

  class fitted;

  template <class In, class_target Y>
    requires std::is_same_v<In, dense_row>
  fitted fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;

  /// `components` must be those of the file.
  template <class In, class Y>
    requires std::is_same_v<In, dense_row>
  fitted load(bundle_reader& r) const;

 private:
  fitted solve(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
               std::size_t labels, const context& ctx) const;
  fitted read(bundle_reader& r) const;
};

/// What `fit` returns. Copies share what was learned.
class lda::fitted {
 public:
  static constexpr std::string_view kind = "lda/1";
  using output_type = dense_row;

  dense_row operator()(const dense_row& x, scratch& s) const { return projection_(x, "lda", s); }

  std::size_t width() const noexcept { return projection_.outputs(); }  ///< discriminants
  std::string column_name(std::size_t column) const { return "discriminant " + std::to_string(column); }

  std::span<const double> mean() const noexcept { return projection_.mean(); }  ///< of each column of the rows it takes
  /// The part of the variance between labels that lies along each discriminant.
  std::span<const double> explained_variance_ratio() const noexcept { return *ratio_; }
  /// The entry of discriminant `component` for a column of the rows it takes.
  float weight(std::size_t component, std::size_t column) const noexcept {
    return projection_.weight(column, component);
  }
  const lda& spec() const noexcept { return spec_; }  ///< how it was fitted

  void save(bundle_writer& w) const;

 private:
  friend struct lda;
  fitted(lda spec, projection p, std::vector<double> ratio)
      : spec_(spec), projection_(std::move(p)), ratio_(std::make_shared<const std::vector<double>>(std::move(ratio))) {}

  lda spec_;
  projection projection_;
  std::shared_ptr<const std::vector<double>> ratio_;
};

template <class In, class_target Y>
  requires std::is_same_v<In, dense_row>
lda::fitted lda::fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
  const auto rows = collect(x, ctx);
  const auto targets = class_targets<target_value<Y>>::of(y, false, ctx);
  return solve(rows, targets.numbers, targets.weights, targets.names.size(), ctx);
}

template <class In, class Y>
  requires std::is_same_v<In, dense_row>
lda::fitted lda::load(bundle_reader& r) const {
  return read(r);
}

}  // namespace bespoke::features
