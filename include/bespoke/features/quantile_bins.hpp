// SPDX-License-Identifier: Apache-2.0
#pragma once
// Quantile bins: a number becomes the number of its bin, where each bin has about as many training values as the others.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/missing.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// What a binned value gives.
enum class bin_form {
  ordinal,  ///< one column: the bin's number, 0 for the smallest values
  one_hot,  ///< a column for each bin, 1 in that of the value, 0 in the others
};

namespace detail {

/// The learned edges of all columns. Copies share them.
class bin_edges {
 public:
  /// Column c has the inner edges from `begins[c]` to `begins[c + 1]`, ascending strictly: one fewer than it has bins.
  bin_edges(bin_form form, bool strict, std::vector<double> inner, std::vector<std::uint64_t> begins,
            std::vector<double> medians);

  std::size_t columns_in() const noexcept { return learned_->medians.size(); }
  std::size_t width() const noexcept;
  std::size_t bins(std::size_t column) const noexcept { return edges(column).size() + 1; }
  std::span<const double> edges(std::size_t column) const noexcept;

  dense_row operator()(std::span<const double> x, std::span<float> out) const;
  /// The column that column `c` of the answer tells of, and the bin: 0 where the form is ordinal.
  std::pair<std::size_t, std::size_t> place(std::size_t c) const noexcept;
  /// "below 3", "3 to 7", "7 and more".
  std::string bin_name(std::size_t column, std::size_t bin) const;
  double example(std::uint64_t random) const noexcept;

  void save(bundle_writer& w) const;
  static bin_edges load(const bundle_reader& r, bin_form form, bool strict, std::string_view input);

 private:
  std::size_t bin_of(double value, std::size_t column) const;

  struct columns {
    std::vector<double> inner;
    std::vector<std::uint64_t> begins;
    std::vector<double> medians;
  };
  bin_form form_;
  bool strict_;
  std::shared_ptr<const columns> learned_;
};

}  // namespace detail

/// Cuts the training values of each column at `bins` − 1 equally spaced quantiles (interpolated linearly). Bins no wider than
/// 10⁻⁸ are joined with their neighbour, so a column of few distinct values has fewer; one that does not vary, or has no
/// value at all, has one bin. A value on an edge belongs to the upper bin; values beyond the training range to the outer bins.
///
///     number, std::optional<number>, dense_row → dense_row
///
/// Fit: O(values · log records), a column on each thread; the values are copied. Throws errc::empty_input without records,
/// errc::invalid_argument for an infinity or fewer than two bins, errc::shape where widths differ. One record: O(columns ·
/// log bins), no allocation; an infinity counts as missing. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's KBinsDiscretizer with strategy="quantile".
struct quantile_bins {
  std::size_t bins = 5;                                   ///< at most this many a column: 2 to 65,536
  bin_form form = bin_form::ordinal;                      ///< one number, or a column for each bin
  features::missing missing = features::missing::median;  ///< a missing value is in the median's bin; or error

  template <class In>
  static constexpr bool accepts = bespoke::detail::numeric<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted;

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check();
    return {learn(bespoke::detail::number_columns::of("quantile_bins", x, detail::in_fit(missing),
                                                      detail::in_fit_advice, ctx),
                  ctx),
            *this};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    check();
    must_equal(r);
    return {detail::bin_edges::load(r, form, missing == missing::error, bespoke::detail::input_kind<In>), *this};
  }

 private:
  void check() const;
  detail::bin_edges learn(const bespoke::detail::number_columns& x, const context& ctx) const;
  void save(bundle_writer& w) const;
  void must_equal(const bundle_reader& r) const;
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class quantile_bins::fitted {
 public:
  static constexpr std::string_view kind = "quantile_bins/1";
  using output_type = dense_row;

  fitted(detail::bin_edges learned, quantile_bins spec) : learned_(std::move(learned)), spec_(spec) {}

  dense_row operator()(const In& x, scratch& s) const {
    auto out = s.take<float>(learned_.width());
    const scratch::frame temporaries(s);
    return learned_(bespoke::detail::numbers_of(x, s), out);
  }

  std::size_t width() const noexcept { return learned_.width(); }
  std::size_t bins(std::size_t column) const noexcept { return learned_.bins(column); }  ///< of a column it takes
  /// The edges between the bins of a column it takes: one fewer than bins.
  std::span<const double> edges(std::size_t column) const noexcept { return learned_.edges(column); }
  /// The column of the row it takes that a column of its rows is made of.
  std::size_t origin(std::size_t column) const noexcept { return learned_.place(column).first; }
  /// "" for the number of the bin, "3 to 7" for the column of one.
  std::string column_name(std::size_t column) const
    requires bespoke::detail::number<In>
  {
    return spec_.form == bin_form::ordinal ? "" : learned_.bin_name(0, column);
  }
  /// The name of a column, where `before` names those of the row it takes: "amount", "amount 3 to 7".
  template <class Before>
  std::string column_name(std::size_t column, Before&& before) const {
    const auto [from, bin] = learned_.place(column);
    return spec_.form == bin_form::ordinal ? before(from) : before(from) + " " + learned_.bin_name(from, bin);
  }

  /// A made-up number near an edge.
  In golden(std::uint64_t random) const
    requires bespoke::detail::number<In>
  {
    return bespoke::detail::number_as<In>(learned_.example(random));
  }

  void save(bundle_writer& w) const {
    spec_.save(w);
    w.put("input", bespoke::detail::input_kind<In>);
    learned_.save(w);
  }

 private:
  detail::bin_edges learned_;
  quantile_bins spec_;
};

}  // namespace bespoke::features
