// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/item_neighbors.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../core/linear_algebra.hpp"
#include "collaborative.hpp"

namespace bespoke::train {

namespace {

constexpr std::size_t unit = 32;  // items in one unit of work

const sparse_row& history_of(const profile_row& profile) { return std::get<sparse_row>(profile); }

// Values as they are compared, items × users.
sparse_rows compared(const sparse_rows& by_item, const sparse_rows& by_user, similarity how) {
  if (how == similarity::adjusted_cosine) return detail::less_means(by_item, {}, detail::row_means(by_user));
  if (how == similarity::pearson) return detail::less_means(by_item, detail::row_means(by_item), {});
  return by_item;
}

// The neighbours of some items, one row for each.
sparse_rows neighbors_of(std::size_t first, std::size_t end, const sparse_rows& by_item, const sparse_rows& by_user,
                         std::span<const double> lengths, const item_neighbors& how, scratch& s) {
  const std::size_t n = by_item.size();
  const auto columns = s.take<std::uint32_t>(std::min(how.k, n));
  const auto values = s.take<float>(columns.size());
  detail::overlaps both(n, s);
  sparse_rows rows(n);
  for (std::size_t i = first; i < end; ++i) {
    both.count(by_item[i], by_user);
    const auto similarity_to = [&](std::size_t j) {
      if (j == i) return 0.0f;
      return detail::similarity_of(both.product(j), lengths[i] * lengths[j], both.common(j), how.shrinkage);
    };
    const std::size_t kept = detail::keep_nearest(both, similarity_to, columns, values, s);
    rows.append({columns.first(kept), values.first(kept), n});
    both.clear();
  }
  return rows;
}

sparse_rows all_neighbors(const sparse_rows& by_item, const item_neighbors& how, const context& ctx) {
  const sparse_rows by_user = linear::transposed(by_item);
  const std::vector<double> lengths = detail::lengths_of(by_item);
  const std::size_t n = by_item.size(), units = (n + unit - 1) / unit;
  sparse_rows all(n);
  std::size_t done = 0;
  ctx.reduce(
      units,
      [&](std::size_t u, scratch& s) {
        return neighbors_of(u * unit, std::min(n, (u + 1) * unit), by_item, by_user, lengths, how, s);
      },
      [&](const sparse_rows& some) {
        for (std::size_t i = 0; i < some.size(); ++i) all.append(some[i]);
        ctx.report("item_neighbors", ++done, units);
      });
  return all;
}

}  // namespace

item_neighbors::model::model(learned all) : all_(std::move(all)), lists_(linear::transposed(all_.neighbors)) {}

std::shared_ptr<const item_neighbors::model> item_neighbors::fit(const interaction_matrix& seen,
                                                                 const context& ctx) const {
  detail::check_interactions("item_neighbors", seen);
  detail::check_settings("item_neighbors", {k, similarity, shrinkage, by_value, predicted});
  const sparse_rows by_user = detail::counted(seen.by_user, by_value);
  model::learned all{.by_value = by_value, .predicted = predicted};
  if (predicted) {
    auto [mean, expected] = detail::baselines_of(by_user);
    all.mean = mean;
    all.expected = std::move(expected);
  } else {
    all.expected = detail::column_shares(by_user);
  }
  all.neighbors = all_neighbors(compared(detail::counted(seen.by_item, by_value), by_user, similarity), *this, ctx);
  return std::make_shared<const model>(std::move(all));
}

void item_neighbors::model::save(bundle_writer& w) const {
  w.put("by_value", all_.by_value);
  w.put("predicted", all_.predicted);
  w.put("mean", static_cast<double>(all_.mean));
  w.put("expected", std::span<const float>(all_.expected));
  detail::save_rows(w, "neighbors", all_.neighbors);
}

std::shared_ptr<const item_neighbors::model> item_neighbors::load(bundle_reader& r) const {
  r.must_equal("by_value", by_value);
  r.must_equal("predicted", predicted);
  model::learned all{.by_value = by_value, .predicted = predicted};
  all.mean = static_cast<float>(r.number("mean"));
  if (!std::isfinite(all.mean)) r.reject("the mean is not finite");
  all.expected = detail::load_finite(r, "expected");
  all.neighbors = detail::load_rows(r, "neighbors", all.expected.size(), all.expected.size());
  const auto similarities = all.neighbors.values();
  if (!std::all_of(similarities.begin(), similarities.end(), [](float v) { return v > 0 && v <= 1; }))
    r.reject("a similarity is not above 0 and at most 1");
  return std::make_shared<const model>(std::move(all));
}

profile_row item_neighbors::model::profile(const asked_user& user, scratch& s) const {
  return detail::counted(user.history, all_.by_value, s);
}

double item_neighbors::model::offset_of(const sparse_row& history) const {
  return all_.predicted ? detail::user_offset(history, all_.expected) : 0;
}

// What a value of the history counts: as a float, whose products with floats are exact in double, so that it does not matter
// whether they are fused.
float item_neighbors::model::residual(const sparse_row& history, std::size_t i, double offset) const {
  if (!all_.predicted) return history.values[i];
  const auto expected = static_cast<double>(all_.expected[history.columns[i]]);
  return static_cast<float>(static_cast<double>(history.values[i]) - expected - offset);
}

float item_neighbors::model::score(const profile_row& profile, std::size_t item, scratch&) const {
  const sparse_row& history = history_of(profile);
  const double offset = offset_of(history);
  if (item >= items()) return static_cast<float>(static_cast<double>(all_.mean) + offset);
  if (history.size() == 0) return all_.expected[item];
  const sparse_row near = all_.neighbors[item];
  detail::weighted all;
  for (std::size_t i = 0, at = 0; i < history.size(); ++i) {
    while (at < near.size() && near.columns[at] < history.columns[i]) ++at;
    if (at < near.size() && near.columns[at] == history.columns[i])
      all.add(residual(history, i, offset), near.values[at]);
  }
  if (all_.predicted) return all.predicted(all_.expected[item], offset);
  return static_cast<float>(all.values);
}

void item_neighbors::model::score_all(const profile_row& profile, std::span<float> out, scratch& s) const {
  const sparse_row& history = history_of(profile);
  if (history.size() == 0) {
    std::copy(all_.expected.begin(), all_.expected.end(), out.begin());
    return;
  }
  const scratch::frame temporaries(s);
  const auto all = s.take<detail::weighted>(items());
  std::fill(all.begin(), all.end(), detail::weighted{});
  const double offset = offset_of(history);
  for (std::size_t i = 0; i < history.size(); ++i) {
    const float value = residual(history, i, offset);
    for_each_value(lists_[history.columns[i]], [&](std::size_t j, float alike) { all[j].add(value, alike); });
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = all_.predicted ? all[i].predicted(all_.expected[i], offset) : static_cast<float>(all[i].values);
}

void item_neighbors::model::likeness(std::size_t item, std::span<float> out, scratch&) const {
  std::fill(out.begin(), out.end(), 0.0f);
  if (item >= items()) return;
  for_each_value(all_.neighbors[item], [&](std::size_t j, float alike) { out[j] = alike; });
  out[item] = 1;
}

void item_neighbors::model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const {
  std::fill(out.begin(), out.end(), 0.0f);
  if (item >= items()) return;
  const scratch::frame temporaries(s);
  const sparse_row history = detail::counted(user.history, all_.by_value, s), near = all_.neighbors[item];
  const double offset = offset_of(history);
  double similarities = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float* const alike = detail::value_at(near, history.columns[i]);
    if (!alike) continue;
    out[i] = residual(history, i, offset) * *alike;
    similarities += static_cast<double>(*alike);
  }
  if (!all_.predicted || !(similarities > 0)) return;
  for (float& part : out) part = static_cast<float>(static_cast<double>(part) / similarities);
}

}  // namespace bespoke::train
