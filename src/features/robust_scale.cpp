// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/robust_scale.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace bespoke::features {

void robust_scale::check() const {
  detail::check_missing("robust_scale", missing::median, missing);
  if (!(lower >= 0 && lower < upper && upper <= 1))
    throw error(errc::invalid_argument, {.stage = "robust_scale",
                                         .expected = "lower and upper from 0 to 1, lower below upper",
                                         .got = fmt::format("lower {} and upper {}", lower, upper)});
}

detail::scaling::columns robust_scale::learn(const bespoke::detail::number_columns& x, const context& ctx) const {
  const std::vector<double> zeros(x.width());
  detail::scaling::columns l{zeros, zeros, zeros};
  ctx.parallel(x.width(), [&](std::size_t c, scratch&) {
    auto values = x.present(c);
    std::sort(values.begin(), values.end());
    const double range = bespoke::detail::quantile_of(values, upper) - bespoke::detail::quantile_of(values, lower);
    l.centre[c] = bespoke::detail::median_of(values);
    l.scale[c] = range < 10 * std::numeric_limits<double>::epsilon() ? 1 : range;
  });
  l.fill = l.centre;
  return l;
}

}  // namespace bespoke::features
