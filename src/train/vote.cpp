// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/text_form.hpp>
#include <bespoke/train/vote.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "checks.hpp"

namespace bespoke::detail {

namespace {

// A probability of 0 for what happened would make every other weight but 0 for its member worthless.
constexpr double least_likely = 1e-15;

bool is_weight(double w) { return std::isfinite(w) && w >= 0; }

/// By how much each member's weight is to be multiplied: its part of what made the records likely. None is above 1 where
/// the weights are the best ones.
struct step {
  std::vector<double> gain;
  double most = 0;
};
step gains(std::span<const double> likely, std::span<const double> of_members, std::span<const float> weights) {
  const std::size_t members = of_members.size(), n = likely.size() / members;
  step out{std::vector<double>(members)};
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double w = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
    double mixed = 0;
    for (std::size_t m = 0; m < members; ++m) mixed += of_members[m] * std::max(likely[i * members + m], least_likely);
    for (std::size_t m = 0; m < members; ++m)
      out.gain[m] += w * std::max(likely[i * members + m], least_likely) / mixed;
    total += w;
  }
  for (double& g : out.gain) out.most = std::max(out.most, g /= total);
  return out;
}

}  // namespace

void check_vote_weights(std::span<const double> weights, std::size_t members) {
  if (weights.empty()) return;
  if (weights.size() != members)
    throw error(errc::invalid_argument, {.stage = "vote",
                                         .expected = fmt::format("a weight for each of {} members", members),
                                         .got = fmt::format("{} weights", weights.size())});
  for (const double w : weights)
    if (!is_weight(w))
      throw error(errc::invalid_argument,
                  {.stage = "vote", .expected = "weights of 0 or more", .got = fmt::format("{}", w)});
  if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; }))
    throw error(errc::invalid_argument, {.stage = "vote", .expected = "some weight above 0", .got = "0 for all"});
}

void check_vote_weights(const bundle_reader& r, std::span<const double> weights) {
  double sum = 0;
  for (const double w : weights) {
    if (!is_weight(w)) r.reject("a weight is negative or not finite");
    sum += w;
  }
  if (!(std::abs(sum - 1) <= 1e-6)) r.reject("the weights do not sum to 1");
}

std::string weights_text(std::span<const double> weights) {
  std::string text;
  for (const double w : weights) text += (text.empty() ? "" : " ") + scalar_to_text(w);
  return text;
}

std::vector<double> mixture_weights(std::span<const double> likely, std::size_t members, std::span<const float> weights,
                                    const voting::fitted& how, const context& ctx) {
  train::detail::check_positive("vote", "tolerance", how.tolerance, true);
  train::detail::check_positive("vote", "max_iterations", static_cast<double>(how.max_iterations));
  std::vector<double> found(members, 1 / static_cast<double>(members));
  for (std::size_t i = 0; i < how.max_iterations; ++i) {
    ctx.check();
    const step next = gains(likely, found, weights);
    // The log loss is convex: no weights can be better by more than this.
    if (std::log(next.most) <= how.tolerance) break;
    for (std::size_t m = 0; m < members; ++m) found[m] *= next.gain[m];
  }
  double sum = 0;
  for (const double w : found) sum += w;
  for (double& w : found) w /= sum;
  return found;
}

}  // namespace bespoke::detail
