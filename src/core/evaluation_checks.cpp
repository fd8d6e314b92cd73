// SPDX-License-Identifier: Apache-2.0
#include "evaluation_checks.hpp"

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <string>

namespace bespoke::detail {

void check_shapes(std::string_view stage, const recommender_model& model, const interaction_matrix& train,
                  const sparse_rows& held) {
  const bool same = held.size() == train.users() && held.width() == train.items() && model.items() == train.items();
  if (same) return;
  throw error(
      errc::shape,
      {.stage = std::string(stage),
       .expected = fmt::format("held interactions of {} users and {} items, as in training, and a model of them",
                               train.users(), train.items()),
       .got = fmt::format("{} users, {} items, a model of {} items", held.size(), held.width(), model.items())});
}

}  // namespace bespoke::detail
