// SPDX-License-Identifier: Apache-2.0
#pragma once
// Popularity: what most people choose, for everybody. The baseline that every recommender must beat, and what a new user gets.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bespoke::train {

/// Scores an item by its interactions, the same for all users: their number, or the sum of their values.
///
/// With a half_life it is recency: an interaction counts 2^(−age / half_life), its age being the seconds from it to the
/// latest of all. Fit: O(interactions). One score: O(1). `likeness` is 0 for other items, `parts` are 0.
/// Throws errc::invalid_argument for a half_life that is negative or not finite, or where there are no times for it.
struct popularity {
  bool by_value = false;  ///< add values; else every interaction counts 1
  double half_life = 0;   ///< seconds after which an interaction counts half; 0: all count the same

  static constexpr std::string_view kind = "popularity/1";

  /// What is learned.
  class model final : public recommender_model {
   public:
    explicit model(std::vector<float> scores) : scores_(std::move(scores)) {}

    std::string_view kind() const noexcept override { return popularity::kind; }
    std::size_t items() const noexcept override { return scores_.size(); }
    profile_row profile(const asked_user& user, scratch& s) const override;
    float score(const profile_row& profile, std::size_t item, scratch& s) const override;
    void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
    void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
    void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
    void save(bundle_writer& w) const override;

    std::span<const float> scores() const noexcept { return scores_; }  ///< of each item

   private:
    std::vector<float> scores_;
  };

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

}  // namespace bespoke::train
