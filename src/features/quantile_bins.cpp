// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/quantile_bins.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bespoke::features {

namespace {

constexpr const char* stage = "quantile_bins";
constexpr std::size_t most_bins = 65536;

const char* name(bin_form f) { return f == bin_form::ordinal ? "ordinal" : "one_hot"; }

/// The edges between bins wide enough to keep, as scikit-learn chooses them.
std::vector<double> inner_edges(std::span<const double> ascending, std::size_t bins) {
  if (ascending.empty() || ascending.front() == ascending.back()) return {};
  std::vector<double> all, kept;
  for (std::size_t b = 0; b <= bins; ++b)
    all.push_back(bespoke::detail::quantile_of(ascending, static_cast<double>(b) / static_cast<double>(bins)));
  for (std::size_t b = 0; b < all.size(); ++b)
    if (b == 0 || all[b] - all[b - 1] > 1e-8) kept.push_back(all[b]);
  return kept.size() < 3 ? std::vector<double>{} : std::vector<double>(kept.begin() + 1, kept.end() - 1);
}

}  // namespace

namespace detail {

bin_edges::bin_edges(bin_form form, bool strict, std::vector<double> inner, std::vector<std::uint64_t> begins,
                     std::vector<double> medians)
    : form_(form),
      strict_(strict),
      learned_(std::make_shared<const columns>(columns{std::move(inner), std::move(begins), std::move(medians)})) {}

std::size_t bin_edges::width() const noexcept {
  return form_ == bin_form::ordinal ? columns_in() : columns_in() + learned_->inner.size();
}

std::span<const double> bin_edges::edges(std::size_t column) const noexcept {
  const auto begin = learned_->begins[column];
  return std::span(learned_->inner).subspan(begin, learned_->begins[column + 1] - begin);
}

std::size_t bin_edges::bin_of(double value, std::size_t column) const {
  if (!std::isfinite(value)) {
    if (strict_)
      bespoke::detail::throw_not_finite(stage, value, "pass .missing = missing::median, or put impute before it");
    value = learned_->medians[column];
  }
  const auto inner = edges(column);
  return static_cast<std::size_t>(std::upper_bound(inner.begin(), inner.end(), value) - inner.begin());
}

dense_row bin_edges::operator()(std::span<const double> x, std::span<float> out) const {
  bespoke::detail::check_width(stage, columns_in(), x.size());
  if (form_ == bin_form::ordinal) {
    for (std::size_t c = 0; c < x.size(); ++c) out[c] = static_cast<float>(bin_of(x[c], c));
    return {out};
  }
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t c = 0; c < x.size(); ++c) out[c + learned_->begins[c] + bin_of(x[c], c)] = 1.0f;
  return {out};
}

std::pair<std::size_t, std::size_t> bin_edges::place(std::size_t c) const noexcept {
  if (form_ == bin_form::ordinal) return {c, 0};
  std::size_t column = 0;
  for (; c >= bins(column); ++column) c -= bins(column);
  return {column, c};
}

std::string bin_edges::bin_name(std::size_t column, std::size_t bin) const {
  const auto inner = edges(column);
  if (inner.empty()) return "all";
  if (bin == 0) return fmt::format("below {}", inner[0]);
  if (bin == inner.size()) return fmt::format("{} and more", inner[bin - 1]);
  return fmt::format("{} to {}", inner[bin - 1], inner[bin]);
}

double bin_edges::example(std::uint64_t random) const noexcept {
  const auto inner = edges(0);
  const double around = inner.empty() ? learned_->medians[0] : inner[random % inner.size()];
  const double span = inner.size() < 2 ? 1 : inner.back() - inner.front();
  return around + span * (bespoke::detail::unit_of(random) - 0.5);
}

void bin_edges::save(bundle_writer& w) const {
  w.put("inner", std::span<const double>(learned_->inner));
  w.put("begins", std::span<const std::uint64_t>(learned_->begins));
  w.put("medians", std::span<const double>(learned_->medians));
}

bin_edges bin_edges::load(const bundle_reader& r, bin_form form, bool strict, std::string_view input) {
  r.must_equal("input", input);
  const auto inner = r.tensor<double>("inner");
  const auto begins = r.tensor<std::uint64_t>("begins");
  if (begins.empty() || begins.front() != 0 || begins.back() != inner.size())
    r.reject("the edges do not belong to columns");
  const auto medians = r.tensor<double>("medians", begins.size() - 1);
  if (input == "numbers" && medians.size() != 1) r.reject("numbers have one column");
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(inner.begin(), inner.end(), finite) || !std::all_of(medians.begin(), medians.end(), finite))
    r.reject("an edge or a median is not finite");
  for (std::size_t c = 0; c + 1 < begins.size(); ++c) {
    if (begins[c + 1] < begins[c] || begins[c + 1] > inner.size()) r.reject("the edges do not belong to columns");
    for (std::size_t i = begins[c] + 1; i < begins[c + 1]; ++i)
      if (!(inner[i - 1] < inner[i])) r.reject("the edges of a column do not ascend");
  }
  return {form, strict, {inner.begin(), inner.end()}, {begins.begin(), begins.end()}, {medians.begin(), medians.end()}};
}

}  // namespace detail

void quantile_bins::check() const {
  detail::check_missing(stage, missing::median, missing);
  if (bins < 2 || bins > most_bins)
    throw error(
        errc::invalid_argument,
        {.stage = stage, .expected = fmt::format("bins from 2 to {}", most_bins), .got = fmt::format("{}", bins)});
}

detail::bin_edges quantile_bins::learn(const bespoke::detail::number_columns& x, const context& ctx) const {
  std::vector<std::vector<double>> edges(x.width());
  std::vector<double> medians(x.width()), inner;
  ctx.parallel(x.width(), [&](std::size_t c, scratch&) {
    auto values = x.present(c);
    std::sort(values.begin(), values.end());
    medians[c] = bespoke::detail::median_of(values);
    edges[c] = inner_edges(values, bins);
  });
  std::vector<std::uint64_t> begins{0};
  for (const auto& column : edges) {
    inner.insert(inner.end(), column.begin(), column.end());
    begins.push_back(inner.size());
  }
  return {form, missing == missing::error, std::move(inner), std::move(begins), std::move(medians)};
}

void quantile_bins::save(bundle_writer& w) const {
  w.put("bins", bins);
  w.put("form", name(form));
  w.put("missing", detail::name(missing));
}

void quantile_bins::must_equal(const bundle_reader& r) const {
  r.must_equal("bins", bins);
  r.must_equal("form", name(form));
  r.must_equal("missing", detail::name(missing));
}

}  // namespace bespoke::features
