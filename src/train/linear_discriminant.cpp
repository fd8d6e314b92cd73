// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/probabilities.hpp>
#include <bespoke/train/linear_discriminant.hpp>

#include <algorithm>
#include <cmath>

#include "features/discriminants.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "linear_discriminant";

// A label's score: the log of its share and of its density, without what all labels have in common.
struct label_scores {
  linear::matrix weights{};  // [label][column]
  std::vector<double> intercepts{};
};

label_scores scores_of(const features::detail::discriminants& d, const context& ctx) {
  linear::matrix centres = d.means;
  for (std::size_t k = 0; k < centres.rows; ++k)
    for (std::size_t c = 0; c < centres.columns; ++c) centres.at(k, c) -= d.mean[c];
  const linear::matrix along = product(linear::along(centres), linear::down(d.weights), ctx);
  label_scores out{product(linear::along(along), linear::along(d.weights), ctx), {}};
  for (std::size_t k = 0; k < centres.rows; ++k) {
    double score = std::log(d.shares[k]);
    for (std::size_t j = 0; j < along.columns; ++j) score -= along.at(k, j) * along.at(k, j) / 2;
    for (std::size_t c = 0; c < centres.columns; ++c) score -= out.weights.at(k, c) * d.mean[c];
    out.intercepts.push_back(score);
  }
  return out;
}

}  // namespace

linear_scores linear_discriminant::solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                         std::span<const float> weights, std::size_t labels, const context& ctx) const {
  const auto found = scores_of(features::detail::solve_discriminants(rows, targets, weights, labels, stage, ctx), ctx);
  const bool two = labels == 2;
  const std::size_t outputs = two ? 1 : labels;
  aligned_vector<float> by_column(rows.width() * outputs);
  std::vector<float> intercepts(outputs);
  const auto less_first = [&](double value, double first) { return static_cast<float>(two ? value - first : value); };
  for (std::size_t j = 0; j < outputs; ++j) {
    const std::size_t k = two ? 1 : j;
    intercepts[j] = less_first(found.intercepts[k], found.intercepts[0]);
    for (std::size_t c = 0; c < rows.width(); ++c)
      by_column[c * outputs + j] = less_first(found.weights.at(k, c), found.weights.at(0, c));
  }
  return {rows.width(), std::move(by_column), std::move(intercepts)};
}

std::span<const double> linear_discriminant::probabilities(const linear_scores& scores, const dense_row& x,
                                                           scratch& s) {
  const auto out = s.take<double>(scores.labels());
  const scratch::frame temporaries(s);
  const auto sums = scores(x, s);
  if (sums.size() == 1) {
    out[0] = expit(-sums[0]);
    out[1] = expit(sums[0]);
  } else {
    std::copy(sums.begin(), sums.end(), out.begin());
    softmax(out);
  }
  return out;
}

}  // namespace bespoke::train
