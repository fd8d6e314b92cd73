// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/scaling.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bespoke::features::detail {

const char* name(missing m) noexcept { return m == missing::mean ? "mean" : m == missing::median ? "median" : "error"; }

void check_missing(const char* stage, missing allowed, missing got) {
  if (got == allowed || got == missing::error) return;
  throw error(errc::invalid_argument, {.stage = stage,
                                       .expected = fmt::format("missing::{} or missing::error", name(allowed)),
                                       .got = fmt::format("missing::{}", name(got)),
                                       .advice = "put impute before it for another choice"});
}

scaling::scaling(choice c, columns learned)
    : choice_(c), learned_(std::make_shared<const columns>(std::move(learned))) {
  for (std::size_t k = 0; k < width(); ++k)
    if (!std::isfinite(learned_->centre[k]) || !std::isfinite(learned_->scale[k]) || !std::isfinite(learned_->fill[k]))
      throw error(errc::invalid_argument, {.stage = choice_.stage,
                                           .problem = fmt::format("the numbers of column {} are too large", k),
                                           .advice = "divide them before the fit"});
}

float scaling::operator()(double value, std::size_t column) const {
  const columns& l = *learned_;
  if (!std::isfinite(value)) {
    if (choice_.missing == missing::error)
      bespoke::detail::throw_not_finite(choice_.stage, value, "pass another .missing, or put impute before it");
    value = l.fill[column];
  }
  if (choice_.centred) value -= l.centre[column];
  if (choice_.scaled) value /= l.scale[column];
  return static_cast<float>(std::clamp(value + choice_.offset, choice_.low, choice_.high));
}

dense_row scaling::operator()(const dense_row& r, scratch& s) const {
  bespoke::detail::check_width(choice_.stage, width(), r.width());
  auto out = s.take<float>(r.width());
  for (std::size_t c = 0; c < out.size(); ++c) out[c] = (*this)(static_cast<double>(r[c]), c);
  return {out};
}

sparse_row scaling::operator()(const sparse_row& r, scratch& s) const {
  bespoke::detail::check_width(choice_.stage, width(), r.width());
  auto out = s.take<float>(r.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (*this)(static_cast<double>(r.values[i]), r.columns[i]);
  return {r.columns, out, r.columns_in_all};
}

double scaling::example(std::uint64_t random) const noexcept {
  return learned_->fill[0] + learned_->scale[0] * (4 * bespoke::detail::unit_of(random) - 2);
}

void scaling::save(bundle_writer& w, std::string_view input, const char* centre, const char* scale) const {
  w.put("input", input);
  w.put("missing", name(choice_.missing));
  w.put(centre, std::span<const double>(learned_->centre));
  w.put(scale, std::span<const double>(learned_->scale));
  if (!choice_.fill_is_centre) w.put("fill", std::span<const double>(learned_->fill));
}

namespace {
std::vector<double> copied(std::span<const double> values) { return {values.begin(), values.end()}; }
bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}
}  // namespace

scaling scaling::load(const bundle_reader& r, choice c, std::string_view input, const char* centre, const char* scale) {
  r.must_equal("input", input);
  r.must_equal("missing", name(c.missing));
  columns l{.centre = copied(r.tensor<double>(centre))};
  l.scale = copied(r.tensor<double>(scale, l.centre.size()));
  l.fill = c.fill_is_centre ? l.centre : copied(r.tensor<double>("fill", l.centre.size()));
  if (input == "numbers" && l.centre.size() != 1) r.reject(fmt::format("numbers have one {}", centre));
  if (!all_finite(l.centre) || !all_finite(l.fill)) r.reject(fmt::format("a {} is not finite", centre));
  if (!all_finite(l.scale) || !std::all_of(l.scale.begin(), l.scale.end(), [](double v) { return v > 0; }))
    r.reject(fmt::format("a {} is not positive", scale));
  return {c, std::move(l)};
}

}  // namespace bespoke::features::detail
