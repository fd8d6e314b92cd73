// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/min_max.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace bespoke::features {

void min_max::check() const {
  detail::check_missing("min_max", missing::mean, missing);
  if (!(std::isfinite(low) && std::isfinite(high) && low < high))
    throw error(errc::invalid_argument, {.stage = "min_max",
                                         .expected = "finite low and high, low below high",
                                         .got = fmt::format("low {} and high {}", low, high)});
}

detail::scaling::choice min_max::chosen() const {
  detail::scaling::choice c{.stage = "min_max", .missing = missing, .fill_is_centre = false};
  c.offset = static_cast<double>(low);
  if (clip) c.low = static_cast<double>(low), c.high = static_cast<double>(high);
  return c;
}

detail::scaling::columns min_max::learn(const bespoke::detail::number_columns& x, const context& ctx) const {
  const double wanted = static_cast<double>(high) - static_cast<double>(low);
  const std::vector<double> zeros(x.width());
  detail::scaling::columns l{zeros, zeros, zeros};
  ctx.parallel(x.width(), [&](std::size_t c, scratch&) {
    const auto values = x.present(c);
    const auto [low_at, high_at] = std::minmax_element(values.begin(), values.end());
    const double range = values.empty() ? 0 : *high_at - *low_at;
    l.centre[c] = values.empty() ? 0 : *low_at;
    l.scale[c] = (range < 10 * std::numeric_limits<double>::epsilon() ? 1 : range) / wanted;
    l.fill[c] = bespoke::detail::mean_of(values);
  });
  return l;
}

}  // namespace bespoke::features
