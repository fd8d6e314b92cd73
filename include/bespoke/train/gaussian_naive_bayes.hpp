// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gaussian naive Bayes: for measurements, each column a bell curve of its own for every label.

#include <bespoke/train/naive_bayes.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bespoke::train {

/// What the Gaussian classifier knows of its training rows: means, and sums of squared distances from them. Those of two
/// data sets combine (Chan, Golub, LeVeque: Algorithms for computing the sample variance, 1983).
struct bayes_moments {
  label_totals totals{};
  std::size_t columns = 0;
  std::vector<double> means{};    ///< [column][label], weighted
  std::vector<double> squares{};  ///< [column][label]: Σ weight · (value − mean)²
  std::vector<double> of_all{};   ///< [column]: the mean over all records, unweighted
  std::vector<double> spreads{};  ///< [column]: Σ (value − mean)² over all records

  explicit bayes_moments(std::size_t labels = 0) : totals(labels) {}
  void save(bundle_writer& w) const;
  static bayes_moments load(const bundle_reader& r, std::size_t labels);
};

/// What it answers from: of label j, constantsⱼ − Σ (valueₖ − meanₖⱼ)² · sharpnessₖⱼ.
struct bayes_curves {
  using counts_type = bayes_moments;

  bayes_moments counts{};
  std::vector<double> constants{};  ///< of each label: log P(label) − ½·Σ log(2π·variance)
  std::vector<double> sharpness{};  ///< [column][label]: 1 / (2·variance)

  std::size_t width() const noexcept { return counts.columns; }
  /// The logarithms for all labels, in `s`. Throws errc::shape unless the row has `width()` columns.
  std::span<double> joint(const dense_row& r, scratch& s) const;
  /// What spoke for label `first` against `second`: each column's difference of log densities.
  std::vector<reason> reasons(const dense_row& r, std::size_t first, std::size_t second, std::size_t k, signs w) const;
};

/// Gaussian naive Bayes:
///
///     score of label j = log P(j) + Σ log N(valueₖ; meanₖⱼ, varianceₖⱼ + var_smoothing · largest variance of a column)
///
///     dense_row, any label → decision<label> with its probability
///     (of sparse rows: features::dense before it)
///
/// The largest variance is taken over all records, unweighted; where every column is constant it counts as 1, so that
/// such rows are told apart by the labels' frequencies. A record's weight counts in means, variances and frequencies; a
/// label whose records all weigh 0 has probability 0. `updated` equals a fit of all rows together to rounding.
/// Fit: O(records · columns), two passes over a copy of the rows, labels side by side on all threads, the same bytes for any
/// number of them. Throws as multinomial_naive_bayes; negative values are welcome.
/// One record: O(columns · labels), no allocation; a row with a NaN or an infinity gets the first label and the score NaN.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's GaussianNB.
struct gaussian_naive_bayes {
  double var_smoothing = 1e-9;  ///< share of the largest variance that is added to every variance; more than 0
  bool balanced = false;        ///< every label counts as equally frequent, but for its records' own weights

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::same_as<In, dense_row>;
  template <row In, label Label>
  using fitted = naive_bayes_fitted<gaussian_naive_bayes, In, Label>;

  template <std::same_as<dense_row> In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fitted<In, target_value<Y>>::fit(*this, x, y, ctx);
  }
  template <std::same_as<dense_row> In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return fitted<In, target_value<Y>>::load(*this, r);
  }

  // What the fitted type asks of its spec.
  static constexpr const char* name = "gaussian_naive_bayes";
  static constexpr std::string_view fitted_kind = "gaussian_naive_bayes/1";
  using learned_type = bayes_curves;
  template <row In>
  void check() const {
    check_parameters();
  }
  void check_parameters() const;
  learned_type learn(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_moments counts, const context& ctx) const;
  learned_type derive(bayes_moments counts) const;
  void save(bundle_writer& w) const;
  gaussian_naive_bayes saved(const bundle_reader& r) const;
};

}  // namespace bespoke::train
