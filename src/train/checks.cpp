// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace bespoke::train::detail {

void check_counts(const char* stage, std::size_t records, std::size_t targets) {
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  if (records != targets)
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a target for each of {} records", records),
                              .got = fmt::format("{} targets", targets)});
}

void check_labels(const char* stage, std::size_t labels, std::size_t targets) {
  if (labels < 2)
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = "targets with two labels or more",
                                         .got = fmt::format("the same label {} times", targets)});
}

namespace {

template <class Rows>
void check_all(const char* stage, const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for_each_value(rows[i], [&](std::size_t c, float v) {
      if (c >= rows.width())
        throw error(errc::shape, {.stage = stage,
                                  .record = i,
                                  .expected = fmt::format("columns below {}", rows.width()),
                                  .got = fmt::format("column {}", c)});
      if (!std::isfinite(v))
        throw error(errc::invalid_argument, {.stage = stage,
                                             .record = i,
                                             .expected = "finite numbers in the row",
                                             .got = fmt::format("{} in column {}", v, c),
                                             .advice = "put standardize{} before the learner, or drop such records"});
    });
}

}  // namespace

void check_rows(const char* stage, const dense_rows& rows) { check_all(stage, rows); }
void check_rows(const char* stage, const sparse_rows& rows) { check_all(stage, rows); }

void check_width(const char* stage, std::size_t expected, std::size_t got) {
  if (expected != got)
    throw error(
        errc::shape,
        {.stage = stage, .expected = fmt::format("a row of {} columns", expected), .got = fmt::format("{}", got)});
}

void check_positive(const char* stage, const char* name, double value, bool zero) {
  if (std::isfinite(value) && (value > 0 || (zero && value == 0))) return;
  throw error(errc::invalid_argument, {.stage = stage,
                                       .expected = fmt::format("{} of {}", name, zero ? "0 or more" : "more than 0"),
                                       .got = fmt::format("{}", value)});
}

}  // namespace bespoke::train::detail
