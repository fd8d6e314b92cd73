// SPDX-License-Identifier: Apache-2.0
#pragma once
// Dense linear algebra in double on all threads of a context, with a fixed order of sums: the same bytes for any number of
// them. What principal components, latent semantics and discriminants stand on.

#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace bespoke::linear {

/// A row-major matrix.
struct matrix {
  std::size_t rows = 0, columns = 0;
  aligned_vector<double> values{};

  matrix() = default;
  matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c) {}

  double* row(std::size_t i) noexcept { return values.data() + i * columns; }
  const double* row(std::size_t i) const noexcept { return values.data() + i * columns; }
  double& at(std::size_t i, std::size_t j) noexcept { return values[i * columns + j]; }
  double at(std::size_t i, std::size_t j) const noexcept { return values[i * columns + j]; }
};

/// A symmetric matrix of which the upper triangle is kept, in strips of rows: 4·size² bytes and a little.
class symmetric {
 public:
  static constexpr std::size_t strip = 120;  ///< rows; a number of whole panels

  explicit symmetric(std::size_t size) : size_(size) {
    for (std::size_t first = 0; first < size; first += strip)
      strips_.emplace_back(std::min(strip, size - first) * (size - first));
  }
  std::size_t size() const noexcept { return size_; }

  /// Value (i, j) and those to the right of it, up to column `size()`. j is at least i, or i's strip's first row.
  double* from(std::size_t i, std::size_t j) noexcept { return strips_[i / strip].data() + place(i, j); }
  double at(std::size_t i, std::size_t j) const noexcept {
    return i <= j ? strips_[i / strip][place(i, j)] : strips_[j / strip][place(j, i)];
  }
  std::span<double> values(std::size_t of_strip) noexcept { return strips_[of_strip]; }
  std::size_t strips() const noexcept { return strips_.size(); }

 private:
  std::size_t place(std::size_t i, std::size_t j) const noexcept {
    const std::size_t first = i / strip * strip;
    return (i - first) * (size_ - first) + (j - first);
  }

  std::size_t size_;
  std::vector<aligned_vector<double>> strips_;
};

/// One side of a product, borrowed: value (k, i) for k < depth, which is summed over, and i < width. `shift`, where there
/// is one, is subtracted: that of i, or where `shift_by_depth` is set that of k.
struct operand {
  const float* floats = nullptr;  // one of the two is given
  const double* doubles = nullptr;
  std::size_t depth = 0, width = 0;
  std::size_t k_step = 0, i_step = 0;  // in values
  const double* shift = nullptr;
  bool shift_by_depth = false;
};

/// A matrix read down its columns (k is the row, i the column), or along its rows (k is the column, i the row).
operand down(const matrix& m);
operand along(const matrix& m);
/// The same for rows of floats, each less `mean` where that is not empty.
operand down(const dense_rows& rows, std::span<const double> mean = {});
operand along(const dense_rows& rows, std::span<const double> mean = {});

/// c(i, j) = Σₖ a(k, i)·b(k, j). O(depth · widths).
matrix product(const operand& a, const operand& b, const context& ctx);
/// c(i, j) = Σₖ a(k, i)·a(k, j): half the work of `product(a, a)`.
matrix gram(const operand& a, const context& ctx);
/// Adds that to a matrix that is there.
void add_gram(const operand& a, symmetric& c, const context& ctx);
/// The same as `gram` in half the time, values and products as floats, which are summed in float over 128 of the depth and
/// those sums in double: good enough to search directions with.
matrix rough_gram(const operand& a, const context& ctx);
/// rows · m for sparse rows, with m a matrix of as many rows as they have columns. O(stored values · columns of m).
matrix product(const sparse_rows& rows, const matrix& m, const context& ctx);
/// Rows and columns exchanged. O(stored values + width).
sparse_rows transposed(const sparse_rows& rows);

/// Replaces a positive definite matrix by its inverse. False, with `m` left half done, where a pivot is not above 0: rounding may
/// hide that of a singular matrix. size³ flops: as many as a Cholesky factor and the inverse from it take; in place but for
/// 2,000·size bytes. Reports its steps under `stage`.
bool invert(symmetric& m, const char* stage, const context& ctx);

/// Eigenvalues of a symmetric matrix, descending, and their vectors of length 1, which are the columns.
struct eigen_pairs {
  std::vector<double> values{};
  matrix vectors{};
};
/// O(size³), on one thread.
eigen_pairs symmetric_eigen(const matrix& m);

/// The largest singular values, descending, and their right vectors, which are the columns of a matrix with a row for each
/// column of the data. A vector's sign is such that of all rows of the data the one with the largest absolute coordinate
/// along it, of equal ones the first, has a positive one. Beyond the data's rank values and vectors are 0: beyond a singular
/// value of √(2.2e-16 · smaller side) times the largest, because squares are what is solved.
struct singular {
  std::vector<double> values{};
  matrix vectors{};
  double squares = 0;  ///< Σ of all squared singular values, kept or not
};

/// What is reported while it is solved.
struct step_report {
  const context& ctx;
  const char* stage;
  std::size_t done = 0, total = 0;
  void operator()() {
    ctx.check();
    ctx.report(stage, ++done, total);
  }
};

/// All singular values by the eigenvalues of the smaller of the two products of the data with itself.
/// O(larger side · smaller² + smaller³).
singular full_svd(const dense_rows& rows, std::span<const double> mean, std::size_t keep, const char* stage,
                  const context& ctx);
/// The same for a matrix in double.
singular full_svd(const matrix& rows, std::size_t keep, const char* stage, const context& ctx);

/// How the leading singular values are searched: Halko, Martinsson and Tropp (2011), subspace iteration from random
/// vectors, made orthonormal after each power.
struct search {
  std::size_t keep = 0;          ///< how many
  std::size_t oversamples = 10;  ///< vectors beside these
  std::size_t powers = 7;        ///< multiplications with the data and its transpose after the first
};
/// Where that is cheaper, the smaller product of the data with itself is made once, roughly, and stands for the data in each
/// power; values and vectors are then solved for the data itself, within the best `keep` + 8 directions that were found.
singular randomized_svd(const dense_rows& rows, std::span<const double> mean, const search& how, const char* stage,
                        const context& ctx);
singular randomized_svd(const sparse_rows& rows, const search& how, const char* stage, const context& ctx);

/// The mean of each column, summed in double. Throws errc::invalid_argument for the first number that is not finite, with
/// its record.
std::vector<double> column_means(const dense_rows& rows, const char* stage, const context& ctx);
/// The check alone; errc::shape for a column outside of the width.
void check_finite(const dense_rows& rows, const char* stage);
void check_finite(const sparse_rows& rows, const char* stage);

// ---- kernels (linear_algebra_kernels.cpp) ----

inline constexpr std::size_t tile = 4;  ///< rows of a result that are computed at once; divides `panel`
/// Columns of an operand that are packed side by side: 12 doubles, 24 floats.
template <class T>
inline constexpr std::size_t panel = 96 / sizeof(T);

/// out[r][j] = Σₖ a[k·panel + r]·b[k·panel + j] for `tile` rows r and `panel` columns j. `b` is 32-byte aligned.
template <class T>
using tile_function = void (*)(const T* a, const T* b, std::size_t depth, T* out);
/// to[j] += factor·from[j]
using add_scaled_function = void (*)(double factor, const double* from, double* to, std::size_t n);
/// out[j] = Σᵢ values[i]·weights[columns[i]·stride + j] for every j below `stride`, a multiple of 8; without `columns`
/// the numbers from 0. Sums run over ascending i.
using project_function = void (*)(const double* values, const std::uint32_t* columns, std::size_t n,
                                  const float* weights, std::size_t stride, double* out);

/// c[r·c_step + j] += factor·Σₖ a[k·step + r]·b[k·step + j] for `rows` ≤ `tile` rows r and `columns` ≤ 12 columns j: products of
/// columns of a row-major matrix that is small enough to need no packing.
struct small_tile {
  const double *a, *b;
  std::size_t step, depth, rows, columns;
  double factor;
  double* c;
  std::size_t c_step;
};
using add_products_function = void (*)(const small_tile& t);
/// Σⱼ a[j]·b[j]
using dot_function = double (*)(const double* a, const double* b, std::size_t n);

struct kernels {
  tile_function<double> multiply;
  tile_function<float> multiply_floats;
  add_scaled_function add_scaled;
  project_function project;
  add_products_function add_products;
  dot_function dot;
};
/// For every processor, and the fastest for this one. The results of the two differ by rounding.
const kernels& portable_kernels();
const kernels& best_kernels();

}  // namespace bespoke::linear
