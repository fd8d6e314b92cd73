// SPDX-License-Identifier: Apache-2.0
#pragma once
// What standardize, min_max and robust_scale share: each column moved and divided by what was learned of it.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/features/missing.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features::detail {

/// (value − centre) / scale + offset of each column, kept between `low` and `high`. Copies share what was learned.
class scaling {
 public:
  /// What follows from the spec.
  struct choice {
    const char* stage;
    features::missing missing;
    bool centred = true, scaled = true;
    bool fill_is_centre = true;  ///< else it is stored too
    double offset = 0;
    double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  };
  /// What was learned: three numbers a column. `fill` is what a missing value stands for.
  struct columns {
    std::vector<double> centre{}, scale{}, fill{};
  };

  /// Throws errc::invalid_argument where a column's numbers are too large to be scaled: an infinity came of them.
  scaling(choice c, columns learned);

  std::size_t width() const noexcept { return learned_->centre.size(); }
  const columns& learned() const noexcept { return *learned_; }

  float operator()(double value, std::size_t column) const;
  dense_row operator()(const dense_row& r, scratch& s) const;
  sparse_row operator()(const sparse_row& r, scratch& s) const;

  /// A number from within two scales of what column 0 is filled with.
  double example(std::uint64_t random) const noexcept;

  /// Writes input, missing, and centre and scale under these names.
  void save(bundle_writer& w, std::string_view input, const char* centre, const char* scale) const;
  static scaling load(const bundle_reader& r, choice c, std::string_view input, const char* centre, const char* scale);

 private:
  choice choice_;
  std::shared_ptr<const columns> learned_;
};

/// What the fitted types of the three share.
template <class In>
class fitted_scaling {
 public:
  using output_type = std::conditional_t<std::same_as<In, sparse_row>, sparse_row, dense_row>;

  explicit fitted_scaling(scaling s) : scaling_(std::move(s)) {}

  output_type operator()(const In& x, scratch& s) const {
    if constexpr (is_row<In>) {
      return scaling_(x, s);
    } else {
      auto out = s.take<float>(1);
      out[0] = scaling_(bespoke::detail::number_of<In>::get(x), 0);
      return {out};
    }
  }

  std::size_t width() const noexcept { return scaling_.width(); }

  /// Empty: the one column of a number is called as its field is.
  std::string column_name(std::size_t) const
    requires(!is_row<In>)
  {
    return {};
  }
  /// The column of the row it takes that a column of its rows is made of: the same.
  std::size_t origin(std::size_t column) const noexcept
    requires is_row<In>
  {
    return column;
  }

  /// A made-up number, near the middle of what was learned.
  In golden(std::uint64_t random) const
    requires(!is_row<In>)
  {
    return bespoke::detail::number_as<In>(scaling_.example(random));
  }

 protected:
  scaling scaling_;
};

}  // namespace bespoke::features::detail
