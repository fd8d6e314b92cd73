// SPDX-License-Identifier: Apache-2.0
#pragma once
// Standardize: every column to mean 0 and standard deviation 1, as scikit-learn's StandardScaler defines them.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// What a missing number (NaN, an infinity, an empty optional) stands for.
enum class missing {
  mean,   ///< the mean of the training values: 0 after centring. Such values are left out of the fit
  error,  ///< a mistake: fit and inference throw errc::invalid_argument
};

namespace detail {

template <class T>
struct number_of {
  static constexpr bool value = std::is_arithmetic_v<T>;
  static double get(const T& x) { return static_cast<double>(x); }
};
template <class T>
struct number_of<std::optional<T>> {
  static constexpr bool value = std::is_arithmetic_v<T>;
  static double get(const std::optional<T>& x) {
    return x ? static_cast<double>(*x) : std::numeric_limits<double>::quiet_NaN();
  }
};

/// A number, or one that may be absent.
template <class T>
concept number = number_of<T>::value;

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

  missing policy() const noexcept { return policy_; }

 private:
  friend class scaling;
  void widen(std::size_t width, std::size_t record);
  bool counts(double value, std::size_t record) const;

  missing policy_;
  std::size_t rows_ = 0;
  bool sparse_ = false;
  std::vector<double> count_, mean_, deviations_;
  std::vector<double> absent_;  // NaN among the stored values of sparse rows: neither counted nor zero
};

/// The learned mean and scale of each column. Copies share them.
class scaling {
 public:
  struct options {
    bool with_mean = true, with_std = true;
    missing policy = missing::mean;
  };

  /// Throws errc::empty_input where no row was seen.
  scaling(const column_moments& moments, options o);

  std::size_t width() const noexcept { return learned_->mean.size(); }
  std::span<const double> mean() const noexcept { return learned_->mean; }
  std::span<const double> scale() const noexcept { return learned_->scale; }

  float operator()(double value, std::size_t column) const;
  dense_row operator()(const dense_row& r, scratch& s) const;
  sparse_row operator()(const sparse_row& r, scratch& s) const;

  /// A number from within two standard deviations of the mean of column 0.
  double example(std::uint64_t random) const noexcept;

  void save(bundle_writer& w, std::string_view input) const;
  static scaling load(const bundle_reader& r, options o, std::string_view input);

 private:
  struct learned {
    options chosen{};
    std::vector<double> mean{}, scale{};
  };
  explicit scaling(learned l) : learned_(std::make_shared<const learned>(std::move(l))) {}

  std::shared_ptr<const learned> learned_;
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
  features::missing missing = features::missing::mean;  ///< what a missing number stands for

  template <class In>
  static constexpr bool accepts = is_row<In> || detail::number<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted {
   public:
    static constexpr std::string_view kind = "standardize/1";
    using output_type = std::conditional_t<std::same_as<In, sparse_row>, sparse_row, dense_row>;

    explicit fitted(detail::scaling s) : scaling_(std::move(s)) {}

    output_type operator()(const In& x, scratch& s) const {
      if constexpr (is_row<In>) {
        return scaling_(x, s);
      } else {
        auto out = s.take<float>(1);
        out[0] = scaling_(detail::number_of<In>::get(x), 0);
        return {out};
      }
    }

    std::size_t width() const noexcept { return scaling_.width(); }
    std::span<const double> mean() const noexcept { return scaling_.mean(); }  ///< of each column
    std::span<const double> scale() const noexcept {
      return scaling_.scale();
    }  ///< standard deviations, 1 for constants

    /// Empty: the one column of a number is called as its field is.
    std::string column_name(std::size_t) const
      requires(!is_row<In>)
    {
      return {};
    }

    /// A made-up number, within two standard deviations of the mean.
    In golden(std::uint64_t random) const
      requires(!is_row<In>)
    {
      return number_as<In>(scaling_.example(random));
    }

    void save(bundle_writer& w) const { scaling_.save(w, input); }

   private:
    friend struct standardize;
    static constexpr std::string_view input = std::same_as<In, sparse_row>  ? "sparse rows"
                                              : std::same_as<In, dense_row> ? "dense rows"
                                                                            : "numbers";
    template <class T>
    static T number_as(double x) {
      if constexpr (requires { typename T::value_type; }) return number_as<typename T::value_type>(x);
      else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(x);
      else if constexpr (std::same_as<T, bool>) return x > 0.5;
      else if (!(x > static_cast<double>(std::numeric_limits<T>::min()))) return std::numeric_limits<T>::min();
      else if (!(x < static_cast<double>(std::numeric_limits<T>::max()))) return std::numeric_limits<T>::max();
      else return static_cast<T>(std::llround(x));
    }

    detail::scaling scaling_;
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
    return fitted<In>(detail::scaling(all, chosen()));
  }

  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    check(std::same_as<In, sparse_row>);
    return fitted<In>(detail::scaling::load(r, chosen(), fitted<In>::input));
  }

 private:
  detail::scaling::options chosen() const { return {with_mean, with_std, missing}; }
  void check(bool sparse) const;

  template <class In>
  detail::column_moments moments(const block<In>& b) const {
    detail::column_moments part(missing);
    if constexpr (is_row<In>) {
      part.add(b);
    } else {
      std::vector<double> column(b.size());
      for (std::size_t i = 0; i < b.size(); ++i) column[i] = detail::number_of<In>::get(b[i]);
      part.add(column, b.first());
    }
    return part;
  }
  // A wide sparse block has few values and many columns: its values are copied on all threads and summed on one.
  static sparse_rows copy(const block<sparse_row>& b);
};

}  // namespace bespoke::features
