// SPDX-License-Identifier: Apache-2.0
#pragma once
// Robust scaling: every column by its median and the distance of two quantiles, which a few outliers do not move.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/missing.hpp>
#include <bespoke/features/scaling.hpp>
#include <cstddef>
#include <span>
#include <string_view>

namespace bespoke::features {

using bespoke::operator|;

/// (value − median) / (upper quantile − lower quantile). A quantile between two training values is interpolated linearly,
/// numpy's default. A column whose quantiles are equal (by less than 2·10⁻¹⁵) is divided by 1; one without any value has
/// the median 0.
///
///     number, std::optional<number> → dense_row of width 1          dense_row → dense_row
///
/// Fit: O(values · log records), a column on each thread; the values are copied. Throws errc::empty_input without records,
/// errc::invalid_argument for an infinity or quantiles out of range, errc::shape where widths differ. One record: O(width),
/// no allocation; an infinity counts as missing. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's RobustScaler.
struct robust_scale {
  bool with_median = true;                                ///< subtract the median
  bool with_scale = true;                                 ///< divide by the distance of the quantiles
  double lower = 0.25;                                    ///< the lower quantile, 0 to 1
  double upper = 0.75;                                    ///< the upper one, above `lower`
  features::missing missing = features::missing::median;  ///< or error

  template <class In>
  static constexpr bool accepts = bespoke::detail::numeric<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted;

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check();
    return {{chosen(), learn(bespoke::detail::number_columns::of("robust_scale", x, detail::in_fit(missing),
                                                                 detail::in_fit_advice, ctx),
                             ctx)},
            *this};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    check();
    r.must_equal("with_median", with_median);
    r.must_equal("with_scale", with_scale);
    r.must_equal("lower", lower);
    r.must_equal("upper", upper);
    return {detail::scaling::load(r, chosen(), bespoke::detail::input_kind<In>, "median", "scale"), *this};
  }

 private:
  void check() const;
  detail::scaling::choice chosen() const {
    return {.stage = "robust_scale", .missing = missing, .centred = with_median, .scaled = with_scale};
  }
  detail::scaling::columns learn(const bespoke::detail::number_columns& x, const context& ctx) const;
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class robust_scale::fitted : public detail::fitted_scaling<In> {
 public:
  static constexpr std::string_view kind = "robust_scale/1";

  fitted(detail::scaling s, robust_scale spec) : detail::fitted_scaling<In>(std::move(s)), spec_(spec) {}

  std::span<const double> median() const noexcept { return this->scaling_.learned().centre; }  ///< of each column
  /// The distance of its quantiles, 1 where they are equal.
  std::span<const double> scale() const noexcept { return this->scaling_.learned().scale; }

  void save(bundle_writer& w) const {
    w.put("with_median", spec_.with_median);
    w.put("with_scale", spec_.with_scale);
    w.put("lower", spec_.lower);
    w.put("upper", spec_.upper);
    this->scaling_.save(w, bespoke::detail::input_kind<In>, "median", "scale");
  }

 private:
  robust_scale spec_;
};

}  // namespace bespoke::features
