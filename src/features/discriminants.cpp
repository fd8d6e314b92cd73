// SPDX-License-Identifier: Apache-2.0
#include "discriminants.hpp"

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bespoke::features::detail {

namespace {

constexpr double tolerance = 1e-4;

struct problem {
  const dense_rows& rows;
  std::span<const std::uint32_t> targets;
  std::span<const float> weights;
  const char* stage;

  double weight(std::size_t i) const { return weights.empty() ? 1 : double{weights[i]}; }
};

void check(const problem& p, std::size_t labels) {
  const auto bad = [&](std::string expected, std::string got) {
    return error(errc::invalid_argument, {.stage = p.stage, .expected = std::move(expected), .got = std::move(got)});
  };
  if (p.rows.size() == 0)
    throw error(errc::empty_input, {.stage = p.stage, .problem = "there are no records to learn from"});
  if (p.rows.size() != p.targets.size())
    throw error(errc::shape, {.stage = p.stage,
                              .expected = fmt::format("a target for each of {} records", p.rows.size()),
                              .got = fmt::format("{} targets", p.targets.size())});
  if (p.rows.width() == 0) throw bad("rows with columns", "none");
  if (labels < 2)
    throw bad("targets with two labels or more", fmt::format("the same label {} times", p.targets.size()));
  if (p.rows.size() <= labels)
    throw bad("more records than labels", fmt::format("{} records of {} labels", p.rows.size(), labels));
  linear::check_finite(p.rows, p.stage);
}

// Each label's weight, and the sums of its rows made means.
std::vector<double> label_means(const problem& p, linear::matrix& means) {
  std::vector<double> counts(means.rows);
  for (std::size_t i = 0; i < p.rows.size(); ++i) {
    const double w = p.weight(i);
    counts[p.targets[i]] += w;
    double* const sum = means.row(p.targets[i]);
    for (std::size_t c = 0; c < means.columns; ++c) sum[c] += w * double{p.rows[i][c]};
  }
  for (std::size_t k = 0; k < means.rows; ++k) {
    if (!(counts[k] > 0))
      throw error(
          errc::invalid_argument,
          {.stage = p.stage, .problem = "all records of a label have weight 0", .got = fmt::format("label {}", k)});
    for (std::size_t c = 0; c < means.columns; ++c) means.at(k, c) /= counts[k];
  }
  return counts;
}

// The rows less their label's mean, over each column's deviation within labels, times what makes squares a covariance.
linear::matrix within(const problem& p, const linear::matrix& means, double all, std::vector<double>& deviation) {
  linear::matrix z(p.rows.size(), means.columns);
  deviation.assign(means.columns, 0.0);
  for (std::size_t i = 0; i < z.rows; ++i)
    for (std::size_t c = 0; c < z.columns; ++c) {
      z.at(i, c) = double{p.rows[i][c]} - means.at(p.targets[i], c);
      deviation[c] += p.weight(i) * z.at(i, c) * z.at(i, c);
    }
  for (double& d : deviation) d = d > 0 ? std::sqrt(d / all) : 1;
  const double degrees = all - static_cast<double>(means.rows);
  for (std::size_t i = 0; i < z.rows; ++i) {
    const double factor = std::sqrt(p.weight(i) / degrees);
    for (std::size_t c = 0; c < z.columns; ++c) z.at(i, c) *= factor / deviation[c];
  }
  return z;
}

std::size_t count_above(std::span<const double> descending, double least) {
  return static_cast<std::size_t>(
      std::count_if(descending.begin(), descending.end(), [=](double v) { return v > least; }));
}

// What makes the covariance within labels the identity: a column for each of its directions.
linear::matrix whitening(const problem& p, const linear::matrix& means, double all, const context& ctx) {
  std::vector<double> deviation;
  const linear::matrix z = within(p, means, all, deviation);
  const auto svd = linear::full_svd(z, std::min(z.rows, z.columns), p.stage, ctx);
  const std::size_t rank = count_above(svd.values, tolerance);
  if (rank == 0)
    throw error(errc::invalid_argument, {.stage = p.stage, .problem = "no column varies within the labels"});
  linear::matrix out(means.columns, rank);
  for (std::size_t c = 0; c < out.rows; ++c)
    for (std::size_t j = 0; j < rank; ++j) out.at(c, j) = svd.vectors.at(c, j) / deviation[c] / svd.values[j];
  return out;
}

void fix_signs(linear::matrix& m) {
  for (std::size_t j = 0; j < m.columns; ++j) {
    double most = 0;
    for (std::size_t c = 0; c < m.rows; ++c)
      if (std::fabs(m.at(c, j)) > std::fabs(most)) most = m.at(c, j);
    for (std::size_t c = 0; c < m.rows && most < 0; ++c) m.at(c, j) = -m.at(c, j);
  }
}

}  // namespace

discriminants solve_discriminants(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                  std::span<const float> weights, std::size_t labels, const char* stage,
                                  const context& ctx) {
  const problem p{rows, targets, weights, stage};
  check(p, labels);
  discriminants out;
  out.means = linear::matrix(labels, rows.width());
  out.shares = label_means(p, out.means);
  double all = 0;
  for (const double s : out.shares) all += s;
  if (all <= static_cast<double>(labels))
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = fmt::format("weights that sum to more than {} labels", labels),
                                         .got = fmt::format("{}", all)});
  out.mean.assign(rows.width(), 0.0);
  for (std::size_t k = 0; k < labels; ++k) {
    out.shares[k] /= all;
    for (std::size_t c = 0; c < rows.width(); ++c) out.mean[c] += out.shares[k] * out.means.at(k, c);
  }
  const linear::matrix scale = whitening(p, out.means, all, ctx);
  linear::matrix centres(labels, rows.width());
  for (std::size_t k = 0; k < labels; ++k)
    for (std::size_t c = 0; c < rows.width(); ++c)
      centres.at(k, c) =
          std::sqrt(all * out.shares[k] / static_cast<double>(labels - 1)) * (out.means.at(k, c) - out.mean[c]);
  const linear::matrix between = product(linear::along(centres), linear::down(scale), ctx);
  auto svd = linear::full_svd(between, std::min({labels - 1, between.columns}), stage, ctx);
  const std::size_t rank = svd.values[0] > 0 ? count_above(svd.values, tolerance * svd.values[0]) : 0;
  linear::matrix turn(between.columns, rank);
  for (std::size_t i = 0; i < turn.rows; ++i) std::copy_n(svd.vectors.row(i), rank, turn.row(i));
  out.weights = product(linear::along(scale), linear::down(turn), ctx);
  for (std::size_t j = 0; j < rank; ++j) out.ratio.push_back(svd.values[j] * svd.values[j] / svd.squares);
  fix_signs(out.weights);
  return out;
}

}  // namespace bespoke::features::detail
