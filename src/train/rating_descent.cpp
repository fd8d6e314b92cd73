// SPDX-License-Identifier: Apache-2.0
#include "rating_descent.hpp"

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "../core/linear_algebra.hpp"
#include "normal_numbers.hpp"

namespace bespoke::train::detail {

namespace {

void require(bool holds, const descent& spec, const char* expected, double got) {
  if (!holds)
    throw error(errc::invalid_argument, {.stage = spec.stage, .expected = expected, .got = fmt::format("{}", got)});
}

// Users or items without ratings have factors 0, or the mean of the others' where there are no biases.
aligned_vector<float> mean_row(const dense_rows& rows, const sparse_rows& ratings) {
  std::vector<double> sums(rows.width());
  std::size_t n = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (ratings[i].size() == 0) continue;
    ++n;
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += static_cast<double>(rows[i][k]);
  }
  aligned_vector<float> mean(rows.width());
  for (std::size_t k = 0; k < sums.size(); ++k) mean[k] = static_cast<float>(sums[k] / static_cast<double>(n));
  return mean;
}

void fill_up(dense_rows& rows, const sparse_rows& ratings, std::span<const float> any) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (ratings[i].size() == 0) std::copy(any.begin(), any.end(), rows.writable(i).begin());
}

bool finite(const dense_rows& rows) {
  return std::all_of(rows.values().begin(), rows.values().end(), [](float x) { return std::isfinite(x); });
}

std::size_t padded(std::size_t factors) { return (factors + 7) / 8 * 8; }

dense_rows user_rows(const descent& spec, const rating_state& state, const rating_scale& scale,
                     const interaction_matrix& seen) {
  const std::size_t d = spec.factors;
  dense_rows rows(seen.users(), rating_rows::block(d));
  const auto sigma = static_cast<float>(scale.deviation);
  std::vector<float> sum(state.p.width());
  for (std::size_t u = 0; u < rows.size(); ++u) {
    std::copy_n(state.p[u].values.begin(), sum.size(), sum.begin());
    if (state.y.size() > 0) add_history(state.y, seen.by_user[u], sum, scratch::local());
    const auto out = rows.writable(u);
    for (std::size_t k = 0; k < d; ++k) out[k] = sigma * sum[k];
    if (!spec.biases) continue;
    out[d] = static_cast<float>(scale.mean + scale.deviation * static_cast<double>(state.b_user[u]));
    out[d + 1] = 1;
  }
  return rows;
}

dense_rows item_rows(const descent& spec, const rating_state& state, const rating_scale& scale) {
  const std::size_t d = spec.factors;
  dense_rows rows(state.q.size(), rating_rows::block(d));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto out = rows.writable(i);
    std::copy_n(state.q[i].values.begin(), d, out.begin());
    if (!spec.biases) continue;
    out[d] = 1;
    out[d + 1] = static_cast<float>(scale.deviation * static_cast<double>(state.b_item[i]));
  }
  return rows;
}

}  // namespace

void check(const descent& spec, const interaction_matrix& seen) {
  require(spec.factors >= 1 && spec.factors <= 4096, spec, "factors of 1 to 4096", static_cast<double>(spec.factors));
  require(spec.epochs >= 1, spec, "1 or more epochs", static_cast<double>(spec.epochs));
  require(std::isfinite(spec.learning_rate) && spec.learning_rate > 0, spec, "a learning_rate of more than 0",
          static_cast<double>(spec.learning_rate));
  require(std::isfinite(spec.l2) && spec.l2 >= 0, spec, "an l2 of 0 or more", static_cast<double>(spec.l2));
  require(std::isfinite(spec.spread) && spec.spread >= 0, spec, "a spread of 0 or more",
          static_cast<double>(spec.spread));
  if (seen.size() == 0) throw error(errc::empty_input, {.stage = spec.stage, .problem = "there are no ratings"});
}

rating_scale scale_of(const interaction_matrix& seen, bool as_they_are) {
  const auto values = seen.by_user.values();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  rating_scale scale{.lowest = *low, .highest = *high};
  if (as_they_are) return scale;
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const float v : values) sum += static_cast<double>(v);
  scale.mean = sum / n;
  for (const float v : values) squares += (static_cast<double>(v) - scale.mean) * (static_cast<double>(v) - scale.mean);
  if (*low < *high) scale.deviation = std::sqrt(squares / n);
  return scale;
}

rating_state start(const descent& spec, const interaction_matrix& seen, std::uint64_t seed, bool with_history) {
  normal_numbers random(seed);
  const auto drawn = [&](std::size_t n) {
    dense_rows rows(n, padded(spec.factors));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < spec.factors; ++k)
        rows.writable(i)[k] = static_cast<float>(static_cast<double>(spec.spread) * random());
    return rows;
  };
  rating_state state;
  state.p = drawn(seen.users());
  state.q = drawn(seen.items());
  if (with_history) state.y = drawn(seen.items());
  fill_up(state.y, seen.by_item, aligned_vector<float>(state.y.width()));
  state.b_user.resize(seen.users());
  state.b_item.resize(seen.items());
  return state;
}

rating_rows rows_of(const descent& spec, const rating_state& state, const rating_scale& scale,
                    const interaction_matrix& seen) {
  const std::size_t d = spec.factors;
  rating_rows rows;
  rows.factors = d;
  rows.users = user_rows(spec, state, scale, seen);
  rows.items = item_rows(spec, state, scale);
  if (!finite(rows.users) || !finite(rows.items))
    throw error(errc::invalid_argument,
                {.stage = spec.stage, .problem = "learning diverged", .advice = "take a smaller learning_rate"});
  const std::size_t width = rating_rows::block(d);
  rows.any_user = spec.biases ? aligned_vector<float>(width) : mean_row(rows.users, seen.by_user);
  rows.any_item = spec.biases ? aligned_vector<float>(width) : mean_row(rows.items, seen.by_item);
  if (spec.biases) {
    rows.any_user[d] = static_cast<float>(scale.mean);
    rows.any_user[d + 1] = rows.any_item[d] = 1;
  }
  fill_up(rows.users, seen.by_user, rows.any_user);
  fill_up(rows.items, seen.by_item, rows.any_item);
  if (state.y.size() > 0) {
    rows.history = dense_rows(seen.items(), width);
    for (std::size_t i = 0; i < seen.items(); ++i)
      for (std::size_t k = 0; k < d; ++k)
        rows.history.writable(i)[k] = static_cast<float>(scale.deviation * static_cast<double>(state.y[i][k]));
  }
  rows.lowest = scale.lowest, rows.highest = scale.highest;
  rows.l2 = spec.l2, rows.clip = spec.clip;
  return rows;
}

void add_history(const dense_rows& y, const sparse_row& history, std::span<float> out, scratch& s) {
  if (history.size() == 0) return;
  const scratch::frame temporaries(s);
  const auto shares = s.take<double>(history.size());
  const auto sum = s.take<double>(y.width());
  std::fill(shares.begin(), shares.end(), 1 / std::sqrt(static_cast<double>(history.size())));
  linear::best_kernels().project(shares.data(), history.columns.data(), shares.size(), y.values().data(), y.width(),
                                 sum.data());
  for (std::size_t k = 0; k < sum.size(); ++k) out[k] += static_cast<float>(sum[k]);
}

}  // namespace bespoke::train::detail
