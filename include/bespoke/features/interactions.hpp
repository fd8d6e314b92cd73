// SPDX-License-Identifier: Apache-2.0
#pragma once
// Interactions: the products of pairs of columns beside the columns themselves, so that a linear learner sees what two say
// together.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace bespoke::features {

using bespoke::operator|;

/// All columns of a row, then the product of each pair of them: (0, 1), (0, 2), …, (1, 2), …; with `.squares` each pair
/// begins with a column and itself: (0, 0), (0, 1), …, (1, 1), (1, 2), ….
///
///     dense_row of width n → dense_row of width n + n·(n − 1) / 2, with squares n + n·(n + 1) / 2
///
/// Fit: one pass that checks the rows. Throws errc::empty_input without records, errc::shape where widths differ,
/// errc::invalid_argument for a NaN or an infinity with its record, errc::limit where the answer would have more than a
/// million columns. One record: O(width()), no allocation; a NaN gives NaN products, a product too large for a float an
/// infinity: put a scaler before it. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's PolynomialFeatures(degree=2, include_bias=False).
struct interactions {
  bool squares = false;  ///< also the product of each column with itself

  template <class In>
  static constexpr bool accepts = std::same_as<In, dense_row>;

  /// What `fit` returns.
  class fitted {
   public:
    static constexpr std::string_view kind = "interactions/1";
    using output_type = dense_row;

    fitted(std::size_t columns, bool squares) : columns_(columns), squares_(squares) {}

    /// Throws errc::shape for a row of another width than in training.
    dense_row operator()(const dense_row& r, scratch& s) const;

    std::size_t width() const noexcept;
    std::size_t columns_in() const noexcept { return columns_; }  ///< columns of the rows it takes
    /// The two columns whose product a column is; twice the same for a square, and for a column that is itself.
    std::pair<std::size_t, std::size_t> factors(std::size_t column) const noexcept;
    /// The name of a column, where `before` names those of the row it takes: "age", "age × weight", "age²".
    template <class Before>
    std::string column_name(std::size_t column, Before&& before) const {
      const auto [a, b] = factors(column);
      if (column < columns_) return before(a);
      return a == b ? before(a) + "²" : before(a) + " × " + before(b);
    }

    void save(bundle_writer& w) const;

   private:
    std::size_t columns_;
    bool squares_;
  };

  template <class In, class Y>
    requires accepts<In>
  fitted fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    return learn(x, ctx);
  }
  template <class In, class Y>
    requires accepts<In>
  fitted load(bundle_reader& r) const {
    return read(r);
  }

 private:
  fitted learn(const blocks<dense_row>& x, const context& ctx) const;
  fitted read(const bundle_reader& r) const;
};

}  // namespace bespoke::features
