// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is asked of every classifier beside its answer: the score of each label. Calibration, voting, stacking and the
// metrics that look at scores stand on it.
//
//     for (const auto& d : triage.scores(ticket)) fmt::print("{} {:.2f}\n", d.label(), d.score());

#include <bespoke/core/decision.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/stage.hpp>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace bespoke {

/// A fitted stage that tells the score of every label, in the order of `labels()`, larger speaking more for the label; it
/// answers with the largest, of equal ones the first. The scores lie in `s` until its enclosing frame ends.
template <class F, class In>
concept classifier = fitted_stage<F, In> && requires(const F& f, const In& x, scratch& s) {
  f.labels().decide(std::size_t{}, 0.0f);
  { f.scores(x, s) } -> std::convertible_to<std::span<const double>>;
};

/// Whether a classifier's scores are probabilities, which sum to 1: it says so by
/// `static constexpr bool gives_probabilities = true;`.
template <class F>
inline constexpr bool gives_probabilities = [] {
  if constexpr (requires { F::gives_probabilities; }) return F::gives_probabilities;
  else return false;
}();

/// The number of the largest score, of equal ones the first; where the first is NaN, that one. O(scores).
inline std::size_t largest(std::span<const double> scores) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (scores[i] > scores[best]) best = i;
  return best;
}

/// The number of the largest score but one, of equal ones the first. Two scores or more. O(scores).
inline std::size_t second_largest(std::span<const double> scores) noexcept {
  const std::size_t best = largest(scores);
  std::size_t second = best == 0 ? 1 : 0;
  for (std::size_t i = second + 1; i < scores.size(); ++i)
    if (i != best && scores[i] > scores[second]) second = i;
  return second;
}

/// The answer that follows from the scores of all labels.
template <label Label>
decision<Label> decide(const labels<Label>& names, std::span<const double> scores) noexcept {
  const std::size_t best = largest(scores);
  return names.decide(best, static_cast<float>(scores[best]));
}

/// A decision for every label, in label order.
template <class F, class In>
  requires classifier<F, In>
auto all_decisions(const F& f, const In& x, scratch& s) {
  const scratch::frame frame(s);
  const std::span<const double> scores = f.scores(x, s);
  std::vector<decltype(f.labels().decide(0, 0.0f))> all;
  all.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) all.push_back(f.labels().decide(i, static_cast<float>(scores[i])));
  return all;
}

}  // namespace bespoke
