// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows: the numbers that stand for one record. Rows are records, columns are features.
//
// Views (`dense_row`, `sparse_row`) pass between stages; matrices (`dense_rows`, `sparse_rows`) own what is kept.
// Both matrices are plain row-major or CSR memory, 64-byte aligned, allocated and freed inside the library.

#include <bespoke/core/error.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// A view of one dense row: `width()` floats. Valid as long as what it views.
struct dense_row {
  std::span<const float> values{};

  std::size_t width() const noexcept { return values.size(); }
  float operator[](std::size_t column) const noexcept { return values[column]; }
};

/// A view of one sparse row: column numbers, strictly ascending, each below `columns_in_all`, and their values.
struct sparse_row {
  std::span<const std::uint32_t> columns{};
  std::span<const float> values{};
  std::size_t columns_in_all = 0;

  std::size_t width() const noexcept { return columns_in_all; }
  std::size_t size() const noexcept { return columns.size(); }
};

template <class T>
inline constexpr bool is_row = std::is_same_v<T, dense_row> || std::is_same_v<T, sparse_row>;

/// A dense or a sparse row.
template <class T>
concept row = is_row<T>;

/// Calls `f(column, value)` for every stored value, columns ascending; for a dense row that is every column.
template <class F>
void for_each_value(const dense_row& r, F&& f) {
  for (std::size_t c = 0; c < r.values.size(); ++c) f(c, r.values[c]);
}
template <class F>
void for_each_value(const sparse_row& r, F&& f) {
  for (std::size_t i = 0; i < r.columns.size(); ++i) f(std::size_t{r.columns[i]}, r.values[i]);
}

/// Σ rowₖ·weightsₖ in double, summed in column order: one fixed order for one record and for many.
/// `weights` must have `width()` entries. O(stored values).
template <row R>
double dot(const R& r, std::span<const float> weights) {
  double sum = 0;
  for_each_value(r, [&](std::size_t c, float v) { sum += static_cast<double>(v) * weights[c]; });
  return sum;
}

/// Σ rowₖ² in double.
template <row R>
double squared_norm(const R& r) {
  double sum = 0;
  for_each_value(r, [&](std::size_t, float v) { sum += static_cast<double>(v) * v; });
  return sum;
}

namespace detail {
void* aligned_allocate(std::size_t bytes);  // 64-byte aligned; throws std::bad_alloc
void aligned_release(void* p) noexcept;
std::size_t values_in(std::size_t rows, std::size_t width);  // rows * width; throws errc::limit where that is too many
}  // namespace detail

/// Allocates 64-byte aligned memory inside the compiled library, so that hosts with other compiler flags may free it.
template <class T>
struct aligned_allocator {
  using value_type = T;
  aligned_allocator() = default;
  template <class U>
  aligned_allocator(const aligned_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(detail::aligned_allocate(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t) noexcept { detail::aligned_release(p); }
  friend bool operator==(const aligned_allocator&, const aligned_allocator&) { return true; }
};

/// A vector whose memory is 64-byte aligned.
template <class T>
using aligned_vector = std::vector<T, aligned_allocator<T>>;

/// An owning dense matrix, row-major. Thread safety: const calls from any thread.
class dense_rows {
 public:
  using row_type = dense_row;

  dense_rows() = default;
  /// All zero. Throws errc::limit where rows * width floats are more than memory can address.
  dense_rows(std::size_t rows, std::size_t width)
      : width_(width), rows_(rows), values_(detail::values_in(rows, width)) {}

  std::size_t size() const noexcept { return rows_; }
  std::size_t width() const noexcept { return width_; }
  dense_row operator[](std::size_t i) const noexcept { return {{values_.data() + i * width_, width_}}; }
  std::span<float> writable(std::size_t i) noexcept { return {values_.data() + i * width_, width_}; }
  std::span<const float> values() const noexcept { return values_; }

 private:
  std::size_t width_ = 0, rows_ = 0;
  aligned_vector<float> values_;
};

/// An owning sparse matrix, CSR: row i is columns and values from `offsets()[i]` to `offsets()[i + 1]`.
/// Thread safety: const calls from any thread.
class sparse_rows {
 public:
  using row_type = sparse_row;

  sparse_rows() : offsets_{0} {}
  explicit sparse_rows(std::size_t width) : width_(width), offsets_{0} {}
  /// Takes finished arrays; throws errc::shape unless offsets ascend from 0 to the number of columns and values.
  sparse_rows(std::size_t width, aligned_vector<std::uint64_t> offsets, aligned_vector<std::uint32_t> columns,
              aligned_vector<float> values);

  std::size_t size() const noexcept { return offsets_.size() - 1; }
  std::size_t width() const noexcept { return width_; }
  std::size_t stored() const noexcept { return columns_.size(); }
  sparse_row operator[](std::size_t i) const noexcept {
    const auto b = offsets_[i], n = offsets_[i + 1] - b;
    return {{columns_.data() + b, n}, {values_.data() + b, n}, width_};
  }
  void append(const sparse_row& r) {
    columns_.insert(columns_.end(), r.columns.begin(), r.columns.end());
    values_.insert(values_.end(), r.values.begin(), r.values.end());
    offsets_.push_back(columns_.size());
  }

  std::span<const std::uint64_t> offsets() const noexcept { return offsets_; }
  std::span<const std::uint32_t> columns() const noexcept { return columns_; }
  std::span<const float> values() const noexcept { return values_; }

 private:
  std::size_t width_ = 0;
  aligned_vector<std::uint64_t> offsets_;
  aligned_vector<std::uint32_t> columns_;
  aligned_vector<float> values_;
};

namespace detail {
template <class Row>
struct rows_of;
template <>
struct rows_of<dense_row> {
  using type = dense_rows;
};
template <>
struct rows_of<sparse_row> {
  using type = sparse_rows;
};
}  // namespace detail

/// The matrix that owns rows of a kind: `dense_rows` for `dense_row`, `sparse_rows` for `sparse_row`.
template <row Row>
using rows_of = typename detail::rows_of<Row>::type;

}  // namespace bespoke
