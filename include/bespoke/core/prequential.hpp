// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prequential evaluation: each interaction in time order is first foreseen and then learned (Dawid, 1984). What a
// recommender that keeps learning is worth from its first day on.
//
//     train::online_factorization::learner taste({.low = 1, .high = 5});              // train/online_factorization.hpp
//     const auto found = prequential(taste, in_time_order(seen.matrix));
//     found.total.rmse();

#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke {

/// An interaction at its time; users and items by their numbers.
struct timed_interaction {
  std::uint32_t user = 0, item = 0;
  float value = 0;
  std::int64_t time = 0;
  friend bool operator==(const timed_interaction&, const timed_interaction&) = default;
};

/// All interactions, earliest first; of equal times by user, then by item. Throws errc::invalid_argument where there are no
/// times. O(interactions · log interactions).
std::vector<timed_interaction> in_time_order(const interaction_matrix& seen);

/// What foresees and learns one interaction at a time. Both must take any numbers.
template <class R>
concept online_recommender =
    requires(R& learner, const R& reader, std::uint32_t user, std::uint32_t item, float value) {
      { reader.predict(user, item) } -> std::convertible_to<double>;
      learner.learn(user, item, value);
    };

/// The error of predictions so far, summed in double.
class running_error {
 public:
  void add(double predicted, double actual) noexcept {
    const double off = predicted - actual;
    squares_ += off * off, sizes_ += std::fabs(off), ++count_;
  }
  std::size_t count() const noexcept { return count_; }
  double rmse() const noexcept { return std::sqrt(squares_ / static_cast<double>(count_)); }  ///< NaN of none
  double mae() const noexcept { return sizes_ / static_cast<double>(count_); }                ///< NaN of none

 private:
  double squares_ = 0, sizes_ = 0;
  std::size_t count_ = 0;
};

/// What prequential evaluation found.
struct prequential_result {
  running_error total{};
  std::vector<running_error> curve{};  ///< the running error after every so many interactions, and at the end
};

namespace detail {
[[noreturn]] void refuse_prediction(const timed_interaction& next, double predicted);
}

/// Predicts and learns each of `events` in their order. The curve has about `points` points, evenly apart; 0: none.
/// Throws errc::invalid_argument for a prediction that is not finite, with user and item; errc::stopped; what the learner
/// throws. One thread.
template <online_recommender Learner>
prequential_result prequential(Learner& learner, std::span<const timed_interaction> events, std::size_t points,
                               const context& ctx) {
  prequential_result found;
  const std::size_t every = points == 0 ? 0 : (events.size() + points - 1) / points;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i % 4096 == 0) ctx.check(), ctx.report("prequential", i, events.size());
    const timed_interaction& next = events[i];
    const auto predicted = static_cast<double>(learner.predict(next.user, next.item));
    if (!std::isfinite(predicted)) detail::refuse_prediction(next, predicted);
    found.total.add(predicted, static_cast<double>(next.value));
    learner.learn(next.user, next.item, next.value);
    if (every != 0 && ((i + 1) % every == 0 || i + 1 == events.size())) found.curve.push_back(found.total);
  }
  ctx.report("prequential", events.size(), events.size());
  return found;
}
template <online_recommender Learner>
prequential_result prequential(Learner& learner, std::span<const timed_interaction> events, std::size_t points = 100) {
  return prequential(learner, events, points, context({.threads = 1}));
}

}  // namespace bespoke
