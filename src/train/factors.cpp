// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/factors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "collaborative.hpp"

namespace bespoke::train {

namespace {

bool is_zero(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float v) { return v == 0; });
}

aligned_vector<float> mean_row(const dense_rows& rows) {
  std::vector<double> sums(rows.width());
  std::size_t n = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_zero(rows[i].values)) continue;
    ++n;
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += static_cast<double>(rows[i][k]);
  }
  aligned_vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(n == 0 ? 0 : sum / static_cast<double>(n)));
  return mean;
}

float mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float v : values) sum += static_cast<double>(v);
  return values.empty() ? 0.0f : static_cast<float>(sum / static_cast<double>(values.size()));
}

void check_shape(const char* what, std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(errc::shape, {.stage = "user_item_factors",
                              .expected = fmt::format("{} {}", expected, what),
                              .got = fmt::format("{}", got)});
}

dense_rows load_matrix(const bundle_reader& r, const char* name) {
  const auto values = detail::load_finite(r, name);
  const auto shape = r.shape(name);
  if (shape.size() != 2 || shape[0] == 0 || shape[1] == 0)
    r.reject(fmt::format("{} is no matrix with a row for each", name));
  dense_rows rows(shape[0], shape[1]);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(values.data() + i * rows.width(), rows.width(), rows.writable(i).data());
  return rows;
}

void save_matrix(bundle_writer& w, const char* name, const dense_rows& rows) {
  w.put(name, rows.values(), {rows.size(), rows.width()});
}

}  // namespace

user_item_factors::user_item_factors(dense_rows users, const dense_rows& items, std::span<const float> biases)
    : users_(std::move(users)),
      items_(items, biases),
      search_(items_, retrieval::automatic, context({.threads = 1})),
      has_biases_(!biases.empty()),
      typical_user_(mean_row(users_)),
      typical_item_(mean_row(items)),
      typical_bias_(mean_of(biases)) {
  check_shape("factors of each item, as of a user", users_.width(), items.width());
  for (std::size_t i = 0; i < items.size(); ++i)
    lengths_.push_back(static_cast<float>(std::sqrt(squared_norm(items[i]))));
}

dense_row user_item_factors::user(std::size_t number) const noexcept {
  if (number >= users_.size() || is_zero(users_[number].values)) return typical_user();
  return users_[number];
}

float user_item_factors::score(std::span<const float> user, std::size_t item) const noexcept {
  if (item < items_.size()) return items_.score(user, item);
  return static_cast<float>(static_cast<double>(typical_bias_) + dot(typical_item(), user));
}

void user_item_factors::likeness(std::size_t item, std::span<float> out, scratch& s) const {
  if (item >= items_.size()) return void(std::fill(out.begin(), out.end(), 0.0f));
  const scratch::frame temporaries(s);
  const auto factors = s.take<float>(width());
  items_.row(item, factors);
  items_.scores(factors, out);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float product = has_biases_ ? out[i] - items_.bias(i) : out[i], lengths = lengths_[i] * lengths_[item];
    out[i] = lengths > 0 && std::isfinite(product) ? std::clamp(product / lengths, -1.0f, 1.0f) : 0.0f;
  }
  out[item] = 1;
}

void user_item_factors::save(bundle_writer& w) const {
  save_matrix(w, "user_factors", users_);
  save_matrix(w, "item_factors", items_.rows());
  w.put("has_item_biases", has_biases_);
  search_.save(w);
  if (!has_biases_) return;
  std::vector<float> biases;
  for (std::size_t i = 0; i < items_.size(); ++i) biases.push_back(items_.bias(i));
  w.put("item_biases", std::span<const float>(biases));
}

user_item_factors user_item_factors::load(const bundle_reader& r) {
  auto users = load_matrix(r, "user_factors");
  const auto items = load_matrix(r, "item_factors");
  if (users.width() != items.width()) r.reject("users and items have different numbers of factors");
  std::vector<float> biases;
  if (r.flag("has_item_biases")) biases = detail::load_finite(r, "item_biases", items.size());
  user_item_factors all(std::move(users), items, biases);
  if (r.text("retrieval") != "automatic") all.search_ = row_search::load(r, all.items_);
  return all;
}

}  // namespace bespoke::train
