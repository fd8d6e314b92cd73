// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/rating_evaluation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "evaluation_checks.hpp"

namespace bespoke {

namespace {

constexpr const char* stage = "evaluate_ratings";
constexpr std::size_t users_in_unit = 16;
enum figures : std::size_t { pooled_rmse, pooled_mae, user_rmse, user_mae, figure_count };
constexpr const char* names[] = {"RMSE", "MAE", "RMSE by user", "MAE by user"};

void check(const rating_options& options) {
  if (!(options.low <= options.high))
    throw error(
        errc::invalid_argument,
        {.stage = stage, .expected = "low at most high", .got = fmt::format("{} and {}", options.low, options.high)});
}

/// Errors of one user.
struct errors {
  double squares = 0, sizes = 0, count = 0;
};

class rating {
 public:
  rating(const recommender_model& model, const interaction_matrix& train, const sparse_rows& held,
         const rating_options& options, const context& ctx)
      : model_(model), train_(train), held_(held), options_(options), ctx_(ctx) {}

  recommender_evaluation operator()() {
    find_users();
    for (const char* name : names) {
      std::vector<double> zeros(found_.users.size());
      found_.figures.push_back({.name = name, .larger_is_better = false, .sums = zeros, .counts = zeros});
    }
    found_.figures[pooled_rmse].root = true;
    const std::size_t users = found_.users.size();
    ctx_.parallel((users + users_in_unit - 1) / users_in_unit, [&](std::size_t unit, scratch& s) {
      const std::size_t begin = unit * users_in_unit;
      for (std::size_t at = begin; at < std::min(users, begin + users_in_unit); ++at) ask(at, s);
    });
    ctx_.report(stage, users, users);
    detail::estimate_figures(found_, options_.interval, ctx_);
    return std::move(found_);
  }

 private:
  bool cold(std::size_t user, std::uint32_t item) const {
    return train_.by_user[user].size() == 0 || train_.by_item[item].size() == 0;
  }
  bool asks(std::size_t user, std::uint32_t item) const {
    return options_.unknown == unknown_pairs::asked || !cold(user, item);
  }

  void find_users() {
    for (std::size_t u = 0; u < held_.size(); ++u) {
      const std::size_t before = found_.interactions;
      for (const std::uint32_t item : held_[u].columns) {
        ++(asks(u, item) ? found_.interactions : found_.left_out);
        found_.cold_interactions += asks(u, item) && cold(u, item);
      }
      if (found_.interactions == before) continue;
      found_.users.push_back(static_cast<std::uint32_t>(u));
      found_.cold_users += train_.by_user[u].size() == 0;
    }
    if (found_.users.empty())
      throw error(errc::empty_input, {.stage = stage, .problem = "there are no held interactions to ask for"});
  }

  double predicted(const profile_row& profile, std::size_t user, std::uint32_t item, scratch& s) const {
    const float score = model_.score(profile, item, s);
    if (!std::isfinite(score))
      throw error(errc::invalid_argument, {.stage = stage,
                                           .expected = fmt::format("a finite score of user {} for item {}", user, item),
                                           .got = fmt::format("{}", score)});
    return static_cast<double>(std::clamp(score, options_.low, options_.high));
  }

  void ask(std::size_t at, scratch& s) {
    const scratch::frame temporaries(s);
    const std::size_t user = found_.users[at];
    asked_user asked{.history = train_.by_user[user]};
    if (!options_.as_new) asked.number = user;
    const auto profile = model_.profile(asked, s);
    const sparse_row held = held_[user];
    errors of;
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (!asks(user, held.columns[i])) continue;
      const double off = predicted(profile, user, held.columns[i], s) - static_cast<double>(held.values[i]);
      of.squares += off * off, of.sizes += std::fabs(off), ++of.count;
    }
    put(at, of);
  }

  void put(std::size_t at, const errors& of) {
    const std::pair<double, double> sums[figure_count] = {
        {of.squares, of.count}, {of.sizes, of.count}, {std::sqrt(of.squares / of.count), 1}, {of.sizes / of.count, 1}};
    for (std::size_t f = 0; f < figure_count; ++f) {
      found_.figures[f].sums[at] = sums[f].first;
      found_.figures[f].counts[at] = sums[f].second;
    }
  }

  const recommender_model& model_;
  const interaction_matrix& train_;
  const sparse_rows& held_;
  const rating_options& options_;
  const context& ctx_;
  recommender_evaluation found_{};
};

}  // namespace

recommender_evaluation evaluate_ratings(const recommender_model& model, const interaction_matrix& train,
                                        const sparse_rows& held, const rating_options& options, const context& ctx) {
  check(options);
  detail::check_shapes(stage, model, train, held);
  return rating(model, train, held, options, ctx)();
}

}  // namespace bespoke
