// SPDX-License-Identifier: Apache-2.0
#pragma once
// Dense: sparse rows written out, for learners that take dense rows only, such as trees.
//
//     fuse(field("age", &Patient::age) | features::impute{}, field("pain", &Patient::pain) | features::one_hot{})
//         | features::dense{} | train::random_forest{}

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace bespoke::features {

using bespoke::operator|;

/// Writes the zeros of sparse rows out; dense rows stay as they are. Columns keep their names.
///
///     dense_row or sparse_row → dense_row
///
/// Fit: throws errc::empty_input without rows, errc::shape where widths differ. One record: O(width), no allocation.
/// Memory of what is fitted behind it: 4 bytes for each column of each record. Thread safety: const calls from any thread.
struct dense {
  template <class In>
  static constexpr bool accepts = is_row<In>;

  /// What `fit` returns for rows of type `In`.
  template <class In>
  struct fitted {
    static constexpr std::string_view kind = "dense/1";
    using output_type = dense_row;
    std::size_t columns = 0;

    /// Throws errc::shape unless the row has `width()` columns.
    dense_row operator()(const In& x, scratch& s) const {
      if (x.width() != columns) refuse(x.width());
      if constexpr (std::same_as<In, dense_row>) {
        return x;
      } else {
        const auto all = s.take<float>(columns);
        std::fill(all.begin(), all.end(), 0.0f);
        for_each_value(x, [&](std::size_t c, float v) { all[c] = v; });
        return {all};
      }
    }

    std::size_t width() const noexcept { return columns; }
    std::size_t origin(std::size_t column) const noexcept { return column; }  ///< columns stay what they were
    void save(bundle_writer& w) const { w.put("width", columns); }

   private:
    friend struct dense;
    [[noreturn]] void refuse(std::size_t got) const {
      throw error(errc::shape,
                  {.stage = "dense", .expected = std::to_string(columns) + " columns", .got = std::to_string(got)});
    }
  };

  template <row In, class Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    if (x.size() == 0) throw error(errc::empty_input, {.stage = "dense", .problem = "there are no rows"});
    fitted<In> f;
    scratch s;
    x.visit(0, s, [&](const block<In>& b) { f.columns = b[0].width(); });
    x.for_each(ctx, [&](const block<In>& b) {
      for (const In& r : b)
        if (r.width() != f.columns) f.refuse(r.width());
    });
    return f;
  }

  template <row In, class Y>
  fitted<In> load(bundle_reader& r) const {
    fitted<In> f;
    const std::int64_t width = r.integer("width");
    if (width < 0) r.reject("a width below 0");
    f.columns = static_cast<std::size_t>(width);
    return f;
  }
};

}  // namespace bespoke::features
