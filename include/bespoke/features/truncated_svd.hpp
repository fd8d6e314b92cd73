// SPDX-License-Identifier: Apache-2.0
#pragma once
// Truncated singular value decomposition: wide rows as a few dense numbers. Of tf-idf rows it is latent semantic analysis.

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
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// Multiplies a row by the right singular vectors of the training rows, those with the largest singular values first.
/// Means are not subtracted, so that zeros of sparse rows stay cheap: with them subtracted it would be `pca`.
///
///     dense_row or sparse_row → dense_row of `components` columns, called "component 0", "component 1", …
///
/// By Halko, Martinsson and Tropp's (2011) subspace iteration from `components + oversamples` random vectors, drawn from the
/// fit's seed, with `iterations` powers, orthonormal after each. Signs are those of `pca`. Components beyond the rank of the
/// training rows are zeros, and so is every coordinate along them: a singular value counts as 0 below
/// √(2.2e-16 · smaller side) times the largest.
///
/// Fit: the rows are copied once to one matrix, sparse ones twice, the second time column by column; O((stored values ·
/// vectors + smaller side · vectors²) · iterations). Throws errc::empty_input without records, errc::shape where widths
/// differ, errc::invalid_argument for a NaN or infinity (with its record), 0 components and more components than columns.
/// One record: O(stored values · components), no allocation; a NaN in it makes all its coordinates NaN.
/// Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's TruncatedSVD (algorithm="randomized").
struct truncated_svd {
  std::size_t components = 100;  ///< columns to give: about 100 for text
  std::size_t oversamples = 10;  ///< random vectors beside these: more are more exact
  std::size_t iterations = 5;    ///< powers: more are more exact where singular values fall slowly

  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In>
  class fitted;

  template <row In, class Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const;

  /// `components` must be those of the file.
  template <row In, class Y>
  fitted<In> load(bundle_reader& r) const;

  /// What `solve` finds: what `fit` calls.
  struct solution {
    projection onto;
    std::vector<double> singular_values{};
  };
  solution solve(const dense_rows& rows, const context& ctx) const;
  solution solve(const sparse_rows& rows, const context& ctx) const;

 private:
  void check(std::size_t records, std::size_t columns) const;
  void save(bundle_writer& w, const solution& s) const;
  std::pair<truncated_svd, solution> read(const bundle_reader& r) const;
};

/// What `fit` returns for rows `In`. Copies share what was learned.
template <row In>
class truncated_svd::fitted {
 public:
  static constexpr std::string_view kind = "truncated_svd/1";
  using output_type = dense_row;

  fitted(truncated_svd spec, solution found)
      : spec_(spec), found_(std::make_shared<const solution>(std::move(found))) {}

  dense_row operator()(const In& x, scratch& s) const { return found_->onto(x, "truncated_svd", s); }

  std::size_t width() const noexcept { return found_->onto.outputs(); }  ///< components
  std::string column_name(std::size_t column) const { return "component " + std::to_string(column); }

  /// Descending.
  std::span<const double> singular_values() const noexcept { return found_->singular_values; }
  /// The entry of component `component` for a column of the rows it takes.
  float weight(std::size_t component, std::size_t column) const noexcept {
    return found_->onto.weight(column, component);
  }
  const truncated_svd& spec() const noexcept { return spec_; }  ///< how it was fitted

  void save(bundle_writer& w) const { spec_.save(w, *found_); }

 private:
  truncated_svd spec_;
  std::shared_ptr<const solution> found_;
};

template <row In, class Y>
truncated_svd::fitted<In> truncated_svd::fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
  return {*this, solve(collect(x, ctx), ctx)};
}

template <row In, class Y>
truncated_svd::fitted<In> truncated_svd::load(bundle_reader& r) const {
  auto [spec, found] = read(r);
  return {spec, std::move(found)};
}

}  // namespace bespoke::features
