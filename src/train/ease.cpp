// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/ease.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../core/linear_algebra.hpp"
#include "checks.hpp"
#include "collaborative.hpp"

namespace bespoke::train {

namespace {

constexpr std::size_t unit = 16;  // rows of a result in one unit of work

std::size_t units(std::size_t rows) { return (rows + unit - 1) / unit; }

template <class Row>
void for_each_row(std::size_t rows, const context& ctx, Row&& row) {
  ctx.parallel(units(rows), [&](std::size_t u, scratch& s) {
    for (std::size_t i = u * unit; i < std::min(rows, (u + 1) * unit); ++i) row(i, s);
  });
}

void check(const ease& spec, const interaction_matrix& seen) {
  detail::check_positive("ease", "l2", spec.l2);
  detail::check_interactions("ease", seen);
  const auto n = static_cast<double>(seen.items());
  if (seen.items() > spec.max_items)
    throw error(errc::limit, {.stage = "ease",
                              .expected = fmt::format("at most {} items", spec.max_items),
                              .got = fmt::format("{}, which take {:.1f} GB", seen.items(), 4e-9 * n * n),
                              .advice = "leave out rare items, learn by factors instead, or pass a larger max_items"});
}

[[noreturn]] void nothing_left(const ease& spec) {
  throw error(errc::invalid_argument, {.stage = "ease",
                                       .expected = "an l2 that is not lost beside the squares of the values",
                                       .got = fmt::format("{}", spec.l2),
                                       .advice = "raise l2, or scale the values"});
}

// rows·rowsᵀ + l2·I; `columns` is the transpose of `rows`.
linear::symmetric regularized_gram(const sparse_rows& rows, const sparse_rows& columns, double l2, const context& ctx) {
  linear::symmetric g(rows.size());
  for_each_row(g.size(), ctx, [&](std::size_t i, scratch&) {
    double* const to = g.from(i, i);
    for_each_value(rows[i], [&](std::size_t k, float v) {
      const sparse_row other = columns[k];
      const auto first = std::lower_bound(other.columns.begin(), other.columns.end(), i) - other.columns.begin();
      for (auto at = static_cast<std::size_t>(first); at < other.size(); ++at)
        to[other.columns[at] - i] += static_cast<double>(v) * static_cast<double>(other.values[at]);
    });
    to[0] += l2;
  });
  return g;
}

using learned = ease::model::learned;

learned room_for(std::size_t items, bool by_value) {
  learned all{.items = items, .stride = ease::model::row_stride(items), .by_value = by_value};
  all.precisions.resize(items);
  return all;
}

// From P itself.
void learn_by_items(const sparse_rows& x, const sparse_rows& by_item, const ease& spec, const context& ctx,
                    learned& all) {
  linear::symmetric p = regularized_gram(by_item, x, spec.l2, ctx);
  if (!linear::invert(p, "ease", ctx)) nothing_left(spec);
  for (std::size_t i = 0; i < all.items; ++i) all.precisions[i] = p.at(i, i);
  all.weights.resize(all.items * all.stride);
  for_each_row(all.items, ctx, [&](std::size_t h, scratch&) {
    float* const to = all.weights.data() + h * all.stride;
    for (std::size_t i = 0; i < all.items; ++i)
      to[i] = i == h ? 0.0f : static_cast<float>(-p.at(h, i) / all.precisions[i]);
  });
}

// K⁻¹·X with K = XXᵀ + l2·I, users × items.
linear::matrix solved_by_users(const sparse_rows& x, const sparse_rows& by_item, const ease& spec, const context& ctx) {
  linear::symmetric k = regularized_gram(x, by_item, spec.l2, ctx);
  if (!linear::invert(k, "ease", ctx)) nothing_left(spec);
  linear::matrix m(x.size(), x.width());
  for_each_row(m.rows, ctx, [&](std::size_t u, scratch&) {
    for (std::size_t v = 0; v < x.size(); ++v)
      for_each_value(x[v], [&](std::size_t i, float value) { m.at(u, i) += k.at(u, v) * static_cast<double>(value); });
  });
  return m;
}

// P = (I − S) / l2 with S = XᵀK⁻¹X, one row of S at a time.
void learn_by_users(const sparse_rows& x, const sparse_rows& by_item, const ease& spec, const context& ctx,
                    learned& all) {
  const linear::matrix m = solved_by_users(x, by_item, spec, ctx);
  for_each_row(all.items, ctx, [&](std::size_t i, scratch&) {
    double explained = 0;
    for_each_value(by_item[i], [&](std::size_t u, float v) { explained += static_cast<double>(v) * m.at(u, i); });
    all.precisions[i] = (1 - explained) / spec.l2;
  });
  const auto add = linear::best_kernels().add_scaled;
  all.weights.resize(all.items * all.stride);
  for_each_row(all.items, ctx, [&](std::size_t h, scratch& s) {
    const scratch::frame temporaries(s);
    const auto row = s.take<double>(all.items);
    std::fill(row.begin(), row.end(), 0.0);
    for_each_value(by_item[h],
                   [&](std::size_t u, float v) { add(static_cast<double>(v), m.row(u), row.data(), row.size()); });
    float* const to = all.weights.data() + h * all.stride;
    for (std::size_t i = 0; i < all.items; ++i)
      to[i] = i == h ? 0.0f : static_cast<float>(row[i] / (all.precisions[i] * spec.l2));
  });
}

bool usable(double precision) { return std::isfinite(precision) && precision > std::numeric_limits<double>::min(); }

const sparse_row& history_of(const profile_row& profile) { return std::get<sparse_row>(profile); }

// Four rows at a time, because the sums would else be read and written for each. Memory bounds this: intrinsics for AVX2 and
// AVX-512 were 15 and 25 % faster, with sums in float 40 %.
void add_four(const double* values, const float* const* rows, double* sums, std::size_t n) {
  const float *const a = rows[0], *const b = rows[1], *const c = rows[2], *const d = rows[3];
  const double va = values[0], vb = values[1], vc = values[2], vd = values[3];
  for (std::size_t j = 0; j < n; ++j)
    sums[j] = (((sums[j] + va * static_cast<double>(a[j])) + vb * static_cast<double>(b[j])) +
               vc * static_cast<double>(c[j])) +
              vd * static_cast<double>(d[j]);
}

void add_one(double value, const float* row, double* sums, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) sums[j] += value * static_cast<double>(row[j]);
}

// Σ value·row over rows in order, in tiles whose sums stay in the first cache. Moves the rows to their ends.
void add_rows(const double* values, std::span<const float*> rows, std::span<double> sums) {
  constexpr std::size_t tile = 2048;
  for (std::size_t j = 0; j < sums.size(); j += tile) {
    const std::size_t width = std::min(tile, sums.size() - j);
    std::size_t i = 0;
    for (; i + 4 <= rows.size(); i += 4) add_four(values + i, rows.data() + i, sums.data() + j, width);
    for (; i < rows.size(); ++i) add_one(values[i], rows[i], sums.data() + j, width);
    for (const float*& row : rows) row += width;
  }
}

}  // namespace

std::shared_ptr<const ease::model> ease::fit(const interaction_matrix& seen, const context& ctx) const {
  check(*this, seen);
  const sparse_rows x = detail::counted(seen.by_user, by_value), by_item = detail::counted(seen.by_item, by_value);
  learned all = room_for(x.width(), by_value);
  all.without_history = detail::column_shares(x);
  if (x.width() <= x.size()) learn_by_items(x, by_item, *this, ctx, all);
  else learn_by_users(x, by_item, *this, ctx, all);
  // l2·P(i, i) is the share of an item that the others leave unexplained, from 1 down: weights are divided by it.
  const auto clear = [&](double precision) { return usable(precision) && precision * l2 > 1e-12; };
  if (!std::all_of(all.precisions.begin(), all.precisions.end(), clear)) nothing_left(*this);
  return std::make_shared<const model>(std::move(all));
}

void ease::model::save(bundle_writer& w) const {
  w.put("by_value", all_.by_value);
  w.put("without_history", std::span<const float>(all_.without_history));
  w.put("precisions", std::span<const double>(all_.precisions));
  w.put("weights", std::span<const float>(all_.weights), {all_.items, all_.stride});
}

std::shared_ptr<const ease::model> ease::load(bundle_reader& r) const {
  r.must_equal("by_value", by_value);
  learned all{.by_value = by_value};
  all.without_history = detail::load_finite(r, "without_history");
  all.items = all.without_history.size();
  all.stride = model::row_stride(all.items);
  if (all.items > std::numeric_limits<std::uint32_t>::max()) r.reject("it has more items than there are numbers");
  const auto precisions = r.tensor<double>("precisions", all.items);
  const auto weights = r.tensor<float>("weights", all.items * all.stride);
  if (!std::all_of(precisions.begin(), precisions.end(), usable)) r.reject("a precision is not above 0");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t h = i / all.stride, column = i % all.stride;
    const bool zero = column == h || column >= all.items;
    if (!std::isfinite(weights[i]) || (zero && std::fabs(weights[i]) > 0))
      r.reject("a weight is not finite, or of an item on itself");
  }
  all.precisions.assign(precisions.begin(), precisions.end());
  all.weights.assign(weights.begin(), weights.end());
  return std::make_shared<const model>(std::move(all));
}

profile_row ease::model::profile(const asked_user& user, scratch& s) const {
  return detail::counted(user.history, all_.by_value, s);
}

// Products of two floats are exact in double, so that this is the sum of score_all, whether that fuses or not.
float ease::model::score(const profile_row& profile, std::size_t item, scratch&) const {
  if (item >= items()) return 0;
  const sparse_row& history = history_of(profile);
  if (history.size() == 0) return all_.without_history[item];
  double sum = 0;
  for_each_value(
      history, [&](std::size_t h, float v) { sum += static_cast<double>(v) * static_cast<double>(weights(h)[item]); });
  return static_cast<float>(sum);
}

void ease::model::score_all(const profile_row& profile, std::span<float> out, scratch& s) const {
  const sparse_row& history = history_of(profile);
  if (history.size() == 0) {
    std::copy(all_.without_history.begin(), all_.without_history.end(), out.begin());
    return;
  }
  const scratch::frame temporaries(s);
  const std::size_t n = history.size();
  const auto values = s.take<double>(n), sums = s.take<double>(all_.stride);
  const auto rows = s.take<const float*>(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<double>(history.values[i]);
    rows[i] = weights(history.columns[i]).data();
  }
  std::fill(sums.begin(), sums.end(), 0.0);
  add_rows(values.data(), rows, sums);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(sums[i]);
}

void ease::model::likeness(std::size_t item, std::span<float> out, scratch&) const {
  std::fill(out.begin(), out.end(), 0.0f);
  if (item >= items()) return;
  const auto row = weights(item);
  const double own = std::sqrt(all_.precisions[item]);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(static_cast<double>(row[i]) * (std::sqrt(all_.precisions[i]) / own));
  out[item] = 1;
}

void ease::model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch&) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float value = all_.by_value ? user.history.values[i] : 1.0f;
    out[i] = item < items() ? value * weights(user.history.columns[i])[item] : 0.0f;
  }
}

}  // namespace bespoke::train
