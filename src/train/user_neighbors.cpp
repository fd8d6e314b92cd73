// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/user_neighbors.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../core/linear_algebra.hpp"
#include "collaborative.hpp"

namespace bespoke::train {

namespace {

bool same(const sparse_row& a, const sparse_row& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end()) &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end());
}

double mean_of(const sparse_row& row) {
  double sum = 0;
  for_each_value(row, [&](std::size_t, float v) { sum += static_cast<double>(v); });
  return row.size() == 0 ? 0 : sum / static_cast<double>(row.size());
}

const char* name_of(similarity by) {
  if (by == similarity::cosine) return "cosine";
  return by == similarity::pearson ? "pearson" : "adjusted_cosine";
}

}  // namespace

std::shared_ptr<const user_neighbors::model> user_neighbors::fit(const interaction_matrix& seen,
                                                                 const context& ctx) const {
  detail::check_interactions("user_neighbors", seen);
  detail::check_settings("user_neighbors", {k, similarity, shrinkage, by_value, predicted});
  ctx.check();
  model::learned all{.histories = detail::counted(seen.by_user, by_value)};
  if (predicted) {
    auto [mean, expected] = detail::baselines_of(all.histories);
    all.mean = mean;
    all.expected = std::move(expected);
  } else {
    all.expected = detail::column_shares(all.histories);
  }
  auto found = std::make_shared<const model>(*this, std::move(all));
  ctx.report("user_neighbors", 1, 1);
  return found;
}

user_neighbors::model::model(const user_neighbors& how, learned all) : how_(how), all_(std::move(all)) {
  const sparse_rows& rows = all_.histories;
  if (how.similarity == similarity::pearson) user_means_ = detail::row_means(rows);
  if (how.similarity == similarity::adjusted_cosine) item_means_ = detail::row_means(linear::transposed(rows));
  const sparse_rows compared = detail::less_means(rows, user_means_, item_means_);
  lengths_ = detail::lengths_of(compared);
  by_item_ = linear::transposed(compared);
  item_lengths_ = detail::lengths_of(by_item_);
  if (!how.predicted) return;
  for (std::size_t u = 0; u < rows.size(); ++u) offsets_.push_back(detail::user_offset(rows[u], all_.expected));
}

void user_neighbors::model::save(bundle_writer& w) const {
  w.put("k", how_.k);
  w.put("similarity", name_of(how_.similarity));
  w.put("shrinkage", how_.shrinkage);
  w.put("by_value", how_.by_value);
  w.put("predicted", how_.predicted);
  w.put("mean", static_cast<double>(all_.mean));
  w.put("expected", std::span<const float>(all_.expected));
  detail::save_rows(w, "histories", all_.histories);
}

std::shared_ptr<const user_neighbors::model> user_neighbors::load(bundle_reader& r) const {
  r.must_equal("k", k);
  r.must_equal("similarity", name_of(similarity));
  r.must_equal("shrinkage", shrinkage);
  r.must_equal("by_value", by_value);
  r.must_equal("predicted", predicted);
  model::learned all;
  all.mean = static_cast<float>(r.number("mean"));
  if (!std::isfinite(all.mean)) r.reject("the mean is not finite");
  all.expected = detail::load_finite(r, "expected");
  all.histories = detail::load_rows(r, "histories", bundle_reader::any_size, all.expected.size());
  return std::make_shared<const model>(*this, std::move(all));
}

// The value of an interaction as it is compared.
float user_neighbors::model::compared(float value, std::size_t item, double user_mean) const {
  if (how_.similarity == similarity::cosine) return value;
  return static_cast<float>(static_cast<double>(value) -
                            (how_.similarity == similarity::pearson ? user_mean : item_means_[item]));
}

sparse_row user_neighbors::model::compared(const sparse_row& history, scratch& s) const {
  const auto values = s.take<float>(history.size());
  const double mean = mean_of(history);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = compared(history.values[i], history.columns[i], mean);
  return {history.columns, values, history.columns_in_all};
}

// The neighbours, in `columns` and `values`.
std::size_t user_neighbors::model::nearest(const sparse_row& history, std::span<std::uint32_t> columns,
                                           std::span<float> values, scratch& s) const {
  const scratch::frame temporaries(s);
  const sparse_row own = compared(history, s);
  const double length = std::sqrt(squared_norm(own));
  detail::overlaps both(all_.histories.size(), s);
  both.count(own, by_item_);
  const auto similarity_to = [&](std::size_t v) {
    if (same(all_.histories[v], history)) return 0.0f;
    return detail::similarity_of(both.product(v), length * lengths_[v], both.common(v), how_.shrinkage);
  };
  return detail::keep_nearest(both, similarity_to, columns, values, s);
}

profile_row user_neighbors::model::profile(const asked_user& user, scratch& s) const {
  const std::size_t users = all_.histories.size(), room = std::min(how_.k, users);
  const auto columns = s.take<std::uint32_t>(room + 1);
  const auto values = s.take<float>(room + 1);
  const scratch::frame temporaries(s);
  const sparse_row history = detail::counted(user.history, how_.by_value, s);
  std::size_t n = nearest(history, columns.first(room), values.first(room), s);
  if (how_.predicted) {
    columns[n] = static_cast<std::uint32_t>(users);
    values[n++] = static_cast<float>(detail::user_offset(history, all_.expected));
  }
  return sparse_row{columns.first(n), values.first(n), users + 1};
}

namespace {

// A profile taken apart.
struct asked_neighbors {
  sparse_row users{};
  double offset = 0;
};

asked_neighbors apart(const profile_row& profile, bool predicted) {
  const sparse_row row = std::get<sparse_row>(profile);
  if (!predicted || row.size() == 0) return {row, 0};
  const std::size_t n = row.size() - 1;
  return {{row.columns.first(n), row.values.first(n), row.columns_in_all}, static_cast<double>(row.values[n])};
}

}  // namespace

// What a neighbour's value says. A float: its product with another is exact in double.
float user_neighbors::model::said(std::size_t user, std::size_t item, float value) const {
  if (!how_.predicted) return value;
  return static_cast<float>(static_cast<double>(value) - static_cast<double>(all_.expected[item]) - offsets_[user]);
}

float user_neighbors::model::score(const profile_row& profile, std::size_t item, scratch&) const {
  const auto [users, offset] = apart(profile, how_.predicted);
  if (item >= items()) return static_cast<float>(static_cast<double>(all_.mean) + offset);
  detail::weighted all;
  for_each_value(users, [&](std::size_t v, float alike) {
    if (const float* const value = detail::value_at(all_.histories[v], item)) all.add(said(v, item, *value), alike);
  });
  if (how_.predicted) return all.predicted(all_.expected[item], offset);
  return users.size() == 0 ? all_.expected[item] : static_cast<float>(all.values);
}

void user_neighbors::model::score_all(const profile_row& profile, std::span<float> out, scratch& s) const {
  const auto [users, offset] = apart(profile, how_.predicted);
  const scratch::frame temporaries(s);
  const auto all = s.take<detail::weighted>(items());
  std::fill(all.begin(), all.end(), detail::weighted{});
  for_each_value(users, [&](std::size_t v, float alike) {
    for_each_value(all_.histories[v], [&](std::size_t i, float value) { all[i].add(said(v, i, value), alike); });
  });
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (how_.predicted) out[i] = all[i].predicted(all_.expected[i], offset);
    else out[i] = users.size() == 0 ? all_.expected[i] : static_cast<float>(all[i].values);
  }
}

void user_neighbors::model::likeness(std::size_t item, std::span<float> out, scratch& s) const {
  std::fill(out.begin(), out.end(), 0.0f);
  if (item >= items()) return;
  const scratch::frame temporaries(s);
  const auto products = s.take<double>(items());
  std::fill(products.begin(), products.end(), 0.0);
  for_each_value(by_item_[item], [&](std::size_t u, float w) {
    const double mean = user_means_.empty() ? 0 : user_means_[u];
    for_each_value(all_.histories[u], [&](std::size_t j, float v) {
      products[j] += static_cast<double>(w) * static_cast<double>(compared(v, j, mean));
    });
  });
  for (std::size_t j = 0; j < out.size(); ++j)
    out[j] = detail::similarity_of(products[j], item_lengths_[item] * item_lengths_[j], 1, 0);
  out[item] = 1;
}

// A neighbour's similarity, times `share`, by the interactions that make its product.
void user_neighbors::model::add_parts(const sparse_row& own, std::size_t user, double share,
                                      std::span<double> out) const {
  const sparse_row other = all_.histories[user];
  const double mean = user_means_.empty() ? 0 : user_means_[user];
  const auto for_each_product = [&](auto&& use) {
    for (std::size_t h = 0; h < own.size(); ++h)
      if (const float* const value = detail::value_at(other, own.columns[h]))
        use(h, static_cast<double>(own.values[h]) * static_cast<double>(compared(*value, own.columns[h], mean)));
  };
  double all = 0;
  for_each_product([&](std::size_t, double product) { all += product; });
  for_each_product([&](std::size_t h, double product) { out[h] += share * (product / all); });
}

void user_neighbors::model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const {
  std::fill(out.begin(), out.end(), 0.0f);
  if (item >= items()) return;
  const scratch::frame temporaries(s);
  const auto users = apart(profile(user, s), how_.predicted).users;
  const sparse_row own = compared(detail::counted(user.history, how_.by_value, s), s);
  const auto all = s.take<double>(out.size());
  std::fill(all.begin(), all.end(), 0.0);
  double similarities = 0;
  for_each_value(users, [&](std::size_t v, float alike) {
    const float* const value = detail::value_at(all_.histories[v], item);
    if (!value) return;
    similarities += static_cast<double>(alike);
    add_parts(own, v, static_cast<double>(said(v, item, *value)) * static_cast<double>(alike), all);
  });
  const double scale = how_.predicted && similarities > 0 ? 1 / similarities : 1;
  for (std::size_t h = 0; h < out.size(); ++h) out[h] = static_cast<float>(all[h] * scale);
}

}  // namespace bespoke::train
