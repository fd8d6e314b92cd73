// SPDX-License-Identifier: Apache-2.0
#pragma once
// The profile model of a user and an item: what a user likes, learned from the features of what they chose.
//
//     auto taste = fit(fuse(…) | train::user_profile{}, rated, &Product::stars);   // from one user's ratings, as a chain
//
// Many users of one catalogue share its rows, and each has a profile beside them:
//
//     auto [items, rows] = fit_rows(fuse(…), catalogue);       // sparse_rows, where any branch is sparse
//     using profile = train::user_profile::fitted<sparse_row>;
//     profile taste({}, {.weights = aligned_vector<float>(rows.width())});   // of somebody new: all 0
//     taste = taste.adjusted(rows[3], 1);                                    // likes item 3
//     taste = taste.adjusted(rows[8], -1);                                   // dislikes item 8
//     auto best = infer::top_k(taste, rows, 10, [&](std::size_t i) { return !seen[i]; });
//     for (auto why : taste.reasons(rows[best[0].index], 3)) … items.stage().column_name(why.column) …

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// How the profile that minimises the loss is found. Both find the same one.
enum class solver {
  gradient,     ///< steps along the gradient, made conjugate to the steps before; any number of rows and columns
  closed_form,  ///< solves the normal equations: up to 512 columns, or up to 8,192 rows
};

/// The profile i of an item is its row; the profile u of a user is learned. The predicted rating is r = Σ uₖ·iₖ + b, its
/// error e = y − r, and u (with b, if asked for) minimises
///
///     Σ ½·e² + ½·l2·Σ uₖ²
///
/// which is ridge regression with alpha = l2. The intercept b is not penalised. Choices of 1 and 0 need none; ratings of
/// 1 to 5 do.
///
///     dense_row or sparse_row, any arithmetic target → float
///
/// `solver::gradient`: from u = 0, each step goes along the direction d = g + β·d₋₁, where g = Σ e·i − l2·u is the negative
/// gradient and β = |g|²/|g₋₁|², by the length (g·d) / (Σ (i·d)² + l2·|d|²) at which the loss along d is least
/// (conjugate gradients for least squares: Hestenes and Stiefel, 1952). It ends when |g| is below `tolerance` times its
/// first value: in as many steps as the rows have independent columns at the latest, but for rounding, and usually in
/// far fewer. O(stored values) a step. Columns of very different sizes need many steps: put standardize{} before.
///
/// `solver::closed_form`: (XᵀX + l2·I)·u = Xᵀy by Cholesky where the rows have at most 512 columns, O(n·d² + d³); else the
/// dual (XXᵀ + l2·I)·a = y, u = Xᵀa, O(n²·stored values of a row + n³). With an intercept, X and y are centred first.
///
/// The same bytes for any number of threads. Throws errc::empty_input; errc::shape; errc::invalid_argument for a parameter
/// out of range, for a NaN or infinity in a row or a target (with its record), and where `l2 = 0` leaves the closed form
/// without a unique answer; errc::limit where the closed form would need more than 512 columns and 8,192 rows.
/// One record: O(stored values), no allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's Ridge.
struct user_profile {
  float l2 = 1.0f;                                 ///< weight of the penalty: how many ratings it takes to move u
  bool intercept = false;                          ///< learn b; else it is 0
  train::solver solver = train::solver::gradient;  ///< how
  double tolerance = 1e-8;                         ///< of the gradient solver, relative
  std::size_t max_iterations = 1000;               ///< of the gradient solver; it ends there, converged or not

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  /// What is learned. `intercept` and the number of columns are what a prediction needs.
  struct learned {
    aligned_vector<float> weights{};
    double intercept = 0;
  };

  template <row In>
  class fitted;

  /// Learns the profile of one user from rows and ratings.
  template <row In, class Y>
    requires std::is_arithmetic_v<Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;

  /// The parameters of training come from the file: none of them changes an answer.
  template <row In, class Y>
    requires std::is_arithmetic_v<Y>
  fitted<In> load(bundle_reader& r) const;

  /// The profile for rows and ratings: what `fit` calls.
  learned solve(const dense_rows& rows, std::span<const double> ratings, const context& ctx) const;
  learned solve(const sparse_rows& rows, std::span<const double> ratings, const context& ctx) const;

 private:
  template <row In>
  friend class fitted;
  void check(std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w, const learned& l) const;
  static user_profile saved(const bundle_reader& r);
  static learned saved_profile(const bundle_reader& r);
  static void check_width(std::size_t expected, std::size_t got);
  learned moved(const learned& from, const dense_rows& rows, std::span<const double> errors, const context& ctx) const;
  learned moved(const learned& from, const sparse_rows& rows, std::span<const double> errors, const context& ctx) const;
  double step(double error, double weight, double squared_norm) const;

  template <class Y>
  static std::vector<double> numbers(const blocks<Y>& y, const context& ctx) {
    std::vector<double> all(y.size());
    y.for_each(ctx, [&](const block<Y>& b) {
      for (std::size_t i = 0; i < b.size(); ++i) all[b.first() + i] = static_cast<double>(b[i]);
    });
    return all;
  }
};

/// A user's profile. Copies share it. A value: what learns more gives the next one and leaves this as it is.
template <row In>
class user_profile::fitted {
 public:
  static constexpr std::string_view kind = "user_profile/1";
  using output_type = float;

  fitted(user_profile spec, learned l) : spec_(spec), learned_(std::make_shared<const learned>(std::move(l))) {}

  /// The predicted rating. Throws errc::shape unless the row has `width()` columns.
  float operator()(const In& x) const { return static_cast<float>(predict(x)); }

  std::span<const float> weights() const noexcept { return learned_->weights; }  ///< u
  double intercept() const noexcept { return learned_->intercept; }              ///< b
  std::size_t width() const noexcept { return learned_->weights.size(); }
  const user_profile& spec() const noexcept { return spec_; }

  /// The `k` columns with the largest parts uₖ·iₖ of the prediction; see core/reasons.hpp.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const {
    check_width(width(), x.width());
    return top_contributions(x, weights(), k, which);
  }

  /// The profile after one more rating, a like or a dislike, that counts `weight` times. It minimises
  ///
  ///     weight·½·(y − r′)² + ½·l2·|u′ − u|²
  ///
  /// in closed form: u′ = u + e·weight·i / (l2 + weight·|i|²). So the prediction for this very row moves towards the
  /// rating by the share weight·|i|² / (l2 + weight·|i|²) of the error: by half for a row of length 1 with l2 = 1 and
  /// weight 1, all the way with l2 = 0. b stays. It is the ridge solution where nothing was known of these columns,
  /// and moves faster than a new fit of all ratings where much was.
  /// Throws errc::invalid_argument for a rating that is not finite, or a weight that is not finite and 0 or more.
  /// O(width()), for the copy.
  fitted adjusted(const In& x, float rating, float weight = 1.0f) const;

  /// The profile after more ratings: minimises Σ ½·e² + ½·l2·|u′ − u|² over them by the spec's solver. b stays.
  /// For one rating it is `adjusted` with weight 1.
  template <class Y>
    requires std::is_arithmetic_v<Y>
  fitted updated(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;

  void save(bundle_writer& w) const { spec_.save(w, *learned_); }

 private:
  double predict(const In& x) const {
    check_width(width(), x.width());
    return dot(x, weights()) + learned_->intercept;
  }

  user_profile spec_;
  std::shared_ptr<const learned> learned_;
};

template <row In, class Y>
  requires std::is_arithmetic_v<Y>
user_profile::fitted<In> user_profile::fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
  check(x.size(), y.size());
  const auto ratings = numbers(y, ctx);
  return {*this, solve(collect(x, ctx), ratings, ctx)};
}

template <row In, class Y>
  requires std::is_arithmetic_v<Y>
user_profile::fitted<In> user_profile::load(bundle_reader& r) const {
  return {saved(r), saved_profile(r)};
}

template <row In>
user_profile::fitted<In> user_profile::fitted<In>::adjusted(const In& x, float rating, float weight) const {
  const double error = static_cast<double>(rating) - predict(x);
  const double step = spec_.step(error, weight, squared_norm(x));
  learned next = *learned_;
  for_each_value(x, [&](std::size_t c, float v) { next.weights[c] = static_cast<float>(next.weights[c] + step * v); });
  return {spec_, std::move(next)};
}

template <row In>
template <class Y>
  requires std::is_arithmetic_v<Y>
user_profile::fitted<In> user_profile::fitted<In>::updated(const blocks<In>& x, const blocks<Y>& y,
                                                           const context& ctx) const {
  spec_.check(x.size(), y.size());
  const auto rows = collect(x, ctx);
  auto errors = numbers(y, ctx);
  for (std::size_t i = 0; i < errors.size(); ++i) errors[i] -= predict(rows[i]);
  return {spec_, spec_.moved(*learned_, rows, errors, ctx)};
}

}  // namespace bespoke::train
