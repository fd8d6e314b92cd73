// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/rating_model.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "rating_descent.hpp"
#include "rating_fold_in.hpp"
#include "rating_kernels.hpp"

namespace bespoke::train {

namespace {

float product(std::span<const float> a, std::span<const float> b) {
  return detail::best_rating_kernels().dot(a.data(), b.data(), a.size());
}

// Factors stay, all else becomes 0.
void keep_factors(const rating_rows& rows, std::span<float> row) {
  const std::size_t block = rating_rows::block(rows.factors);
  for (std::size_t k = 0; k < row.size(); ++k)
    if (k % block >= rows.factors) row[k] = 0;
}

void require(const bundle_reader& r, bool holds, const char* problem) {
  if (!holds) r.reject(problem);
}

aligned_vector<float> finite(const bundle_reader& r, std::string_view name, std::size_t expected) {
  const auto values = r.tensor<float>(name, expected);
  require(r, std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }),
          "a number of a row is not finite");
  return {values.begin(), values.end()};
}

dense_rows matrix(const bundle_reader& r, std::string_view name, std::size_t width) {
  const auto values = finite(r, name, bundle_reader::any_size);
  const auto shape = r.shape(name);
  require(r, shape.size() == 2 && shape[1] == width, "rows are not of the width that their factors ask for");
  dense_rows rows(shape[0], width);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i * width), width, rows.writable(i).begin());
  return rows;
}

std::size_t counted(const bundle_reader& r, std::string_view name, std::int64_t most) {
  const std::int64_t n = r.integer(name);
  require(r, n >= 1 && n <= most, "the number of factors or samples is out of range");
  return static_cast<std::size_t>(n);
}

void put(bundle_writer& w, std::string_view name, const dense_rows& rows) {
  w.put(name, rows.values(), {rows.size(), rows.width()});
}

}  // namespace

rating_model::rating_model(rating_rows rows) : rows_(std::move(rows)), lengths_(rows_.items.size()) {
  std::vector<float> q(rows_.width());
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    std::copy_n(rows_.items[i].values.begin(), q.size(), q.begin());
    keep_factors(rows_, q);
    lengths_[i] = std::sqrt(product(q, q));
  }
}

float rating_model::predicted(std::span<const float> user, std::span<const float> item) const noexcept {
  return product(user, item) / static_cast<float>(rows_.samples);
}

float rating_model::clipped(float rating) const noexcept {
  return rows_.clip ? std::min(std::max(rating, rows_.lowest), rows_.highest) : rating;
}

std::span<const float> rating_model::row_of(std::size_t item) const noexcept {
  return item < items() ? rows_.items[item].values : std::span<const float>(rows_.any_item);
}

profile_row rating_model::profile(const asked_user& user, scratch& s) const {
  if (user.number < rows_.users.size()) return rows_.users[user.number];
  if (user.history.size() == 0) return dense_row{rows_.any_user};
  const auto out = s.take<float>(rows_.width());
  const scratch::frame temporaries(s);
  detail::fold_in fold(rows_, user.history, out, s);
  for (std::size_t sample = 0; sample < rows_.samples; ++sample) fold.settle(sample);
  return dense_row{out};
}

float rating_model::score(const profile_row& profile, std::size_t item, scratch&) const {
  return clipped(predicted(std::get<dense_row>(profile).values, row_of(item)));
}

void rating_model::score_all(const profile_row& profile, std::span<float> out, scratch&) const {
  const auto user = std::get<dense_row>(profile).values;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = clipped(predicted(user, rows_.items[i].values));
}

std::span<scored> rating_model::best(const profile_row& profile, std::span<scored> room,
                                     function_ref<bool(std::size_t)> filter, scratch&) const {
  const auto user = std::get<dense_row>(profile).values;
  best_of kept(room);
  for (std::size_t i = 0; i < items(); ++i) {
    const scored one{i, predicted(user, rows_.items[i].values)};
    if (kept.would_keep(one) && filter(i)) kept.offer(one);
  }
  const auto ranked = kept.ranked();
  for (scored& one : ranked) one.score = clipped(one.score);
  return ranked;
}

void rating_model::likeness(std::size_t item, std::span<float> out, scratch& s) const {
  const scratch::frame temporaries(s);
  const auto q = s.take<float>(rows_.width());
  const auto row = row_of(item);
  std::copy(row.begin(), row.end(), q.begin());
  keep_factors(rows_, q);
  const float own = item < items() ? lengths_[item] : 0.0f;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float lengths = own * lengths_[i];
    out[i] = lengths > 0 ? product(q, rows_.items[i].values) / lengths : 0.0f;
  }
  if (item < items()) out[item] = 1;
}

void rating_model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const {
  if (out.empty()) return;
  const scratch::frame temporaries(s);
  detail::fold_in fold(rows_, user.history, s.take<float>(rows_.width()), s);
  const auto sums = s.take<double>(out.size());
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t sample = 0; sample < rows_.samples; ++sample)
    fold.add_parts(sample, row_of(item).data() + sample * rating_rows::block(rows_.factors), sums);
  for (std::size_t j = 0; j < out.size(); ++j)
    out[j] = static_cast<float>(sums[j] / static_cast<double>(rows_.samples));
}

void rating_model::save(bundle_writer& w) const {
  w.put("factors", rows_.factors);
  w.put("samples", rows_.samples);
  w.put("clip", rows_.clip);
  const float range[] = {rows_.lowest, rows_.highest, rows_.l2};
  w.put("range", std::span<const float>(range));
  put(w, "users", rows_.users);
  put(w, "items", rows_.items);
  w.put("with_history", rows_.history.size() > 0);
  if (rows_.history.size() > 0) put(w, "history", rows_.history);
  if (!rows_.penalties.empty()) w.put("penalties", std::span<const float>(rows_.penalties));
  w.put("any_user", std::span<const float>(rows_.any_user));
  w.put("any_item", std::span<const float>(rows_.any_item));
}

rating_rows detail::read_rows(const bundle_reader& r, holds what) {
  rating_rows rows;
  rows.factors = counted(r, "factors", 4096);
  rows.samples = counted(r, "samples", 65536);
  require(r, rows.samples == 1 || what.penalties, "this model has one sample");
  rows.clip = r.flag("clip");
  const auto range = finite(r, "range", 3);
  rows.lowest = range[0], rows.highest = range[1], rows.l2 = range[2];
  require(r, rows.lowest <= rows.highest, "the range of ratings is none");
  require(r, rows.l2 >= 0, "l2 is not 0 or more");
  const std::size_t width = rows.width(), size = rows.factors + 1;
  rows.users = matrix(r, "users", width);
  rows.items = matrix(r, "items", width);
  if (what.history) rows.history = matrix(r, "history", width);
  require(r, !what.history || rows.history.size() == rows.items.size(), "there is not a row of history for each item");
  if (what.penalties) rows.penalties = finite(r, "penalties", rows.samples * size * size);
  rows.any_user = finite(r, "any_user", width);
  rows.any_item = finite(r, "any_item", width);
  return rows;
}

}  // namespace bespoke::train
