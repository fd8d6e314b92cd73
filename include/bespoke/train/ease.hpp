// SPDX-License-Identifier: Apache-2.0
#pragma once
// EASE: one linear regression of every item on all others. The strongest linear model for what to show next where there are at
// most some ten thousand items.
//
//     auto movies = fit(train::ease{}, seen);
//
// Steck: Embarrassingly shallow autoencoders for sparse data (WWW 2019).

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bespoke::train {

/// Learns weights B, items × items with a diagonal of 0, that minimise ‖X − X·B‖² + l2·‖B‖² in closed form: with
/// P = (XᵀX + l2·I)⁻¹, B(h, i) = −P(h, i) / P(i, i). X is users × items, 1 for every interaction or its value.
///
/// `score` = Σ over the history of value·B(h, i): about 0 to 1, higher is better. One who has no history gets what users have
/// on average, Σ of the item's column of X / users; an item that was never seen scores 0. A profile is the history.
/// `parts` are the terms of that sum. `likeness` is the partial correlation −P(h, i) / √(P(h, h)·P(i, i)): how two items go
/// together beyond what all others explain of them; it is symmetric, and negative for items that rule each other out.
///
/// Fit: O(Σ history² + items³) on all threads, exact; where there are fewer users than items
/// O(Σ users-of-an-item² + users³ + interactions·items), by (XᵀX + l2·I)⁻¹ = (I − Xᵀ(XXᵀ + l2·I)⁻¹X) / l2.
/// Memory: 4·items² bytes are kept, in the bundle too. While it learns, at most 8·items² + 2,000·items in all, as much as one
/// matrix of doubles: of P the upper triangle is kept, and inverted in its place; with fewer users than items 4·items² +
/// 8·users·items. Score: O(history); of all items O(history · items). All in double, weights kept as floats.
///
/// Throws errc::empty_input without interactions; errc::invalid_argument for an l2 that is not finite and above 0, or so far
/// below the squares of the values that nothing is left to divide by; errc::limit for more than `max_items`.
struct ease {
  /// How much weights are held back, in users of an item (or squares of values): what rests on fewer counts little. The only
  /// parameter that matters: try 50 to 1,000, more where items have more users.
  double l2 = 300;
  bool by_value = false;          ///< X holds values, worth a try for stars; else 1 for every interaction
  std::size_t max_items = 20000;  ///< a larger catalogue is refused: this many take 1.6 GB, and as much again to learn

  static constexpr std::string_view kind = "ease/1";

  /// What is learned.
  class model final : public recommender_model {
   public:
    struct learned {
      std::size_t items = 0, stride = 0;  ///< stride: `row_stride(items)`
      bool by_value = false;
      aligned_vector<float> weights{};   ///< B, row h from h · stride, 0 beyond `items`
      std::vector<double> precisions{};  ///< diagonal of P
      std::vector<float> without_history{};
    };
    explicit model(learned all) : all_(std::move(all)) {}

    std::string_view kind() const noexcept override { return ease::kind; }
    std::size_t items() const noexcept override { return all_.items; }
    profile_row profile(const asked_user& user, scratch& s) const override;
    float score(const profile_row& profile, std::size_t item, scratch& s) const override;
    void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
    void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
    void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
    void save(bundle_writer& w) const override;

    /// Row `item` of B: what having this item says of each other.
    std::span<const float> weights(std::size_t item) const noexcept {
      return {all_.weights.data() + item * all_.stride, all_.items};
    }

    /// Rows begin at multiples of 64 bytes.
    static constexpr std::size_t row_stride(std::size_t items) noexcept { return (items + 15) / 16 * 16; }

   private:
    learned all_;
  };

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const;
  /// Throws errc::bad_bundle; errc::bundle_mismatch where `by_value` is not the file's.
  std::shared_ptr<const model> load(bundle_reader& r) const;
};

}  // namespace bespoke::train
