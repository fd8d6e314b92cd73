// SPDX-License-Identifier: Apache-2.0
#pragma once
// Blends: several recommenders answer as one, each with a weight that is learned on interactions held back from them.
//
//     auto movies = fit(train::blend(train::ease{}, train::ials{.factors = 128}, train::popularity{}), seen);
//     auto stars  = fit(train::blend({.aim = train::blend_aim::values}, train::svd_plus_plus{},
//                                    train::item_neighbors{.k = 200, .by_value = true, .predicted = true}), seen);
//     auto mine   = fit(train::blend({.weights = {2, 1}}, train::ease{}, train::popularity{.half_life = 7 * 86400}), seen);
//
// A member is any way to recommend, another blend too. Where one learns from attributes, so does the blend:
// `fit(train::blend(mine, train::ease{}), seen, {.items = about})`.

#include <bespoke/core/attributes.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/interaction_splits.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/recommender.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace bespoke::train {

/// What a blend is to be good at.
enum class blend_aim {
  lists,   ///< that what users go on to choose stands first: NDCG
  values,  ///< that the value they give is foreseen: squared error. For members whose scores are expected values (stars)
};

/// How the members of a blend are weighted.
///
/// Scores of different units are made comparable by a member's scale: the mean, over users, of the standard deviation of its
/// scores of the items that the user does not have. With `blend_aim::values` units are the same already, and every scale is 1.
/// A member whose scale is 0, as it tells no items apart, has no say.
///
/// Weights are 0 or more and add up to 1; where they are learned, members are fitted to one part of the interactions, asked for
/// the other, and then fitted anew to all.
///  - `blend_aim::lists`: from all weight on the best member, the share of one member at a time is set to 0, .1, …, 1, the
///    others keeping their proportions; the step with the highest mean NDCG@cut_off of held items is taken, until none is
///    higher. So the blend is no worse than its best member on what was held. Items are ranked as core/ranking_evaluation.hpp
///    ranks them, but only those that are among the 10·cut_off best of some member, and the held ones. NDCG is what counts,
///    and not the likelihood of the held items: weights that maximise a softmax over standardised scores were worse than the
///    best member on MovieLens.
///  - `blend_aim::values`: the weights with the least squared error of held values, exactly (Lawson and Hanson, 1974).
/// Where nothing can be held back (nobody has more than 1/(2·share) interactions) all members count the same.
///
/// A blend takes members that are right in different ways; of two that are much alike the better one alone does as well.
struct blending {
  std::vector<double> weights{};     ///< by hand, one for each member, in any unit; empty: learned
  blend_aim aim = blend_aim::lists;  ///< what weights are learned for, and whether scores are scaled
  std::size_t cut_off = 10;          ///< of NDCG, 1 or more
  double share = 0.2;                ///< of each user's interactions held back, in (0, 1)
  holding held = holding::drawn;     ///< which of them
  float relevant_from = -std::numeric_limits<float>::infinity();  ///< a held item with a value below it is not relevant
  std::size_t users = 5000;  ///< 1 or more: so many, drawn by the seed, are asked at most
  bool refit = true;         ///< false: members stay as they are fitted to the part, in half the time
};

/// What is learned. `score` is Σ weight / scale · the member's score: with `blend_aim::lists` in standard deviations, with
/// `blend_aim::values` in the members' unit. A profile is the list of the members' profiles. `parts` are those of the members,
/// weighted in the same way; `likeness` is the weighted mean of theirs. Users without a history and unknown items are as to
/// the members. An answer costs what the members' cost together.
class blend_model final : public recommender_model {
 public:
  struct learned {
    std::vector<std::shared_ptr<const recommender_model>> members{};
    std::vector<double> weights{};  ///< adding up to 1
    std::vector<double> factors{};  ///< weight / scale
  };
  /// As many weights and factors as members, of which there is at least one; all know the same items.
  explicit blend_model(learned all) : all_(std::move(all)) {}

  std::string_view kind() const noexcept override { return "blend/1"; }
  std::size_t items() const noexcept override { return all_.members[0]->items(); }
  profile_row profile(const asked_user& user, scratch& s) const override;
  float score(const profile_row& profile, std::size_t item, scratch& s) const override;
  void score_all(const profile_row& profile, std::span<float> out, scratch& s) const override;
  void likeness(std::size_t item, std::span<float> out, scratch& s) const override;
  void parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const override;
  void save(bundle_writer& w) const override;
  void attribute_parts(const profile_row& profile, const sparse_row& attributes, std::span<float> out) const override;
  /// Throws errc::unsupported unless all members learn from attributes.
  std::shared_ptr<const recommender_model> with_items(const sparse_rows& attributes) const override;

  std::span<const double> weights() const noexcept { return all_.weights; }
  std::span<const double> factors() const noexcept { return all_.factors; }
  const recommender_model& member(std::size_t m) const noexcept { return *all_.members[m]; }
  std::size_t members() const noexcept { return all_.members.size(); }

  /// The part of `score` that each member has, to `out`, which has as many entries as there are members.
  void parts_by_member(const profile_row& profile, std::size_t item, std::span<float> out, scratch& s) const;

 private:
  learned all_;
};

/// The weights that `how` documents for members that were fitted to `split.train`, whatever the split: by time, by a host's
/// own rule. `how.weights`, `share`, `held` and `refit` are not read. Throws errc::invalid_argument for a parameter out of its
/// range, and for a score that is not finite; errc::shape for members of other items than the split.
/// O(users · (cost of score_all of all members + items)), and memory 4·members² · 10·cut_off bytes a user asked.
std::vector<double> blend_weights(const blending& how,
                                  std::span<const std::shared_ptr<const recommender_model>> members,
                                  const interaction_split& split, const context& ctx);

namespace detail {

/// A member, whatever its type.
struct blend_member {
  std::string_view kind{};
  std::function<std::shared_ptr<const recommender_model>(const interaction_matrix&, const attribute_rows&,
                                                         const context&)>
      fit{};
  std::function<std::shared_ptr<const recommender_model>(bundle_reader&)> load{};
};
std::shared_ptr<const blend_model> fit_blend(const blending& how, std::span<const blend_member> members,
                                             const interaction_matrix& seen, const attribute_rows& about,
                                             const context& ctx);
std::shared_ptr<const blend_model> load_blend(std::span<const blend_member> members, bundle_reader& r);

}  // namespace detail

/// The spec of a blend. Made by `blend(…)`.
///
/// Throws errc::invalid_argument for a parameter out of its range, for weights that are negative, not finite, all 0, or not one
/// for each member, and where `held` needs times and there are none; errc::empty_input without interactions; and what the
/// members throw, with "blend" and their number.
/// Fit: the members' cost, twice where weights are learned. The same for any number of threads.
template <recommender_spec... M>
class blend_spec {
 public:
  static constexpr std::string_view kind = "blend/1";
  using model = blend_model;

  explicit blend_spec(blending how, M... members) : how_(std::move(how)), members_(std::move(members)...) {}

  const blending& how() const noexcept { return how_; }

  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const {
    return detail::fit_blend(how_, erased(), seen, {}, ctx);
  }
  /// With attributes, for those members that learn from them.
  std::shared_ptr<const model> fit(const interaction_matrix& seen, const attribute_rows& about,
                                   const context& ctx) const
    requires(attribute_recommender_spec<M> || ...)
  {
    return detail::fit_blend(how_, erased(), seen, about, ctx);
  }
  /// Weights come from the file. Throws errc::bad_bundle; errc::bundle_mismatch where the members are of other kinds.
  std::shared_ptr<const model> load(bundle_reader& r) const { return detail::load_blend(erased(), r); }

 private:
  std::vector<detail::blend_member> erased() const {
    return std::apply(
        [](const M&... member) {
          return std::vector<detail::blend_member>{
              {M::kind,
               [&member](const auto& seen, const attribute_rows& about, const context& ctx) {
                 return fit_one(member, seen, about, ctx);
               },
               [&member](bundle_reader& r) { return member.load(r); }}...};
        },
        members_);
  }

  template <class Member>
  static std::shared_ptr<const recommender_model> fit_one(const Member& member, const interaction_matrix& seen,
                                                          const attribute_rows& about, const context& ctx) {
    if constexpr (attribute_recommender_spec<Member>) return member.fit(seen, about, ctx);
    else return member.fit(seen, ctx);
  }

  blending how_;
  std::tuple<M...> members_;
};

/// Makes one recommender of several.
template <recommender_spec... M>
  requires(sizeof...(M) > 0)
auto blend(blending how, M... members) {
  return blend_spec<M...>(std::move(how), std::move(members)...);
}
template <recommender_spec First, recommender_spec... M>
auto blend(First first, M... members) {
  return blend_spec<First, M...>(blending{}, std::move(first), std::move(members)...);
}

}  // namespace bespoke::train
