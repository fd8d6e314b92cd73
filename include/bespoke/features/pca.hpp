// SPDX-License-Identifier: Apache-2.0
#pragma once
// Principal components: the few directions in which rows differ most, as scikit-learn's PCA defines them.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/projection.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// How components are found.
enum class pca_solver {
  automatic,  ///< full where rows and columns are at most 500, or where `components` is 80 % of the smaller of the two or
              ///< more; else randomized
  full,       ///< all eigenvectors of the covariance, of which the first are kept: O(larger side · smaller² + smaller³)
  randomized,  ///< subspace iteration from random vectors: only the first are searched
};

/// Subtracts each column's mean and gives the row's coordinates along the principal components, the one with the largest
/// variance first.
///
///     dense_row → dense_row of `components` columns, called "component 0", "component 1", …
///
/// Component j is the j-th right singular vector of the centred rows, and its explained variance is its squared singular
/// value over (records − 1). Its sign is such that of all training rows the one with the largest absolute coordinate, of
/// equal ones the first, has a positive one (scikit-learn's svd_flip, by U). Components beyond the rank are zeros, and so is
/// every coordinate along them, whitened or not: a singular value counts as 0 below about 4e-7 of the largest.
///
/// The randomized solver is Halko, Martinsson and Tropp's (2011), drawn from the fit's seed, made orthonormal after each
/// power. Powers are scikit-learn's: 7, or 4 where components are 10 % of the smaller side or more. The vectors beside the
/// components are half as many as these, at least 10 (scikit-learn: 10), which brings the last components nearer to the
/// exact ones. Where the smaller side has at most 4·(powers + 2)·vectors columns, their covariance is computed once and
/// stands for the rows in every power, with products summed in float over 128 rows and beyond that in double: fewer
/// operations, the same subspace. Components and variances are then solved from the rows themselves, in double, within the
/// best `components` + 8 directions found.
///
/// Fit: the rows are copied once to one matrix. Throws errc::empty_input without records, errc::shape where widths differ,
/// errc::invalid_argument for one record, for a NaN or infinity (with its record), and for more components than rows or
/// columns. One record: O(columns · components), no allocation; a NaN in it makes all its coordinates NaN.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's PCA.
struct pca {
  std::size_t components = 0;                 ///< columns to give; 0: as many as the smaller of rows and columns
  pca_solver solver = pca_solver::automatic;  ///< how they are found: of no effect on what is asked for
  bool whiten = false;                        ///< divide each coordinate by its standard deviation in training

  template <class In>
  static constexpr bool accepts = std::is_same_v<In, dense_row>;

  class fitted;

  template <class In, class Y>
    requires std::is_same_v<In, dense_row>
  fitted fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const;

  /// `components` and `whiten` must be those of the file.
  template <class In, class Y>
    requires std::is_same_v<In, dense_row>
  fitted load(bundle_reader& r) const;

 private:
  fitted solve(const dense_rows& rows, const context& ctx) const;
  fitted read(bundle_reader& r) const;
  void check(std::size_t records, std::size_t columns) const;
};

/// What `fit` returns. Copies share what was learned.
class pca::fitted {
 public:
  static constexpr std::string_view kind = "pca/1";
  using output_type = dense_row;

  dense_row operator()(const dense_row& x, scratch& s) const { return projection_(x, "pca", s); }

  std::size_t width() const noexcept { return projection_.outputs(); }  ///< components
  std::string column_name(std::size_t column) const { return "component " + std::to_string(column); }

  std::span<const double> mean() const noexcept { return projection_.mean(); }  ///< of each column of the rows it takes
  /// Variance along each component, descending.
  std::span<const double> explained_variance() const noexcept { return learned_->variance; }
  /// The same as parts of the variance of all columns together; 0 where there is none.
  std::span<const double> explained_variance_ratio() const noexcept { return learned_->ratio; }
  /// The entry of component `component` for a column of the rows it takes; whitened ones are divided already.
  float weight(std::size_t component, std::size_t column) const noexcept {
    return projection_.weight(column, component);
  }
  const pca& spec() const noexcept { return learned_->spec; }  ///< how it was fitted

  void save(bundle_writer& w) const;

 private:
  friend struct pca;
  struct learned {
    pca spec{};
    std::vector<double> variance{}, ratio{};
  };
  fitted(projection p, learned l)
      : projection_(std::move(p)), learned_(std::make_shared<const learned>(std::move(l))) {}

  projection projection_;
  std::shared_ptr<const learned> learned_;
};

template <class In, class Y>
  requires std::is_same_v<In, dense_row>
pca::fitted pca::fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
  return solve(collect(x, ctx), ctx);
}

template <class In, class Y>
  requires std::is_same_v<In, dense_row>
pca::fitted pca::load(bundle_reader& r) const {
  return read(r);
}

}  // namespace bespoke::features
