// SPDX-License-Identifier: Apache-2.0
#pragma once
// What recommenders that answer from a user's history share: interactions as they count, and sparse matrices in a bundle.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/top_k.hpp>
#include <bespoke/train/similarity.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../core/saved_rows.hpp"

namespace bespoke::train::detail {

/// Throws errc::empty_input without interactions.
void check_interactions(const char* stage, const interaction_matrix& seen);

/// The rows as they are, or with every stored value 1.
sparse_rows counted(const sparse_rows& rows, bool by_value);
/// The same for one row, ones in `s`.
sparse_row counted(const sparse_row& row, bool by_value, scratch& s);

/// Σ of each column / number of rows: what a user of whom nothing is known has of each item.
std::vector<float> column_shares(const sparse_rows& rows);

/// The stored value of a column, null where there is none. O(log stored values).
const float* value_at(const sparse_row& row, std::size_t column);

/// What is expected of a user's value of an item before anything is known of the user: the mean of all values and the item's
/// offset from it, Σ (value − mean) / (interactions + 10).
struct baselines {
  float mean = 0;
  std::vector<float> expected{};
};
baselines baselines_of(const sparse_rows& rows);
/// What a user gives more than is expected: Σ (value − expected) / (length of the history + 15).
double user_offset(const sparse_row& history, std::span<const float> expected);

/// Sums over neighbours of what each says, weighted by similarity.
struct weighted {
  double values = 0, similarities = 0;
  void add(float value, float similarity) {
    values += static_cast<double>(value) * static_cast<double>(similarity);
    similarities += static_cast<double>(similarity);
  }
  /// The neighbours' mean, beside what is expected of item and user.
  float predicted(float expected, double offset) const {
    const double mean = similarities > 0 ? values / similarities : 0;
    return static_cast<float>(static_cast<double>(expected) + offset + mean);
  }
};

/// What two ways to recommend by neighbours are told alike.
struct neighbor_settings {
  std::size_t k;
  similarity by;
  double shrinkage;
  bool by_value, predicted;
};
/// Throws errc::invalid_argument.
void check_settings(const char* stage, const neighbor_settings& settings);

/// The mean of the stored values of each row, 0 of an empty one.
std::vector<double> row_means(const sparse_rows& rows);
/// The rows less a mean of each row, or of each column; either may be empty.
sparse_rows less_means(const sparse_rows& rows, std::span<const double> of_rows, std::span<const double> of_columns);
/// √Σ value² of each row.
std::vector<double> lengths_of(const sparse_rows& rows);

/// What one row has in common with each of many: Σ of products, and the columns that both have. Its memory is in a scratch.
class overlaps {
 public:
  overlaps(std::size_t rows, scratch& s);

  /// Counts a row against the rows of a matrix, whose transpose is `by_column`. O(stored values of the row's columns).
  void count(const sparse_row& row, const sparse_rows& by_column);
  /// Forgets what was counted. O(rows that had something in common).
  void clear();

  std::span<const std::uint32_t> found() const { return found_.first(size_); }
  double product(std::size_t row) const { return products_[row]; }
  std::uint32_t common(std::size_t row) const { return common_[row]; }

 private:
  std::span<double> products_;
  std::span<std::uint32_t> common_, found_;
  std::size_t size_ = 0;
};

/// cosine · common / (common + shrinkage); 0 where a length is 0.
float similarity_of(double product, double lengths, std::uint32_t common, double shrinkage);

/// Of what `similarity_to(row)` gives for the rows that were found, the largest above 0, as many as fit into `columns`, to its
/// front and that of `values`, in ascending order of rows.
template <class SimilarityTo>
std::size_t keep_nearest(const overlaps& counted, SimilarityTo&& similarity_to, std::span<std::uint32_t> columns,
                         std::span<float> values, scratch& s) {
  const scratch::frame temporaries(s);
  best_of best(s.take<scored>(columns.size()));
  for (const std::uint32_t row : counted.found())
    if (const scored one{row, similarity_to(row)}; one.score > 0) best.offer(one);
  const auto kept = best.ranked();
  std::sort(kept.begin(), kept.end(), [](const scored& a, const scored& b) { return a.index < b.index; });
  for (std::size_t i = 0; i < kept.size(); ++i) {
    columns[i] = static_cast<std::uint32_t>(kept[i].index);
    values[i] = kept[i].score;
  }
  return kept.size();
}

using bespoke::detail::load_rows, bespoke::detail::save_rows;
/// A tensor of finite values. Throws errc::bad_bundle.
std::vector<float> load_finite(const bundle_reader& r, const std::string& name,
                               std::size_t expected = bundle_reader::any_size);

}  // namespace bespoke::train::detail
