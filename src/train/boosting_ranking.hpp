// SPDX-License-Identifier: Apache-2.0
#pragma once
// What ranking minimises: LambdaMART's pulls, which aim at NDCG.

#include <cstdint>
#include <span>
#include <vector>

#include "boosting.hpp"

namespace bespoke::train::detail {

/// Within a query each pair of records of different relevance pulls apart by how much swapping them would change NDCG at
/// `top`, times how unsure their order is. The loss is 1 − the mean NDCG of the queries.
class lambda_ranking final : public objective {
 public:
  /// Throws errc::invalid_argument, with `stage` and the record, for a relevance outside 0 to 30.
  lambda_ranking(const char* stage, std::span<const in_query> targets, std::span<const float> weights, std::size_t top);

  std::size_t scores() const override { return 1; }
  std::vector<double> base(std::span<const std::uint32_t>) const override { return {0.0}; }
  void pulls(std::span<const double> scores, std::span<const std::uint32_t> records, std::span<pull> out,
             const context& ctx) const override;
  double loss(std::span<const double> scores, std::span<const std::uint32_t> records) const override;
  std::span<const std::uint32_t> groups() const override { return query_; }

 private:
  std::vector<std::vector<std::uint32_t>> queries(std::span<const std::uint32_t> records) const;
  double best_gain(std::span<const std::uint32_t> records) const;
  void pull_apart(std::vector<std::uint32_t> order, std::span<const double> scores, std::span<pull> out) const;
  double gain(std::uint32_t record) const;

  std::span<const in_query> targets_;
  std::span<const float> weights_;
  std::size_t top_;
  std::vector<std::uint32_t> query_;  // of each record, numbered from 0 in order of appearance
  std::size_t query_count_ = 0;
};

}  // namespace bespoke::train::detail
