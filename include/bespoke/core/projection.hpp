// SPDX-License-Identifier: Apache-2.0
#pragma once
// Projection: what every stage that answers with a few weighted sums of a row learns (pca, truncated_svd, lda).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bespoke {

/// outputⱼ = Σ (rowₖ − meanₖ)·weightₖⱼ, summed in double in column order. A NaN or an infinity in a row makes every output
/// NaN or infinite. Copies share the weights. Thread safety: const calls from any thread.
class projection {
 public:
  /// `weights` in row-major order, one row for each column of the data and `outputs` numbers in it; `mean` of each column,
  /// or empty for 0. Weights are kept as floats. Throws errc::shape where the sizes do not fit together.
  projection(std::size_t columns, std::size_t outputs, std::span<const double> weights, std::vector<double> mean = {});

  std::size_t columns() const noexcept { return learned_->columns; }  ///< of the rows it takes
  std::size_t outputs() const noexcept { return learned_->outputs; }  ///< columns of the rows it gives
  std::span<const double> mean() const noexcept { return learned_->mean; }
  /// What column `column` counts in output `output`.
  float weight(std::size_t column, std::size_t output) const noexcept {
    return learned_->weights[column * learned_->stride + output];
  }

  /// Throws errc::shape, with the stage's name, unless the row has `columns()` columns. O(stored values · outputs), no
  /// allocation. A sparse row's absent values are 0: only without a mean.
  dense_row operator()(const dense_row& r, const char* stage, scratch& s) const;
  dense_row operator()(const sparse_row& r, const char* stage, scratch& s) const;

  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle for numbers that are not finite or do not fit together. `centred`: whether there is a mean.
  static projection load(const bundle_reader& r, bool centred);

 private:
  struct learned {
    std::size_t columns = 0, outputs = 0, stride = 0;  // the stride is a multiple of 8, which is how kernels go
    aligned_vector<float> weights{};
    std::vector<double> mean{};
  };
  static std::shared_ptr<const learned> made(std::size_t columns, std::size_t outputs, std::vector<double> mean,
                                             auto&& weight_of);
  explicit projection(std::shared_ptr<const learned> l) : learned_(std::move(l)) {}

  std::shared_ptr<const learned> learned_;
};

}  // namespace bespoke
