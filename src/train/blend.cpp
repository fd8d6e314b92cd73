// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/blend.hpp>
#include <bespoke/train/voting.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "blend_weights.hpp"
#include "collaborative.hpp"

namespace bespoke::train {

namespace {

using models = std::vector<std::shared_ptr<const recommender_model>>;

models fit_members(std::span<const detail::blend_member> members, const interaction_matrix& seen,
                   const attribute_rows& about, const context& ctx) {
  models all;
  for (const detail::blend_member& m : members) {
    try {
      all.push_back(m.fit(seen, about, ctx));
    } catch (const error& e) {
      throw e.within(fmt::format("blend/member {}", all.size() + 1));
    }
  }
  return all;
}

std::vector<double> summing_to_one(std::vector<double> weights) {
  const double most = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& w : weights) sum += w /= most;
  for (double& w : weights) w /= sum;
  return weights;
}

interaction_split split_for(const blending& how, const interaction_matrix& seen, const context& ctx) {
  return user_split(seen, how.share, how.held, ctx.seed());
}

blend_model::learned joined(const blending& how, models members, std::vector<double> weights,
                            const interaction_matrix& seen, const context& ctx) {
  const auto scales = detail::member_scales(how, members, seen, ctx);
  std::vector<double> factors;
  for (std::size_t m = 0; m < weights.size(); ++m) factors.push_back(scales[m] > 0 ? weights[m] / scales[m] : 0);
  return {std::move(members), std::move(weights), std::move(factors)};
}

const profile_list& list_of(const profile_row& profile) { return std::get<profile_list>(profile); }

void clear(std::span<double> sums) { std::fill(sums.begin(), sums.end(), 0.0); }

void add(double factor, std::span<const float> own, std::span<double> sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += factor * static_cast<double>(own[i]);
}

void give(std::span<const double> sums, std::span<float> out) {
  std::transform(sums.begin(), sums.end(), out.begin(), [](double v) { return static_cast<float>(v); });
}

/// Σ factor · what `of(member, room)` writes, for members whose factor is not 0.
template <class Of>
void add_all(const models& members, std::span<const double> factors, std::span<float> out, scratch& s, Of&& of) {
  const scratch::frame temporaries(s);
  const auto sums = s.take<double>(out.size());
  const auto own = s.take<float>(out.size());
  clear(sums);
  for (std::size_t m = 0; m < members.size(); ++m) {
    if (!(factors[m] > 0)) continue;
    of(m, own);
    add(factors[m], own, sums);
  }
  give(sums, out);
}

}  // namespace

namespace detail {

std::shared_ptr<const blend_model> fit_blend(const blending& how, std::span<const blend_member> members,
                                             const interaction_matrix& seen, const attribute_rows& about,
                                             const context& ctx) {
  check_blending(how, members.size());
  check_interactions("blend", seen);
  if (!how.weights.empty()) {
    auto all = fit_members(members, seen, about, ctx);
    return std::make_shared<blend_model>(joined(how, std::move(all), summing_to_one(how.weights), seen, ctx));
  }
  const interaction_split split = split_for(how, seen, ctx);
  auto all = fit_members(members, split.train, about, ctx);
  auto weights = blend_weights(how, all, split, ctx);
  ctx.report("blend", 1, 2);
  if (how.refit) all = fit_members(members, seen, about, ctx);
  const interaction_matrix& learned_from = how.refit ? seen : split.train;
  auto model = std::make_shared<blend_model>(joined(how, std::move(all), std::move(weights), learned_from, ctx));
  ctx.report("blend", 2, 2);
  return model;
}

std::shared_ptr<const blend_model> load_blend(std::span<const blend_member> members, bundle_reader& r) {
  const auto weights = r.tensor<double>("weights", members.size());
  const auto factors = r.tensor<double>("factors", members.size());
  bespoke::detail::check_vote_weights(r, weights);
  if (!std::all_of(factors.begin(), factors.end(), [](double f) { return std::isfinite(f) && f >= 0; }))
    r.reject("a factor is negative or not finite");
  blend_model::learned all{{}, {weights.begin(), weights.end()}, {factors.begin(), factors.end()}};
  for (const blend_member& m : members) {
    bundle_reader section = r.stage(m.kind);
    all.members.push_back(m.load(section));
    if (all.members.back()->items() != all.members[0]->items()) r.reject("its members know different numbers of items");
  }
  return std::make_shared<blend_model>(std::move(all));
}

}  // namespace detail

void blend_model::save(bundle_writer& w) const {
  w.put("weights", std::span<const double>(all_.weights));
  w.put("factors", std::span<const double>(all_.factors));
  for (const auto& m : all_.members) {
    bundle_writer section = w.stage(m->kind());
    m->save(section);
  }
}

profile_row blend_model::profile(const asked_user& user, scratch& s) const {
  const auto all = s.take<profile_row>(members());
  for (std::size_t m = 0; m < members(); ++m) std::construct_at(&all[m], member(m).profile(user, s));
  return profile_list{all.data(), all.size()};
}

float blend_model::score(const profile_row& profile, std::size_t item, scratch& s) const {
  double sum = 0;
  for (std::size_t m = 0; m < members(); ++m)
    if (all_.factors[m] > 0)
      sum += all_.factors[m] * static_cast<double>(member(m).score(list_of(profile)[m], item, s));
  return static_cast<float>(sum);
}

void blend_model::score_all(const profile_row& profile, std::span<float> out, scratch& s) const {
  add_all(all_.members, all_.factors, out, s,
          [&](std::size_t m, std::span<float> own) { member(m).score_all(list_of(profile)[m], own, s); });
}

void blend_model::likeness(std::size_t item, std::span<float> out, scratch& s) const {
  add_all(all_.members, all_.weights, out, s,
          [&](std::size_t m, std::span<float> own) { member(m).likeness(item, own, s); });
  for (float& v : out) v = std::clamp(v, -1.0f, 1.0f);
  if (item < out.size()) out[item] = 1;
}

void blend_model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const {
  add_all(all_.members, all_.factors, out, s,
          [&](std::size_t m, std::span<float> own) { member(m).parts(user, item, own, s); });
}

void blend_model::attribute_parts(const profile_row& profile, const sparse_row& attributes,
                                  std::span<float> out) const {
  scratch& s = scratch::local();
  add_all(all_.members, all_.factors, out, s, [&](std::size_t m, std::span<float> own) {
    member(m).attribute_parts(list_of(profile)[m], attributes, own);
  });
}

std::shared_ptr<const recommender_model> blend_model::with_items(const sparse_rows& attributes) const {
  learned next = all_;
  for (auto& m : next.members) m = m->with_items(attributes);
  return std::make_shared<blend_model>(std::move(next));
}

void blend_model::parts_by_member(const profile_row& profile, std::size_t item, std::span<float> out,
                                  scratch& s) const {
  for (std::size_t m = 0; m < members(); ++m)
    out[m] = static_cast<float>(all_.factors[m] * static_cast<double>(member(m).score(list_of(profile)[m], item, s)));
}

}  // namespace bespoke::train
