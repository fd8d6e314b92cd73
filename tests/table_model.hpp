// SPDX-License-Identifier: Apache-2.0
#pragma once
// A recommender's model whose scores are given, and short ways to write interactions down.

#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bespoke_test {

using namespace bespoke;

/// Knows a score for every user and item; of somebody new, 0 for all.
class table_model final : public recommender_model {
 public:
  explicit table_model(dense_rows scores) : scores_(std::move(scores)) {}
  explicit table_model(const std::vector<std::vector<float>>& scores)
      : scores_(scores.size(), scores.empty() ? 0 : scores[0].size()) {
    for (std::size_t u = 0; u < scores.size(); ++u)
      std::copy(scores[u].begin(), scores[u].end(), scores_.writable(u).begin());
  }

  std::string_view kind() const noexcept override { return "table/1"; }
  std::size_t items() const noexcept override { return scores_.width(); }
  profile_row profile(const asked_user& user, scratch& s) const override {
    if (user.number != asked_user::somebody_new) return scores_[user.number];
    const auto zeros = s.take<float>(items());
    std::fill(zeros.begin(), zeros.end(), 0.0f);
    return dense_row{zeros};
  }
  float score(const profile_row& profile, std::size_t item, scratch&) const override {
    return std::get<dense_row>(profile)[item];
  }
  void score_all(const profile_row& profile, std::span<float> out, scratch&) const override {
    std::ranges::copy(std::get<dense_row>(profile).values, out.begin());
  }
  void likeness(std::size_t item, std::span<float> out, scratch&) const override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = i % 2 == item % 2 ? 1.0f : 0.0f;
  }
  void parts(const asked_user&, std::size_t, std::span<float> out, scratch&) const override {
    std::ranges::fill(out, 0.0f);
  }
  void save(bundle_writer&) const override {}

 private:
  dense_rows scores_;
};

/// The items of each user.
using lists = std::vector<std::vector<std::uint32_t>>;

inline sparse_rows rows_of_lists(const lists& all, std::size_t items, float value = 1) {
  sparse_rows rows(items);
  for (const auto& columns : all) {
    const std::vector<float> values(columns.size(), value);
    rows.append({columns, values, items});
  }
  return rows;
}
inline interaction_matrix trained(const lists& all, std::size_t items) { return matrix_of(rows_of_lists(all, items)); }

inline dense_rows dense(const nlohmann::json& table) {
  const auto all = table.get<std::vector<std::vector<float>>>();
  dense_rows rows(all.size(), all.at(0).size());
  for (std::size_t i = 0; i < all.size(); ++i) std::ranges::copy(all[i], rows.writable(i).begin());
  return rows;
}

}  // namespace bespoke_test
