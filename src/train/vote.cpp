// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/text_form.hpp>
#include <bespoke/train/voting.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "checks.hpp"

namespace bespoke::detail {

namespace {

// A probability of 0 for what happened would make every other weight but 0 for its member worthless.
constexpr double least_likely = 1e-15;

bool is_weight(double w) { return std::isfinite(w) && w >= 0; }

/// The held-out probabilities of what happened, [record][member], and the weights of the records.
struct held_out {
  std::span<const double> likely;
  std::span<const float> weights;
  std::size_t members;

  std::size_t size() const { return likely.size() / members; }
  double weight(std::size_t i) const { return weights.empty() ? 1.0 : static_cast<double>(weights[i]); }
  double at(std::size_t i, std::size_t m) const { return std::max(likely[i * members + m], least_likely); }
  double mixed(std::size_t i, std::span<const double> w) const {
    double sum = 0;
    for (std::size_t m = 0; m < members; ++m) sum += w[m] * at(i, m);
    return sum;
  }
};

double log_loss(const held_out& data, std::span<const double> w) {
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    sum -= data.weight(i) * std::log(data.mixed(i, w));
    total += data.weight(i);
  }
  return sum / total;
}

/// The log loss around some weights: how fast it falls with each member's weight, and its second derivatives.
struct slopes {
  std::vector<double> gain;
  std::vector<double> curve;  // [member][member]

  double most() const { return *std::max_element(gain.begin(), gain.end()); }
};
slopes slopes_at(const held_out& data, std::span<const double> w) {
  const std::size_t n = data.members;
  slopes out{std::vector<double>(n), std::vector<double>(n * n)};
  std::vector<double> part(n);
  double total = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double mixed = data.mixed(i, w), weight = data.weight(i);
    for (std::size_t m = 0; m < n; ++m) part[m] = data.at(i, m) / mixed;
    for (std::size_t m = 0; m < n; ++m) {
      out.gain[m] += weight * part[m];
      for (std::size_t k = 0; k < n; ++k) out.curve[m * n + k] += weight * part[m] * part[k];
    }
    total += weight;
  }
  for (double& v : out.gain) v /= total;
  for (double& v : out.curve) v /= total;
  return out;
}

/// Moves weight between two members to where the parabola of the slopes is lowest, and says how much.
double exchange(const slopes& at, std::span<const double> from, std::span<double> w, std::size_t i, std::size_t k) {
  const std::size_t n = w.size();
  double slope = at.gain[k] - at.gain[i];
  for (std::size_t m = 0; m < n; ++m) slope += (at.curve[i * n + m] - at.curve[k * n + m]) * (w[m] - from[m]);
  const double bend = at.curve[i * n + i] + at.curve[k * n + k] - 2 * at.curve[i * n + k];
  double move = slope == 0 ? 0 : slope < 0 ? w[k] : -w[i];
  if (bend > 0) move = std::clamp(-slope / bend, -w[i], w[k]);
  w[i] += move;
  w[k] -= move;
  return std::abs(move);
}

/// The weights with the lowest point of the parabola, pair by pair until none moves.
std::vector<double> lowest(const slopes& at, std::span<const double> from) {
  std::vector<double> w(from.begin(), from.end());
  for (int sweep = 0; sweep < 1000; ++sweep) {
    double most = 0;
    for (std::size_t i = 0; i < w.size(); ++i)
      for (std::size_t k = i + 1; k < w.size(); ++k) most = std::max(most, exchange(at, from, w, i, k));
    if (most < 1e-12) break;
  }
  return w;
}

/// On the way from `w` to `to` the first of all, a half, a quarter, … where the loss is lower; `w` if there is none.
std::vector<double> lower(const held_out& data, std::span<const double> w, std::span<const double> to) {
  const double before = log_loss(data, w);
  std::vector<double> now(w.size());
  for (double step = 1; step > 1e-6; step /= 2) {
    for (std::size_t m = 0; m < w.size(); ++m) now[m] = std::max(0.0, w[m] + step * (to[m] - w[m]));
    if (log_loss(data, now) < before) return now;
  }
  return {w.begin(), w.end()};
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

void check_fitted_voting(const voting::fitted& how) {
  train::detail::check_positive("vote", "tolerance", how.tolerance, true);
  train::detail::check_positive("vote", "max_iterations", static_cast<double>(how.max_iterations));
}

std::vector<double> mixture_weights(std::span<const double> likely, std::size_t members, std::span<const float> weights,
                                    const voting::fitted& how, const context& ctx) {
  const held_out data{likely, weights, members};
  std::vector<double> found(members, 1 / static_cast<double>(members));
  for (std::size_t i = 0; i < how.max_iterations; ++i) {
    ctx.check();
    const slopes at = slopes_at(data, found);
    // The loss is convex: no weights can be better by more than this.
    if (std::log(at.most()) <= how.tolerance) break;
    auto next = lower(data, found, lowest(at, found));
    if (next == found) break;
    found = std::move(next);
  }
  double sum = 0;
  for (const double w : found) sum += w;
  for (double& w : found) w /= sum;
  return found;
}

}  // namespace bespoke::detail
