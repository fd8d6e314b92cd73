// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/nearest_neighbors.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "checks.hpp"
#include "row_store.hpp"

namespace bespoke::train {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool nearer(const neighbor& a, const neighbor& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.record < b.record;
}

// The nearest of what it is offered: a heap with the farthest at the front.
class nearest_so_far {
 public:
  nearest_so_far() = default;
  explicit nearest_so_far(std::span<neighbor> room) : room_(room) {}

  void offer(const neighbor& n) {
    if (size_ == room_.size()) {
      if (!nearer(n, room_[0])) return;
      std::pop_heap(room_.begin(), room_.end(), nearer);
      room_.back() = n;
      std::push_heap(room_.begin(), room_.end(), nearer);
    } else {
      room_[size_++] = n;
      std::push_heap(room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(size_), nearer);
    }
  }
  void sort(neighbor_metric metric) {
    std::sort_heap(room_.begin(), room_.end(), nearer);
    if (metric == neighbor_metric::euclidean)
      for (auto& n : room_) n.distance = std::sqrt(n.distance);
  }

 private:
  std::span<neighbor> room_{};
  std::size_t size_ = 0;
};

bool finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

void no_distances(std::span<neighbor> found) {
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = {i, nan};
}

double cosine_distance(double product, double a, double b) {
  if (a == 0 || b == 0) return 1;
  // One root of the product: exactly 1 for a row and itself, or its multiple by a power of two.
  return std::clamp(1 - product / std::sqrt(a * b), 0.0, 2.0);
}

// Euclidean distances stay squared until they are answered.
double apart(neighbor_metric metric, const double* query, double query_size, dense_row r, double row_size) {
  const float* const values = r.values.data();
  if (metric == neighbor_metric::euclidean)
    return detail::sum_of_pairs(query, values, r.width(), [](double a, double b) { return (a - b) * (a - b); });
  if (metric == neighbor_metric::manhattan)
    return detail::sum_of_pairs(query, values, r.width(), [](double a, double b) { return std::fabs(a - b); });
  return cosine_distance(detail::dot_of(query, values, r.width()), query_size, row_size);
}

double size_of(neighbor_metric metric, const dense_row& r) {
  return metric == neighbor_metric::cosine ? detail::dot_of(r.values.data(), r.values.data(), r.width()) : 0;
}
double size_of(neighbor_metric metric, const sparse_row& r) {
  double sum = 0;
  for (const float v : r.values)
    sum += metric == neighbor_metric::manhattan ? std::fabs(static_cast<double>(v)) : static_cast<double>(v) * v;
  return sum;
}

// What two stored values of one column add to `shared`, from which the distance of sparse rows follows.
double shared_part(neighbor_metric metric, double a, double b) {
  return metric == neighbor_metric::manhattan ? std::fabs(a - b) - std::fabs(a) - std::fabs(b) : a * b;
}
double apart(neighbor_metric metric, double shared, double a, double b) {
  if (metric == neighbor_metric::cosine) return cosine_distance(shared, a, b);
  return std::max(metric == neighbor_metric::manhattan ? a + b + shared : a + b - 2 * shared, 0.0);
}

const char* name_of(neighbor_metric m) {
  switch (m) {
    case neighbor_metric::cosine: return "cosine";
    case neighbor_metric::manhattan: return "manhattan";
    case neighbor_metric::euclidean: break;
  }
  return "euclidean";
}
const char* name_of(neighbor_weights w) { return w == neighbor_weights::by_distance ? "by_distance" : "uniform"; }

// use(neighbour, weight) for those that count.
template <class Use>
void for_each_vote(std::span<const neighbor> found, std::span<const float> weights, neighbor_weights how, Use&& use) {
  const bool touching = found[0].distance == 0;
  for (const auto& n : found) {
    if (how == neighbor_weights::by_distance && touching && n.distance != 0) break;
    const double near = how == neighbor_weights::by_distance && !touching ? 1 / n.distance : 1.0;
    use(n, near * static_cast<double>(weights[n.record]));
  }
}

}  // namespace

template <row R>
neighbor_search<R>::neighbor_search(bespoke::rows_of<R> rows, neighbor_metric metric)
    : rows_(std::move(rows)), metric_(metric) {
  for (std::size_t i = 0; i < rows_.size(); ++i) sizes_.push_back(size_of(metric, rows_[i]));
  if constexpr (std::is_same_v<R, sparse_row>) index_columns();
}

// Only columns that some row has: the width may be anything.
template <row R>
void neighbor_search<R>::index_columns() {
  if constexpr (std::is_same_v<R, sparse_row>) {
    columns_.assign(rows_.columns().begin(), rows_.columns().end());
    std::sort(columns_.begin(), columns_.end());
    columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
    std::vector<std::uint32_t> place;
    for (const std::uint32_t c : rows_.columns())
      place.push_back(
          static_cast<std::uint32_t>(std::lower_bound(columns_.begin(), columns_.end(), c) - columns_.begin()));
    column_offsets_.resize(columns_.size() + 1);
    for (const std::uint32_t c : place) ++column_offsets_[c + 1];
    for (std::size_t c = 0; c < columns_.size(); ++c) column_offsets_[c + 1] += column_offsets_[c];
    column_rows_.resize(rows_.stored());
    column_values_.resize(rows_.stored());
    auto next = column_offsets_;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      for (std::uint64_t at = rows_.offsets()[i]; at < rows_.offsets()[i + 1]; ++at) {
        column_rows_[next[place[at]]] = static_cast<std::uint32_t>(i);
        column_values_[next[place[at]]++] = rows_.values()[at];
      }
  }
}

template <row R>
void neighbor_search<R>::nearest(std::span<const R> queries, std::size_t each, std::span<neighbor> found,
                                 scratch& s) const {
  for (const R& q : queries) detail::check_width("nearest_neighbors", width(), q.width());
  if constexpr (std::is_same_v<R, dense_row>) look_through(queries, each, found, s);
  else
    for (std::size_t q = 0; q < queries.size(); ++q) look_up(queries[q], each, found.subspan(q * each, each), s);
}

// All columns of the query, and for each the rows that have it too.
template <row R>
void neighbor_search<R>::look_up(const R& query, std::size_t each, std::span<neighbor> found, scratch& s) const {
  if constexpr (std::is_same_v<R, sparse_row>) {
    if (!finite(query.values)) return no_distances(found);
    const scratch::frame temporaries(s);
    const auto shared = s.take<double>(size());
    std::fill(shared.begin(), shared.end(), 0.0);
    for_each_value(query, [&, from = columns_.begin()](std::size_t column, float v) mutable {
      from = std::lower_bound(from, columns_.end(), column);
      if (from == columns_.end() || *from != column) return;
      const auto c = static_cast<std::size_t>(from - columns_.begin());
      for (std::uint64_t at = column_offsets_[c]; at < column_offsets_[c + 1]; ++at)
        shared[column_rows_[at]] +=
            shared_part(metric_, static_cast<double>(v), static_cast<double>(column_values_[at]));
    });
    const double query_size = size_of(metric_, query);
    nearest_so_far best(found.first(each));
    for (std::size_t i = 0; i < size(); ++i) best.offer({i, apart(metric_, shared[i], query_size, sizes_[i])});
    best.sort(metric_);
  }
}

// A tile of training rows stays in cache while all queries look at it.
template <row R>
void neighbor_search<R>::look_through(std::span<const R> queries, std::size_t each, std::span<neighbor> found,
                                      scratch& s) const {
  if constexpr (std::is_same_v<R, dense_row>) {
    const scratch::frame temporaries(s);
    const auto values = s.take<double>(queries.size() * width());
    const auto query_sizes = s.take<double>(queries.size());
    const auto best = s.take<nearest_so_far>(queries.size());
    for (std::size_t q = 0; q < queries.size(); ++q) {
      std::copy(queries[q].values.begin(), queries[q].values.end(), values.data() + q * width());
      query_sizes[q] = size_of(metric_, queries[q]);
      best[q] = nearest_so_far(found.subspan(q * each, each));
    }
    constexpr std::size_t tile_values = 8192;
    const std::size_t tile = std::max<std::size_t>(1, tile_values / std::max<std::size_t>(1, width()));
    for (std::size_t first = 0; first < size(); first += tile)
      for (std::size_t q = 0; q < queries.size(); ++q)
        for (std::size_t i = first; i < std::min(size(), first + tile); ++i)
          best[q].offer({i, apart(metric_, values.data() + q * width(), query_sizes[q], rows_[i], sizes_[i])});
    for (std::size_t q = 0; q < queries.size(); ++q) {
      if (finite(queries[q].values)) best[q].sort(metric_);
      else no_distances(found.subspan(q * each, each));
    }
  }
}

template class neighbor_search<dense_row>;
template class neighbor_search<sparse_row>;

void neighbor_options::check(const char* stage, std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "k", static_cast<double>(k));
  detail::check_counts(stage, records, targets);
}
void neighbor_options::save(bundle_writer& w) const {
  w.put("k", k);
  w.put("metric", name_of(metric));
  w.put("weighting", name_of(weights));
}
void neighbor_options::must_equal(const bundle_reader& r) const {
  r.must_equal("k", k);
  r.must_equal("metric", name_of(metric));
  r.must_equal("weighting", name_of(weights));
  if (k == 0) r.reject("k is 0");
}

template <row R>
std::vector<std::uint32_t> neighbor_table<R>::kept_rows(const char* stage, const bespoke::rows_of<R>& rows,
                                                        std::span<const float> record_weights,
                                                        std::vector<float>& weights) {
  detail::check_rows(stage, rows);
  std::vector<std::uint32_t> kept;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float weight = record_weights.empty() ? 1.0f : record_weights[i];
    if (weight == 0) continue;
    kept.push_back(static_cast<std::uint32_t>(i));
    weights.push_back(weight);
  }
  return kept;
}
template <row R>
bespoke::rows_of<R> neighbor_table<R>::chosen_rows(bespoke::rows_of<R> rows, std::span<const std::uint32_t> kept) {
  if (kept.size() == rows.size()) return rows;
  return detail::chosen(rows, kept);
}

template <row R>
void neighbor_table<R>::save(bundle_writer& w) const {
  detail::save_rows(search.rows(), w);
  w.put("weights", std::span<const float>(weights));
}
template <row R>
neighbor_table<R> neighbor_table<R>::load(const bundle_reader& r, neighbor_metric metric) {
  bespoke::rows_of<R> rows;
  detail::load_rows(r, rows);
  if (rows.size() == 0) r.reject("there are no rows");
  const auto weights = r.tensor<float>("weights", rows.size());
  if (!std::all_of(weights.begin(), weights.end(), [](float v) { return std::isfinite(v) && v > 0; }))
    r.reject("a weight is not a number above 0");
  return {{std::move(rows), metric}, {weights.begin(), weights.end()}};
}

template <row R>
void neighbor_table<R>::vote(std::span<const neighbor> found, std::span<const std::uint32_t> answers,
                             neighbor_weights how, std::span<double> shares) const {
  std::fill(shares.begin(), shares.end(), std::isnan(found[0].distance) ? nan : 0.0);
  double sum = 0;
  for_each_vote(found, weights, how, [&](const neighbor& n, double weight) {
    shares[answers[n.record]] += weight;
    sum += weight;
  });
  for (double& v : shares) v /= sum;
}

template <row R>
double neighbor_table<R>::mean(std::span<const neighbor> found, std::span<const double> values,
                               neighbor_weights how) const {
  if (std::isnan(found[0].distance)) return nan;
  double sum = 0, total = 0;
  for_each_vote(found, weights, how, [&](const neighbor& n, double weight) {
    sum += weight * values[n.record];
    total += weight;
  });
  return sum / total;
}

template struct neighbor_table<dense_row>;
template struct neighbor_table<sparse_row>;

namespace detail {

std::vector<std::uint32_t> load_answers(const bundle_reader& r, std::size_t rows, std::size_t labels) {
  const auto answers = r.tensor<std::uint32_t>("answers", rows);
  if (!std::all_of(answers.begin(), answers.end(), [labels](std::uint32_t a) { return a < labels; }))
    r.reject("a row's label is none of the labels");
  return {answers.begin(), answers.end()};
}

std::vector<double> load_values(const bundle_reader& r, std::size_t rows) {
  const auto values = r.tensor<double>("values", rows);
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
    r.reject("a row's target is not finite");
  return {values.begin(), values.end()};
}

void check_neighbor_labels(const char* stage, std::size_t labels, std::size_t targets) {
  check_labels(stage, labels, targets);
}

}  // namespace detail

}  // namespace bespoke::train
