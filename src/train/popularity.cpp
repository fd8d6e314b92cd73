// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/popularity.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "collaborative.hpp"

namespace bespoke::train {

namespace {

void check(const popularity& spec, const interaction_matrix& seen) {
  if (!std::isfinite(spec.half_life) || spec.half_life < 0)
    throw error(errc::invalid_argument, {.stage = "popularity",
                                         .expected = "a half_life of 0 or more seconds",
                                         .got = fmt::format("{}", spec.half_life)});
  if (spec.half_life > 0 && seen.times.size() != seen.size())
    throw error(errc::invalid_argument, {.stage = "popularity",
                                         .problem = "half_life is given, but interactions have no times",
                                         .advice = "collect them with a time: interactions(user, item, value, time)"});
}

}  // namespace

std::shared_ptr<const popularity::model> popularity::fit(const interaction_matrix& seen, const context& ctx) const {
  check(*this, seen);
  ctx.check();
  std::vector<double> sums(seen.items());
  const std::int64_t latest = seen.times.empty() ? 0 : *std::max_element(seen.times.begin(), seen.times.end());
  const auto columns = seen.by_user.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const double age = half_life > 0 ? static_cast<double>(latest) - static_cast<double>(seen.times[i]) : 0;
    const double once = half_life > 0 ? std::exp2(-age / half_life) : 1;
    sums[columns[i]] += by_value ? once * static_cast<double>(seen.by_user.values()[i]) : once;
  }
  ctx.report("popularity", 1, 1);
  return std::make_shared<const model>(std::vector<float>(sums.begin(), sums.end()));
}

std::shared_ptr<const popularity::model> popularity::load(bundle_reader& r) const {
  return std::make_shared<const model>(detail::load_finite(r, "scores"));
}

void popularity::model::save(bundle_writer& w) const { w.put("scores", std::span<const float>(scores_)); }

profile_row popularity::model::profile(const asked_user& user, scratch&) const { return user.history; }

float popularity::model::score(const profile_row&, std::size_t item, scratch&) const {
  return item < scores_.size() ? scores_[item] : 0.0f;
}
void popularity::model::score_all(const profile_row&, std::span<float> out, scratch&) const {
  std::copy(scores_.begin(), scores_.end(), out.begin());
}
void popularity::model::likeness(std::size_t item, std::span<float> out, scratch&) const {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i == item ? 1.0f : 0.0f;
}
void popularity::model::parts(const asked_user&, std::size_t, std::span<float> out, scratch&) const {
  std::fill(out.begin(), out.end(), 0.0f);
}

}  // namespace bespoke::train
