// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/impute.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bespoke::features {

namespace {

constexpr const char* stage = "impute";

const char* name(replacement r) {
  switch (r) {
    case replacement::mean: return "mean";
    case replacement::median: return "median";
    case replacement::most_frequent: return "most_frequent";
    case replacement::constant: break;
  }
  return "constant";
}

double most_frequent(std::span<const double> ascending) {
  double best = ascending[0];
  std::size_t most = 0;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t end = i + 1;
    while (end < ascending.size() && ascending[end] == ascending[i]) ++end;
    if (end - i > most) most = end - i, best = ascending[i];
    i = end;
  }
  return best;
}

}  // namespace

namespace detail {

dense_row imputation::operator()(std::span<const double> x, std::span<float> out) const {
  bespoke::detail::check_width(stage, columns_in(), x.size());
  for (std::size_t c = 0; c < x.size(); ++c)
    out[c] = static_cast<float>(std::isfinite(x[c]) ? x[c] : learned_->fill[c]);
  std::size_t at = x.size();
  for (const std::uint32_t c : learned_->indicated) out[at++] = std::isfinite(x[c]) ? 0.0f : 1.0f;
  return {out};
}

void imputation::save(bundle_writer& w) const {
  w.put("fill", fill());
  w.put("indicated", indicated());
}

imputation imputation::load(const bundle_reader& r, std::string_view input, bool indicator) {
  r.must_equal("input", input);
  const auto fill = r.tensor<double>("fill");
  const auto indicated = r.tensor<std::uint32_t>("indicated");
  if (input == "numbers" && fill.size() != 1) r.reject("numbers have one fill");
  if (!std::all_of(fill.begin(), fill.end(), [](double v) { return std::isfinite(v); }))
    r.reject("a fill is not finite");
  if (!indicator && !indicated.empty()) r.reject("there are indicators that were not asked for");
  for (std::size_t i = 0; i < indicated.size(); ++i)
    if (indicated[i] >= fill.size() || (i > 0 && indicated[i] <= indicated[i - 1]))
      r.reject("the indicators are not ascending columns");
  return {{fill.begin(), fill.end()}, {indicated.begin(), indicated.end()}};
}

}  // namespace detail

double impute::fill_of(std::vector<double> values) const {
  if (with == replacement::constant) return constant;
  if (values.empty()) return 0;
  if (with == replacement::mean) return bespoke::detail::mean_of(values);
  std::sort(values.begin(), values.end());
  return with == replacement::median ? bespoke::detail::median_of(values) : most_frequent(values);
}

detail::imputation impute::learn(const bespoke::detail::number_columns& x, const context& ctx) const {
  if (!std::isfinite(constant))
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "a finite constant", .got = fmt::format("{}", constant)});
  std::vector<double> fill(x.width());
  std::vector<std::size_t> there(x.width());
  ctx.parallel(x.width(), [&](std::size_t c, scratch&) {
    auto values = x.present(c);
    there[c] = values.size();
    fill[c] = fill_of(std::move(values));
  });
  const auto empty = std::find(there.begin(), there.end(), std::size_t{0});
  if (empty != there.end() && no_values == no_values::error)
    throw error(errc::invalid_argument, {.stage = stage,
                                         .problem = fmt::format("column {} has no value at all", empty - there.begin()),
                                         .advice = "leave it out, or pass .no_values = no_values::zero"});
  std::vector<std::uint32_t> indicated;
  for (std::size_t c = 0; c < x.width() && indicator; ++c)
    if (there[c] < x.size()) indicated.push_back(static_cast<std::uint32_t>(c));
  return {std::move(fill), std::move(indicated)};
}

void impute::save(bundle_writer& w) const {
  w.put("with", name(with));
  w.put("constant", constant);
  w.put("indicator", indicator);
}

void impute::must_equal(const bundle_reader& r) const {
  r.must_equal("with", name(with));
  r.must_equal("constant", constant);
  r.must_equal("indicator", indicator);
}

}  // namespace bespoke::features
