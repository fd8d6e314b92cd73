// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/ials.hpp>

#include <fmt/format.h>

#include <cmath>

#include "checks.hpp"
#include "collaborative.hpp"
#include "ials_solve.hpp"

namespace bespoke::train {

namespace {

void check_parameters(const ials& spec) {
  const auto at_least_one = [](const char* name, std::size_t value) {
    if (value == 0)
      throw error(errc::invalid_argument,
                  {.stage = "ials", .expected = fmt::format("{} of 1 or more", name), .got = "0"});
  };
  at_least_one("factors", spec.factors);
  at_least_one("iterations", spec.iterations);
  at_least_one("cg_steps", spec.cg_steps);
  const auto at_most = [](const char* name, double most, double value) {
    if (value <= most) return;
    throw error(
        errc::invalid_argument,
        {.stage = "ials", .expected = fmt::format("{} of at most {}", name, most), .got = fmt::format("{}", value)});
  };
  at_most("factors", als::most_factors, static_cast<double>(spec.factors));
  detail::check_positive("ials", "unobserved_weight", spec.unobserved_weight, true);
  at_most("unobserved_weight", als::most_confidence, spec.unobserved_weight);
  detail::check_positive("ials", "regularization", spec.regularization);
  detail::check_positive("ials", "reg_exponent", spec.reg_exponent, true);
  detail::check_positive("ials", "alpha", spec.alpha, true);
  detail::check_positive("ials", "stddev", spec.stddev);
  at_most("stddev", 100, spec.stddev);
}

void check_values(const ials& spec, const sparse_rows& by_user) {
  for (std::size_t u = 0; u < by_user.size(); ++u)
    for_each_value(by_user[u], [&](std::size_t i, float v) {
      const bool negative = v < 0;
      if (!negative && als::confidence(spec, v) <= als::most_confidence) return;
      throw error(
          errc::invalid_argument,
          {.stage = "ials",
           .expected = negative ? "values of 0 or more" : fmt::format("confidences up to {}", als::most_confidence),
           .got = fmt::format("the value {} of user {} and item {}", v, u, i),
           .advice = negative ? "leave out what was not liked, or predict ratings instead" : "scale the values"});
    });
}

// A user of many interactions must not have a penalty that is no number.
void check_penalties(const ials& spec, const interaction_matrix& seen) {
  const std::size_t most = std::max(seen.users(), seen.items());
  const double largest = als::penalty(spec, most, most);
  if (largest < als::most_penalty) return;
  throw error(errc::invalid_argument, {.stage = "ials",
                                       .expected = fmt::format("a penalty below {}", als::most_penalty),
                                       .got = fmt::format("{}", largest),
                                       .advice = "lower regularization or reg_exponent"});
}

}  // namespace

std::shared_ptr<const ials::model> ials::fit(const interaction_matrix& seen, const context& ctx) const {
  check_parameters(*this);
  detail::check_interactions("ials", seen);
  check_values(*this, seen.by_user);
  check_penalties(*this, seen);
  als::side users(seen.by_user, *this, 0, ctx), items(seen.by_item, *this, 1, ctx);
  for (std::size_t i = 0; i < iterations; ++i) {
    als::solve(*this, users, items, ctx);
    als::solve(*this, items, users, ctx);
    ctx.report("ials", i + 1, iterations);
  }
  user_item_factors learned(users.rows(factors), items.rows(factors));
  if (find != retrieval::automatic) learned.find_by(find, ctx);
  return std::make_shared<const model>(std::move(learned), *this, ctx);
}

}  // namespace bespoke::train
