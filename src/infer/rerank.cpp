// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/infer/rerank.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace bespoke::infer::detail {

namespace {

// Scores as they count: from 0 to 1, or as they are.
void relevance(std::span<const float> scores, bool scaled, std::span<double> out) {
  constexpr float most = std::numeric_limits<float>::max();
  float low = most, high = -most;
  for (const float score : scores)
    if (!std::isnan(score)) low = std::min(low, score), high = std::max(high, score);
  if (low > high) low = high = 0;  // none is a number
  low = std::max(low, -most), high = std::min(high, most);
  const double lowest = static_cast<double>(low), range = static_cast<double>(high) - lowest;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double score = std::isnan(scores[i]) ? lowest : static_cast<double>(std::clamp(scores[i], low, high));
    out[i] = !scaled ? score : range > 0 ? (score - lowest) / range : 1;
  }
}

// Items that are left, in their order, with how like they are to the most alike of those taken.
class candidates {
 public:
  candidates(std::span<const std::uint32_t> items, std::size_t known, scratch& s)
      : items_(items),
        known_(known),
        places_(s.take<std::size_t>(items.size())),
        most_(s.take<double>(items.size())),
        asked_(s.take<std::uint32_t>(items.size())),
        likeness_(s.take<float>(items.size())) {
    std::iota(places_.begin(), places_.end(), std::size_t{0});
    std::fill(most_.begin(), most_.end(), 0.0);
  }

  /// The place of the best one that is left, which then is not.
  template <class Value>
  std::size_t take(Value&& value) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < places_.size(); ++i)
      if (value(places_[i], most_[i]) > value(places_[best], most_[best])) best = i;
    const std::size_t taken = places_[best];
    const auto at = static_cast<std::ptrdiff_t>(best);
    std::copy(places_.begin() + at + 1, places_.end(), places_.begin() + at);
    std::copy(most_.begin() + at + 1, most_.end(), most_.begin() + at);
    places_ = places_.first(places_.size() - 1);
    return taken;
  }

  void compare(std::size_t taken, bool is_first, const item_likeness& alike, scratch& s) {
    const auto asked = asked_.first(places_.size());
    const auto likeness = likeness_.first(places_.size());
    const bool comparable = is_known(taken);
    for (std::size_t i = 0; i < asked.size(); ++i) asked[i] = is_known(places_[i]) ? items_[places_[i]] : 0;
    if (comparable) alike(items_[taken], asked, likeness, s);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const bool counts = comparable && is_known(places_[i]) && !std::isnan(likeness[i]);
      const double one = counts ? static_cast<double>(likeness[i]) : 0;
      most_[i] = is_first ? one : std::max(most_[i], one);
    }
  }

 private:
  bool is_known(std::size_t place) const { return items_[place] < known_; }

  std::span<const std::uint32_t> items_;
  std::size_t known_;
  std::span<std::size_t> places_;
  std::span<double> most_;
  std::span<std::uint32_t> asked_;
  std::span<float> likeness_;
};

}  // namespace

void check(const mmr_options& options) {
  if (options.trade_off >= 0 && options.trade_off <= 1) return;
  throw error(errc::invalid_argument,
              {.stage = "mmr", .expected = "a trade-off from 0 to 1", .got = fmt::format("{}", options.trade_off)});
}

void choose_by_mmr(std::span<const float> scores, std::span<const std::uint32_t> items, std::size_t known,
                   const item_likeness& alike, const mmr_options& options, std::span<std::size_t> order, scratch& s) {
  const scratch::frame temporaries(s);
  const auto relevant = s.take<double>(scores.size());
  relevance(scores, options.scaled, relevant);
  candidates left(items, known, s);
  const auto value = [&](std::size_t place, double most_alike) {
    return options.trade_off * relevant[place] - (1 - options.trade_off) * most_alike;
  };
  for (std::size_t n = 0; n < order.size(); ++n) {
    order[n] = left.take(value);
    if (n + 1 < order.size()) left.compare(order[n], n == 0, alike, s);
  }
}

}  // namespace bespoke::infer::detail
