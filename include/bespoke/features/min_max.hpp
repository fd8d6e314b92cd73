// SPDX-License-Identifier: Apache-2.0
#pragma once
// Min-max: every column moved and stretched so that its training values span a given range.

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

/// (value − smallest) / (largest − smallest), stretched to [low, high]. A column that does not vary (by less than 2·10⁻¹⁵)
/// gives `low` for its value; one without any value takes 0 for the smallest.
///
///     number, std::optional<number> → dense_row of width 1          dense_row → dense_row
///
/// Fit: O(values), which are copied. Throws errc::empty_input without records, errc::invalid_argument for an infinity or a
/// range that does not ascend, errc::shape where widths differ. One record: O(width), no allocation; an infinity counts as
/// missing. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's MinMaxScaler.
struct min_max {
  float low = 0;                                        ///< what the smallest training value becomes
  float high = 1;                                       ///< what the largest becomes: more than `low`
  bool clip = false;                                    ///< values outside of the training range become low or high
  features::missing missing = features::missing::mean;  ///< or error

  template <class In>
  static constexpr bool accepts = bespoke::detail::numeric<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted;

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check();
    return {{chosen(), learn(bespoke::detail::number_columns::of("min_max", x, detail::in_fit(missing),
                                                                 detail::in_fit_advice, ctx),
                             ctx)},
            *this};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    check();
    r.must_equal("low", static_cast<double>(low));
    r.must_equal("high", static_cast<double>(high));
    r.must_equal("clip", clip);
    return {detail::scaling::load(r, chosen(), bespoke::detail::input_kind<In>, "smallest", "scale"), *this};
  }

 private:
  void check() const;
  detail::scaling::choice chosen() const;
  detail::scaling::columns learn(const bespoke::detail::number_columns& x, const context& ctx) const;
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class min_max::fitted : public detail::fitted_scaling<In> {
 public:
  static constexpr std::string_view kind = "min_max/1";

  fitted(detail::scaling s, min_max spec) : detail::fitted_scaling<In>(std::move(s)), spec_(spec) {}

  std::span<const double> smallest() const noexcept { return this->scaling_.learned().centre; }  ///< of each column
  /// What a column is divided by: its range over that of the spec, 1 for constants.
  std::span<const double> scale() const noexcept { return this->scaling_.learned().scale; }

  void save(bundle_writer& w) const {
    w.put("low", static_cast<double>(spec_.low));
    w.put("high", static_cast<double>(spec_.high));
    w.put("clip", spec_.clip);
    this->scaling_.save(w, bespoke::detail::input_kind<In>, "smallest", "scale");
  }

 private:
  min_max spec_;
};

}  // namespace bespoke::features
