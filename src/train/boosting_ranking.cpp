// SPDX-License-Identifier: Apache-2.0
#include "boosting_ranking.hpp"

#include <bespoke/core/error.hpp>
#include <bespoke/core/probabilities.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace bespoke::train::detail {

namespace {

double discount(std::size_t rank) { return 1 / std::log2(static_cast<double>(rank) + 2); }

// Best score first, of equal ones in the order of the records.
void by_score(std::vector<std::uint32_t>& order, std::span<const double> scores) {
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
}

}  // namespace

lambda_ranking::lambda_ranking(const char* stage, std::span<const in_query> targets, std::span<const float> weights,
                               std::size_t top)
    : targets_(targets), weights_(weights), top_(top), query_(targets.size()) {
  std::unordered_map<std::uint64_t, std::uint32_t> number;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const float relevance = targets[i].relevance;
    if (!(relevance >= 0 && relevance <= 30))
      throw error(
          errc::invalid_argument,
          {.stage = stage, .record = i, .expected = "a relevance of 0 to 30", .got = fmt::format("{}", relevance)});
    query_[i] = number.try_emplace(targets[i].query, static_cast<std::uint32_t>(number.size())).first->second;
  }
  query_count_ = number.size();
}

double lambda_ranking::gain(std::uint32_t record) const { return std::exp2(double{targets_[record].relevance}) - 1; }

std::vector<std::vector<std::uint32_t>> lambda_ranking::queries(std::span<const std::uint32_t> records) const {
  std::vector<std::vector<std::uint32_t>> all(query_count_);
  for (const std::uint32_t r : records) all[query_[r]].push_back(r);
  return all;
}

double lambda_ranking::best_gain(std::span<const std::uint32_t> records) const {
  std::vector<double> gains;
  for (const std::uint32_t r : records) gains.push_back(gain(r));
  std::sort(gains.rbegin(), gains.rend());
  double sum = 0;
  for (std::size_t i = 0; i < std::min(gains.size(), top_); ++i) sum += gains[i] * discount(i);
  return sum;
}

void lambda_ranking::pulls(std::span<const double> scores, std::span<const std::uint32_t> records, std::span<pull> out,
                           const context& ctx) const {
  const auto all = queries(records);
  for (const std::uint32_t r : records) out[r] = {};
  ctx.parallel(all.size(), [&](std::size_t q, scratch&) { pull_apart(all[q], scores, out); });
}

void lambda_ranking::pull_apart(std::vector<std::uint32_t> order, std::span<const double> scores,
                                std::span<pull> out) const {
  const double best = best_gain(order);
  if (!(best > 0)) return;
  by_score(order, scores);
  const auto place = [&](std::size_t i) { return i < top_ ? discount(i) : 0.0; };
  for (std::size_t i = 0; i < std::min(top_, order.size()); ++i)
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const double gain_i = gain(order[i]), gain_j = gain(order[j]);
      if (gain_i == gain_j) continue;
      const std::uint32_t good = order[gain_i > gain_j ? i : j], bad = order[gain_i > gain_j ? j : i];
      const double change = std::fabs((gain_i - gain_j) * (place(i) - place(j))) / best;
      const double unsure = expit(scores[bad] - scores[good]);
      const double weight = change * (weights_.empty() ? 1.0 : double{weights_[good]} * double{weights_[bad]});
      out[good].gradient -= weight * unsure;
      out[bad].gradient += weight * unsure;
      out[good].hessian += weight * unsure * (1 - unsure);
      out[bad].hessian += weight * unsure * (1 - unsure);
    }
}

double lambda_ranking::loss(std::span<const double> scores, std::span<const std::uint32_t> records) const {
  double sum = 0;
  std::size_t counted = 0;
  for (auto& order : queries(records)) {
    const double best = best_gain(order);
    if (!(best > 0)) continue;
    by_score(order, scores);
    double reached = 0;
    for (std::size_t i = 0; i < std::min(order.size(), top_); ++i) reached += gain(order[i]) * discount(i);
    sum += reached / best;
    ++counted;
  }
  return counted == 0 ? 0 : 1 - sum / static_cast<double>(counted);
}

}  // namespace bespoke::train::detail
