// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/multi_label.hpp>

#include <fmt/format.h>

namespace bespoke::train::detail {

void check_sets(std::size_t labels, std::size_t records) {
  if (labels != 0) return;
  throw error(errc::invalid_argument, {.stage = "multi_label",
                                       .expected = "targets with some label",
                                       .got = fmt::format("no label {} times", records)});
}

}  // namespace bespoke::train::detail
