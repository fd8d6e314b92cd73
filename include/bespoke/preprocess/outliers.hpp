// SPDX-License-Identifier: Apache-2.0
#pragma once
// Outliers by a column's own spread: values far from the mean in standard deviations, or far outside of the middle half.
// What is fitted says of a value whether it is one; a host drops them from a flow with it:
//
//     auto odd   = fit(field("amount", &Order::amount) | preprocess::outliers{.limit = 4}, sample_of_orders);
//     auto clean = ingest::csv<Order>(…) | preprocess::filter([odd](const Order& o) { return !odd(o); });
//
// Several fields at once: fuse(field(…) | features::impute{}, …) | preprocess::outliers{}. Far in each column and yet usual,
// or near in each and yet unusual together: preprocess/isolation_forest.hpp.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::preprocess {

using bespoke::operator|;

/// How far a value is from the others of its column.
enum class outlier_rule {
  z_score,  ///< |value − mean| in standard deviations (of the population)
  iqr,      ///< distance to the range from the lower to the upper quartile, in lengths of that range (Tukey's fences)
};

namespace detail {

/// For each column the range within which values have score 0, and its unit. Copies share them.
class column_ranges {
 public:
  struct columns {
    std::vector<double> low{}, high{}, unit{};
  };
  explicit column_ranges(columns learned) : learned_(std::make_shared<const columns>(std::move(learned))) {}

  std::size_t width() const noexcept { return learned_->unit.size(); }
  const columns& learned() const noexcept { return *learned_; }
  /// The largest of its columns' scores. Throws errc::shape for another width.
  double score(std::span<const double> x) const;

  void save(bundle_writer& w) const;
  static column_ranges load(const bundle_reader& r, std::string_view input);

 private:
  std::shared_ptr<const columns> learned_;
};

}  // namespace detail

/// True for a value of which any number is further from its column than `.limit`.
///
///     number, std::optional<number>, dense_row → bool
///
/// A missing number (NaN, absent) is no outlier; an infinity is one. In a column that does not vary (z_score), or of which
/// the middle half is one value (iqr), every other value is infinitely far. In the fit, missing numbers and infinities are
/// left out; a column without any value has no outliers among finite numbers.
/// Fit: O(values), times log records for iqr, a column on each thread; the values are copied. Throws errc::empty_input
/// without records, errc::invalid_argument for a limit that is negative or not finite, errc::shape where widths differ.
/// One record: O(width), no allocation. Thread safety: const calls from any thread.
/// Checked against numpy: mean, std and percentile.
struct outliers {
  outlier_rule rule = outlier_rule::z_score;  ///< how distance is measured
  double limit = 0;                           ///< larger scores are outliers; 0: 3 for z_score, 1.5 for iqr

  template <class In>
  static constexpr bool accepts = bespoke::detail::numeric<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted;

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check();
    return {
        learn(bespoke::detail::number_columns::of("outliers", x, bespoke::detail::absent::all_left_out, "", ctx), ctx),
        *this};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    check();
    must_equal(r);
    return {detail::column_ranges::load(r, bespoke::detail::input_kind<In>), *this};
  }

  /// The limit that is used: `.limit`, or the rule's own.
  double chosen_limit() const noexcept { return limit > 0 ? limit : rule == outlier_rule::z_score ? 3 : 1.5; }

 private:
  void check() const;
  detail::column_ranges learn(const bespoke::detail::number_columns& x, const context& ctx) const;
  void save(bundle_writer& w) const;
  void must_equal(const bundle_reader& r) const;
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class outliers::fitted {
 public:
  static constexpr std::string_view kind = "outliers/1";
  using output_type = bool;

  fitted(detail::column_ranges learned, outliers spec)
      : learned_(std::move(learned)), spec_(spec), limit_(spec.chosen_limit()) {}

  /// Whether it is an outlier.
  bool operator()(const In& x, scratch& s) const { return score(x, s) > limit_; }

  /// How far the furthest of its numbers is: in standard deviations, or in ranges of the quartiles beyond them.
  double score(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return learned_.score(bespoke::detail::numbers_of(x, s));
  }

  /// A made-up number around the limits.
  In golden(std::uint64_t random) const
    requires bespoke::detail::number<In>
  {
    const auto& l = learned_.learned();
    const double share = bespoke::detail::unit_of(random) * 2 - 1;
    return bespoke::detail::number_as<In>((l.low[0] + l.high[0]) / 2 + 2 * share * limit_ * l.unit[0]);
  }

  void save(bundle_writer& w) const {
    spec_.save(w);
    w.put("input", bespoke::detail::input_kind<In>);
    learned_.save(w);
  }

 private:
  detail::column_ranges learned_;
  outliers spec_;
  double limit_;
};

}  // namespace bespoke::preprocess
