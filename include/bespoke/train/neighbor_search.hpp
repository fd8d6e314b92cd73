// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training rows that are searched for the nearest: what train/nearest_neighbors.hpp stands on.

#include <algorithm>
#include <array>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace bespoke::train {

/// How far apart two rows are.
enum class neighbor_metric {
  euclidean,  ///< √Σ (aₖ − bₖ)²
  cosine,     ///< 1 − Σ aₖ·bₖ / (|a|·|b|); 1 where a row is all 0
  manhattan,  ///< Σ |aₖ − bₖ|
};

/// How much each neighbour counts.
enum class neighbor_weights {
  uniform,      ///< all the same
  by_distance,  ///< 1 / distance; where some lie at distance 0, those alone
};

/// One of the training rows, and how far it lies from the row that was asked for.
struct neighbor {
  std::size_t record = 0;  ///< number among the training records with a weight above 0
  double distance = 0;
  friend bool operator==(const neighbor&, const neighbor&) = default;
};

/// Training rows that can be searched, exactly: every row is looked at. Of rows as far apart the earlier comes first.
///
/// Dense rows: O(size() · width()) a query. Several queries at once go over the training rows in tiles of 32 KB that stay in
/// cache. Sparse rows are kept by column as well: O(size() + stored values of the query's columns) a query.
/// Both give each pair of rows one distance, whichever else is asked. Thread safety: const calls from any thread.
template <row R>
class neighbor_search {
 public:
  neighbor_search() = default;
  neighbor_search(bespoke::rows_of<R> rows, neighbor_metric metric);

  std::size_t size() const noexcept { return rows_.size(); }
  std::size_t width() const noexcept { return rows_.width(); }
  const bespoke::rows_of<R>& rows() const noexcept { return rows_; }

  /// The `each` nearest of every query, nearest first, in `found[q · each]` and on. Needs 1 ≤ each ≤ size(), and
  /// `queries.size() · each` places. A query with a NaN or infinity finds distances of NaN.
  /// Throws errc::shape unless each query has `width()` columns. Allocates nothing.
  void nearest(std::span<const R> queries, std::size_t each, std::span<neighbor> found, scratch& s) const;

 private:
  void index_columns();
  void look_up(const R& query, std::size_t each, std::span<neighbor> found, scratch& s) const;
  void look_through(std::span<const R> queries, std::size_t each, std::span<neighbor> found, scratch& s) const;

  bespoke::rows_of<R> rows_{};
  neighbor_metric metric_ = neighbor_metric::euclidean;
  std::vector<double> sizes_{};  // Σ value² of each row, or Σ |value| for manhattan; sparse, or cosine
  // Sparse rows by column: rows and values of columns_[c] from column_offsets_[c] to column_offsets_[c + 1].
  std::vector<std::uint32_t> columns_{};
  std::vector<std::uint64_t> column_offsets_{};
  std::vector<std::uint32_t> column_rows_{};
  std::vector<float> column_values_{};
};

extern template class neighbor_search<dense_row>;
extern template class neighbor_search<sparse_row>;

/// How neighbours answer.
struct neighbor_options {
  std::size_t k = 5;
  neighbor_metric metric = neighbor_metric::euclidean;
  neighbor_weights weights = neighbor_weights::uniform;

  /// Throws errc::invalid_argument for a `k` of 0, errc::empty_input and errc::shape for the counts.
  void check(const char* stage, std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w) const;
  /// Throws errc::bundle_mismatch unless the file has these options.
  void must_equal(const bundle_reader& r) const;
};

/// Training rows with their targets' weights: what both learners keep.
template <row R>
struct neighbor_table {
  neighbor_search<R> search{};
  std::vector<float> weights{};  ///< of each row, above 0

  /// Leaves out records of weight 0 here and in `targets`; `record_weights` may be empty.
  template <class T>
  static neighbor_table of(const char* stage, bespoke::rows_of<R> rows, std::span<const float> record_weights,
                           std::vector<T>& targets, neighbor_metric metric) {
    neighbor_table t;
    const auto kept = kept_rows(stage, rows, record_weights, t.weights);
    std::size_t n = 0;
    for (const std::uint32_t i : kept) targets[n++] = targets[i];
    targets.resize(n);
    t.search = {chosen_rows(std::move(rows), kept), metric};
    return t;
  }
  void save(bundle_writer& w) const;
  static neighbor_table load(const bundle_reader& r, neighbor_metric metric);

  /// Adds up, for every answer below `shares.size()`, the share of the neighbours that give it; all NaN for a row with a
  /// NaN or infinity.
  void vote(std::span<const neighbor> found, std::span<const std::uint32_t> answers, neighbor_weights how,
            std::span<double> shares) const;
  /// The neighbours' mean.
  double mean(std::span<const neighbor> found, std::span<const double> values, neighbor_weights how) const;

 private:
  static std::vector<std::uint32_t> kept_rows(const char* stage, const bespoke::rows_of<R>& rows,
                                              std::span<const float> record_weights, std::vector<float>& weights);
  static bespoke::rows_of<R> chosen_rows(bespoke::rows_of<R> rows, std::span<const std::uint32_t> kept);
};

extern template struct neighbor_table<dense_row>;
extern template struct neighbor_table<sparse_row>;

namespace detail {

/// Checks of what a file says: the numbers of labels, values that are finite; one for each row.
std::vector<std::uint32_t> load_answers(const bundle_reader& r, std::size_t rows, std::size_t labels);
std::vector<double> load_values(const bundle_reader& r, std::size_t rows);
void check_neighbor_labels(const char* stage, std::size_t labels, std::size_t targets);

/// `use(index, neighbours)` for every row of `x`, several queries at a time, on all threads.
template <row R, class Use>
void for_each_nearest(const neighbor_search<R>& search, std::size_t each, const blocks<R>& x, const context& ctx,
                      Use&& use) {
  constexpr std::size_t together = 16;
  ctx.parallel(x.count(), [&](std::size_t b, scratch& s) {
    x.visit(b, s, [&](const block<R>& in) {
      std::array<R, together> queries{};
      for (std::size_t first = 0; first < in.size(); first += together) {
        ctx.check();
        const scratch::frame frame(s);
        const std::size_t n = std::min(together, in.size() - first);
        for (std::size_t i = 0; i < n; ++i) queries[i] = in[first + i];
        const auto found = s.template take<neighbor>(n * each);
        search.nearest(std::span<const R>(queries.data(), n), each, found, s);
        for (std::size_t i = 0; i < n; ++i)
          use(in.first() + first + i, std::span<const neighbor>(found.subspan(i * each, each)), s);
      }
    });
  });
}

}  // namespace detail

}  // namespace bespoke::train
