// SPDX-License-Identifier: Apache-2.0
#include "blend_weights.hpp"

#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/ranking.hpp>
#include <bespoke/train/voting.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "checks.hpp"

namespace bespoke::train {

namespace {

using models = std::span<const std::shared_ptr<const recommender_model>>;
using user_numbers = std::vector<std::uint32_t>;

[[noreturn]] void refuse(const char* expected, std::string got) {
  throw error(errc::invalid_argument, {.stage = "blend", .expected = expected, .got = std::move(got)});
}

void check_finite(float score, std::size_t member, std::size_t user, std::size_t item) {
  if (!std::isfinite(score))
    refuse("members whose scores are finite",
           fmt::format("{} from member {} for user {} and item {}", score, member + 1, user, item));
}

/// Those users of whom `is_asked(user)`, ascending; of more than `most` some that are drawn.
template <class IsAsked>
user_numbers asked_users(std::size_t users, std::size_t most, std::uint64_t seed, IsAsked&& is_asked) {
  user_numbers all;
  for (std::size_t u = 0; u < users; ++u)
    if (is_asked(u)) all.push_back(static_cast<std::uint32_t>(u));
  if (all.size() <= most) return all;
  random_numbers random(seed);
  all = sample(std::move(all), most, random);
  std::sort(all.begin(), all.end());
  return all;
}

bool has(const sparse_row& row, std::size_t item) {
  return std::binary_search(row.columns.begin(), row.columns.end(), static_cast<std::uint32_t>(item));
}

std::span<const float> scores_of(const recommender_model& model, const asked_user& user, scratch& s) {
  const auto scores = s.take<float>(model.items());
  const scratch::frame temporaries(s);
  model.score_all(model.profile(user, s), scores, s);
  return scores;
}

/// The standard deviation of the scores of what is not in the history, 0 where that is nothing.
double deviation(std::span<const float> scores, const sparse_row& history) {
  double sum = 0, squares = 0;
  const auto n = static_cast<double>(scores.size() - history.size());
  const auto each = [&](auto&& add) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (next < history.size() && history.columns[next] == i) ++next;
      else add(static_cast<double>(scores[i]));
    }
  };
  each([&](double v) { sum += v; });
  each([&](double v) { squares += (v - sum / n) * (v - sum / n); });
  return n > 0 ? std::sqrt(squares / n) : 0;
}

/// What the members say of items that a user may be shown: first those that are relevant.
struct candidates {
  std::vector<float> scores{};  // [item][member], scaled
  std::size_t relevant = 0;
};

class ranked_users {
 public:
  ranked_users(const blending& how, models members, const interaction_split& split, const context& ctx)
      : how_(how), members_(members), split_(split), scales_(detail::member_scales(how, members, split.train, ctx)) {
    const auto users = asked_users(split.train.users(), how.users, ctx.seed(), [&](std::size_t u) {
      const sparse_row held = split.held[u];
      for (std::size_t i = 0; i < held.size(); ++i)
        if (is_relevant(u, held, i)) return true;
      return false;
    });
    all_.resize(users.size());
    ctx.parallel(users.size(), [&](std::size_t i, scratch& s) { all_[i] = of(users[i], s); });
  }

  bool empty() const { return all_.empty(); }

  /// The mean NDCG of a blend.
  double quality(std::span<const double> weights, const context& ctx) const {
    std::vector<double> each(all_.size());
    ctx.parallel(all_.size(), [&](std::size_t u, scratch& s) { each[u] = quality(all_[u], weights, s); });
    return std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
  }

 private:
  bool is_relevant(std::size_t user, const sparse_row& held, std::size_t i) const {
    return held.values[i] >= how_.relevant_from && !has(split_.train.by_user[user], held.columns[i]);
  }

  candidates of(std::size_t user, scratch& s) const {
    std::vector<std::uint32_t> items;
    const sparse_row held = split_.held[user];
    for (std::size_t i = 0; i < held.size(); ++i)
      if (is_relevant(user, held, i)) items.push_back(held.columns[i]);
    candidates found{.relevant = items.size()};
    std::vector<std::span<const float>> by_member;
    for (const auto& m : members_) by_member.push_back(scores_of(*m, {user, split_.train.by_user[user]}, s));
    add_best(user, by_member, items);
    for (const std::uint32_t item : items)
      for (std::size_t m = 0; m < by_member.size(); ++m) {
        check_finite(by_member[m][item], m, user, item);
        const double scaled = scales_[m] > 0 ? static_cast<double>(by_member[m][item]) / scales_[m] : 0;
        found.scores.push_back(static_cast<float>(scaled));
      }
    return found;
  }

  // The best of each member, behind the items that are there.
  void add_best(std::size_t user, std::span<const std::span<const float>> by_member,
                std::vector<std::uint32_t>& items) const {
    const sparse_row known = split_.train.by_user[user];
    const std::vector<std::uint32_t> relevant = items;
    std::vector<std::uint32_t> others;
    const auto is_other = [&](std::size_t i) {
      return !has(known, i) && !std::binary_search(relevant.begin(), relevant.end(), static_cast<std::uint32_t>(i));
    };
    for (const auto& scores : by_member)
      for (const scored& one : top_k(scores, std::min(how_.cut_off, scores.size()) * 10, is_other))
        others.push_back(static_cast<std::uint32_t>(one.index));
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    items.insert(items.end(), others.begin(), others.end());
  }

  double quality(const candidates& of, std::span<const double> weights, scratch& s) const {
    const auto mixed = s.take<float>(of.scores.size() / weights.size());
    for (std::size_t i = 0; i < mixed.size(); ++i) {
      double sum = 0;
      for (std::size_t m = 0; m < weights.size(); ++m)
        sum += weights[m] * static_cast<double>(of.scores[i * weights.size() + m]);
      mixed[i] = static_cast<float>(sum);
    }
    rank_counter list(mixed.first(of.relevant), s);
    list.add(mixed.subspan(of.relevant));
    return list_quality(list.ranks(), how_.cut_off).ndcg;
  }

  const blending& how_;
  models members_;
  const interaction_split& split_;
  std::vector<double> scales_;
  std::vector<candidates> all_;
};

/// Member `m` with this share, the others keeping their proportions; nothing where they are all 0.
std::vector<double> with_share(std::span<const double> weights, std::size_t m, double share) {
  const double rest = 1 - weights[m];
  std::vector<double> next(weights.begin(), weights.end());
  if (!(rest > 1e-9) && share < 1) return {};
  for (double& w : next) w = rest > 1e-9 ? w / rest * (1 - share) : 0;
  next[m] = share;
  return next;
}

struct found_weights {
  std::vector<double> weights{};
  double quality = -1;

  // A better one must be so by more than rounding.
  bool take(std::vector<double> other, const ranked_users& users, const context& ctx) {
    const double q = other.empty() ? -1 : users.quality(other, ctx);
    if (!(q > quality + 1e-12)) return false;
    weights = std::move(other);
    quality = q;
    return true;
  }
};

std::vector<double> best_for_lists(const ranked_users& users, std::size_t members, const context& ctx) {
  found_weights best;
  for (std::size_t m = 0; m < members; ++m) {
    std::vector<double> alone(members);
    alone[m] = 1;
    best.take(std::move(alone), users, ctx);
  }
  for (bool better = true; better;) {
    better = false;
    const std::vector<double> from = best.weights;
    for (std::size_t m = 0; m < members; ++m)
      for (int tenths = 0; tenths <= 10; ++tenths)
        better = best.take(with_share(from, m, tenths / 10.0), users, ctx) || better;
  }
  return best.weights;
}

std::vector<double> best_for_values(const blending& how, models members, const interaction_split& split,
                                    const context& ctx) {
  const auto users =
      asked_users(split.train.users(), how.users, ctx.seed(), [&](std::size_t u) { return split.held[u].size() != 0; });
  std::vector<std::size_t> first{0};
  std::vector<double> values;
  for (const std::uint32_t u : users) {
    for_each_value(split.held[u], [&](std::size_t, float v) { values.push_back(static_cast<double>(v)); });
    first.push_back(values.size());
  }
  if (values.empty()) return {};
  std::vector<double> numbers(values.size() * members.size());
  ctx.parallel(users.size(), [&](std::size_t n, scratch& s) {
    const sparse_row held = split.held[users[n]];
    for (std::size_t m = 0; m < members.size(); ++m) {
      const auto profile = members[m]->profile({users[n], split.train.by_user[users[n]]}, s);
      for (std::size_t i = 0; i < held.size(); ++i) {
        const float score = members[m]->score(profile, held.columns[i], s);
        check_finite(score, m, users[n], held.columns[i]);
        numbers[(first[n] + i) * members.size() + m] = static_cast<double>(score);
      }
    }
  });
  return bespoke::detail::average_weights(numbers, members.size(), values, {});
}

std::vector<double> all_the_same(std::size_t members) {
  return std::vector<double>(members, 1 / static_cast<double>(members));
}

}  // namespace

namespace detail {

void check_blending(const blending& how, std::size_t members) {
  if (how.cut_off == 0) refuse("a cut_off of 1 or more", "0");
  if (how.users == 0) refuse("users of 1 or more", "0");
  if (!(how.share > 0 && how.share < 1)) refuse("a share between 0 and 1", fmt::format("{}", how.share));
  if (std::isnan(how.relevant_from)) refuse("a relevant_from that is a number", "nan");
  if (how.weights.empty()) return;
  if (how.weights.size() != members)
    refuse("a weight for each member", fmt::format("{} weights for {} members", how.weights.size(), members));
  for (const double w : how.weights)
    if (!(std::isfinite(w) && w >= 0)) refuse("weights of 0 or more", fmt::format("{}", w));
  if (!std::any_of(how.weights.begin(), how.weights.end(), [](double w) { return w > 0; }))
    refuse("some weight above 0", "0 for all");
}

std::vector<double> member_scales(const blending& how, models members, const interaction_matrix& seen,
                                  const context& ctx) {
  if (how.aim == blend_aim::values) return std::vector<double>(members.size(), 1.0);
  const auto users =
      asked_users(seen.users(), how.users, ctx.seed(), [&](std::size_t u) { return seen.by_user[u].size() != 0; });
  std::vector<double> each(users.size() * members.size()), scales(members.size());
  ctx.parallel(users.size(), [&](std::size_t n, scratch& s) {
    for (std::size_t m = 0; m < members.size(); ++m) {
      const scratch::frame temporaries(s);
      const asked_user user{users[n], seen.by_user[users[n]]};
      each[n * members.size() + m] = deviation(scores_of(*members[m], user, s), user.history);
    }
  });
  for (std::size_t i = 0; i < each.size(); ++i)
    scales[i % members.size()] += each[i] / static_cast<double>(users.size());
  for (std::size_t m = 0; m < scales.size(); ++m)
    if (!std::isfinite(scales[m]))
      refuse("members whose scores are finite", fmt::format("others from member {}", m + 1));
  return scales;
}

}  // namespace detail

std::vector<double> blend_weights(const blending& how, models members, const interaction_split& split,
                                  const context& ctx) {
  blending checked = how;
  checked.weights.clear();
  detail::check_blending(checked, members.size());
  if (members.empty()) refuse("a member or more", "none");
  for (const auto& m : members)
    if (m->items() != split.train.items())
      throw error(errc::shape, {.stage = "blend",
                                .expected = fmt::format("members that know {} items", split.train.items()),
                                .got = fmt::format("one that knows {}", m->items())});
  if (how.aim == blend_aim::values) {
    auto found = best_for_values(how, members, split, ctx);
    return found.empty() ? all_the_same(members.size()) : found;
  }
  const ranked_users users(how, members, split, ctx);
  return users.empty() ? all_the_same(members.size()) : best_for_lists(users, members.size(), ctx);
}

}  // namespace bespoke::train
