// SPDX-License-Identifier: Apache-2.0
#pragma once
// Standardize: every column to mean 0 and standard deviation 1, as scikit-learn's StandardScaler defines them.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/missing.hpp>
#include <bespoke/features/scaling.hpp>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

namespace detail {

/// Count, mean and sum of squared deviations of each column, of the values that are not NaN.
/// Parts are combined by the formula of Chan, Golub and LeVeque (1979); in a fixed order they give fixed bits.
class column_moments {
 public:
  explicit column_moments(missing policy) : policy_(policy) {}

  /// One column of numbers, the first of them being record `first`.
  void add(std::span<const double> column, std::size_t first);
  void add(const block<dense_row>& rows);
  /// Rows whose absent values are zeros. `first` as above.
  void add(const sparse_rows& rows, std::size_t first);
  void absorb(const column_moments& later);

  /// Mean, standard deviation (1 for a constant) and mean again of each column. Throws errc::empty_input where no row was
  /// seen.
  scaling::columns learned() const;

 private:
  void widen(std::size_t width, std::size_t record);
  bool counts(double value, std::size_t record) const;

  missing policy_;
  std::size_t rows_ = 0;
  bool sparse_ = false;
  std::vector<double> count_, mean_, deviations_;
  std::vector<double> absent_;  // NaN among the stored values of sparse rows: neither counted nor zero
};

}  // namespace detail

/// Subtracts each column's mean and divides by its standard deviation (of the population: the sum of squares over n).
/// A column that does not vary is divided by 1.
///
///     number, std::optional<number> → dense_row of width 1
///     dense_row → dense_row         sparse_row → sparse_row, only with `.with_mean = false`, which keeps zeros zero
///
/// Fit: one pass, O(stored values); sums in double, in an order set by the data alone. Throws errc::empty_input without
/// records, errc::invalid_argument for an infinity, errc::shape where widths differ. One record: O(stored values), no
/// allocation. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's StandardScaler.
struct standardize {
  bool with_mean = true;                                ///< subtract the mean
  bool with_std = true;                                 ///< divide by the standard deviation
  features::missing missing = features::missing::mean;  ///< or error

  template <class In>
  static constexpr bool accepts = is_row<In> || bespoke::detail::number<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted : public detail::fitted_scaling<In> {
   public:
    static constexpr std::string_view kind = "standardize/1";

    fitted(detail::scaling s, bool with_mean, bool with_std)
        : detail::fitted_scaling<In>(std::move(s)), with_mean_(with_mean), with_std_(with_std) {}

    std::span<const double> mean() const noexcept { return this->scaling_.learned().centre; }  ///< of each column
    /// Standard deviations, 1 for constants.
    std::span<const double> scale() const noexcept { return this->scaling_.learned().scale; }

    void save(bundle_writer& w) const {
      w.put("with_mean", with_mean_);
      w.put("with_std", with_std_);
      this->scaling_.save(w, bespoke::detail::input_kind<In>, "mean", "scale");
    }

   private:
    bool with_mean_, with_std_;
  };

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check(std::same_as<In, sparse_row>);
    detail::column_moments all(missing);
    if constexpr (std::same_as<In, sparse_row>) {
      const auto copied = [](const block<In>& b) { return std::pair(copy(b), b.first()); };
      x.reduce(ctx, copied, [&](const auto& part) { all.add(part.first, part.second); });
    } else {
      x.reduce(ctx, [this](const block<In>& b) { return moments(b); }, [&](const auto& part) { all.absorb(part); });
    }
    return {{chosen(), all.learned()}, with_mean, with_std};
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    check(std::same_as<In, sparse_row>);
    r.must_equal("with_mean", with_mean);
    r.must_equal("with_std", with_std);
    return {detail::scaling::load(r, chosen(), bespoke::detail::input_kind<In>, "mean", "scale"), with_mean, with_std};
  }

 private:
  detail::scaling::choice chosen() const {
    return {.stage = "standardize", .missing = missing, .centred = with_mean, .scaled = with_std};
  }
  void check(bool sparse) const;

  template <class In>
  detail::column_moments moments(const block<In>& b) const {
    detail::column_moments part(missing);
    if constexpr (is_row<In>) {
      part.add(b);
    } else {
      std::vector<double> column(b.size());
      for (std::size_t i = 0; i < b.size(); ++i) column[i] = bespoke::detail::number_of<In>::get(b[i]);
      part.add(column, b.first());
    }
    return part;
  }
  // A wide sparse block has few values and many columns: its values are copied on all threads and summed on one.
  static sparse_rows copy(const block<sparse_row>& b);
};

}  // namespace bespoke::features
